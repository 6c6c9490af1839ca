/* SPDX-License-Identifier: MIT
 * Tables in text files.
 */
#include "csv.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/assert.h"

enum { COMPLAINTS_MAX = 100 };

void csv_complain(struct csv *csv, uint32_t line, const char *format, ...)
{
    csv->n_faults++;
    if (csv->n_faults > COMPLAINTS_MAX) {
        return;
    }
    va_list list;
    va_start(list, format);
    fprintf(stderr, "%s:%u: ", csv->path, line);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    if (csv->n_faults == COMPLAINTS_MAX) {
        fprintf(stderr, "%s: further faults are counted, not listed\n", csv->path);
    }
}

/* Reads a line into text; a longer one is a fault, and is passed over to its end. */
static bool read_line(struct csv *csv)
{
    for (;;) {
        if (fgets(csv->text, sizeof csv->text, csv->file) == NULL) {
            return false;
        }
        csv->line++;
        const size_t len = strlen(csv->text);
        if (len < CSV_LINE_MAX_LEN || csv->text[len - 1] == '\n') {
            csv->text[strcspn(csv->text, "\r\n")] = '\0';
            return true;
        }
        csv_complain(csv, csv->line, "the line is longer than %d bytes", CSV_LINE_MAX_LEN - 1);
        for (int c = 0; c != '\n' && c != EOF;) {
            c = fgetc(csv->file);
        }
    }
}

static char *trimmed(char *field)
{
    field += strspn(field, " \t\"");
    size_t len = strlen(field);
    while (len > 0 && strchr(" \t\"", field[len - 1]) != NULL) {
        field[--len] = '\0';
    }
    return field;
}

static size_t split(struct csv *csv)
{
    size_t n = 0;
    for (char *at = csv->text; at != NULL;) {
        char *comma = strchr(at, ',');
        if (comma != NULL) {
            *comma++ = '\0';
        }
        if (n < CSV_FIELDS_MAX) {
            csv->fields[n] = trimmed(at);
        }
        n++;
        at = comma;
    }
    return n;
}

static bool find_columns(struct csv *csv, const struct csv_column *columns)
{
    for (size_t c = 0; columns[c].name != NULL; c++) {
        ASSERT(c < CSV_FIELDS_MAX);
        csv->column_of[c] = -1;
        for (size_t i = 0; i < csv->n_fields; i++) {
            if (strcmp(csv->fields[i], columns[c].name) == 0) {
                csv->column_of[c] = (int)i;
            }
        }
        if (csv->column_of[c] < 0 && !columns[c].optional) {
            csv_complain(csv, 1, "the column '%s' is missing in the first line", columns[c].name);
            return false;
        }
        csv->n_columns = c + 1;
    }
    return true;
}

bool csv_open(struct csv *csv, const char *path, const struct csv_column *columns)
{
    *csv = (struct csv){.path = path, .file = fopen(path, "r")};
    if (csv->file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    if (!read_line(csv)) {
        csv_complain(csv, 1, "the file is empty");
        csv_close(csv);
        return false;
    }
    if (memcmp(csv->text, "\xEF\xBB\xBF", 3) == 0) { /* a byte order mark */
        memmove(csv->text, csv->text + 3, strlen(csv->text + 3) + 1);
    }
    csv->n_fields = split(csv);
    if (csv->n_fields > CSV_FIELDS_MAX) {
        csv_complain(csv, 1, "there are more than %d columns", CSV_FIELDS_MAX);
    } else if (find_columns(csv, columns)) {
        return true;
    }
    csv_close(csv);
    return false;
}

bool csv_next(struct csv *csv)
{
    while (read_line(csv)) {
        if (csv->text[strspn(csv->text, " \t")] == '\0') {
            continue;
        }
        const size_t n = split(csv);
        if (n == csv->n_fields) {
            return true;
        }
        csv_complain(csv, csv->line, "%zu fields where the first line has %zu", n, csv->n_fields);
    }
    if (ferror(csv->file)) {
        csv_complain(csv, csv->line, "the file could not be read further: %s", strerror(errno));
    }
    return false;
}

const char *csv_field(const struct csv *csv, size_t column)
{
    ASSERT(column < csv->n_columns);
    const int at = csv->column_of[column];
    return at < 0 || csv->fields[at][0] == '\0' ? NULL : csv->fields[at];
}

void csv_close(struct csv *csv)
{
    if (csv->file != NULL) {
        fclose(csv->file);
        csv->file = NULL;
    }
}

bool csv_read_int(const char *text, int64_t *out)
{
    return strchr(text, '.') == NULL && csv_read_decimal(text, 0, out);
}

/* Reads digits into *value and counts them; false when they do not fit. */
static bool read_digits(const char **text, size_t most, int64_t *value, size_t *n)
{
    for (*n = 0; **text >= '0' && **text <= '9' && *n < most; (*text)++, (*n)++) {
        if (*value > (INT64_MAX - 9) / 10) {
            return false;
        }
        *value = *value * 10 + (**text - '0');
    }
    return true;
}

bool csv_read_decimal(const char *text, unsigned decimals, int64_t *out)
{
    const bool negative = *text == '-';
    int64_t value = 0;
    size_t n_whole = 0;
    size_t n_fraction = 0;
    size_t n_dropped = 0;
    bool round_up = false;
    text += negative || *text == '+';
    if (!read_digits(&text, SIZE_MAX, &value, &n_whole)) {
        return false;
    }
    if (*text == '.') {
        text++;
        if (!read_digits(&text, decimals, &value, &n_fraction)) {
            return false;
        }
        round_up = *text >= '5' && *text <= '9';
        n_dropped = strspn(text, "0123456789");
        text += n_dropped;
    }
    for (size_t n = n_fraction; n < decimals; n++) {
        if (value > INT64_MAX / 10) {
            return false;
        }
        value *= 10;
    }
    if (*text != '\0' || n_whole + n_fraction + n_dropped == 0) {
        return false;
    }
    value += round_up;
    *out = negative ? -value : value;
    return true;
}
