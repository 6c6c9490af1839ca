/* SPDX-License-Identifier: MIT
 * wattward settle: a month's statement of every member, or of one, from the log alone.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger_place.h"
#include "market/account.h"

enum { PROGRESS_STEP = 1 << 14 };

/* Reads the log from its first entry and checks that it has the signed root. */
struct reading {
    struct ledger_place_of_log place;
    struct ledger_tree tree;
    uint64_t at;
    uint8_t entry[LEDGER_ENTRY_CAP];
    struct market_account *account;
};

static int read_entry(struct reading *r)
{
    uint8_t frame[2];
    const struct ledger_disk *d = &r->place.disk;
    int result = d->read(d->context, LEDGER_FILE_ENTRIES, r->at, frame, sizeof frame);
    const size_t len = (size_t)frame[0] << 8 | frame[1];
    if (result == E_OK && len > 0) {
        result = d->read(d->context, LEDGER_FILE_ENTRIES, r->at + sizeof frame, r->entry, len);
    }
    if (result != E_OK || len == 0) {
        return E_CORRUPT;
    }
    const struct ledger_hash leaf = ledger_leaf_hash(r->entry, len);
    ledger_tree_append(&r->tree, &leaf, NULL);
    r->at += sizeof frame + len;
    return market_account_feed(r->account, r->entry, len);
}

static int read_all(const struct invocation *i, struct reading *r)
{
    const uint64_t size = r->place.checkpoint.size;
    int result = E_OK;
    ledger_tree_init(&r->tree);
    while (result == E_OK && r->tree.size < size) {
        result = read_entry(r);
        if (r->tree.size % PROGRESS_STEP == 0 && isatty(STDERR_FILENO)) {
            fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " entries", r->tree.size, size);
        }
    }
    if (result == E_NOSPACE) {
        return command_fail(i, "out of memory");
    }
    const struct ledger_hash root = ledger_tree_root(&r->tree);
    if (result != E_OK ||
        memcmp(root.bytes, r->place.checkpoint.root.bytes, sizeof root.bytes) != 0) {
        return command_fail(i, "the ledger is not what was signed; `wattward ledger verify` says "
                               "where");
    }
    return COMMAND_DONE;
}

/* A statement of all, or of one member: what either is printed from. */
struct statement {
    const struct market_statement *all;
    const struct market_detail *one; /* or NULL */
};

static void put(struct wbuf *w, const struct invocation *i, const struct statement *s)
{
    const char *format = invocation_option(i, "--format");
    struct json_writer j;
    if (i->json) {
        json_writer_init(&j, w);
        if (s->one != NULL) {
            market_detail_put_json(&j, s->one);
        } else {
            market_statement_put_json(&j, s->all);
        }
        wbuf_u8(w, '\n');
        return;
    }
    const bool is_page = format != NULL && strcmp(format, "html") == 0;
    if (s->one != NULL) {
        (is_page ? market_detail_put_html : market_detail_put_csv)(w, s->one);
    } else {
        (is_page ? market_statement_put_html : market_statement_put_csv)(w, s->all);
    }
}

static int print(const struct invocation *i, const struct statement *s)
{
    const size_t cap = s->one != NULL ? market_detail_cap(s->one) : market_statement_cap(s->all);
    char *text = malloc(cap);
    struct wbuf w = wbuf_of(text, text == NULL ? 0 : cap);
    put(&w, i, s);
    const int status = wbuf_ok(&w) ? COMMAND_DONE : command_fail(i, "out of memory");
    if (wbuf_ok(&w)) {
        fwrite(text, 1, wbuf_len(&w), stdout);
    }
    free(text);
    return status;
}

static int complain(const struct invocation *i, int result)
{
    switch (result) {
    case E_ARG:
        return command_fail(i, invocation_option(i, "--day") != NULL
                                   ? "--month is a month, such as 2026-01, and --day a day of it"
                                   : "--month is a month, such as 2026-01");
    case E_NOTFOUND:
        return command_fail(i, "the ledger has no readings of %s",
                            invocation_option(i, "--member"));
    case E_LIMIT:
        return command_fail(i, "an energy or price is beyond what can be settled");
    default:
        return command_fail(i, "out of memory");
    }
}

static int settle_all(const struct invocation *i, struct market_account *account, const char *month)
{
    struct market_statement s;
    const int result = market_account_settle(account, month, &s);
    if (result != E_OK) {
        return complain(i, result);
    }
    const int status = print(i, &(struct statement){.all = &s});
    if (s.unsigned_blocks > 0) {
        fprintf(stderr,
                "%" PRIu64 " blocks were left out: their newest reading is not signed by "
                "the device's key.\n",
                s.unsigned_blocks);
    }
    market_statement_free(&s);
    return status;
}

static int settle_one(const struct invocation *i, struct market_account *account,
                      const struct market_question *question)
{
    struct market_detail d;
    const int result = market_account_detail(account, question, &d);
    if (result != E_OK) {
        return complain(i, result);
    }
    const int status = print(i, &(struct statement){.one = &d});
    market_detail_free(&d);
    return status;
}

static int settle(const struct invocation *i, struct market_account *account)
{
    char newest[MARKET_MONTH_CAP];
    char *end = NULL;
    const char *month = invocation_option(i, "--month");
    const char *member = invocation_option(i, "--member");
    const char *day = invocation_option(i, "--day");
    market_account_last_month(account, newest);
    if (month == NULL && newest[0] == 0) {
        return command_fail(i, "the ledger has no readings yet");
    }
    month = month != NULL ? month : newest;
    if (member == NULL) {
        return settle_all(i, account, month);
    }
    const long number = day == NULL ? 0 : strtol(day, &end, 10);
    if (day != NULL && (end == day || *end != 0 || number < 1 || number > 31)) {
        return complain(i, E_ARG);
    }
    const struct market_question question = {month, member, (int)number};
    return settle_one(i, account, &question);
}

static int run(const struct invocation *i)
{
    static struct reading r;
    const char *format = invocation_option(i, "--format");
    if (format != NULL && strcmp(format, "csv") != 0 && strcmp(format, "html") != 0) {
        return command_fail(i, "--format is csv or html");
    }
    if (invocation_option(i, "--day") != NULL && invocation_option(i, "--member") == NULL) {
        return command_fail(i, "--day needs --member: whose day");
    }
    int status = ledger_place_open(&r.place, i);
    if (status != COMMAND_DONE) {
        return status;
    }
    r.account = market_account_make(true);
    status = r.account == NULL ? command_fail(i, "out of memory") : read_all(i, &r);
    if (status == COMMAND_DONE) {
        status = settle(i, r.account);
    }
    market_account_free(r.account);
    ledger_place_close(&r.place);
    return status;
}

static const struct command_option options[] = {
    {"--month", "YYYY-MM", "which month, in UTC (default: that of the newest reading)", false},
    {"--member", "NAME", "one member's statement, day by day", false},
    {"--day", "D", "a day of that month, by quarters of an hour; with --member", false},
    {"--from-ledger", NULL, "from the log alone, which is what it always does", false},
    {"--log", "DIR", "the ledger's directory, if not that of --state", false},
    {"--key", "KEY", "the key that must have signed, or a file with it", false},
    {"--format", "FORM", "csv (default) or html, a page to print", false},
    {NULL, NULL, NULL, false}};

extern const struct command command_settle;
const struct command command_settle = {
    .name = "settle",
    .summary = "Compute a month's statement of every member from the ledger.",
    .options = options,
    .details =
        "Everything follows from the signed log: who has it gets the same, to the last digit.\n"
        "Energy is in Wh, money in billionths of a cent and, rounded, in cents; the rounded\n"
        "balances of the members add up to that of the community.\n",
    .run = run};
