/* SPDX-License-Identifier: MIT
 * The community's account: takes the entries of the log one by one, and settles any month from
 * them. Everything it says follows from the log alone, to the last digit.
 */
#ifndef MARKET_ACCOUNT_H
#define MARKET_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json_writer.h"
#include "base/wbuf.h"

struct market_account;

enum { MARKET_INTERVAL_MS = 900000, MARKET_NAME_CAP = 256, MARKET_MONTH_CAP = 8 };

/* `verifies`: blocks of readings whose newest reading is not signed by the enrolled key are counted
 * and left out. NULL when there is no memory. */
struct market_account *market_account_make(bool verifies);
void market_account_free(struct market_account *a);
/* The next entry of the log. E_OK, also for what has nothing to do with energy; E_NOSPACE,
 * E_MALFORMED. */
int market_account_feed(struct market_account *a, const uint8_t *entry, size_t len) MUST_USE;
/* How many were fed. */
uint64_t market_account_size(const struct market_account *a);
/* The month of the newest reading, "2026-01"; "" when there is none. */
void market_account_last_month(const struct market_account *a, char out[MARKET_MONTH_CAP]);

/* Sums of a month. Energy in Wh; money in billionths of a cent. */
struct market_sums {
    int64_t production_wh;
    int64_t consumption_wh;
    int64_t self_wh;
    int64_t bought_wh; /* agreed and shared */
    int64_t sold_wh;
    int64_t import_wh;
    int64_t export_wh;
    int64_t bought_cost;
    int64_t fee_cost;
    int64_t import_cost;
    int64_t sold_credit;
    int64_t export_credit;
    int64_t total;      /* credits less costs: positive is received */
    int64_t total_cent; /* rounded so that the members' add up to the community's */
};

struct market_line {
    char member[MARKET_NAME_CAP];
    uint32_t jumps; /* of its counters, down or impossibly far up; that energy is not counted */
    struct market_sums sums;
};

struct market_statement {
    char month[MARKET_MONTH_CAP];
    char tariff[MARKET_NAME_CAP]; /* the last that applied; "" without one */
    uint64_t entries;             /* of the log, it follows from */
    uint64_t unsigned_blocks;     /* left out */
    struct market_line *lines;    /* by name */
    size_t n;
    struct market_sums sum;
};

/* E_ARG when `month` is none, E_LIMIT when there are too many members or energies, E_NOSPACE. */
int market_account_settle(struct market_account *a, const char *month,
                          struct market_statement *out) MUST_USE;
void market_statement_free(struct market_statement *s);

/* ---- one member ---- */

struct market_row {
    bool metered; /* in part at least; if not, all of it is 0 */
    struct market_sums sums;
};

/* A member's month by day, or day by quarter of an hour. */
struct market_detail {
    char member[MARKET_NAME_CAP];
    char month[MARKET_MONTH_CAP];
    int day; /* 1..31, 0: the month */
    char tariff[MARKET_NAME_CAP];
    uint64_t entries;
    uint32_t jumps;
    int64_t from_unix_ms;
    int64_t step_ms;
    struct market_row *rows;
    size_t n;
    struct market_sums sum; /* of the rows; total_cent as in the month's statement, 0 for a day */
};

struct market_question {
    const char *month;
    const char *member;
    int day; /* 0: the whole month */
};
/* Errors as market_account_settle(); E_ARG also for a day that the month has not, E_NOTFOUND for a
 * member of whom there are no readings. */
int market_account_detail(struct market_account *a, const struct market_question *question,
                          struct market_detail *out) MUST_USE;
void market_detail_free(struct market_detail *d);

size_t market_detail_cap(const struct market_detail *d);
void market_detail_put_csv(struct wbuf *w, const struct market_detail *d);
void market_detail_put_html(struct wbuf *w, const struct market_detail *d);
void market_detail_put_json(struct json_writer *j, const struct market_detail *d);

/* ---- the forms of a statement ---- */

/* Room that each of them needs at most. */
size_t market_statement_cap(const struct market_statement *s);
void market_statement_put_csv(struct wbuf *w, const struct market_statement *s);
/* A page that prints well. */
void market_statement_put_html(struct wbuf *w, const struct market_statement *s);
/* One object. */
void market_statement_put_json(struct json_writer *j, const struct market_statement *s);

#endif
