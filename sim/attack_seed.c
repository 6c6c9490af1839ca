/* SPDX-License-Identifier: MIT */
#include "attack_seed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "telemetry/reading.h"

/* What the forecast says of every device, always right. */
enum { EXPECTED_MW = 1000000 };

void seed_gateway_init(struct seed_gateway *g)
{
    *g = (struct seed_gateway){.now_s = 1767268800};
    trust_seed_defaults(&g->config);
}

static struct seed_device *find(struct seed_gateway *g, const char *id, size_t len)
{
    for (size_t i = 0; i < g->n_devices; i++) {
        if (strlen(g->devices[i].id) == len && memcmp(g->devices[i].id, id, len) == 0) {
            return &g->devices[i];
        }
    }
    return NULL;
}

void seed_gateway_enrol(struct seed_gateway *g, const char *id, const uint8_t public_key[65])
{
    struct seed_device *device = find(g, id, strlen(id));
    if (device == NULL) {
        ASSERT(g->n_devices < SEED_DEVICES_MAX);
        device = &g->devices[g->n_devices++];
    }
    device->id = id;
    memcpy(device->public_key, public_key, sizeof device->public_key);
    trust_seed_init(&device->trust);
}

/* The device that signed it; NULL for what is not to be believed. */
static struct seed_device *signer_of(struct seed_gateway *g, const char *text, size_t len,
                                     struct telemetry_envelope *e)
{
    if (telemetry_seed_decode(text, len, e) != E_OK) {
        return NULL;
    }
    struct seed_device *device = find(g, e->reading.device_id, e->reading.device_id_len);
    g->n_verified += device != NULL;
    return device != NULL && telemetry_reading_verify(e, device->public_key) == E_OK ? device
                                                                                     : NULL;
}

/* Out of the window: a penalty for the device whose name the message has, whoever sent it. */
static void punish(const struct seed_gateway *g, struct trust_seed *trust)
{
    const int64_t left = trust->score_milli - g->config.penalty_milli;
    trust->score_milli = left > 0 ? (int32_t)left : 0;
    trust->banned = trust->banned || trust->score_milli < g->config.ban_milli;
}

bool seed_gateway_message(struct seed_gateway *g, const char *text, size_t len)
{
    struct telemetry_envelope e;
    struct seed_device *device = signer_of(g, text, len, &e);
    if (device == NULL || device->trust.banned) {
        return false;
    }
    const int64_t away_ms = g->now_s * 1000 - e.reading.unix_ms;
    if (away_ms > g->config.time_window_ms || -away_ms > g->config.time_window_ms) {
        punish(g, &device->trust);
        return false;
    }
    const struct trust_seed_reading reading = {.reported_mw = e.reading.channels[0].power_mw,
                                               .expected_mw = EXPECTED_MW};
    (void)trust_seed_judge(&g->config, &device->trust, &reading);
    if (device->trust.banned) {
        return false;
    }
    g->n_taken++; /* also what deviates, as long as the score holds */
    g->credited_wh += (uint64_t)(e.reading.channels[0].power_mw / 1000);
    return true;
}

bool seed_gateway_transfer(struct seed_gateway *g, const char *payload, size_t len,
                           uint64_t wh_amount)
{
    struct telemetry_envelope e;
    if (signer_of(g, payload, len, &e) == NULL) {
        return false;
    }
    g->n_taken++;
    g->credited_wh += wh_amount;
    return true;
}

bool seed_gateway_banned(const struct seed_gateway *g, const char *id)
{
    for (size_t i = 0; i < g->n_devices; i++) {
        if (strcmp(g->devices[i].id, id) == 0) {
            return g->devices[i].trust.banned;
        }
    }
    return false;
}

size_t seed_message(const char *id, int64_t unix_s, int64_t production_w,
                    const uint8_t private_key[32], char out[SEED_MESSAGE_CAP])
{
    uint8_t digest[32];
    uint8_t signature[64];
    uint8_t der[CRYPTO_P256_DER_MAX_LEN];
    int n = snprintf(out, SEED_MESSAGE_CAP,
                     "{\"node_id\":\"%s\",\"timestamp\":%" PRId64 ",\"production\":%" PRId64 ".00}",
                     id, unix_s, production_w);
    ASSERT(n > 0 && n < SEED_MESSAGE_CAP);
    const int hashed = crypto_digest(CRYPTO_SHA256, out, (size_t)n, digest);
    ASSERT(hashed == E_OK);
    const int is_signed = crypto_ecdsa_sign(CRYPTO_P256, private_key, digest, 32, signature);
    ASSERT(is_signed == E_OK);
    const size_t der_len = crypto_ecdsa_to_der(signature, der);
    n += snprintf(out + n - 1, SEED_MESSAGE_CAP - (size_t)n, ",\"sig\":\"") - 1;
    for (size_t i = 0; i < der_len; i++) {
        n += snprintf(out + n, SEED_MESSAGE_CAP - (size_t)n, "%02x", der[i]);
    }
    n += snprintf(out + n, SEED_MESSAGE_CAP - (size_t)n, "\"}");
    ASSERT(n < SEED_MESSAGE_CAP);
    return (size_t)n;
}
