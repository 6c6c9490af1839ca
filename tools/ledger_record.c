/* SPDX-License-Identifier: MIT
 * wattward ledger transfer, correct: what the operator adds to the ledger by way of the gateway.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_reader.h"
#include "cents.h"
#include "ledger/action.h"
#include "ledger_place.h"
#include "operator_action.h"

enum { QUARTER_S = 900, MWH_DECIMALS = 3, MINUTES_MAX = 60 * 24 * 366 };

/* "1500" or "-0.25" Wh in mWh. */
static bool read_mwh(const char *text, int64_t *out)
{
    struct json_token token[4];
    struct json_reader reader;
    return json_parse(&reader, text, strlen(text), token, 4) == E_OK &&
           json_decimal(&reader, 0, MWH_DECIMALS, out) == E_OK;
}

/* "2026-01-05T13:45", UTC, of a quarter of an hour. */
static bool read_start(const char *text, int64_t *unix_ms)
{
    struct tm t = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M", &t);
    if (end == NULL || (*end != 0 && strcmp(end, "Z") != 0)) {
        return false;
    }
    *unix_ms = (int64_t)timegm(&t) * 1000;
    return *unix_ms >= 0 && *unix_ms % (QUARTER_S * 1000) == 0;
}

static int act(const struct invocation *i, const struct ledger_entry *entry)
{
    struct control_answer answer;
    const int status = operator_act(i, entry, &answer);
    if (status == COMMAND_DONE) {
        if (!i->json) {
            printf("It goes into the ledger, under your signature; every statement from now on "
                   "counts it.\n");
        }
        control_answer_free(&answer);
    }
    return status;
}

/* ---- transfer ---- */

static int read_span(const struct invocation *i, struct ledger_transfer *t)
{
    const char *at = invocation_option(i, "--at");
    const char *minutes = invocation_option(i, "--minutes");
    char *end = NULL;
    const long n = minutes == NULL ? 15 : strtol(minutes, &end, 10);
    if (minutes != NULL &&
        (end == minutes || *end != 0 || n < 15 || n > MINUTES_MAX || n % 15 != 0)) {
        return command_fail(i, "--minutes is a multiple of 15");
    }
    t->interval_s = (uint32_t)n * 60;
    if (at != NULL) {
        return read_start(at, &t->interval_unix_ms)
                   ? COMMAND_DONE
                   : command_fail(i,
                                  "--at is a quarter of an hour in UTC, such as 2026-01-05T13:45");
    }
    const int status = operator_site_time(i, &t->interval_unix_ms);
    t->interval_unix_ms -= t->interval_unix_ms % (QUARTER_S * 1000);
    return status;
}

int ledger_transfer_run(const struct invocation *i)
{
    struct ledger_entry e = {.type = LEDGER_TRANSFER};
    struct ledger_transfer *t = &e.transfer;
    int64_t mwh;
    if (!read_mwh(i->arguments[2], &mwh) || mwh <= 0 || mwh % 1000 != 0) {
        return command_fail(i, "%s is not a whole number of Wh above 0", i->arguments[2]);
    }
    t->energy_wh = mwh / 1000;
    if (operator_text(i->arguments[0], &t->from) != E_OK || t->from.len == 0 ||
        operator_text(i->arguments[1], &t->to) != E_OK || t->to.len == 0) {
        return command_fail(i, "there is no device of this name");
    }
    if (!cents_option(i, "--price", &t->price_microcent_per_kwh)) {
        return COMMAND_FAILED;
    }
    const int status = read_span(i, t);
    return status == COMMAND_DONE ? act(i, &e) : status;
}

/* ---- correct ---- */

/* The hash of the block that the operator is about to correct, from the signed log. */
static int find_block(const struct invocation *i, struct ledger_correction *c)
{
    /* What opens a log has options of its own; our --key is not the ledger's. */
    static const struct command_option log_options[] = {
        {"--log", "DIR", "", false}, {"--key", "KEY", "", false}, {NULL, NULL, NULL, false}};
    static const struct command reading = {.name = "correct", .options = log_options};
    static struct ledger_place_of_log place;
    static struct ledger_log log;
    static uint8_t entry[LEDGER_ENTRY_MAX_LEN];
    struct invocation plain = *i;
    struct ledger_entry e;
    plain.command = &reading;
    memset(plain.options, 0, sizeof plain.options);
    int status = ledger_place_open(&place, &plain);
    if (status != COMMAND_DONE) {
        return status;
    }
    const struct ledger_head head = {place.checkpoint.size, place.checkpoint.root};
    const int opened = ledger_log_open(&log, &place.disk, &head);
    const int len =
        opened == E_OK ? ledger_log_entry(&log, c->corrected, entry, sizeof entry) : opened;
    if (opened != E_OK) {
        status = command_fail(i, "the ledger is damaged; `wattward ledger verify` says where");
    } else if (c->corrected >= head.size || len < 0) {
        status = command_fail(i, "the ledger has no such entry yet");
    } else if (ledger_entry_decode(entry, (size_t)len, &e) != E_OK || e.type != LEDGER_READINGS) {
        status = command_fail(i, "only blocks of readings can be corrected, and entry %s is none",
                              i->arguments[0]);
    } else {
        c->leaf = ledger_leaf_hash(entry, (size_t)len);
    }
    ledger_place_close(&place);
    return status;
}

int ledger_correct_run(const struct invocation *i)
{
    char *end = NULL;
    struct ledger_entry e = {.type = LEDGER_CORRECTION};
    struct ledger_correction *c = &e.correction;
    const char *produced = invocation_option(i, "--production");
    const char *consumed = invocation_option(i, "--consumption");
    const long long number = strtoll(i->arguments[0], &end, 10);
    if (end == i->arguments[0] || *end != 0 || number < 0) {
        return command_fail(i, "%s is not a number of an entry", i->arguments[0]);
    }
    if ((produced == NULL) == (consumed == NULL)) {
        return command_fail(i, "either --production or --consumption says what is corrected");
    }
    if (!read_mwh(produced != NULL ? produced : consumed, &c->delta_mwh) || c->delta_mwh == 0) {
        return command_fail(i, "a correction is a number of Wh, such as -120.5");
    }
    if (operator_text(invocation_option(i, "--reason"), &c->reason) != E_OK || c->reason.len == 0) {
        return command_fail(i, "a reason is 1 to 255 characters of plain ASCII");
    }
    c->corrected = (uint64_t)number;
    c->channel = produced != NULL ? LEDGER_PRODUCTION : LEDGER_CONSUMPTION;
    c->by = ledger_text_of(LEDGER_BY_OPERATOR);
    const int status = find_block(i, c);
    return status == COMMAND_DONE ? act(i, &e) : status;
}
