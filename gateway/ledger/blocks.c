/* SPDX-License-Identifier: MIT */
#include "ledger/blocks.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "crypto/crypto.h"

static int64_t interval_of(const struct db_ledger_reading *reading)
{
    const int64_t step_ms = LEDGER_INTERVAL_S * INT64_C(1000);
    return reading->unix_ms > 0 ? reading->unix_ms / step_ms * step_ms : 0;
}

static bool continues(const struct ledger_range_of_readings *range,
                      const struct db_ledger_reading *reading)
{
    return range->boot_epoch == reading->boot_epoch && range->last_sequence < UINT32_MAX &&
           range->last_sequence + 1 == reading->sequence;
}

static void digest_key(const struct db_ledger_reading *reading, uint8_t out[32])
{
    const int done = crypto_digest(CRYPTO_SHA256, reading->public_key, 65, out);
    ASSERT(done == E_OK);
}

bool ledger_block_fits(const struct ledger_block *b, const struct db_ledger_reading *reading)
{
    uint8_t key_digest[32];
    digest_key(reading, key_digest);
    return b->interval_unix_ms == interval_of(reading) && b->tree.size < LEDGER_BLOCK_MAX &&
           memcmp(b->key_digest, key_digest, sizeof key_digest) == 0 &&
           (b->n_ranges < LEDGER_RANGES_MAX || continues(&b->ranges[b->n_ranges - 1], reading));
}

void ledger_block_begin(struct ledger_block *b, uint64_t now_ms,
                        const struct db_ledger_reading *reading)
{
    memset(b, 0, sizeof *b);
    ledger_tree_init(&b->tree);
    b->device = reading->device;
    (void)snprintf(b->device_id, sizeof b->device_id, "%s", reading->device_id);
    b->interval_unix_ms = interval_of(reading);
    b->since_ms = now_ms;
    b->first_row = reading->row;
    digest_key(reading, b->key_digest);
    ledger_block_add(b, reading);
}

void ledger_block_add(struct ledger_block *b, const struct db_ledger_reading *reading)
{
    const struct ledger_hash leaf = ledger_leaf_hash(reading->bytes, reading->len);
    ASSERT(reading->row > b->last_row && reading->len <= sizeof b->newest && reading->len > 0);
    ledger_tree_append(&b->tree, &leaf, NULL);
    b->last_row = reading->row;
    if (b->n_ranges > 0 && continues(&b->ranges[b->n_ranges - 1], reading)) {
        b->ranges[b->n_ranges - 1].last_sequence++;
    } else {
        ASSERT(b->n_ranges < LEDGER_RANGES_MAX);
        b->ranges[b->n_ranges++] = (struct ledger_range_of_readings){
            reading->boot_epoch, reading->sequence, reading->sequence};
    }
    if (b->newest_len == 0 || reading->unix_ms >= b->newest_unix_ms) {
        b->newest_unix_ms = reading->unix_ms;
        b->form = reading->form;
        b->newest_len = reading->len;
        memcpy(b->newest, reading->bytes, reading->len);
    }
}

struct ledger_entry ledger_block_entry(const struct ledger_block *b, int64_t unix_ms)
{
    struct ledger_entry e = {.type = LEDGER_READINGS, .unix_ms = unix_ms};
    ASSERT(b->tree.size > 0 && b->newest_len > 0);
    e.readings = (struct ledger_readings){.device = ledger_text_of(b->device_id),
                                          .interval_unix_ms = b->interval_unix_ms,
                                          .interval_s = LEDGER_INTERVAL_S,
                                          .count = (uint32_t)b->tree.size,
                                          .root = ledger_tree_root(&b->tree),
                                          .n_ranges = b->n_ranges,
                                          .form = (enum ledger_form)b->form,
                                          .last = b->newest,
                                          .last_len = b->newest_len};
    memcpy(e.readings.key_digest, b->key_digest, sizeof b->key_digest);
    memcpy(e.readings.ranges, b->ranges, sizeof b->ranges);
    return e;
}
