/* SPDX-License-Identifier: MIT
 * wattward settle: a month's statement of every member, from the log alone.
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

static int print(const struct invocation *i, const struct market_statement *s)
{
    const char *format = invocation_option(i, "--format");
    const size_t cap = market_statement_cap(s);
    char *text = malloc(cap);
    struct wbuf w = wbuf_of(text, text == NULL ? 0 : cap);
    struct json_writer j;
    if (i->json) {
        json_writer_init(&j, &w);
        market_statement_put_json(&j, s);
        wbuf_u8(&w, '\n');
    } else if (format == NULL || strcmp(format, "csv") == 0) {
        market_statement_put_csv(&w, s);
    } else {
        market_statement_put_html(&w, s);
    }
    const int status = wbuf_ok(&w) ? COMMAND_DONE : command_fail(i, "out of memory");
    if (wbuf_ok(&w)) {
        fwrite(text, 1, wbuf_len(&w), stdout);
    }
    free(text);
    return status;
}

static int settle(const struct invocation *i, struct market_account *account)
{
    struct market_statement s;
    char month[MARKET_MONTH_CAP];
    const char *given = invocation_option(i, "--month");
    market_account_last_month(account, month);
    if (given == NULL && month[0] == 0) {
        return command_fail(i, "the ledger has no readings yet");
    }
    const int result = market_account_settle(account, given != NULL ? given : month, &s);
    if (result == E_ARG) {
        return command_fail(i, "--month is a month, such as 2026-01");
    }
    if (result != E_OK) {
        return command_fail(i, result == E_LIMIT
                                   ? "an energy or price is beyond what can be settled"
                                   : "out of memory");
    }
    const int status = print(i, &s);
    if (s.unsigned_blocks > 0) {
        fprintf(stderr,
                "%" PRIu64 " blocks were left out: their newest reading is not signed by "
                "the device's key.\n",
                s.unsigned_blocks);
    }
    market_statement_free(&s);
    return status;
}

static int run(const struct invocation *i)
{
    static struct reading r;
    const char *format = invocation_option(i, "--format");
    if (format != NULL && strcmp(format, "csv") != 0 && strcmp(format, "html") != 0) {
        return command_fail(i, "--format is csv or html");
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
