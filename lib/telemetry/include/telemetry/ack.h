/* SPDX-License-Identifier: MIT
 * What the gateway tells a device about its readings: which are on disk, and which it refused for
 * good. A reading named in neither list stays in the device's outbox. Bytes:
 * docs/spec/telemetry.md.
 */
#ifndef TELEMETRY_ACK_H
#define TELEMETRY_ACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { TELEMETRY_ACK_RANGES_MAX = 16, TELEMETRY_ACK_MAX_LEN = 277 };

enum telemetry_verdict {
    TELEMETRY_STORED = 0, /* on disk (or already there: a duplicate) */
    TELEMETRY_MALFORMED = 1,
    TELEMETRY_BAD_SIGNATURE = 2,
    TELEMETRY_WRONG_IDENTITY = 3,
    TELEMETRY_TOO_OLD = 4, /* behind the replay window */
    TELEMETRY_BANNED = 5,
    TELEMETRY_VERDICTS
};

struct telemetry_ack_range {
    uint32_t boot_epoch;
    uint32_t first_sequence; /* inclusive */
    uint32_t last_sequence;  /* inclusive, >= first */
    enum telemetry_verdict verdict;
};

/* Returns the length written; E_ARG for an empty or too long list or a range that breaks what is
 * said above, E_NOSPACE. */
int telemetry_ack_encode(const struct telemetry_ack_range *ranges, size_t n, uint8_t *out,
                         size_t cap) MUST_USE;
/* Returns how many ranges were read into `ranges` (room for TELEMETRY_ACK_RANGES_MAX), E_TRUNCATED,
 * E_UNSUPPORTED (another version or verdict), E_LIMIT or E_MALFORMED. */
int telemetry_ack_decode(const uint8_t *in, size_t len,
                         struct telemetry_ack_range *ranges) MUST_USE;

#endif
