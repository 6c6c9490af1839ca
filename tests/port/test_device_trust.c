/* SPDX-License-Identifier: MIT */
#include "device.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "check.h"
#include "crypto/crypto.h"
#include "ledger/note.h"

static const uint8_t seed[32] = {7};
static struct device device;
static unsigned n_told;
static char payload[2048];

static void on_told(void *context, const struct device_trust *trust)
{
    (void)context;
    CHECK(trust->known);
    n_told++;
}

static void set_up(bool has_key)
{
    memset(&device, 0, sizeof device);
    n_told = 0;
    snprintf(device.config.device_id, sizeof device.config.device_id, "roof-1");
    device.owner.told = on_told;
    if (has_key) {
        struct ledger_key key = {.type = LEDGER_ED25519};
        snprintf(key.name, sizeof key.name, "wattward/ledger/site");
        CHECK_EQ(crypto_ed25519_public(seed, key.public_key), E_OK);
        struct wbuf w = wbuf_of(device.config.ledger_key, sizeof device.config.ledger_key - 1);
        ledger_key_put(&w, &key);
        CHECK(wbuf_ok(&w));
    }
}

/* A whole message; its length. */
static size_t word(const char *id, const char *action, int64_t unix_ms)
{
    char line[512];
    char message[640];
    uint8_t signature[64];
    snprintf(line, sizeof line,
             "{\"v\":1,\"id\":\"%s\",\"unix_ms\":%lld,\"action\":\"%s\",\"score\":981,"
             "\"log10_e\":0.000,\"reasons\":[\"seen\\nby \\\"us\\\"\"]}",
             id, (long long)unix_ms, action);
    const int n = snprintf(message, sizeof message, "wattward/trust/%s\n%s", id, line);
    CHECK_EQ(crypto_ed25519_sign(seed, message, (size_t)n, signature), E_OK);
    struct wbuf w = wbuf_of(payload, sizeof payload);
    wbuf_str(&w, line);
    wbuf_u8(&w, '\n');
    base64_put(&w, signature, sizeof signature);
    wbuf_u8(&w, '\n');
    return wbuf_len(&w);
}

static void a_signed_word_is_verified_and_told(void)
{
    set_up(true);
    device_trust_told(&device, payload, word("roof-1", "quarantine", 1000));
    CHECK_EQ(n_told, 1);
    CHECK(device.trust.is_signed);
    CHECK_STR(device.trust.action, "quarantine");
    CHECK_EQ(device.trust.score_permille, 981);
    CHECK_STR(device.trust.reason, "seen?by ?us?"); /* forges no line of the log */
}

static void every_changed_byte_is_noticed(void)
{
    set_up(true);
    const size_t len = word("roof-1", "ban", 1000);
    for (size_t i = 0; i < len; i++) {
        payload[i] = (char)(payload[i] ^ 1);
        device_trust_told(&device, payload, len);
        payload[i] = (char)(payload[i] ^ 1);
        device_trust_told(&device, payload, i);
    }
    CHECK_EQ(n_told, 0);
    device_trust_told(&device, payload, len);
    CHECK_EQ(n_told, 1);
}

static void a_word_about_another_or_an_older_one_is_dropped(void)
{
    set_up(true);
    device_trust_told(&device, payload, word("roof-2", "ban", 5000));
    CHECK_EQ(n_told, 0);
    device_trust_told(&device, payload, word("roof-1", "watch", 2000));
    device_trust_told(&device, payload, word("roof-1", "none", 1000)); /* sent again */
    CHECK_EQ(n_told, 1);
    CHECK_STR(device.trust.action, "watch");
    device_trust_told(&device, payload, word("roof-1", "none", 3000));
    CHECK_EQ(n_told, 2);
}

static void without_a_key_it_is_told_as_unchecked(void)
{
    set_up(false);
    device_trust_told(&device, payload, word("roof-1", "none", 1000));
    CHECK_EQ(n_told, 1);
    CHECK(!device.trust.is_signed);
}

CHECK_MAIN(TEST(a_signed_word_is_verified_and_told), TEST(every_changed_byte_is_noticed),
           TEST(a_word_about_another_or_an_older_one_is_dropped),
           TEST(without_a_key_it_is_told_as_unchecked))
