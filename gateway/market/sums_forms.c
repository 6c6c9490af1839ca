/* SPDX-License-Identifier: MIT */
#include "sums_forms.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_CAP = 64 };

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

static bool is_left_out(const struct column *c, struct market_sums_form form)
{
    return !form.has_cents && strcmp(c->name, "total_cent") == 0;
}

void market_sums_put_csv_names(struct wbuf *w)
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        wbuf_u8(w, ',');
        wbuf_str(w, columns[i].name);
    }
    wbuf_str(w, "\r\n");
}

void market_sums_put_csv(struct wbuf *w, struct market_sums_form form)
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        char number[NUMBER_CAP];
        (void)snprintf(number, sizeof number, ",%" PRId64, value_of(form.sums, &columns[i]));
        wbuf_str(w, is_left_out(&columns[i], form) ? "," : number);
    }
    wbuf_str(w, "\r\n");
}

void market_sums_put_json(struct json_writer *j, struct market_sums_form form)
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (!is_left_out(&columns[i], form)) {
            json_field_int(j, columns[i].name, value_of(form.sums, &columns[i]));
        }
    }
}

/* ---- pages ---- */

void market_page_put_escaped(struct wbuf *w, const char *text)
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

void market_sums_put_headings(struct wbuf *w)
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (columns[i].heading != NULL) {
            wbuf_str(w, "<th scope=\"col\">");
            wbuf_str(w, columns[i].heading);
            wbuf_str(w, "</th>");
        }
    }
}

static void put_cell(struct wbuf *w, const struct column *c, int64_t v)
{
    if (ends_with(c->name, "_wh")) {
        put_fixed(w, v, 3, 3);
    } else if (ends_with(c->name, "_cent")) {
        put_fixed(w, v, 2, 2);
    } else {
        put_fixed(w, v, 11, 4);
    }
}

void market_sums_put_cells(struct wbuf *w, struct market_sums_form form)
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (columns[i].heading == NULL) {
            continue;
        }
        wbuf_str(w, "<td>");
        if (!is_left_out(&columns[i], form)) {
            put_cell(w, &columns[i], value_of(form.sums, &columns[i]));
        }
        wbuf_str(w, "</td>");
    }
}

void market_page_put_start(struct wbuf *w, const struct market_page *page)
{
    char entries[NUMBER_CAP];
    (void)snprintf(entries, sizeof entries, "%" PRIu64, page->entries);
    wbuf_str(w, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    market_page_put_escaped(w, page->title);
    wbuf_str(w, "</title>\n<style>\nbody{font:10pt sans-serif;margin:2em}\n"
                "table{border-collapse:collapse}\nth,td{border-bottom:1px solid #999;"
                "padding:.3em .6em;text-align:right;white-space:nowrap}\n"
                "thead th{white-space:normal;vertical-align:bottom}\n"
                "th{font-weight:600}\nth:first-child{text-align:left}\n"
                "tfoot th,tfoot td{border-top:2px solid #000}\n"
                "@page{size:A4 landscape;margin:12mm}\n"
                "@media print{body{margin:0;font-size:8pt}tr{break-inside:avoid}}\n"
                "</style></head><body>\n<h1>");
    market_page_put_escaped(w, page->title);
    wbuf_str(w, "</h1>\n<p>Tariff: ");
    market_page_put_escaped(w, page->tariff[0] != 0 ? page->tariff : "none");
    wbuf_str(w, ". Energy in kWh, money in the tariff's currency. It follows from the first ");
    wbuf_str(w, entries);
    wbuf_str(w, " entries of the ledger; anybody who has them computes the same.</p>\n"
                "<table><thead><tr><th scope=\"col\">");
    wbuf_str(w, page->first_column);
    wbuf_str(w, "</th>");
    market_sums_put_headings(w);
    wbuf_str(w, "</tr></thead><tbody>\n");
}
