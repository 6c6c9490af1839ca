/* SPDX-License-Identifier: MIT
 * Sessions of the operator's browsers: 256 random bits each, in memory only, for a bounded time.
 */
#ifndef WEB_SESSION_H
#define WEB_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEB_SESSION_BYTES = 32,
    WEB_SESSION_TEXT_LEN = 64, /* hexadecimal */
    WEB_SESSIONS_MAX = 32
};
#define WEB_SESSION_LIFE_MS (12u * 3600u * 1000u)

struct web_sessions {
    struct web_session {
        uint8_t secret[WEB_SESSION_BYTES];
        uint64_t until_ms;    /* 0: free */
    } list[WEB_SESSIONS_MAX]; /* all private; zero is empty */
};

/* Takes the place of the oldest when all are in use. `secret` comes from crypto_random(). */
void web_session_open(struct web_sessions *s, uint64_t now_ms,
                      const uint8_t secret[WEB_SESSION_BYTES], char text[WEB_SESSION_TEXT_LEN + 1]);
/* Compares in constant time. Any text may be given. */
bool web_session_valid(const struct web_sessions *s, uint64_t now_ms, const char *text);
void web_session_close(struct web_sessions *s, const char *text);
/* All of them: after a change of the password. */
void web_session_close_all(struct web_sessions *s);

/* The value of the cookie `name` in a Cookie header; false when absent or longer than cap - 1. */
bool web_cookie_value(const char *header, const char *name, char *out, size_t cap);

#endif
