/* SPDX-License-Identifier: MIT
 * Messages as lines of "Parent.Element=value", so that our JSON can be compared with what others
 * say a message contains. Attributes ("Parent.Element@Name=value") come first, sorted by name.
 */
#ifndef TESTS_EXI_FLAT_H
#define TESTS_EXI_FLAT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"

enum { FLAT_CAP = 1 << 20, FLAT_TOKENS = 1 << 17 };

struct flat {
    char text[FLAT_CAP];
    size_t len;
    bool cut; /* long values as in exi_vectors.tsv: 40 characters, "..(length)" */
};

static inline void flat_put(struct flat *f, const char *text, size_t len)
{
    if (f->len + len < sizeof f->text) {
        memcpy(f->text + f->len, text, len);
        f->len += len;
        f->text[f->len] = 0;
    }
}

static inline void flat_line(struct flat *f, const char *parent, const char *name,
                             const char *attribute, const char *value)
{
    char cut[64];
    if (f->cut && strlen(value) > 64) {
        snprintf(cut, sizeof cut, "%.40s..(%zu)", value, strlen(value));
        value = cut;
    }
    flat_put(f, "; ", f->len > 0 ? 2 : 0);
    flat_put(f, parent, strlen(parent));
    flat_put(f, ".", 1);
    flat_put(f, name, strlen(name));
    flat_put(f, "@", attribute != NULL ? 1 : 0);
    flat_put(f, attribute != NULL ? attribute : "", attribute != NULL ? strlen(attribute) : 0);
    flat_put(f, "=", 1);
    flat_put(f, value, strlen(value));
}

static inline bool flat_is_attribute(const char *name)
{
    static const char *const names[] = {"Algorithm", "Id", "Name", "Type", "URI", "ValueType"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static inline void flat_scalar(const struct json_reader *j, int value, char *out, size_t cap)
{
    size_t len = 0;
    const char *raw = json_raw(j, value, &len);
    if (json_type_of(j, value) == JSON_STRING) {
        if (json_string(j, value, out, cap) < 0) {
            out[0] = 0;
        }
    } else if (raw == NULL || json_type_of(j, value) == JSON_NULL) {
        out[0] = 0;
    } else {
        snprintf(out, cap, "%.*s", (int)len, raw);
    }
}

static inline void flat_json(struct flat *f, const struct json_reader *j, int value,
                             const char *parent, const char *name);

/* One element that is an object: attributes, then its text or its children. */
static inline void flat_object(struct flat *f, const struct json_reader *j, int value,
                               const char *parent, const char *name)
{
    static char text[1 << 16];
    int children = 0;
    int content = JSON_ABSENT;
    int key = json_first(j, value);
    for (int i = 0; i < json_count(j, value); i++) {
        char member[128];
        const int one = json_next(j, key);
        flat_scalar(j, key, member, sizeof member);
        if (flat_is_attribute(member)) {
            flat_scalar(j, one, text, sizeof text);
            flat_line(f, parent, name, member, text);
        } else if (strcmp(member, "$") == 0 ||
                   (strcmp(member, "value") == 0 && json_type_of(j, one) == JSON_STRING)) {
            content = one;
        } else {
            children++;
        }
        key = json_next(j, one);
    }
    if (children == 0) {
        flat_scalar(j, content, text, sizeof text);
        flat_line(f, parent, name, NULL, text);
        return;
    }
    key = json_first(j, value);
    for (int i = 0; i < json_count(j, value); i++) {
        char member[128];
        const int one = json_next(j, key);
        flat_scalar(j, key, member, sizeof member);
        if (!flat_is_attribute(member)) {
            flat_json(f, j, one, name, member);
        }
        key = json_next(j, one);
    }
}

static inline void flat_json(struct flat *f, const struct json_reader *j, int value,
                             const char *parent, const char *name)
{
    static char text[1 << 16];
    if (json_type_of(j, value) == JSON_OBJECT) {
        flat_object(f, j, value, parent, name);
    } else if (json_type_of(j, value) == JSON_ARRAY) {
        int item = json_first(j, value);
        for (int i = 0; i < json_count(j, value); i++, item = json_next(j, item)) {
            flat_json(f, j, item, parent, name);
        }
    } else {
        flat_scalar(j, value, text, sizeof text);
        flat_line(f, parent, name, NULL, text);
    }
}

/* The text of one JSON object, with `name` as its root element. */
static inline bool flat_json_text(struct flat *f, const char *json, const char *name)
{
    static struct json_token tokens[FLAT_TOKENS];
    struct json_reader j;
    f->len = 0;
    f->text[0] = 0;
    if (json_parse(&j, json, strlen(json), tokens, FLAT_TOKENS) != E_OK) {
        return false;
    }
    flat_json(f, &j, 0, "", name);
    return true;
}

/* XML as the generated vectors have it: no entities, no comments, no text beside children. */
struct flat_xml {
    const char *at;
};

static inline size_t flat_xml_name(const char *at, char *name, size_t cap)
{
    const size_t n = strcspn(at, " />=");
    const char *colon = memchr(at, ':', n);
    const size_t skip = colon == NULL ? 0 : (size_t)(colon - at) + 1;
    snprintf(name, cap, "%.*s", (int)(n - skip), at + skip);
    return n;
}

enum { FLAT_ATTRIBUTES = 4 };

static inline int flat_by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The start tag at `x->at`: its attributes but xmlns as lines; true when it has content. */
static inline bool flat_xml_start(struct flat *f, struct flat_xml *x, const char *parent,
                                  char name[128])
{
    char attributes[FLAT_ATTRIBUTES][256];
    size_t n = 0;
    x->at++;
    x->at += flat_xml_name(x->at, name, 128);
    while (*x->at == ' ') {
        char key[128];
        const bool xmlns = strncmp(x->at + 1, "xmlns", 5) == 0;
        x->at += 1 + flat_xml_name(x->at + 1, key, sizeof key);
        const char *end = strchr(x->at + 2, '"');
        if (!xmlns && n < FLAT_ATTRIBUTES) {
            snprintf(attributes[n++], sizeof attributes[0], "%s=%.*s", key, (int)(end - x->at - 2),
                     x->at + 2);
        }
        x->at = end + 1;
    }
    qsort(attributes, n, sizeof attributes[0], flat_by_text);
    for (size_t i = 0; i < n; i++) {
        char *value = strchr(attributes[i], '=');
        *value = 0;
        flat_line(f, parent, name, attributes[i], value + 1);
    }
    const bool content = *x->at != '/';
    x->at += content ? 1 : 2;
    return content;
}

static inline void flat_xml_element(struct flat *f, struct flat_xml *x, const char *parent)
{
    char name[128];
    if (!flat_xml_start(f, x, parent, name)) {
        flat_line(f, parent, name, NULL, "");
        return;
    }
    if (x->at[0] == '<' && x->at[1] != '/') {
        while (x->at[1] != '/') {
            flat_xml_element(f, x, name);
        }
    } else {
        static char text[1 << 16];
        const size_t n = strcspn(x->at, "<");
        snprintf(text, sizeof text, "%.*s", (int)n, x->at);
        flat_line(f, parent, name, NULL, text);
        x->at += n;
    }
    x->at = strchr(x->at, '>') + 1;
}

static inline void flat_xml_text(struct flat *f, const char *xml)
{
    const char *prolog = strncmp(xml, "<?", 2) == 0 ? strstr(xml, "?>") : NULL;
    struct flat_xml x = {.at = prolog != NULL ? prolog + 2 : xml};
    f->len = 0;
    f->text[0] = 0;
    flat_xml_element(f, &x, "");
}

#endif
