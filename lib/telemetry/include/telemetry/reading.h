/* SPDX-License-Identifier: MIT
 * A signed reading of a meter: COSE_Sign1 (RFC 9052, ES256) over a deterministic CBOR map.
 * The bytes are specified in docs/spec/telemetry.md.
 */
#ifndef TELEMETRY_READING_H
#define TELEMETRY_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "telemetry/device_id.h"

enum {
    TELEMETRY_CHANNELS_MAX = 6,     /* one of each kind */
    TELEMETRY_SIGNED_MAX_LEN = 358, /* what telemetry_reading_sign() writes at most */
    TELEMETRY_READING_MAX_LEN = 512 /* longer messages, of either form, are refused */
};

/* 9999-12-31T23:59:59.999Z, the last time a reading can have. */
#define TELEMETRY_UNIX_MS_MAX INT64_C(253402300799999)

/* How far the time of a reading can be trusted. */
enum telemetry_time_quality {
    TELEMETRY_TIME_UNKNOWN = 0, /* never set since power-on; unix_ms is 0, and only then */
    TELEMETRY_TIME_HELD = 1,    /* synchronised once, running on its own since */
    TELEMETRY_TIME_SYNCED = 2   /* synchronised within the last hour */
};

enum telemetry_channel_kind {
    TELEMETRY_PRODUCTION = 0,
    TELEMETRY_CONSUMPTION = 1,
    TELEMETRY_GRID_IMPORT = 2,
    TELEMETRY_GRID_EXPORT = 3,
    TELEMETRY_STORAGE_CHARGE = 4,
    TELEMETRY_STORAGE_DISCHARGE = 5,
    TELEMETRY_CHANNEL_KINDS
};

struct telemetry_channel {
    enum telemetry_channel_kind kind; /* each kind at most once, ascending */
    int64_t energy_mwh;               /* counter since manufacture, never falls, >= 0 */
    int32_t power_mw;                 /* at the instant of the reading; may be negative */
    int32_t voltage_mv;               /* RMS; these three are >= 0, and 0 where not measured */
    int32_t current_ma;               /* RMS */
    int32_t frequency_millihz;
};

struct telemetry_reading {
    const char *device_id; /* not terminated; a view into the input after decoding */
    size_t device_id_len;  /* 1..64, see device_id.h */
    uint32_t boot_epoch;   /* grows with every start of the device, from 1 */
    uint32_t sequence;     /* grows by one with every reading of an epoch, from 1 */
    int64_t unix_ms;
    enum telemetry_time_quality time_quality;
    uint8_t n_channels; /* 1..TELEMETRY_CHANNELS_MAX */
    struct telemetry_channel channels[TELEMETRY_CHANNELS_MAX];
};

/* Signs with the device's key: `sign` gets the 32-byte digest of the Sig_structure and writes
 * r || s (64 bytes), returning E_OK; it is a function so that a secure element can hold the key. */
struct telemetry_signer {
    int (*sign)(void *context, const uint8_t digest[32], uint8_t signature[64]);
    void *context;
};

/* Returns the length written; E_ARG for a reading that breaks a range above, E_NOSPACE, or what
 * `sign` returned. */
int telemetry_reading_sign(const struct telemetry_reading *reading,
                           const struct telemetry_signer *signer, uint8_t *out,
                           size_t cap) MUST_USE;

/* What a message says, before anybody has verified it: enough to find the key. Views into `in`. */
struct telemetry_envelope {
    struct telemetry_reading reading;
    uint8_t digest[32];    /* of the Sig_structure over exactly the bytes received */
    uint8_t signature[64]; /* r || s */
};
/* E_TRUNCATED: the beginning of a reading. E_UNSUPPORTED: another version, algorithm, header or
 * kind of channel. E_LIMIT: a number or length that no reading has. E_MALFORMED: anything else. A
 * reading that comes back is within the ranges above; nothing is verified. */
int telemetry_reading_decode(const uint8_t *in, size_t len,
                             struct telemetry_envelope *out) MUST_USE;
/* E_OK or E_AUTH. `public_key` is an uncompressed P-256 point; E_ARG when it is none. E_IO, when
 * the backend failed, says nothing about the reading. */
int telemetry_reading_verify(const struct telemetry_envelope *envelope,
                             const uint8_t public_key[65]) MUST_USE;

/* The JSON of the seed: {"node_id":..,"timestamp":..,["seq":..,]"production":..,"sig":".."}. The
 * signature covers the text received with its "sig" member cut out, byte for byte (docs/spec says
 * exactly how). The reading has one production channel whose energy_mwh is 0 (the seed sends none),
 * boot_epoch 0, time quality TELEMETRY_TIME_HELD; without "seq" the sequence is 0. Other members
 * are ignored. Errors as above; E_LIMIT also for fractions of a milliwatt. */
int telemetry_seed_decode(const char *in, size_t len, struct telemetry_envelope *out) MUST_USE;

#endif
