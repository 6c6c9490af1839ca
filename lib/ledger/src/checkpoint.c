/* SPDX-License-Identifier: MIT
 * Checkpoints.
 */
#include "ledger/checkpoint.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/base64.h"
#include "ledger_text.h"

void ledger_checkpoint_put(struct wbuf *w, const struct ledger_checkpoint *c)
{
    ASSERT(c->origin_len > 0 && memchr(c->origin, '\n', c->origin_len) == NULL);
    wbuf_put(w, c->origin, c->origin_len);
    wbuf_u8(w, '\n');
    ledger_put_number(w, c->size);
    wbuf_u8(w, '\n');
    base64_put(w, c->root.bytes, sizeof c->root.bytes);
    wbuf_u8(w, '\n');
}

struct lines {
    const char *text;
    size_t left;
};

/* The next line without its end; false when there is none or it is empty. */
static bool take_line(struct lines *l, const char **line, size_t *len)
{
    const char *end = l->left == 0 ? NULL : memchr(l->text, '\n', l->left);
    if (end == NULL || end == l->text) {
        return false;
    }
    *line = l->text;
    *len = (size_t)(end - l->text);
    l->text += *len + 1;
    l->left -= *len + 1;
    return true;
}

int ledger_checkpoint_parse(const char *text, size_t len, struct ledger_checkpoint *out)
{
    struct lines l = {text, len};
    struct ledger_checkpoint c;
    const char *line = NULL;
    size_t line_len = 0;
    if (!take_line(&l, &c.origin, &c.origin_len) || !take_line(&l, &line, &line_len)) {
        return E_MALFORMED;
    }
    const int result = ledger_take_number(line, line_len, &c.size);
    if (result != E_OK) {
        return result;
    }
    if (!take_line(&l, &line, &line_len) ||
        base64_decode(line, line_len, c.root.bytes, sizeof c.root.bytes) != LEDGER_HASH_LEN) {
        return E_MALFORMED;
    }
    while (l.left > 0) {
        if (!take_line(&l, &line, &line_len)) {
            return E_MALFORMED;
        }
    }
    *out = c;
    return E_OK;
}
