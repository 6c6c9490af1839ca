/* SPDX-License-Identifier: MIT
 * Tables in text files: one line a row, fields between commas, the first line their names. What is
 * wrong is named with its file and line, and reading goes on.
 */
#ifndef TOOLS_CSV_H
#define TOOLS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { CSV_FIELDS_MAX = 16, CSV_LINE_MAX_LEN = 1023 };

struct csv {
    const char *path;
    uint32_t line;     /* of the row at hand, from 1 */
    uint64_t n_faults; /* that were complained about */
    size_t n_fields;
    const char *fields[CSV_FIELDS_MAX]; /* of the row at hand */
    FILE *file;                         /* all private */
    char text[CSV_LINE_MAX_LEN + 1];
    size_t n_columns; /* that the caller asked for */
    int column_of[CSV_FIELDS_MAX];
};

/* What the caller wants, by name. */
struct csv_column {
    const char *name; /* NULL ends the list */
    bool optional;
};

/* Opens and reads the names. False after a complaint. */
bool csv_open(struct csv *csv, const char *path, const struct csv_column *columns);
/* The next row whose number of fields is right; empty lines are passed over. */
bool csv_next(struct csv *csv);
/* The field of the n-th wanted column, without white space around it; NULL when the file lacks the
 * column or the field is empty. */
const char *csv_field(const struct csv *csv, size_t column);
void csv_close(struct csv *csv);

/* "FILE:LINE: sentence" on stderr; counted. Past the first hundred they are counted only. */
void csv_complain(struct csv *csv, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A whole number. */
bool csv_read_int(const char *text, int64_t *out);
/* A decimal number as an integer scaled by 10^decimals; more decimals are rounded. */
bool csv_read_decimal(const char *text, unsigned decimals, int64_t *out);

#endif
