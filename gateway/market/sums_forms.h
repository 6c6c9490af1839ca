/* SPDX-License-Identifier: MIT
 * Sums in the columns of a statement, in each of its forms; private to gateway/market.
 */
#ifndef MARKET_SUMS_FORMS_H
#define MARKET_SUMS_FORMS_H

#include "market/account.h"

/* Room for a line of sums, and for all that is around the lines. */
enum { MARKET_LINE_CAP = 2048, MARKET_FRAME_CAP = 8192 };

/* `has_cents`: the rounded balance too; else its field is left empty, or out of JSON. */
struct market_sums_form {
    const struct market_sums *sums;
    bool has_cents;
};

/* ",name,name" and ",value,value" with the line's end. */
void market_sums_put_csv_names(struct wbuf *w);
void market_sums_put_csv(struct wbuf *w, struct market_sums_form form);
/* The members of an object. */
void market_sums_put_json(struct json_writer *j, struct market_sums_form form);
/* The cells of a row, after its own heading. */
void market_sums_put_headings(struct wbuf *w);
void market_sums_put_cells(struct wbuf *w, struct market_sums_form form);

/* What a page of a statement starts with; texts are escaped. */
struct market_page {
    const char *title;
    const char *tariff;
    uint64_t entries;
    const char *first_column;
};
void market_page_put_start(struct wbuf *w, const struct market_page *page);
void market_page_put_escaped(struct wbuf *w, const char *text);

#endif
