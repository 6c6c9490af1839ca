/* SPDX-License-Identifier: MIT
 * Parts that entries and receipts share. The take functions return false for what is out of range;
 * truncation is the reader's own error.
 */
#ifndef LEDGER_ENTRY_PARTS_H
#define LEDGER_ENTRY_PARTS_H

#include <stdbool.h>

#include "base/rbuf.h"
#include "ledger/entry.h"

void ledger_put_text(struct wbuf *w, struct ledger_text text);
bool ledger_take_text(struct rbuf *r, struct ledger_text *text);
/* A text that may not be empty. */
bool ledger_take_name(struct rbuf *r, struct ledger_text *text);

struct ledger_block_facts {
    uint32_t count;
    const struct ledger_hash *root;
    uint8_t n_ranges;
    const struct ledger_range_of_readings *ranges;
};
void ledger_put_block(struct wbuf *w, const struct ledger_block_facts *block);
bool ledger_take_block(struct rbuf *r, uint32_t *count, struct ledger_hash *root, uint8_t *n_ranges,
                       struct ledger_range_of_readings ranges[LEDGER_RANGES_MAX]);

/* Of a known type. */
void ledger_put_body(struct wbuf *w, const struct ledger_entry *entry);
/* The body of out->type, which may be anything. E_UNSUPPORTED for a type that is not known,
 * E_MALFORMED for what is out of range; truncation is the reader's. Reads out->index. */
int ledger_take_body(struct rbuf *r, struct ledger_entry *out);

#endif
