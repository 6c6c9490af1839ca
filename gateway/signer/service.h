/* SPDX-License-Identifier: MIT
 * The signer as a function: a message in, a message out. It knows no socket and no clock.
 */
#ifndef SIGNER_SERVICE_H
#define SIGNER_SERVICE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "signer/bucket.h"
#include "signer/issue.h"
#include "signer/limits.h"
#include "signer/log_head.h"
#include "signer/message.h"

struct signer_service_config {
    struct signer_issuer issuer; /* lent for the service's life */
    EVP_PKEY *ledger_key;        /* Ed25519, lent */
    /* Notes what is about to be issued, durably; a certificate that cannot be noted is not issued.
     * `line` ends in a newline. NULL: nothing is noted. */
    int (*note)(void *context, const char *line, size_t len);
    /* Remembers, durably, what is about to be signed; a checkpoint that cannot be remembered is not
     * signed. NULL: nothing is. */
    int (*remember)(void *context, struct signer_log_head *head);
    void *context;
    struct signer_log_head log_head; /* as remembered */
    struct bucket_rate issue_rate;
    struct bucket_rate sign_rate;
};

struct signer_now {
    uint64_t mono_ms; /* never goes back */
    int64_t unix_s;
};

struct signer_service {
    struct signer_service_config config; /* all private */
    uint8_t ca_der[SIGNER_CERT_MAX_LEN];
    size_t ca_len;
    uint8_t ledger_public[32];
    struct bucket issues;
    struct bucket signs;
    struct signer_log_head log_head;
    struct signer_now now;
};

/* E_ARG when the keys are not what they should be. */
int signer_service_init(struct signer_service *s, const struct signer_service_config *config,
                        uint64_t mono_ms) MUST_USE;
/* Returns the length of the reply (at most SIGNER_MESSAGE_MAX_LEN), or 0 for a message that cannot
 * be read and gets none. */
size_t signer_service_answer(struct signer_service *s, struct signer_now now, const uint8_t *in,
                             size_t len, uint8_t out[SIGNER_MESSAGE_MAX_LEN]);

#endif
