/* SPDX-License-Identifier: MIT
 * The list of those who must stay out, as the gateway writes it and the broker's plugin reads it: a
 * first line with its version, one name a line, a last line that says it is complete.
 *
 *   wattward-bans 1
 *   barn
 *   end
 */
#ifndef PLUGIN_BAN_LIST_H
#define PLUGIN_BAN_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/wbuf.h"

enum { BAN_NAME_MAX_LEN = 64 };
#define BAN_LIST_FIRST "wattward-bans 1\n"
#define BAN_LIST_LAST  "end\n"

/* Writing: begin, add each, end. "end" is a name like others; it stands before the last line. */
void ban_list_begin(struct wbuf *w);
void ban_list_add(struct wbuf *w, const char *name);
void ban_list_end(struct wbuf *w);

struct ban_list {
    char *text; /* all private; from malloc */
    char **names;
    size_t n;
};

/* Takes over `text` (from malloc, `len` bytes and room for one more). E_TRUNCATED without its last
 * line, E_MALFORMED for another form, E_NOSPACE; then *list is as before, and the text is freed. */
int ban_list_parse(struct ban_list *list, char *text, size_t len) MUST_USE;
bool ban_list_has(const struct ban_list *list, const char *name);
static inline size_t ban_list_count(const struct ban_list *list)
{
    return list->n;
}
static inline const char *ban_list_at(const struct ban_list *list, size_t position)
{
    return list->names[position];
}
void ban_list_free(struct ban_list *list);

#endif
