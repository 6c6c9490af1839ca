/* SPDX-License-Identifier: MIT
 * The messages between gateway and signer: one datagram (SOCK_SEQPACKET) each way, big endian.
 *
 *   request  version(1)=1 verb(1) id(4) name_len(2) san_len(2) body_len(2) name san body
 *   reply    version(1)=1 verb(1) id(4) status(1) refusal(1) body_len(2) body
 *
 * The length of a datagram is exactly what its lengths say. status: 0 done, 1 refused.
 */
#ifndef SIGNER_MESSAGE_H
#define SIGNER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "signer/limits.h"
#include "signer/refusal.h"

enum signer_verb {
    SIGNER_CA_CERTIFICATE = 1,
    SIGNER_ISSUE_DEVICE = 2,
    SIGNER_ISSUE_SERVER = 3,
    SIGNER_LEDGER_PUBLIC = 4,
    SIGNER_LEDGER_SIGN = 5,
    SIGNER_CHECKPOINT_SIGN = 6, /* body: length of the text (2), text, hashes of the proof */
    SIGNER_LEDGER_HEAD = 7      /* reply: size (8) and root (32) last signed */
};

/* Views; of a decoded message into its input. */
struct signer_request {
    enum signer_verb verb;
    uint32_t id;
    const char *name; /* not terminated */
    size_t name_len;
    const char *san; /* not terminated */
    size_t san_len;
    const uint8_t *body;
    size_t body_len;
};

struct signer_reply {
    enum signer_verb verb;
    uint32_t id;
    enum signer_refusal refusal; /* SIGNER_REFUSED_NONE when done */
    const uint8_t *body;
    size_t body_len;
};

/* The length written, or E_NOSPACE, or E_LIMIT for a field that is longer than its bound. */
int signer_request_encode(const struct signer_request *q, uint8_t *out, size_t cap) MUST_USE;
int signer_reply_encode(const struct signer_reply *p, uint8_t *out, size_t cap) MUST_USE;
/* E_OK, E_TRUNCATED, E_UNSUPPORTED (version or verb), E_MALFORMED (lengths, or fields that the verb
 * does not have), E_LIMIT. */
int signer_request_decode(const uint8_t *in, size_t len, struct signer_request *q) MUST_USE;
int signer_reply_decode(const uint8_t *in, size_t len, struct signer_reply *p) MUST_USE;

/* 1..64 of [A-Za-z0-9._-], the first a letter or a digit: a name is also a directory's name, a
 * topic's level and an argument on a command line. */
bool signer_name_ok(const char *name, size_t len);

#endif
