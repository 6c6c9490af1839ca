/* SPDX-License-Identifier: MIT */
#include "plugin/ban_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

void ban_list_begin(struct wbuf *w)
{
    wbuf_str(w, BAN_LIST_FIRST);
}

void ban_list_add(struct wbuf *w, const char *name)
{
    ASSERT(name[0] != '\0' && strlen(name) <= BAN_NAME_MAX_LEN && !strchr(name, '\n'));
    wbuf_str(w, name);
    wbuf_u8(w, '\n');
}

void ban_list_end(struct wbuf *w)
{
    wbuf_str(w, BAN_LIST_LAST);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Cuts the lines between first and last into names. E_MALFORMED for an empty or long one. */
static int cut(struct ban_list *list, char *at, const char *end)
{
    while (at < end) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline || newline == at || newline - at > BAN_NAME_MAX_LEN ||
            memchr(at, 0, (size_t)(newline - at)) != NULL) {
            return E_MALFORMED;
        }
        *newline = '\0';
        list->names[list->n++] = at;
        at = newline + 1;
    }
    return E_OK;
}

static size_t count_lines(const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        n += text[i] == '\n';
    }
    return n;
}

/* Whether the first and the last line are there. */
static int check_frame(const char *text, size_t len)
{
    const size_t first = strlen(BAN_LIST_FIRST);
    const size_t last = strlen(BAN_LIST_LAST);
    if (len < first || memcmp(text, BAN_LIST_FIRST, first) != 0) {
        return E_MALFORMED;
    }
    if (len < first + last || text[len - last - 1] != '\n' ||
        memcmp(text + len - last, BAN_LIST_LAST, last) != 0) {
        return E_TRUNCATED;
    }
    return E_OK;
}

int ban_list_parse(struct ban_list *list, char *text, size_t len)
{
    struct ban_list fresh = {.text = text};
    int result = check_frame(text, len);
    if (result == E_OK) {
        fresh.names = malloc((count_lines(text, len) + 1) * sizeof fresh.names[0]);
        result = fresh.names ? E_OK : E_NOSPACE;
    }
    if (result == E_OK) {
        result = cut(&fresh, text + strlen(BAN_LIST_FIRST), text + len - strlen(BAN_LIST_LAST));
    }
    if (result != E_OK) {
        ban_list_free(&fresh);
        return result;
    }
    qsort(fresh.names, fresh.n, sizeof fresh.names[0], compare);
    ban_list_free(list);
    *list = fresh;
    return E_OK;
}

bool ban_list_has(const struct ban_list *list, const char *name)
{
    return list->n > 0 &&
           bsearch(&name, list->names, list->n, sizeof list->names[0], compare) != NULL;
}

void ban_list_free(struct ban_list *list)
{
    free(list->names);
    free(list->text);
    *list = (struct ban_list){.text = NULL};
}
