/* SPDX-License-Identifier: MIT
 * The leaves lie in the order in which they were first sent. The gateway writes a device's readings
 * into blocks in the order in which it acknowledged them: when a block has a reading of a later
 * acknowledgement, one of an earlier that is in no block yet was dropped, or its receipt was lost.
 * The latter is asked for; the former stays away.
 */
#include "app/receipts.h"

#include <string.h>

#include "base/assert.h"
#include "base/wbuf.h"
#include "runtime/timer.h"
#include "telemetry/ack.h"
#include "telemetry/reading.h"

enum {
    GRACE_PARTS = 8, /* of the overdue time, for a receipt that has been overtaken */
    ASK_PARTS = 4,   /* of it, until a receipt is asked for, and between two questions */
    OVERDUE_MIN_MS = 1000
};

static uint64_t grace_ms(const struct receipts *r)
{
    return r->config.overdue_ms / GRACE_PARTS;
}

static uint64_t ask_ms(const struct receipts *r)
{
    return r->config.overdue_ms / ASK_PARTS;
}

static void note(struct receipts *r, const struct receipts_event *event)
{
    r->counts.n_alarms += event->kind != RECEIPTS_LATE;
    if (r->n_events == RECEIPTS_EVENTS_MAX) { /* the newest say the most */
        r->first_event = (uint8_t)((r->first_event + 1) % RECEIPTS_EVENTS_MAX);
        r->n_events--;
    }
    r->events[(r->first_event + r->n_events) % RECEIPTS_EVENTS_MAX] = *event;
    r->n_events++;
}

bool receipts_event(struct receipts *r, struct receipts_event *event)
{
    if (r->n_events == 0) {
        return false;
    }
    *event = r->events[r->first_event];
    r->first_event = (uint8_t)((r->first_event + 1) % RECEIPTS_EVENTS_MAX);
    r->n_events--;
    return true;
}

int receipts_init(struct receipts *r, const struct receipts_config *config)
{
    memset(r, 0, sizeof *r);
    r->config = *config;
    return config->cap >= 1 && config->leaves != NULL && config->device_id != NULL &&
                   config->overdue_ms >= OVERDUE_MIN_MS
               ? E_OK
               : E_ARG;
}

/* ---- the leaves ---- */

/* Whether one name of a reading comes after another. */
static bool is_after(uint32_t epoch, uint32_t sequence, uint32_t other_epoch,
                     uint32_t other_sequence)
{
    return epoch > other_epoch || (epoch == other_epoch && sequence > other_sequence);
}

static struct receipts_leaf *find_leaf(const struct receipts *r, uint32_t epoch, uint32_t sequence)
{
    for (size_t i = 0; i < r->n; i++) {
        struct receipts_leaf *leaf = &r->config.leaves[i];
        if (leaf->sequence == sequence && leaf->boot_epoch == epoch) {
            return leaf;
        }
    }
    return NULL;
}

static void remove_leaf(struct receipts *r, size_t at)
{
    ASSERT(at < r->n);
    r->n--;
    memmove(&r->config.leaves[at], &r->config.leaves[at + 1],
            (r->n - at) * sizeof *r->config.leaves);
}

/* Makes room by forgetting the oldest. */
static void forget_oldest(struct receipts *r)
{
    const struct receipts_leaf *oldest = &r->config.leaves[0];
    r->counts.n_unchecked += oldest->due_ms != 0;
    if (is_after(oldest->boot_epoch, oldest->sequence, r->evicted_epoch, r->evicted_sequence)) {
        r->evicted_epoch = oldest->boot_epoch;
        r->evicted_sequence = oldest->sequence;
    }
    remove_leaf(r, 0);
}

void receipts_sent(struct receipts *r, const uint8_t *message, size_t len)
{
    struct telemetry_envelope e;
    if (telemetry_reading_decode(message, len, &e) != E_OK ||
        find_leaf(r, e.reading.boot_epoch, e.reading.sequence) != NULL) {
        return;
    }
    if (r->n == r->config.cap) {
        forget_oldest(r);
    }
    r->config.leaves[r->n++] = (struct receipts_leaf){.boot_epoch = e.reading.boot_epoch,
                                                      .sequence = e.reading.sequence,
                                                      .hash = ledger_leaf_hash(message, len)};
    if (!r->has_sent) {
        r->has_sent = true;
        r->first_epoch = e.reading.boot_epoch;
        r->first_sequence = e.reading.sequence;
    }
    if (is_after(e.reading.boot_epoch, e.reading.sequence, r->last_epoch, r->last_sequence)) {
        r->last_epoch = e.reading.boot_epoch;
        r->last_sequence = e.reading.sequence;
    }
    ASSERT(r->n <= r->config.cap);
}

static bool is_in(const struct receipts_leaf *leaf, const struct telemetry_ack_range *range)
{
    return leaf->boot_epoch == range->boot_epoch && leaf->sequence >= range->first_sequence &&
           leaf->sequence <= range->last_sequence;
}

static void take_range(struct receipts *r, uint64_t now_ms, const struct telemetry_ack_range *range)
{
    for (size_t i = r->n; i-- > 0;) {
        struct receipts_leaf *leaf = &r->config.leaves[i];
        if (!is_in(leaf, range) || leaf->due_ms != 0) {
            continue;
        }
        if (range->verdict != TELEMETRY_STORED || leaf->is_receipted) {
            remove_leaf(r, i);
            continue;
        }
        leaf->batch = r->batch;
        leaf->since_ms = now_ms;
        leaf->due_ms = now_ms + r->config.overdue_ms;
    }
}

void receipts_acknowledged(struct receipts *r, uint64_t now_ms, const uint8_t *ack, size_t len)
{
    struct telemetry_ack_range ranges[TELEMETRY_ACK_RANGES_MAX];
    const int n = telemetry_ack_decode(ack, len, ranges);
    r->batch++;
    for (int i = 0; i < n; i++) {
        take_range(r, now_ms, &ranges[i]);
    }
}

/* ---- a receipt ---- */

/* What follows from the names in a receipt. */
struct verdict {
    size_t n_known;
    size_t n_unknown; /* sent before the start, or forgotten */
    size_t n_missing; /* had their receipt before */
    size_t n_foreign;
    uint32_t newest_batch;
    struct ledger_tree tree; /* over the known ones */
};

static void judge_name(const struct receipts *r, uint32_t epoch, uint32_t sequence,
                       struct verdict *v)
{
    struct receipts_leaf *leaf = find_leaf(r, epoch, sequence);
    if (leaf != NULL && leaf->is_receipted) {
        v->n_missing++;
    } else if (leaf != NULL) {
        leaf->is_named = true;
        v->n_known++;
        v->newest_batch = leaf->batch > v->newest_batch ? leaf->batch : v->newest_batch;
        ledger_tree_append(&v->tree, &leaf->hash, NULL);
    } else if (!r->has_sent || is_after(r->first_epoch, r->first_sequence, epoch, sequence)) {
        v->n_unknown++;
    } else if (is_after(epoch, sequence, r->last_epoch, r->last_sequence)) {
        v->n_foreign++;
    } else if (!is_after(epoch, sequence, r->evicted_epoch, r->evicted_sequence)) {
        v->n_unknown++;
    } else {
        v->n_missing++;
    }
}

static void judge_names(const struct receipts *r, const struct ledger_receipt *receipt,
                        struct verdict *v)
{
    memset(v, 0, sizeof *v);
    ledger_tree_init(&v->tree);
    for (uint8_t i = 0; i < receipt->n_ranges; i++) {
        const struct ledger_range_of_readings *range = &receipt->ranges[i];
        const uint32_t n = range->last_sequence - range->first_sequence;
        ASSERT(n < r->config.cap);
        for (uint32_t k = 0; k <= n; k++) {
            judge_name(r, range->boot_epoch, range->first_sequence + k, v);
        }
    }
}

/* The named leaves have their receipt. */
static void settle_named(struct receipts *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->n; i++) {
        struct receipts_leaf *leaf = &r->config.leaves[i];
        if (leaf->is_named && leaf->is_reported) {
            note(r, &(struct receipts_event){.kind = RECEIPTS_LATE,
                                             .boot_epoch = leaf->boot_epoch,
                                             .sequence = leaf->sequence});
        }
        if (leaf->is_named && leaf->due_ms == 0) {
            leaf->is_named = false;
            leaf->is_receipted = true; /* it may be sent again until it is acknowledged */
        }
        if (!leaf->is_named) {
            r->config.leaves[kept++] = *leaf;
        }
    }
    r->n = kept;
}

static void forget_names(struct receipts *r)
{
    for (size_t i = 0; i < r->n; i++) {
        r->config.leaves[i].is_named = false;
    }
}

/* Readings acknowledged before those of the block, and in none: their receipts come soon, or they
 * were dropped. */
static void hurry_overtaken(struct receipts *r, uint64_t now_ms, uint32_t batch)
{
    const uint64_t due_ms = now_ms + grace_ms(r);
    for (size_t i = 0; i < r->n; i++) {
        struct receipts_leaf *leaf = &r->config.leaves[i];
        if (leaf->due_ms > due_ms && leaf->batch < batch) {
            leaf->due_ms = due_ms;
            r->is_asking = true;
        }
    }
}

/* Whether it is an alarm, and which. A receipt that comes again names nothing that is known. */
static bool is_wrong(const struct verdict *v, const struct ledger_receipt *receipt,
                     enum receipts_event_kind *kind)
{
    const struct ledger_hash root = ledger_tree_root(&v->tree);
    if (v->n_foreign > 0) {
        *kind = RECEIPTS_FOREIGN;
        return true;
    }
    if (v->n_missing > 0) {
        *kind = RECEIPTS_TWICE;
        return v->n_known > 0;
    }
    *kind = RECEIPTS_CONTRADICTED;
    return v->n_unknown == 0 && memcmp(root.bytes, receipt->root.bytes, sizeof root.bytes) != 0;
}

static void take_receipt(struct receipts *r, uint64_t now_ms, const struct ledger_receipt *receipt)
{
    struct verdict v;
    enum receipts_event_kind wrong;
    if (receipt->count > r->config.cap) { /* more than can be remembered */
        r->counts.n_unchecked += receipt->count;
        return;
    }
    judge_names(r, receipt, &v);
    if (is_wrong(&v, receipt, &wrong)) {
        note(r, &(struct receipts_event){.kind = wrong, .index = receipt->index});
        forget_names(r); /* the readings are still owed */
        return;
    }
    if (v.n_unknown > 0) {
        r->counts.n_unchecked += v.n_known + v.n_unknown;
    } else {
        r->counts.n_receipted += v.n_known;
    }
    settle_named(r);
    hurry_overtaken(r, now_ms, v.newest_batch);
}

static bool is_ours(const struct receipts *r, const struct ledger_receipt *receipt)
{
    const size_t id_len = strlen(r->config.device_id);
    const size_t name_len = strlen(r->config.key.name);
    return receipt->device.len == id_len &&
           memcmp(receipt->device.at, r->config.device_id, id_len) == 0 &&
           receipt->origin.len == name_len &&
           memcmp(receipt->origin.at, r->config.key.name, name_len) == 0;
}

int receipts_input(struct receipts *r, uint64_t now_ms, const uint8_t *receipt, size_t len)
{
    struct ledger_receipt read;
    int result = ledger_receipt_decode(receipt, len, &read);
    if (result == E_OK) {
        result = is_ours(r, &read) ? ledger_receipt_verify(receipt, len, r->config.key.public_key)
                                   : E_AUTH;
    }
    if (result != E_OK) {
        note(r, &(struct receipts_event){.kind = RECEIPTS_FORGED});
        return result;
    }
    take_receipt(r, now_ms, &read);
    return E_OK;
}

/* ---- time ---- */

void receipts_set_link(struct receipts *r, uint64_t now_ms, bool is_up)
{
    r->link_is_up = is_up;
    for (size_t i = 0; is_up && i < r->n; i++) {
        struct receipts_leaf *leaf = &r->config.leaves[i];
        if (leaf->due_ms != 0) {
            const uint64_t due_ms = now_ms + grace_ms(r);
            leaf->due_ms = leaf->due_ms > due_ms ? leaf->due_ms : due_ms;
            r->is_asking = true; /* receipts may have passed us by */
        }
    }
}

void receipts_tick(struct receipts *r, uint64_t now_ms)
{
    for (size_t i = 0; r->link_is_up && i < r->n; i++) {
        struct receipts_leaf *leaf = &r->config.leaves[i];
        if (leaf->due_ms == 0 || leaf->is_reported) {
            continue;
        }
        if (now_ms >= leaf->due_ms) {
            leaf->is_reported = true;
            note(r, &(struct receipts_event){.kind = RECEIPTS_DROPPED,
                                             .boot_epoch = leaf->boot_epoch,
                                             .sequence = leaf->sequence});
        } else if (now_ms >= leaf->since_ms + ask_ms(r)) {
            r->is_asking = true;
        }
    }
}

uint64_t receipts_deadline(const struct receipts *r)
{
    uint64_t at_ms = NEVER_MS;
    for (size_t i = 0; r->link_is_up && i < r->n; i++) {
        const struct receipts_leaf *leaf = &r->config.leaves[i];
        if (leaf->due_ms == 0 || leaf->is_reported) {
            continue;
        }
        uint64_t next_ms = leaf->since_ms + ask_ms(r);
        next_ms = next_ms > r->ask_at_ms ? next_ms : r->ask_at_ms;
        next_ms = next_ms < leaf->due_ms ? next_ms : leaf->due_ms;
        at_ms = next_ms < at_ms ? next_ms : at_ms;
    }
    return at_ms;
}

static const struct receipts_leaf *oldest_owed(const struct receipts *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->config.leaves[i].due_ms != 0 && !r->config.leaves[i].is_reported) {
            return &r->config.leaves[i];
        }
    }
    return NULL;
}

int receipts_output(struct receipts *r, uint64_t now_ms, uint8_t out[RECEIPTS_WANT_LEN])
{
    const struct receipts_leaf *oldest = oldest_owed(r);
    if (!r->is_asking || !r->link_is_up || oldest == NULL || now_ms < r->ask_at_ms) {
        return 0;
    }
    struct wbuf w = wbuf_of(out, RECEIPTS_WANT_LEN);
    wbuf_be32(&w, oldest->boot_epoch);
    wbuf_be32(&w, oldest->sequence);
    ASSERT(wbuf_len(&w) == RECEIPTS_WANT_LEN);
    r->is_asking = false;
    r->ask_at_ms = now_ms + ask_ms(r);
    return RECEIPTS_WANT_LEN;
}

struct receipts_counts receipts_counts(const struct receipts *r)
{
    struct receipts_counts counts = r->counts;
    for (size_t i = 0; i < r->n; i++) {
        counts.n_waiting += r->config.leaves[i].due_ms != 0;
    }
    return counts;
}
