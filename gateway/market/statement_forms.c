/* SPDX-License-Identifier: MIT
 * A month's statement as CSV, as a page to print, and as JSON.
 */
#include <stdio.h>

#include "sums_forms.h"

size_t market_statement_cap(const struct market_statement *s)
{
    return MARKET_FRAME_CAP + (s->n + 1) * MARKET_LINE_CAP;
}

static struct market_sums_form whole(const struct market_sums *sums)
{
    return (struct market_sums_form){.sums = sums, .has_cents = true};
}

void market_statement_put_csv(struct wbuf *w, const struct market_statement *s)
{
    wbuf_str(w, "member");
    market_sums_put_csv_names(w);
    for (size_t i = 0; i < s->n; i++) {
        wbuf_str(w, s->lines[i].member);
        market_sums_put_csv(w, whole(&s->lines[i].sums));
    }
    wbuf_str(w, "sum");
    market_sums_put_csv(w, whole(&s->sum));
}

static void put_row(struct wbuf *w, const char *member, const struct market_sums *sums)
{
    wbuf_str(w, "<tr><th scope=\"row\">");
    market_page_put_escaped(w, member);
    wbuf_str(w, "</th>");
    market_sums_put_cells(w, whole(sums));
    wbuf_str(w, "</tr>\n");
}

void market_statement_put_html(struct wbuf *w, const struct market_statement *s)
{
    char title[32];
    const struct market_page page = {
        .title = title, .tariff = s->tariff, .entries = s->entries, .first_column = "Member"};
    (void)snprintf(title, sizeof title, "Statement %s", s->month);
    market_page_put_start(w, &page);
    for (size_t i = 0; i < s->n; i++) {
        put_row(w, s->lines[i].member, &s->lines[i].sums);
    }
    wbuf_str(w, "</tbody><tfoot>\n");
    put_row(w, "Community", &s->sum);
    wbuf_str(w, "</tfoot></table>\n</body></html>\n");
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
        market_sums_put_json(j, whole(&s->lines[i].sums));
        json_end(j);
    }
    json_end(j);
    json_key(j, "sum");
    json_begin_object(j);
    market_sums_put_json(j, whole(&s->sum));
    json_end(j);
    json_end(j);
}
