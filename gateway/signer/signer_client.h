/* SPDX-License-Identifier: MIT
 * The gateway's side of wattward-signer, the process that holds the CA key and the ledger key.
 *
 * Every call is synchronous and bounded: it returns within SIGNER_REPLY_TIMEOUT_MS, with E_IO when
 * the signer is gone and E_TIMEOUT when it is silent; never a hang. Results: a length or E_OK;
 * E_MALFORMED when the signer refused what it was given, E_LIMIT when it is asked too often,
 * E_NOSPACE when `cap` is too small. signer_refusal() then has the reason. One thread.
 */
#ifndef SIGNER_CLIENT_H
#define SIGNER_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "signer/limits.h"
#include "signer/refusal.h"

struct signer_client {
    int fd; /* all private */
    int pid;
    uint32_t next_id;
    enum signer_refusal refusal;
};

/* Starts the program `wattward-signer` that lies beside the calling program, on <state_dir>/signer,
 * and waits until it answers. The first start makes the keys. On failure nothing is left running;
 * what the signer said is on stderr. */
int signer_start(struct signer_client *c, const char *state_dir) MUST_USE;
/* The same with the path of the program. */
int signer_start_program(struct signer_client *c, const char *program,
                         const char *state_dir) MUST_USE;
/* Ends the signer and waits for it; may be called on a client that failed to start. */
void signer_stop(struct signer_client *c);
/* To notice the end of the signer in an event loop: the descriptor becomes readable. -1 when
 * stopped. Nobody but this client may read from it. */
int signer_fd(const struct signer_client *c);

/* The self-signed CA certificate (DER). Returns its length. */
int signer_ca_certificate(struct signer_client *c, uint8_t *der, size_t cap) MUST_USE;

/* A client certificate (DER) for the device: CN = device_id, P-256, clientAuth, one year. The CSR's
 * own signature is verified, its only common name must be `device_id`, everything else it asks for
 * is ignored. SIGNER_GATEWAY_NAME is refused. Returns the length. */
int signer_issue_device(struct signer_client *c, const char *device_id, const uint8_t *csr_der,
                        size_t csr_len, uint8_t *cert_der, size_t cap) MUST_USE;

struct signer_server_names {
    const char *common_name; /* as in the CSR; letters, digits, . _ - */
    const char *san;         /* "DNS:localhost,IP:127.0.0.1"; at least one entry */
};
/* A server certificate (DER): serverAuth, one year; for SIGNER_GATEWAY_NAME also clientAuth, so
 * that the gateway can log in at its own broker. Returns the length. */
int signer_issue_server(struct signer_client *c, const struct signer_server_names *names,
                        const uint8_t *csr_der, size_t csr_len, uint8_t *cert_der,
                        size_t cap) MUST_USE;

/* The Ed25519 key of the ledger. */
int signer_ledger_public(struct signer_client *c, uint8_t public_key[32]) MUST_USE;
/* Ed25519 over exactly `message`, 1..SIGNER_BODY_MAX_LEN bytes that start with one of the domains
 * in signer/domain.c; anything else is refused, so that a signature has one meaning only. */
int signer_ledger_sign(struct signer_client *c, const uint8_t *message, size_t len,
                       uint8_t signature[64]) MUST_USE;

/* Signs the text of a checkpoint whose origin is wattward/ledger/<site>, but only when `proof`
 * shows that its tree is an extension of the last one signed; the signer remembers that. A refusal
 * as SIGNER_REFUSED_FORK says that it is not. The proof is that of signer_ledger_head()'s size. */
struct signer_checkpoint {
    const char *text;
    size_t text_len;
    const uint8_t *proof; /* hashes of 32 bytes */
    size_t n_hashes;
};
int signer_checkpoint_sign(struct signer_client *c, const struct signer_checkpoint *checkpoint,
                           uint8_t signature[64]) MUST_USE;
/* The size and root that were last signed; size 0 when none was. */
int signer_ledger_head(struct signer_client *c, uint64_t *size, uint8_t root[32]) MUST_USE;

/* Why the last call returned E_MALFORMED or E_LIMIT. */
enum signer_refusal signer_refusal(const struct signer_client *c);

#endif
