/* SPDX-License-Identifier: MIT
 * Tables for people: columns as wide as what is in them, numbers to the right.
 */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 12, TABLE_CELL_CAP = 72 };

struct table_column {
    const char *title;
    bool is_number; /* to the right */
};

struct table {
    const struct table_column *columns; /* all private */
    size_t n_columns;
    char (*cells)[TABLE_CELL_CAP];
    size_t n_cells;
    size_t cap;
};

void table_init(struct table *t, const struct table_column *columns, size_t n_columns);
/* Cells come row by row. Longer texts are cut. Memory that runs out ends the program. */
void table_put(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints the titles and the rows, and frees. */
void table_print(struct table *t, FILE *out);

/* Thousandths with their point: 1234567 is "1234.567". */
const char *table_milli(int64_t thousandths, char text[TABLE_CELL_CAP]);
/* "2026-06-21 10:00:05" (UTC), "-" for 0. */
const char *table_time(int64_t unix_ms, char text[TABLE_CELL_CAP]);

#endif
