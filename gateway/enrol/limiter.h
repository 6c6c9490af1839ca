/* SPDX-License-Identifier: MIT
 * A token bucket for each of many keys, in a table that never grows. Keys are hashed with a secret,
 * so nobody can aim at another's place; a full row forgets the one that was quiet the longest.
 */
#ifndef ENROL_LIMITER_H
#define ENROL_LIMITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "signer/bucket.h"

enum { LIMITER_ROWS = 256, LIMITER_WAYS = 4 };

struct limiter_entry {
    uint64_t key; /* 0: free */
    struct bucket bucket;
};

struct limiter {
    struct bucket_rate rate; /* all private */
    uint8_t secret[16];
    struct limiter_entry entries[LIMITER_ROWS][LIMITER_WAYS];
};

/* E_IO when the random source fails. */
int limiter_init(struct limiter *l, const struct bucket_rate *rate) MUST_USE;
/* How long `key` has to wait for its next token; 0 when it has one. Takes nothing. */
uint64_t limiter_wait_ms(struct limiter *l, const char *key, uint64_t now_ms);
/* Takes a token of `key`, when there is one. */
bool limiter_take(struct limiter *l, const char *key, uint64_t now_ms);

#endif
