/* SPDX-License-Identifier: MIT
 * A member's statement as CSV, as a page to print, and as JSON. In CSV and on the page, rows
 * without readings are left out; in JSON they are null.
 */
#include <stdio.h>

#include "sums_forms.h"

enum { HOUR_MS = 3600000, MINUTE_MS = 60000, DAY_MS = 86400000, NAME_CAP = 64 };

size_t market_detail_cap(const struct market_detail *d)
{
    return MARKET_FRAME_CAP + (d->n + 1) * MARKET_LINE_CAP;
}

/* "2026-01-05", and of an interval "2026-01-05T13:45Z". */
static void name_row(const struct market_detail *d, size_t row, char out[NAME_CAP])
{
    if (d->day == 0) {
        (void)snprintf(out, NAME_CAP, "%s-%02u", d->month, (unsigned)row + 1);
        return;
    }
    const int64_t in_day_ms = (d->from_unix_ms + (int64_t)row * d->step_ms) % DAY_MS;
    (void)snprintf(out, NAME_CAP, "%s-%02dT%02d:%02dZ", d->month, d->day,
                   (int)(in_day_ms / HOUR_MS), (int)(in_day_ms % HOUR_MS / MINUTE_MS));
}

static struct market_sums_form of_row(const struct market_row *row)
{
    return (struct market_sums_form){.sums = &row->sums};
}

static struct market_sums_form of_sum(const struct market_detail *d)
{
    return (struct market_sums_form){.sums = &d->sum, .has_cents = d->day == 0};
}

void market_detail_put_csv(struct wbuf *w, const struct market_detail *d)
{
    wbuf_str(w, "start");
    market_sums_put_csv_names(w);
    for (size_t i = 0; i < d->n; i++) {
        if (d->rows[i].metered) {
            char name[NAME_CAP];
            name_row(d, i, name);
            wbuf_str(w, name);
            market_sums_put_csv(w, of_row(&d->rows[i]));
        }
    }
    wbuf_str(w, "sum");
    market_sums_put_csv(w, of_sum(d));
}

static void put_row(struct wbuf *w, const char *name, struct market_sums_form form)
{
    wbuf_str(w, "<tr><th scope=\"row\">");
    wbuf_str(w, name);
    wbuf_str(w, "</th>");
    market_sums_put_cells(w, form);
    wbuf_str(w, "</tr>\n");
}

void market_detail_put_html(struct wbuf *w, const struct market_detail *d)
{
    char title[MARKET_NAME_CAP + NAME_CAP];
    const struct market_page page = {.title = title,
                                     .tariff = d->tariff,
                                     .entries = d->entries,
                                     .first_column = d->day == 0 ? "Day" : "From"};
    if (d->day == 0) {
        (void)snprintf(title, sizeof title, "Statement %s of %s", d->month, d->member);
    } else {
        (void)snprintf(title, sizeof title, "%s-%02d of %s", d->month, d->day, d->member);
    }
    market_page_put_start(w, &page);
    for (size_t i = 0; i < d->n; i++) {
        if (d->rows[i].metered) {
            char name[NAME_CAP];
            name_row(d, i, name);
            put_row(w, name, of_row(&d->rows[i]));
        }
    }
    wbuf_str(w, "</tbody><tfoot>\n");
    put_row(w, "Sum", of_sum(d));
    wbuf_str(w, "</tfoot></table>\n</body></html>\n");
}

void market_detail_put_json(struct json_writer *j, const struct market_detail *d)
{
    json_begin_object(j);
    json_field_string(j, "member", d->member);
    json_field_string(j, "month", d->month);
    if (d->day > 0) {
        json_field_int(j, "day", d->day);
    }
    json_field_string(j, "tariff", d->tariff);
    json_field_int(j, "entries", (int64_t)d->entries);
    json_field_int(j, "jumps", d->jumps);
    json_field_int(j, "from_ms", d->from_unix_ms);
    json_field_int(j, "step_ms", d->step_ms);
    json_key(j, "intervals");
    json_begin_array(j);
    for (size_t i = 0; i < d->n; i++) {
        if (!d->rows[i].metered) {
            json_put_null(j);
            continue;
        }
        json_begin_object(j);
        market_sums_put_json(j, of_row(&d->rows[i]));
        json_end(j);
    }
    json_end(j);
    json_key(j, "sum");
    json_begin_object(j);
    market_sums_put_json(j, of_sum(d));
    json_end(j);
    json_end(j);
}
