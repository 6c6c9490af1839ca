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

/* ---- the answers ---- */

struct form {
    const char *name;
    const char *content_type;
};
static const struct form forms[] = {
    {"csv", "text/csv; charset=utf-8"}, {"html", "text/html; charset=utf-8"}, {"", JSON}};
enum { CSV, HTML, JSON_FORM };

static int form_of(const char *query)
{
    char name[8] = "";
    (void)web_query_word(query, "format", name, sizeof name);
    for (int i = CSV; i < JSON_FORM; i++) {
        if (strcmp(name, forms[i].name) == 0) {
            return i;
        }
    }
    return JSON_FORM;
}

static void put_statement(const struct market_statement *s, int form, struct web_response *r)
{
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, market_statement_cap(s));
    if (form == CSV) {
        market_statement_put_csv(&w, s);
    } else if (form == HTML) {
        market_statement_put_html(&w, s);
    } else {
        json_writer_init(&j, &w);
        market_statement_put_json(&j, s);
    }
    web_answer_end(r, &w, 200, forms[form].content_type);
}

static void put_detail(const struct market_detail *d, int form, struct web_response *r)
{
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, market_detail_cap(d));
    if (form == CSV) {
        market_detail_put_csv(&w, d);
    } else if (form == HTML) {
        market_detail_put_html(&w, d);
    } else {
        json_writer_init(&j, &w);
        market_detail_put_json(&j, d);
    }
    web_answer_end(r, &w, 200, forms[form].content_type);
}

static void refuse(int result, const char *month, struct web_response *r)
{
    if (result == E_ARG && month[0] == 0) {
        web_answer_error(r, 404, "there are no readings in the ledger yet");
    } else if (result == E_ARG) {
        web_answer_error(r, 400, "month is YYYY-MM, and day a day of it");
    } else if (result == E_NOTFOUND) {
        web_answer_error(r, 404, "there are no readings of this member");
    } else {
        web_answer_error(r, 503, "the month cannot be settled");
    }
}

static void answer_statement(struct site *site, const char *member, const char *query,
                             struct web_response *r)
{
    char month[MARKET_MONTH_CAP];
    struct market_statement s;
    struct market_detail d;
    long long day = 0;
    if (!web_query_word(query, "month", month, sizeof month)) {
        market_account_last_month(site->account, month);
    }
    if (!web_query_int(query, "day", 0, &day) || day < 0 || day > 31) {
        refuse(E_ARG, "?", r);
        return;
    }
    const struct market_question question = {month, member, (int)day};
    const int result = member[0] == 0 ? market_account_settle(site->account, month, &s)
                                      : market_account_detail(site->account, &question, &d);
    if (result != E_OK) {
        refuse(result, month, r);
    } else if (member[0] == 0) {
        put_statement(&s, form_of(query), r);
        market_statement_free(&s);
    } else {
        put_detail(&d, form_of(query), r);
        market_detail_free(&d);
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
    const char *member = q->path + strlen(WEB_SETTLEMENT_PATH);
    member += *member == '/';
    const int result = read_on(site, log);
    if (result == E_OK) {
        answer_statement(site, member, q->query, r);
    } else if (result == E_STATE) {
        answer_not_yet(site, ledger_log_kept(log).size, r);
    } else if (result == E_CORRUPT || result == E_MALFORMED) {
        web_answer_error(r, 503,
                         "an entry of the ledger is not what was signed; `wattward ledger verify` "
                         "says which");
    } else {
        web_answer_error(r, 503, "the ledger cannot be read");
    }
}
