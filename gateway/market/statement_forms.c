/* SPDX-License-Identifier: MIT
 * A statement as CSV, as a page to print, and as JSON.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "market/account.h"

enum { LINE_CAP = 2048, FIXED_CAP = 8192, NUMBER_CAP = 64 };

/* The columns: name in CSV and JSON, heading on the page (NULL: not there), field. */
#define COLUMNS(X)                                                                                 \
    X(production_wh, "Produced")                                                                   \
    X(consumption_wh, "Consumed")                                                                  \
    X(self_wh, "Own use")                                                                          \
    X(bought_wh, "From members")                                                                   \
    X(sold_wh, "To members")                                                                       \
    X(import_wh, "From the grid")                                                                  \
    X(export_wh, "To the grid")                                                                    \
    X(bought_cost, "Paid to members")                                                              \
    X(fee_cost, "Grid fee")                                                                        \
    X(import_cost, "Paid to the grid")                                                             \
    X(sold_credit, "Received from members")                                                        \
    X(export_credit, "Received from the grid")                                                     \
    X(total, NULL)                                                                                 \
    X(total_cent, "Balance")

static const struct column {
    const char *name;
    const char *heading;
    size_t offset;
} columns[] = {
#define COLUMN_ROW(field, heading) {#field, heading, offsetof(struct market_sums, field)},
    COLUMNS(COLUMN_ROW)
#undef COLUMN_ROW
};
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

static int64_t value_of(const struct market_sums *sums, const struct column *c)
{
    int64_t v;
    memcpy(&v, (const char *)sums + c->offset, sizeof v);
    return v;
}

size_t market_statement_cap(const struct market_statement *s)
{
    return FIXED_CAP + (s->n + 1) * LINE_CAP;
}

/* ---- CSV ---- */

static void put_csv_line(struct wbuf *w, const char *member, const struct market_sums *sums)
{
    wbuf_str(w, member);
    for (size_t i = 0; i < N_COLUMNS; i++) {
        char number[NUMBER_CAP];
        (void)snprintf(number, sizeof number, ",%" PRId64, value_of(sums, &columns[i]));
        wbuf_str(w, number);
    }
    wbuf_str(w, "\r\n");
}

void market_statement_put_csv(struct wbuf *w, const struct market_statement *s)
{
    wbuf_str(w, "member");
    for (size_t i = 0; i < N_COLUMNS; i++) {
        wbuf_u8(w, ',');
        wbuf_str(w, columns[i].name);
    }
    wbuf_str(w, "\r\n");
    for (size_t i = 0; i < s->n; i++) {
        put_csv_line(w, s->lines[i].member, &s->lines[i].sums);
    }
    put_csv_line(w, "sum", &s->sum);
}

/* ---- the page ---- */

static void put_escaped(struct wbuf *w, const char *text)
{
    for (; *text != 0; text++) {
        if (*text == '<' || *text == '>' || *text == '&' || *text == '"') {
            char escaped[8];
            (void)snprintf(escaped, sizeof escaped, "&#%d;", *text);
            wbuf_str(w, escaped);
        } else {
            wbuf_u8(w, (uint8_t)*text);
        }
    }
}

/* An integer of 1/10^decimals with `shown` of them, cut. */
static void put_fixed(struct wbuf *w, int64_t v, int decimals, int shown)
{
    char number[NUMBER_CAP];
    const uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    uint64_t unit = 1;
    uint64_t cut = 1;
    for (int i = 0; i < decimals; i++) {
        unit *= 10;
        cut *= i < decimals - shown ? 10 : 1;
    }
    (void)snprintf(number, sizeof number, "%s%" PRIu64 ".%0*" PRIu64, v < 0 ? "-" : "", size / unit,
                   shown, size % unit / cut);
    wbuf_str(w, number);
}

static bool ends_with(const char *text, const char *end)
{
    const size_t len = strlen(text);
    const size_t end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static void put_row(struct wbuf *w, const char *member, const struct market_sums *sums)
{
    wbuf_str(w, "<tr><th scope=\"row\">");
    put_escaped(w, member);
    wbuf_str(w, "</th>");
    for (size_t i = 0; i < N_COLUMNS; i++) {
        const int64_t v = value_of(sums, &columns[i]);
        if (columns[i].heading == NULL) {
            continue;
        }
        wbuf_str(w, "<td>");
        if (ends_with(columns[i].name, "_wh")) {
            put_fixed(w, v, 3, 3);
        } else if (ends_with(columns[i].name, "_cent")) {
            put_fixed(w, v, 2, 2);
        } else {
            put_fixed(w, v, 11, 4);
        }
        wbuf_str(w, "</td>");
    }
    wbuf_str(w, "</tr>\n");
}

void market_statement_put_html(struct wbuf *w, const struct market_statement *s)
{
    char entries[NUMBER_CAP];
    (void)snprintf(entries, sizeof entries, "%" PRIu64, s->entries);
    wbuf_str(w,
             "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Statement ");
    wbuf_str(w, s->month);
    wbuf_str(w, "</title>\n<style>\nbody{font:10pt sans-serif;margin:2em}\n"
                "table{border-collapse:collapse}\nth,td{border-bottom:1px solid #999;"
                "padding:.3em .6em;text-align:right}\nth{text-align:left;font-weight:600}\n"
                "tfoot th,tfoot td{border-top:2px solid #000}\n"
                "@page{size:A4 landscape;margin:12mm}\n"
                "@media print{body{margin:0}tr{break-inside:avoid}}\n</style></head><body>\n"
                "<h1>Statement ");
    wbuf_str(w, s->month);
    wbuf_str(w, "</h1>\n<p>Tariff: ");
    put_escaped(w, s->tariff[0] != 0 ? s->tariff : "none");
    wbuf_str(w, ". Energy in kWh, money in the tariff's currency. It follows from the first ");
    wbuf_str(w, entries);
    wbuf_str(w, " entries of the ledger; anybody who has them computes the same.</p>\n"
                "<table><thead><tr><th>Member</th>");
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (columns[i].heading != NULL) {
            wbuf_str(w, "<th scope=\"col\">");
            wbuf_str(w, columns[i].heading);
            wbuf_str(w, "</th>");
        }
    }
    wbuf_str(w, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < s->n; i++) {
        put_row(w, s->lines[i].member, &s->lines[i].sums);
    }
    wbuf_str(w, "</tbody><tfoot>\n");
    put_row(w, "Community", &s->sum);
    wbuf_str(w, "</tfoot></table>\n</body></html>\n");
}

/* ---- JSON ---- */

static void put_sums(struct json_writer *j, const struct market_sums *sums)
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        json_field_int(j, columns[i].name, value_of(sums, &columns[i]));
    }
}

void market_statement_put_json(struct json_writer *j, const struct market_statement *s)
{
    json_begin_object(j);
    json_field_string(j, "month", s->month);
    json_field_string(j, "tariff", s->tariff);
    json_field_int(j, "entries", (int64_t)s->entries);
    json_field_int(j, "unsigned_blocks", (int64_t)s->unsigned_blocks);
    json_key(j, "members");
    json_begin_array(j);
    for (size_t i = 0; i < s->n; i++) {
        json_begin_object(j);
        json_field_string(j, "member", s->lines[i].member);
        json_field_int(j, "jumps", s->lines[i].jumps);
        put_sums(j, &s->lines[i].sums);
        json_end(j);
    }
    json_end(j);
    json_key(j, "sum");
    json_begin_object(j);
    put_sums(j, &s->sum);
    json_end(j);
    json_end(j);
}
