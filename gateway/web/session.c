/* SPDX-License-Identifier: MIT */
#include "web/session.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "web/hex.h"

_Static_assert(WEB_SESSION_TEXT_LEN == 2 * WEB_SESSION_BYTES, "two digits a byte");

void web_session_open(struct web_sessions *s, uint64_t now_ms,
                      const uint8_t secret[WEB_SESSION_BYTES], char text[WEB_SESSION_TEXT_LEN + 1])
{
    struct web_session *place = &s->list[0];
    for (size_t i = 1; i < WEB_SESSIONS_MAX; i++) {
        if (s->list[i].until_ms < place->until_ms) {
            place = &s->list[i];
        }
    }
    memcpy(place->secret, secret, sizeof place->secret);
    place->until_ms = now_ms + WEB_SESSION_LIFE_MS;
    web_hex_write(secret, WEB_SESSION_BYTES, text);
}

static bool parse(const char *text, uint8_t secret[WEB_SESSION_BYTES])
{
    return web_hex_read(text, secret, WEB_SESSION_BYTES) && text[WEB_SESSION_TEXT_LEN] == 0;
}

/* The place of the session or WEB_SESSIONS_MAX; looks at all of them whatever it finds. */
static size_t find(const struct web_sessions *s, const char *text)
{
    uint8_t secret[WEB_SESSION_BYTES];
    size_t found = WEB_SESSIONS_MAX;
    if (!parse(text, secret)) {
        return found;
    }
    for (size_t i = 0; i < WEB_SESSIONS_MAX; i++) {
        if (crypto_equal(s->list[i].secret, secret, sizeof secret) && s->list[i].until_ms != 0) {
            found = i;
        }
    }
    crypto_wipe(secret, sizeof secret);
    return found;
}

bool web_session_valid(const struct web_sessions *s, uint64_t now_ms, const char *text)
{
    const size_t i = find(s, text);
    return i < WEB_SESSIONS_MAX && now_ms < s->list[i].until_ms;
}

void web_session_close(struct web_sessions *s, const char *text)
{
    const size_t i = find(s, text);
    if (i < WEB_SESSIONS_MAX) {
        crypto_wipe(&s->list[i], sizeof s->list[i]);
        ASSERT(s->list[i].until_ms == 0);
    }
}

void web_session_close_all(struct web_sessions *s)
{
    crypto_wipe(s, sizeof *s);
}

bool web_cookie_value(const char *header, const char *name, char *out, size_t cap)
{
    const size_t name_len = strlen(name);
    while (*header != 0) {
        header += strspn(header, "; ");
        const size_t n = strcspn(header, ";");
        if (n > name_len && header[name_len] == '=' && strncmp(header, name, name_len) == 0) {
            const size_t len = n - name_len - 1;
            if (len >= cap) {
                return false;
            }
            memcpy(out, header + name_len + 1, len);
            out[len] = 0;
            return true;
        }
        header += n;
    }
    return false;
}
