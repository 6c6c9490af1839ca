/* SPDX-License-Identifier: MIT
 * What the gateway counts about readings: plain numbers, shown by /metrics and the page.
 */
#ifndef INGEST_COUNTERS_H
#define INGEST_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

/* Why a message was refused: the enumerator and the name shown. */
#define INGEST_REFUSALS(X)                                                                         \
    X(MALFORMED, "malformed")                                                                      \
    X(BAD_SIGNATURE, "bad_signature")                                                              \
    X(WRONG_IDENTITY, "wrong_identity")                                                            \
    X(UNKNOWN_DEVICE, "unknown_device")                                                            \
    X(NUMBER_TAKEN, "number_taken")                                                                \
    X(BANNED, "banned")                                                                            \
    X(RATE_LIMITED, "rate_limited")
enum ingest_refusal {
#define INGEST_REFUSAL_ROW(name, text) INGEST_REFUSED_##name,
    INGEST_REFUSALS(INGEST_REFUSAL_ROW)
#undef INGEST_REFUSAL_ROW
        INGEST_REFUSAL_COUNT
};

extern const char *const ingest_refusal_names[INGEST_REFUSAL_COUNT];

/* A Prometheus histogram of durations, with the bounds of ingest_duration_bounds_ns. */
enum { INGEST_DURATION_BOUNDS = 11 };
extern const uint64_t ingest_duration_bounds_ns[INGEST_DURATION_BOUNDS];
struct ingest_durations {
    uint64_t counts[INGEST_DURATION_BOUNDS + 1]; /* the last: beyond the last bound */
    uint64_t sum_ns;
};
void ingest_durations_add(struct ingest_durations *d, uint64_t ns);

/* Events in the last minute of real time, in steps of a second. */
struct ingest_rate {
    uint32_t counts[60]; /* all private */
    uint64_t second;
};
void ingest_rate_add(struct ingest_rate *r, uint64_t now_ms, uint32_t n);
uint32_t ingest_rate_per_minute(struct ingest_rate *r, uint64_t now_ms);

struct ingest_counters {
    uint64_t received; /* messages on the devices' topics */
    uint64_t received_bytes;
    uint64_t stored;     /* in this run */
    uint64_t total;      /* rows of the database */
    uint64_t duplicates; /* arrived again and were acknowledged again */
    uint64_t refused[INGEST_REFUSAL_COUNT];
    uint64_t malformed_json; /* of those malformed: in the seed's form */
    uint64_t lost; /* not stored because the database failed; the devices send them again */
    uint64_t commits;
    uint64_t commit_failures;
    uint64_t acks;   /* messages */
    uint64_t pieces; /* of charging sessions, stored or there already */
    struct ingest_durations verify;
    struct ingest_durations whole; /* one message, without the commit */
    struct ingest_durations commit;
    struct ingest_rate rate;
};

#endif
