/* SPDX-License-Identifier: MIT
 * One member's share of a month's settlement, by day or by interval.
 */
#include <stdlib.h>
#include <string.h>

#include "account_parts.h"

enum { INTERVALS_A_DAY = 96 };

/* The rows, empty; E_ARG for a day that the month has not. */
static int lay_out(struct market_detail *d)
{
    int64_t first;
    int64_t end;
    const int result = market_month_parse(d->month, &first, &end);
    if (result != E_OK) {
        return result;
    }
    const int days = (int)((end - first) / INTERVALS_A_DAY);
    if (d->day < 0 || d->day > days) {
        return E_ARG;
    }
    const int64_t begin = d->day > 0 ? first + (d->day - 1) * (int64_t)INTERVALS_A_DAY : first;
    d->from_unix_ms = begin * MARKET_INTERVAL_MS;
    d->step_ms = d->day > 0 ? MARKET_INTERVAL_MS : MARKET_INTERVAL_MS * INTERVALS_A_DAY;
    d->n = d->day > 0 ? INTERVALS_A_DAY : (size_t)days;
    d->rows = calloc(d->n, sizeof *d->rows);
    return d->rows == NULL ? E_NOSPACE : E_OK;
}

int market_account_detail(struct market_account *a, const struct market_question *question,
                          struct market_detail *out)
{
    struct market_statement s;
    const size_t len = strlen(question->member);
    memset(out, 0, sizeof *out);
    if (len >= sizeof out->member) {
        return E_NOTFOUND;
    }
    if (strlen(question->month) >= sizeof out->month) {
        return E_ARG;
    }
    memcpy(out->member, question->member, len + 1);
    memcpy(out->month, question->month, strlen(question->month) + 1);
    out->day = question->day;
    int result = lay_out(out);
    if (result == E_OK) {
        result = market_month_settle(a, out->month, &s, out);
    }
    if (result != E_OK) {
        market_detail_free(out);
        return result;
    }
    memcpy(out->tariff, s.tariff, sizeof out->tariff);
    out->entries = s.entries;
    market_statement_free(&s);
    return E_OK;
}

void market_detail_free(struct market_detail *d)
{
    free(d->rows);
    memset(d, 0, sizeof *d);
}
