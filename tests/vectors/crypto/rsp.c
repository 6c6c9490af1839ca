/* SPDX-License-Identifier: MIT
 * Reading NIST CAVP response files.
 */
#include "rsp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "data.h"

bool rsp_open(struct rsp *r, const char *path)
{
    char full[128];
    size_t len = 0;
    snprintf(full, sizeof full, "fota/%s", path);
    *r = (struct rsp){.section = ""};
    r->text = data_read(full, &len);
    r->rest = r->text;
    return r->text != NULL;
}

void rsp_close(struct rsp *r)
{
    free(r->text);
}

static void keep(struct rsp *r, const char *name, const char *value)
{
    size_t i = 0;
    while (i < r->n && strcmp(r->names[i], name) != 0) {
        i++;
    }
    if (CHECK(i < RSP_NAMES_MAX)) {
        r->names[i] = name;
        r->values[i] = value;
        r->n += i == r->n;
    }
}

/* "Name = value", "Name =": cuts both out of the line. */
static bool cut(char *line, const char **name, const char **value)
{
    char *equals = strchr(line, '=');
    if (equals == NULL || *line == '#') {
        return false;
    }
    char *end = equals;
    while (end > line && end[-1] == ' ') {
        end--;
    }
    *end = '\0';
    *name = line;
    *value = equals + 1 + strspn(equals + 1, " ");
    return true;
}

bool rsp_next(struct rsp *r, const char *last_name)
{
    while (r->rest != NULL && *r->rest != '\0') {
        char *line = r->rest;
        const size_t len = strcspn(line, "\r\n");
        r->rest = line + len + strspn(line + len, "\r\n");
        line[len] = '\0';
        const char *name = NULL;
        const char *value = NULL;
        if (*line == '[') {
            line[strcspn(line, "]")] = '\0';
            r->section = line + 1;
        } else if (cut(line, &name, &value)) {
            keep(r, name, value);
            if (strcmp(name, last_name) == 0) {
                return true;
            }
        }
    }
    return false;
}

const char *rsp_text(const struct rsp *r, const char *name)
{
    for (size_t i = 0; i < r->n; i++) {
        if (strcmp(r->names[i], name) == 0) {
            return r->values[i];
        }
    }
    return "";
}

size_t rsp_bytes(const struct rsp *r, const char *name, uint8_t *out, size_t cap)
{
    const char *text = rsp_text(r, name);
    const size_t n = data_hex(text, out, cap);
    CHECK_EQ(2 * n, strlen(text));
    return n;
}

void rsp_number(const struct rsp *r, const char *name, uint8_t *out, size_t len)
{
    uint8_t bytes[1024];
    const char *text = rsp_text(r, name);
    char even[2 * sizeof bytes + 2];
    snprintf(even, sizeof even, "%s%s", strlen(text) % 2 == 0 ? "" : "0", text);
    const size_t n = data_hex(even, bytes, sizeof bytes);
    CHECK_EQ(2 * n, strlen(even));
    memset(out, 0, len);
    for (size_t i = 0; i < n; i++) { /* i counts from the end */
        const uint8_t byte = bytes[n - 1 - i];
        if (i < len) {
            out[len - 1 - i] = byte;
        } else {
            CHECK_EQ(byte, 0);
        }
    }
}
