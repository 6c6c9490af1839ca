/* SPDX-License-Identifier: MIT
 * Verifier keys of signed notes.
 */
#include <stdbool.h>
#include <string.h>

#include "base/base64.h"
#include "crypto/crypto.h"
#include "ledger/note.h"

uint32_t ledger_key_id(const struct ledger_key *key)
{
    const uint8_t type = (uint8_t)key->type;
    uint8_t hash[CRYPTO_SHA256_LEN];
    struct crypto_digest d;
    crypto_digest_init(&d, CRYPTO_SHA256);
    crypto_digest_update(&d, key->name, strlen(key->name));
    crypto_digest_update(&d, "\n", 1);
    crypto_digest_update(&d, &type, 1);
    crypto_digest_update(&d, key->public_key, sizeof key->public_key);
    crypto_digest_final(&d, hash);
    return (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 | hash[3];
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

static bool take_id(const char *text, uint32_t *id)
{
    *id = 0;
    for (size_t i = 0; i < 8; i++) {
        const int v = hex_value(text[i]);
        if (v < 0) {
            return false;
        }
        *id = *id << 4 | (uint32_t)v;
    }
    return true;
}

int ledger_key_parse(const char *text, size_t len, struct ledger_key *key)
{
    enum { ID_LEN = 8, BLOB_LEN = 33 };
    struct ledger_key k = {.name = ""};
    const char *plus = memchr(text, '+', len);
    const size_t name_len = plus == NULL ? 0 : (size_t)(plus - text);
    if (name_len == 0 || name_len > LEDGER_KEY_NAME_MAX_LEN || len < name_len + 2 + ID_LEN ||
        plus[1 + ID_LEN] != '+') {
        return E_MALFORMED;
    }
    uint32_t id = 0;
    uint8_t blob[BLOB_LEN];
    const size_t head_len = name_len + 2 + ID_LEN;
    if (memchr(text, ' ', name_len) != NULL || memchr(text, '\n', name_len) != NULL ||
        !take_id(plus + 1, &id)) {
        return E_MALFORMED;
    }
    const int n = base64_decode(text + head_len, len - head_len, blob, sizeof blob);
    if (n == E_MALFORMED || n == 0) {
        return E_MALFORMED;
    }
    if (n != BLOB_LEN || (blob[0] != LEDGER_ED25519 && blob[0] != LEDGER_COSIGNATURE)) {
        return E_UNSUPPORTED;
    }
    memcpy(k.name, text, name_len);
    k.type = (enum ledger_key_type)blob[0];
    memcpy(k.public_key, blob + 1, sizeof k.public_key);
    if (ledger_key_id(&k) != id) {
        return E_AUTH;
    }
    *key = k;
    return E_OK;
}

void ledger_key_put(struct wbuf *w, const struct ledger_key *key)
{
    static const char digits[] = "0123456789abcdef";
    const uint32_t id = ledger_key_id(key);
    uint8_t blob[1 + sizeof key->public_key];
    blob[0] = (uint8_t)key->type;
    memcpy(blob + 1, key->public_key, sizeof key->public_key);
    wbuf_str(w, key->name);
    wbuf_u8(w, '+');
    for (int shift = 28; shift >= 0; shift -= 4) {
        wbuf_u8(w, (uint8_t)digits[id >> shift & 15]);
    }
    wbuf_u8(w, '+');
    base64_put(w, blob, sizeof blob);
}
