/* SPDX-License-Identifier: MIT
 * The JSON readings of the Smart MicroGrid. Its own verifier parsed and serialised again before it
 * checked, so that 1234.50 became 1234.5 and a tenth of all honest signatures failed; here the
 * digest is over the text as it came.
 */
#include <string.h>

#include "base/assert.h"
#include "base/json_reader.h"
#include "crypto/crypto.h"
#include "telemetry/reading.h"

enum {
    TOKENS_MAX = 16, /* the object, five members of two, and some that are ignored */
    POWER_DECIMALS = 3,
    TIMESTAMP_LEAST_S = 1600000000 /* devices do not send before they know the time */
};

/* What the text says. */
struct claim {
    const char *device_id; /* a view into the text */
    size_t device_id_len;
    int64_t unix_ms;
    uint32_t sequence;
    int32_t power_mw;
    uint8_t signature[CRYPTO_P256_SIGNATURE_LEN];
    size_t cut_from; /* the "sig" member, to be left out of the digest */
    size_t cut_to;
};

static int take_device_id(const struct json_reader *r, struct claim *out)
{
    const int value = json_member(r, 0, "node_id");
    size_t len;
    const char *raw = json_raw(r, value, &len);
    if (json_type_of(r, value) != JSON_STRING) {
        return E_MALFORMED;
    }
    if (len - 2 > TELEMETRY_DEVICE_ID_MAX_LEN) {
        return E_LIMIT;
    }
    if (!telemetry_device_id_valid(raw + 1, len - 2)) { /* an escape is no valid character */
        return E_MALFORMED;
    }
    out->device_id = raw + 1;
    out->device_id_len = len - 2;
    return E_OK;
}

static int missing_is_malformed(int status)
{
    return status == E_NOTFOUND ? E_MALFORMED : status;
}

static int take_time(const struct json_reader *r, struct claim *out)
{
    int64_t timestamp_s;
    const int status = json_int(r, json_member(r, 0, "timestamp"), &timestamp_s);
    if (status != E_OK) {
        return missing_is_malformed(status);
    }
    if (timestamp_s < TIMESTAMP_LEAST_S) {
        return E_MALFORMED;
    }
    if (timestamp_s > TELEMETRY_UNIX_MS_MAX / 1000) {
        return E_LIMIT;
    }
    out->unix_ms = timestamp_s * 1000;
    return E_OK;
}

static int take_sequence(const struct json_reader *r, struct claim *out)
{
    int64_t sequence = 0;
    const int status = json_int(r, json_member(r, 0, "seq"), &sequence);
    if (status != E_OK && status != E_NOTFOUND) {
        return status;
    }
    if (sequence < 0 || sequence > UINT32_MAX) {
        return sequence < 0 ? E_MALFORMED : E_LIMIT;
    }
    out->sequence = (uint32_t)sequence;
    return E_OK;
}

static int take_production(const struct json_reader *r, struct claim *out)
{
    int64_t power_mw;
    const int value = json_member(r, 0, "production");
    const int status = json_decimal(r, value, POWER_DECIMALS, &power_mw);
    if (status != E_OK) {
        return missing_is_malformed(status);
    }
    if (power_mw < INT32_MIN || power_mw > INT32_MAX) {
        return E_LIMIT;
    }
    out->power_mw = (int32_t)power_mw;
    return E_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* ECDSA-Sig-Value in DER, in hexadecimal. */
static int take_signature(const struct json_reader *r, struct claim *out)
{
    uint8_t der[CRYPTO_P256_DER_MAX_LEN];
    size_t len;
    const int value = json_member(r, 0, "sig");
    const char *raw = json_raw(r, value, &len);
    if (json_type_of(r, value) != JSON_STRING || len % 2 != 0 || len - 2 > 2 * sizeof der) {
        return E_MALFORMED;
    }
    len = (len - 2) / 2;
    for (size_t i = 0; i < len; i++) {
        const int high = hex_digit(raw[1 + 2 * i]);
        const int low = hex_digit(raw[2 + 2 * i]);
        if (high < 0 || low < 0) {
            return E_MALFORMED;
        }
        der[i] = (uint8_t)(high << 4 | low);
    }
    return crypto_ecdsa_from_der(der, len, out->signature) == E_OK ? E_OK : E_MALFORMED;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Where the "sig" member stands with the one comma that belongs to it: the one before it, or, when
 * it is the first member, the one after. White space outside of that stays. */
static void find_cut(const struct json_reader *r, struct claim *out)
{
    const int value = json_member(r, 0, "sig");
    int key = json_first(r, 0);
    while (json_next(r, key) != value) {
        key = json_next(r, json_next(r, key));
        ASSERT(key != JSON_ABSENT); /* the member was found by its name before */
    }
    size_t len;
    const char *end = json_raw(r, value, &len) + len;
    const char *begin = json_raw(r, key, &len);
    const char *before = begin - 1;
    while (is_space(*before)) {
        before--;
    }
    if (*before == ',') {
        begin = before;
    } else {
        while (is_space(*end)) {
            end++;
        }
        end += *end == ',' ? 1 : 0;
    }
    out->cut_from = (size_t)(begin - r->text);
    out->cut_to = (size_t)(end - r->text);
}

/* Kept apart from its caller so that its tokens and the running digest never share the stack. */
__attribute__((noinline)) static int take_claim(const char *in, size_t len, struct claim *out)
{
    static int (*const steps[])(const struct json_reader *, struct claim *) = {
        take_device_id, take_time, take_sequence, take_production, take_signature};
    struct json_token tokens[TOKENS_MAX];
    struct json_reader r;
    int status = json_parse(&r, in, len, tokens, TOKENS_MAX);
    for (size_t i = 0; status == E_OK && i < sizeof steps / sizeof steps[0]; i++) {
        status = steps[i](&r, out);
    }
    if (status == E_OK) {
        find_cut(&r, out);
    }
    return status;
}

int telemetry_seed_decode(const char *in, size_t len, struct telemetry_envelope *out)
{
    struct claim claim;
    if (len > TELEMETRY_READING_MAX_LEN) {
        return E_LIMIT;
    }
    const int status = take_claim(in, len, &claim);
    if (status != E_OK) {
        return status;
    }
    ASSERT(claim.cut_from < claim.cut_to && claim.cut_to < len);
    out->reading = (struct telemetry_reading){
        .device_id = claim.device_id,
        .device_id_len = claim.device_id_len,
        .sequence = claim.sequence,
        .unix_ms = claim.unix_ms,
        .time_quality = TELEMETRY_TIME_HELD, /* the text does not say more */
        .n_channels = 1,
        .channels = {{.kind = TELEMETRY_PRODUCTION, .power_mw = claim.power_mw}},
    };
    memcpy(out->signature, claim.signature, sizeof claim.signature);
    struct crypto_digest d;
    crypto_digest_init(&d, CRYPTO_SHA256);
    crypto_digest_update(&d, in, claim.cut_from);
    crypto_digest_update(&d, in + claim.cut_to, len - claim.cut_to);
    crypto_digest_final(&d, out->digest);
    return E_OK;
}
