/* SPDX-License-Identifier: MIT
 * Reads NIST CAVP response files: "[section]" lines and "Name = value" lines. Values stay until
 * their name comes again, so what stands once in front of many cases is there for each.
 */
#ifndef TESTS_RSP_H
#define TESTS_RSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RSP_NAMES_MAX = 24 };

struct rsp {
    char *rest; /* all private but for `section` */
    char *text;
    const char *section;
    const char *names[RSP_NAMES_MAX];
    const char *values[RSP_NAMES_MAX];
    size_t n;
};

/* ../shared/data/fota/PATH; false (and the test is skipped) when it is absent. */
bool rsp_open(struct rsp *r, const char *path);
void rsp_close(struct rsp *r);
/* Reads on to the next line with this name; false at the end. */
bool rsp_next(struct rsp *r, const char *last_name);
/* The value as it stands, "" when absent. */
const char *rsp_text(const struct rsp *r, const char *name);
/* The value as hex; fails the test when it is longer than `cap` or no hex. */
size_t rsp_bytes(const struct rsp *r, const char *name, uint8_t *out, size_t cap);
/* The value as hex, filled up with zeros in front, or cut of them, to exactly `len` bytes. */
void rsp_number(const struct rsp *r, const char *name, uint8_t *out, size_t len);

#endif
