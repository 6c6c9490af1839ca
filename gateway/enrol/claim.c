/* SPDX-License-Identifier: MIT
 * Tokens as people type them, and what is stored of them.
 */
#include "enrol/claim.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/assert.h"
#include "base/wbuf.h"
#include "crypto/crypto.h"

enum { DIGITS = 28, GROUP = 4, CHECK_BITS = 12, TYPED_MAX_LEN = 64, ID_MAX_LEN = 64 };
_Static_assert(DIGITS * 5 == CLAIM_SECRET_LEN * 8 + CHECK_BITS, "28 digits hold secret and check");
_Static_assert(DIGITS + DIGITS / GROUP - 1 == CLAIM_TOKEN_LEN, "seven groups and six hyphens");

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The value of a digit, -1 for none. */
static int digit_value(char c)
{
    if (c >= 'a' && c <= 'z') {
        c = (char)(c - 'a' + 'A');
    }
    if (c == 'O') {
        c = '0';
    } else if (c == 'I' || c == 'L') {
        c = '1';
    }
    const char *found = c == '\0' ? NULL : strchr(alphabet, c);
    return found == NULL ? -1 : (int)(found - alphabet);
}

/* Twelve bits that catch a mistyped token before it counts as a wrong one. */
static int check_bits(const uint8_t secret[CLAIM_SECRET_LEN], uint16_t *bits)
{
    static const char domain[] = "wattward claim check 1\n";
    uint8_t text[sizeof domain - 1 + CLAIM_SECRET_LEN];
    uint8_t digest[CRYPTO_SHA256_LEN];
    memcpy(text, domain, sizeof domain - 1);
    memcpy(text + sizeof domain - 1, secret, CLAIM_SECRET_LEN);
    const int result = crypto_digest(CRYPTO_SHA256, text, sizeof text, digest);
    if (result == E_OK) {
        *bits = (uint16_t)(digest[0] << 4 | digest[1] >> 4);
    }
    crypto_wipe(text, sizeof text);
    return result;
}

/* Five bits at `idx` of the secret followed by its check bits. */
static unsigned digit_at(const uint8_t *packed, size_t idx)
{
    unsigned value = 0;
    for (size_t bit = idx * 5; bit < idx * 5 + 5; bit++) {
        value = value << 1 | (packed[bit / 8] >> (7 - bit % 8) & 1U);
    }
    return value;
}

int claim_make(char token[CLAIM_TOKEN_CAP])
{
    uint8_t packed[CLAIM_SECRET_LEN + 2];
    uint16_t check = 0;
    if (crypto_random(packed, CLAIM_SECRET_LEN) != E_OK || check_bits(packed, &check) != E_OK) {
        return E_IO;
    }
    packed[CLAIM_SECRET_LEN] = (uint8_t)(check >> 4);
    packed[CLAIM_SECRET_LEN + 1] = (uint8_t)(check << 4);
    char *out = token;
    for (size_t i = 0; i < DIGITS; i++) {
        if (i > 0 && i % GROUP == 0) {
            *out++ = '-';
        }
        *out++ = alphabet[digit_at(packed, i)];
    }
    *out = '\0';
    ASSERT(out == token + CLAIM_TOKEN_LEN);
    crypto_wipe(packed, sizeof packed);
    return E_OK;
}

/* What was typed, as secret and check bits. */
static bool read_token(const char *token, uint8_t packed[CLAIM_SECRET_LEN + 2])
{
    size_t n = 0;
    memset(packed, 0, CLAIM_SECRET_LEN + 2);
    for (size_t i = 0; token[i] != '\0'; i++) {
        if (token[i] == '-' || token[i] == ' ') {
            continue;
        }
        const int value = digit_value(token[i]);
        if (value < 0 || n == DIGITS || i >= TYPED_MAX_LEN) {
            return false;
        }
        for (size_t bit = 0; bit < 5; bit++) {
            if ((value >> (4 - bit) & 1) != 0) {
                packed[(n * 5 + bit) / 8] |= (uint8_t)(0x80U >> ((n * 5 + bit) % 8));
            }
        }
        n++;
    }
    return n == DIGITS;
}

int claim_digest(const char *device_id, const char *token, uint8_t digest[CLAIM_DIGEST_LEN])
{
    static const char domain[] = "wattward claim 1\n";
    uint8_t packed[CLAIM_SECRET_LEN + 2];
    uint8_t text[sizeof domain + ID_MAX_LEN + 1 + CLAIM_SECRET_LEN];
    uint16_t check = 0;
    if (!read_token(token, packed)) {
        return E_MALFORMED;
    }
    int result = check_bits(packed, &check);
    if (result == E_OK && (packed[CLAIM_SECRET_LEN] != check >> 4 ||
                           packed[CLAIM_SECRET_LEN + 1] != (uint8_t)(check << 4))) {
        result = E_MALFORMED;
    }
    if (result == E_OK) {
        struct wbuf w = wbuf_of(text, sizeof text);
        wbuf_str(&w, domain);
        wbuf_str(&w, device_id);
        wbuf_u8(&w, 0);
        wbuf_put(&w, packed, CLAIM_SECRET_LEN);
        result =
            wbuf_ok(&w) ? crypto_digest(CRYPTO_SHA256, text, wbuf_len(&w), digest) : E_MALFORMED;
    }
    crypto_wipe(text, sizeof text);
    crypto_wipe(packed, sizeof packed);
    return result;
}
