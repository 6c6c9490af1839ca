/* SPDX-License-Identifier: MIT */
#include "web/settlement.h"

#include <string.h>

#include "ledger/book.h"
#include "market/account.h"

enum { ENTRIES_A_REQUEST = 20000 };
#define JSON "application/json"

/* Reads on in the log, a bounded piece a request, so that nobody else waits. */
static int read_on(struct site *site, struct ledger_log *log)
{
    static uint8_t entry[LEDGER_ENTRY_CAP];
    const uint64_t size = ledger_log_kept(log).size;
    if (!site->account) {
        site->account = market_account_make(false);
    }
    if (!site->account) {
        return E_NOSPACE;
    }
    for (int i = 0; i < ENTRIES_A_REQUEST; i++) {
        const uint64_t at = market_account_size(site->account);
        if (at >= size) {
            return E_OK;
        }
        const int len = ledger_log_entry(log, at, entry, sizeof entry);
        const int result = len < 0 ? len : market_account_feed(site->account, entry, (size_t)len);
        if (result != E_OK) {
            return result;
        }
    }
    return E_STATE;
}

static void answer_not_yet(struct site *site, uint64_t size, struct web_response *r)
{
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, 128);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    json_field_int(&j, "read", (int64_t)market_account_size(site->account));
    json_field_int(&j, "size", (int64_t)size);
    json_end(&j);
    web_answer_end(r, &w, 202, JSON);
}

static void put(const struct market_statement *s, const char *format, struct web_response *r)
{
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, market_statement_cap(s));
    if (strcmp(format, "csv") == 0) {
        market_statement_put_csv(&w, s);
        web_answer_end(r, &w, 200, "text/csv; charset=utf-8");
    } else if (strcmp(format, "html") == 0) {
        market_statement_put_html(&w, s);
        web_answer_end(r, &w, 200, "text/html; charset=utf-8");
    } else {
        json_writer_init(&j, &w);
        market_statement_put_json(&j, s);
        web_answer_end(r, &w, 200, JSON);
    }
}

static void answer_statement(struct site *site, const char *query, struct web_response *r)
{
    char month[MARKET_MONTH_CAP];
    char format[8] = "";
    struct market_statement s;
    if (!web_query_word(query, "month", month, sizeof month)) {
        market_account_last_month(site->account, month);
    }
    (void)web_query_word(query, "format", format, sizeof format);
    const int result = market_account_settle(site->account, month, &s);
    if (result == E_ARG) {
        web_answer_error(r, month[0] == 0 ? 404 : 400,
                         month[0] == 0 ? "there are no readings in the ledger yet"
                                       : "month is YYYY-MM");
    } else if (result != E_OK) {
        web_answer_error(r, 503, "the month cannot be settled");
    } else {
        put(&s, format, r);
        market_statement_free(&s);
    }
}

void web_settlement_respond(struct site *site, const struct web_request *q, struct web_response *r)
{
    struct ledger_log *log = site->ledger ? ledger_book_log(site->ledger) : NULL;
    if (!log) {
        web_answer_error(r, 503,
                         site->ledger ? ledger_book_trouble(site->ledger)
                                      : "this site writes no ledger");
        return;
    }
    const int result = read_on(site, log);
    if (result == E_OK) {
        answer_statement(site, q->query, r);
    } else if (result == E_STATE) {
        answer_not_yet(site, ledger_log_kept(log).size, r);
    } else {
        web_answer_error(r, 503, "the ledger cannot be read");
    }
}
