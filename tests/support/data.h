/* SPDX-License-Identifier: MIT
 * Test data that is not ours to ship: read from ../shared/data beside the project, or from
 * WATTWARD_DATA. Host only.
 */
#ifndef TESTS_DATA_H
#define TESTS_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Opens a file below the data directory. Where it is absent the current test is marked skipped and
 * the result is NULL. The caller closes it. */
FILE *data_open(const char *path);

/* A whole file with a terminating zero, from malloc; NULL (test skipped) when absent. */
char *data_read(const char *path, size_t *len);

/* Splits a line in place at `separator`; returns the number of fields, at most `max`. The line end
 * is cut off. */
size_t data_split(char *line, char separator, char **fields, size_t max);

/* Reads pairs of hex digits until something else; returns the number of bytes, at most `cap`. */
size_t data_hex(const char *text, unsigned char *out, size_t cap);

#endif
