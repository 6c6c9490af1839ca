/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"

void table_init(struct table *t, const struct table_column *columns, size_t n_columns)
{
    ASSERT(n_columns > 0 && n_columns <= TABLE_COLUMNS_MAX);
    *t = (struct table){.columns = columns, .n_columns = n_columns};
}

void table_put(struct table *t, const char *format, ...)
{
    if (t->n_cells == t->cap) {
        t->cap = t->cap == 0 ? 256 : t->cap * 2;
        t->cells = realloc(t->cells, t->cap * sizeof *t->cells);
        if (t->cells == NULL) {
            fputs("wattward: out of memory\n", stderr);
            exit(EXIT_FAILURE);
        }
    }
    va_list list;
    va_start(list, format);
    vsnprintf(t->cells[t->n_cells++], TABLE_CELL_CAP, format, list);
    va_end(list);
}

static void measure(const struct table *t, int widths[TABLE_COLUMNS_MAX])
{
    for (size_t c = 0; c < t->n_columns; c++) {
        widths[c] = (int)strlen(t->columns[c].title);
        for (size_t i = c; i < t->n_cells; i += t->n_columns) {
            const int len = (int)strlen(t->cells[i]);
            widths[c] = len > widths[c] ? len : widths[c];
        }
    }
}

static void print_cell(const struct table *t, size_t c, int width, const char *text, FILE *out)
{
    const bool last = c + 1 == t->n_columns;
    if (t->columns[c].is_number) {
        fprintf(out, "%*s%s", width, text, last ? "\n" : "  ");
    } else if (last) {
        fprintf(out, "%s\n", text);
    } else {
        fprintf(out, "%-*s  ", width, text);
    }
}

void table_print(struct table *t, FILE *out)
{
    int widths[TABLE_COLUMNS_MAX] = {0};
    ASSERT(t->n_cells % t->n_columns == 0);
    measure(t, widths);
    for (size_t c = 0; c < t->n_columns; c++) {
        print_cell(t, c, widths[c], t->columns[c].title, out);
    }
    for (size_t i = 0; i < t->n_cells; i++) {
        const size_t c = i % t->n_columns;
        print_cell(t, c, widths[c], t->cells[i], out);
    }
    free(t->cells);
    *t = (struct table){.columns = NULL};
}

const char *table_milli(int64_t thousandths, char text[TABLE_CELL_CAP])
{
    const uint64_t size = thousandths < 0 ? 0 - (uint64_t)thousandths : (uint64_t)thousandths;
    snprintf(text, TABLE_CELL_CAP, "%s%" PRIu64 ".%03" PRIu64, thousandths < 0 ? "-" : "",
             size / 1000, size % 1000);
    return text;
}

const char *table_time(int64_t unix_ms, char text[TABLE_CELL_CAP])
{
    const time_t seconds = (time_t)(unix_ms / 1000);
    struct tm utc;
    if (unix_ms == 0 || gmtime_r(&seconds, &utc) == NULL ||
        strftime(text, TABLE_CELL_CAP, "%Y-%m-%d %H:%M:%S", &utc) == 0) {
        snprintf(text, TABLE_CELL_CAP, "-");
    }
    return text;
}
