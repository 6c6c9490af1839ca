/* SPDX-License-Identifier: MIT */
#include "entry_parts.h"

#include <string.h>

#include "base/assert.h"

static bool is_printable(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

struct ledger_text ledger_text_of(const char *terminated)
{
    return (struct ledger_text){terminated, strlen(terminated)};
}

void ledger_put_text(struct wbuf *w, struct ledger_text text)
{
    ASSERT(text.len <= LEDGER_TEXT_MAX_LEN && is_printable(text.at, text.len));
    wbuf_u8(w, (uint8_t)text.len);
    wbuf_put(w, text.at, text.len);
}

bool ledger_take_text(struct rbuf *r, struct ledger_text *text)
{
    text->len = rbuf_u8(r);
    text->at = (const char *)rbuf_take(r, text->len);
    if (text->at == NULL) {
        text->len = 0;
        return false;
    }
    return is_printable(text->at, text->len);
}

bool ledger_take_name(struct rbuf *r, struct ledger_text *text)
{
    return ledger_take_text(r, text) && text->len > 0;
}

/* How many readings the ranges name; 0 when one of them is none. */
static uint64_t count_of(const struct ledger_range_of_readings *ranges, uint8_t n)
{
    uint64_t count = 0;
    for (uint8_t i = 0; i < n; i++) {
        if (ranges[i].first_sequence > ranges[i].last_sequence) {
            return 0;
        }
        count += (uint64_t)ranges[i].last_sequence - ranges[i].first_sequence + 1;
    }
    return count;
}

void ledger_put_block(struct wbuf *w, const struct ledger_block_facts *block)
{
    ASSERT(block->n_ranges >= 1 && block->n_ranges <= LEDGER_RANGES_MAX);
    ASSERT(block->count > 0 && count_of(block->ranges, block->n_ranges) == block->count);
    wbuf_be32(w, block->count);
    wbuf_put(w, block->root->bytes, sizeof block->root->bytes);
    wbuf_u8(w, block->n_ranges);
    for (uint8_t i = 0; i < block->n_ranges; i++) {
        wbuf_be32(w, block->ranges[i].boot_epoch);
        wbuf_be32(w, block->ranges[i].first_sequence);
        wbuf_be32(w, block->ranges[i].last_sequence);
    }
}

bool ledger_take_block(struct rbuf *r, uint32_t *count, struct ledger_hash *root, uint8_t *n_ranges,
                       struct ledger_range_of_readings ranges[LEDGER_RANGES_MAX])
{
    *count = rbuf_be32(r);
    rbuf_copy(r, root->bytes, sizeof root->bytes);
    *n_ranges = rbuf_u8(r);
    if (*n_ranges < 1 || *n_ranges > LEDGER_RANGES_MAX) {
        return false;
    }
    for (uint8_t i = 0; i < *n_ranges; i++) {
        ranges[i].boot_epoch = rbuf_be32(r);
        ranges[i].first_sequence = rbuf_be32(r);
        ranges[i].last_sequence = rbuf_be32(r);
    }
    return *count > 0 && count_of(ranges, *n_ranges) == *count;
}
