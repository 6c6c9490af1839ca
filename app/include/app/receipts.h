/* SPDX-License-Identifier: MIT
 * Receipts: whether every reading that the gateway has acknowledged is in the site's ledger, as it
 * was sent. The machine sees what the meter sends and what it is answered, and keeps the leaf hash
 * of each reading until a signed receipt (ledger/entry.h) has it in a block whose root follows from
 * these hashes. A reading that is left out, changed or counted twice is an event.
 *
 * What it keeps lies in memory that the caller lends; readings beyond it, and those that were sent
 * before a restart, are counted as unchecked, never as dropped. Receipts that got lost are asked
 * for again: the gateway is told from which reading on.
 */
#ifndef APP_RECEIPTS_H
#define APP_RECEIPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ledger/entry.h"
#include "ledger/note.h"

enum { RECEIPTS_EVENTS_MAX = 16, RECEIPTS_WANT_LEN = 8 };

/* A reading that waits for its receipt. */
struct receipts_leaf {
    uint32_t boot_epoch; /* all private */
    uint32_t sequence;
    uint64_t due_ms;   /* then it counts as dropped; 0: not acknowledged yet */
    uint64_t since_ms; /* acknowledged */
    uint32_t batch;    /* of the acknowledgement that named it */
    bool is_reported;  /* as dropped */
    bool is_named;     /* by the receipt at hand */
    bool is_receipted; /* before the acknowledgement, which is still to come */
    struct ledger_hash hash;
};

struct receipts_config {
    const char *device_id;
    struct ledger_key key; /* of the site's ledger; its name is the log's origin */
    uint32_t overdue_ms;   /* >= 1000: from the acknowledgement to the receipt, at most */
    struct receipts_leaf *leaves;
    size_t cap; /* >= 1 */
};

enum receipts_event_kind {
    RECEIPTS_DROPPED,      /* boot_epoch, sequence: acknowledged, and in no block */
    RECEIPTS_LATE,         /* boot_epoch, sequence: it was dropped, and now is in a block */
    RECEIPTS_CONTRADICTED, /* index: a block whose root is not that of the readings sent */
    RECEIPTS_TWICE,        /* index: a block with a reading that an earlier one has */
    RECEIPTS_FOREIGN,      /* index: a block with a reading that was never sent */
    RECEIPTS_FORGED        /* a receipt without the ledger's signature, or of another device */
};
struct receipts_event {
    enum receipts_event_kind kind;
    uint64_t index;
    uint32_t boot_epoch;
    uint32_t sequence;
};

struct receipts_counts {
    uint64_t n_receipted; /* readings in blocks whose roots were found right */
    uint64_t n_unchecked; /* in blocks that could not be, or forgotten for want of memory */
    uint64_t n_alarms;    /* events other than RECEIPTS_LATE */
    size_t n_waiting;     /* acknowledged, without a receipt yet */
};

struct receipts {
    struct receipts_config config; /* all private */
    size_t n;
    uint32_t batch;
    bool has_sent; /* anything since the start */
    uint32_t first_epoch;
    uint32_t first_sequence;
    uint32_t last_epoch; /* the newest that was sent */
    uint32_t last_sequence;
    uint32_t evicted_epoch; /* the newest that was forgotten; 0: none */
    uint32_t evicted_sequence;
    bool link_is_up;
    uint64_t ask_at_ms; /* not before */
    bool is_asking;
    struct receipts_counts counts;
    struct receipts_event events[RECEIPTS_EVENTS_MAX];
    uint8_t first_event;
    uint8_t n_events;
};

/* E_ARG for a configuration that cannot be. */
int receipts_init(struct receipts *r, const struct receipts_config *config) MUST_USE;
/* A reading goes out, perhaps once more. `message` is what is signed and sent. */
void receipts_sent(struct receipts *r, const uint8_t *message, size_t len);
/* An acknowledgement came in (telemetry/ack.h). One that cannot be read has no effect. */
void receipts_acknowledged(struct receipts *r, uint64_t now_ms, const uint8_t *ack, size_t len);
/* A receipt came in. E_OK also for one that is an alarm; errors as ledger_receipt_decode(), E_AUTH
 * for one that is not signed by the ledger's key. */
int receipts_input(struct receipts *r, uint64_t now_ms, const uint8_t *receipt, size_t len);
/* The connection came or went. While it is away nothing becomes overdue. */
void receipts_set_link(struct receipts *r, uint64_t now_ms, bool is_up);
/* Call at the deadline. */
void receipts_tick(struct receipts *r, uint64_t now_ms);
uint64_t receipts_deadline(const struct receipts *r);
/* What to publish as wanted: boot epoch and sequence, big endian, of the oldest reading without a
 * receipt. 0 when there is nothing to ask now. */
int receipts_output(struct receipts *r, uint64_t now_ms, uint8_t out[RECEIPTS_WANT_LEN]) MUST_USE;
bool receipts_event(struct receipts *r, struct receipts_event *event);
struct receipts_counts receipts_counts(const struct receipts *r);

#endif
