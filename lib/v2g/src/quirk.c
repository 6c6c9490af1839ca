/* SPDX-License-Identifier: MIT */
#include "v2g/quirk.h"

#include <string.h>

#include "base/assert.h"

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The end of the prefix, or NULL. */
static const char *read_prefix(const char *text, struct v2g_quirk *quirk)
{
    if (text[0] == '*') {
        return text + 1;
    }
    const char *at = text;
    for (; digit(at[0]) >= 0; at += 2) {
        if (digit(at[1]) < 0 || quirk->prefix_len == V2G_EVCC_ID_MAX_LEN) {
            return NULL;
        }
        quirk->evcc_id[quirk->prefix_len++] = (uint8_t)(digit(at[0]) * 16 + digit(at[1]));
    }
    return at == text ? NULL : at;
}

static uint8_t flag_of(const char *word, size_t len)
{
    static const char *const words[] = {
#define X(name, word) #word,
        V2G_QUIRKS(X)
#undef X
    };
    for (unsigned bit = 0; bit < V2G_QUIRK_COUNT; bit++) {
        if (strlen(words[bit]) == len && memcmp(words[bit], word, len) == 0) {
            return (uint8_t)(1U << bit);
        }
    }
    return 0;
}

int v2g_quirk_read(const char *text, struct v2g_quirk *quirk)
{
    struct v2g_quirk read = {.prefix_len = 0};
    const char *at = read_prefix(text, &read);
    if (at == NULL || at[0] != ':') {
        return E_MALFORMED;
    }
    do {
        at++;
        size_t len = 0;
        while (at[len] != '+' && at[len] != '\0') {
            len++;
        }
        const uint8_t flag = flag_of(at, len);
        if (flag == 0) {
            return E_MALFORMED;
        }
        read.flags |= flag;
        at += len;
    } while (at[0] == '+');
    *quirk = read;
    return E_OK;
}

uint8_t v2g_quirk_find(const struct v2g_quirk *rows, uint8_t n, const uint8_t *evcc_id,
                       uint8_t evcc_id_len)
{
    ASSERT(evcc_id_len <= V2G_EVCC_ID_MAX_LEN);
    for (uint8_t i = 0; i < n; i++) {
        if (rows[i].prefix_len <= evcc_id_len &&
            memcmp(rows[i].evcc_id, evcc_id, rows[i].prefix_len) == 0) {
            return rows[i].flags;
        }
    }
    return 0;
}
