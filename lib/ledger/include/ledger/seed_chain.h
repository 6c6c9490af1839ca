/* SPDX-License-Identifier: MIT
 * The hash chain of the seed's table energy_ledger: block_hash is the SHA-256, in hexadecimal, of
 * prev_hash, from_node, to_node, wh_amount, timestamp and signature as texts one behind the other,
 * nothing in between; the first prev_hash is 64 zeros. An export, for those who have readers for
 * it: the log itself is not made of it, because texts without separators can be cut in more than
 * one way ("ab","c" and "a","bc" have one hash) and a chain has no proof of a lost end.
 */
#ifndef LEDGER_SEED_CHAIN_H
#define LEDGER_SEED_CHAIN_H

#include "base/err.h"
#include "base/wbuf.h"
#include "ledger/entry.h"

enum { LEDGER_SEED_HASH_LEN = 64 };

struct ledger_seed_block {
    struct ledger_text from;
    struct ledger_text to;
    struct ledger_text wh_amount; /* as Python writes a float: "1234.5", "0.0" */
    struct ledger_text timestamp; /* seconds since 1970 */
    struct ledger_text signature;
};

/* `prev` and `out` are 64 characters, not terminated; `out` may be `prev`. NULL: the first block.
 */
void ledger_seed_hash(const char *prev, const struct ledger_seed_block *block,
                      char out[LEDGER_SEED_HASH_LEN]);
/* Milliwatt-hours as Wh in that form. */
void ledger_seed_put_wh(struct wbuf *w, int64_t mwh);

#endif
