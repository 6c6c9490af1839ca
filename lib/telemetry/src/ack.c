/* SPDX-License-Identifier: MIT
 * Acknowledgements. The bytes are those of docs/spec/telemetry.md.
 */
#include "telemetry/ack.h"

#include <string.h>

#include "base/assert.h"
#include "base/cbor.h"

enum { FORMAT_VERSION = 1, KEY_VERSION = 0, KEY_RANGES = 1, N_KEYS = 2, RANGE_VALUES = 4 };

/* The longest: sixteen ranges whose numbers all need four bytes. */
_Static_assert(TELEMETRY_ACK_MAX_LEN == 5 + TELEMETRY_ACK_RANGES_MAX * (1 + 3 * 5 + 1),
               "the longest acknowledgement fits exactly");

static bool range_is_valid(const struct telemetry_ack_range *r)
{
    return r->first_sequence <= r->last_sequence && r->verdict < TELEMETRY_VERDICTS;
}

int telemetry_ack_encode(const struct telemetry_ack_range *ranges, size_t n, uint8_t *out,
                         size_t cap)
{
    if (n == 0 || n > TELEMETRY_ACK_RANGES_MAX) {
        return E_ARG;
    }
    ASSERT(ranges != NULL);
    struct wbuf w = wbuf_of(out, cap);
    cbor_put_map(&w, N_KEYS);
    cbor_put_uint(&w, KEY_VERSION);
    cbor_put_uint(&w, FORMAT_VERSION);
    cbor_put_uint(&w, KEY_RANGES);
    cbor_put_array(&w, n);
    for (size_t i = 0; i < n; i++) {
        if (!range_is_valid(&ranges[i])) {
            return E_ARG;
        }
        cbor_put_array(&w, RANGE_VALUES);
        cbor_put_uint(&w, ranges[i].boot_epoch);
        cbor_put_uint(&w, ranges[i].first_sequence);
        cbor_put_uint(&w, ranges[i].last_sequence);
        cbor_put_uint(&w, (uint64_t)ranges[i].verdict);
    }
    return wbuf_ok(&w) ? (int)wbuf_len(&w) : E_NOSPACE;
}

static uint32_t take_u32(struct cbor *c)
{
    const uint64_t v = cbor_uint(c);
    if (v > UINT32_MAX) {
        cbor_fail(c, E_LIMIT);
    }
    return cbor_ok(c) ? (uint32_t)v : 0;
}

static void take_range(struct cbor *c, struct telemetry_ack_range *range)
{
    if (cbor_array(c) != RANGE_VALUES) {
        cbor_fail(c, E_MALFORMED);
    }
    range->boot_epoch = take_u32(c);
    range->first_sequence = take_u32(c);
    range->last_sequence = take_u32(c);
    const uint32_t verdict = take_u32(c);
    if (cbor_ok(c) && verdict >= TELEMETRY_VERDICTS) {
        cbor_fail(c, E_UNSUPPORTED);
    }
    range->verdict = (enum telemetry_verdict)verdict;
    if (cbor_ok(c) && !range_is_valid(range)) {
        cbor_fail(c, E_MALFORMED);
    }
}

int telemetry_ack_decode(const uint8_t *in, size_t len, struct telemetry_ack_range *ranges)
{
    struct telemetry_ack_range read[TELEMETRY_ACK_RANGES_MAX];
    struct cbor c = cbor_of(in, len);
    int64_t last_key = -1;
    const size_t n_keys = cbor_map(&c);
    if (cbor_key(&c, &last_key) == KEY_VERSION && cbor_uint(&c) != FORMAT_VERSION) {
        cbor_fail(&c, E_UNSUPPORTED);
    }
    if (n_keys != N_KEYS || cbor_key(&c, &last_key) != KEY_RANGES) {
        cbor_fail(&c, E_MALFORMED);
    }
    const size_t n = cbor_array(&c);
    if (n == 0 || n > TELEMETRY_ACK_RANGES_MAX) {
        cbor_fail(&c, n == 0 ? E_MALFORMED : E_LIMIT);
    }
    for (size_t i = 0; cbor_ok(&c) && i < n; i++) {
        take_range(&c, &read[i]);
    }
    const int status = cbor_finish(&c);
    if (status != E_OK) {
        return status;
    }
    ASSERT(n >= 1 && n <= TELEMETRY_ACK_RANGES_MAX);
    memcpy(ranges, read, n * sizeof read[0]);
    return (int)n;
}
