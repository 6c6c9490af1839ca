/* SPDX-License-Identifier: MIT
 * What the signer remembers of the site's log: the last size and root it signed. Two slots on disk,
 * written in turns, so that a power cut leaves the older of them.
 */
#ifndef SIGNER_LOG_HEAD_H
#define SIGNER_LOG_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ledger/log.h"

struct signer_log_head {
    uint64_t generation;
    struct ledger_head signed_head; /* size 0 before the first */
    uint8_t origin_digest[32];      /* SHA-256 of the origin line; zeros before the first */
};

enum { SIGNER_LOG_HEAD_LEN = 1024 /* both slots */ };

/* A file for a log of which nothing is signed. */
void signer_log_head_format(uint8_t out[SIGNER_LOG_HEAD_LEN]);
/* Takes the newer slot that is whole. E_CORRUPT when there is none. */
int signer_log_head_read(const uint8_t in[SIGNER_LOG_HEAD_LEN],
                         struct signer_log_head *head) MUST_USE;
/* The next generation into the other slot, synced. */
int signer_log_head_write(int fd, struct signer_log_head *head) MUST_USE;

/* Whether this checkpoint, with its proof, goes on from the head. On E_OK *head is what to remember
 * once the checkpoint is signed. E_MALFORMED: no request to sign a checkpoint. E_AUTH: another
 * past, another log or a shorter one. */
int signer_log_head_extend(struct signer_log_head *head, const uint8_t *body, size_t len) MUST_USE;
/* The checkpoint's text within the body of such a request: its length is 0 when there is none. */
struct signer_checkpoint_request {
    const char *text;
    size_t text_len;
    const uint8_t *proof; /* hashes of 32 bytes */
    size_t n_hashes;
};
struct signer_checkpoint_request signer_checkpoint_request_of(const uint8_t *body, size_t len);

#endif
