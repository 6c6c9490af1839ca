/* SPDX-License-Identifier: MIT
 * wattward ledger transfer, correct: what the operator adds to the ledger by way of the gateway.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "cents.h"
#include "control_client.h"
#include "ledger_place.h"

enum { QUESTION_CAP = 2048, QUARTER_S = 900, MWH_DECIMALS = 3 };

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

static int ask(const struct invocation *i, struct wbuf *w, char *question)
{
    struct control_answer answer;
    if (!wbuf_ok(w)) {
        return command_fail(i, "a name or the reason is too long");
    }
    question[wbuf_len(w)] = 0;
    const int status = control_ask(i, question, &answer);
    if (status == COMMAND_DONE) {
        if (!i->json) {
            printf("It goes into the ledger; every statement from now on counts it.\n");
        }
        control_answer_free(&answer);
    }
    return status;
}

/* The optional members about time. False after a complaint. */
static bool put_span(struct json_writer *j, const struct invocation *i)
{
    const char *at = invocation_option(i, "--at");
    const char *minutes = invocation_option(i, "--minutes");
    if (at != NULL) {
        int64_t unix_ms;
        if (!read_start(at, &unix_ms)) {
            (void)command_fail(i, "--at is a quarter of an hour in UTC, such as 2026-01-05T13:45");
            return false;
        }
        json_field_int(j, "interval_unix_ms", unix_ms);
    }
    if (minutes != NULL) {
        char *end = NULL;
        const long n = strtol(minutes, &end, 10);
        if (end == minutes || *end != 0 || n < 15 || n > 60 * 24 * 366 || n % 15 != 0) {
            (void)command_fail(i, "--minutes is a multiple of 15");
            return false;
        }
        json_field_int(j, "interval_s", n * 60);
    }
    return true;
}

int ledger_transfer_run(const struct invocation *i)
{
    char question[QUESTION_CAP];
    struct json_writer j;
    struct wbuf w = wbuf_of(question, sizeof question - 1);
    int64_t mwh;
    if (!read_mwh(i->arguments[2], &mwh) || mwh <= 0 || mwh % 1000 != 0) {
        return command_fail(i, "%s is not a whole number of Wh above 0", i->arguments[2]);
    }
    json_writer_init(&j, &w);
    json_begin_object(&j);
    json_field_string(&j, "do", "ledger.transfer");
    json_field_string(&j, "from", i->arguments[0]);
    json_field_string(&j, "to", i->arguments[1]);
    json_field_int(&j, "energy_wh", mwh / 1000);
    if (!cents_put(&j, i, "--price", "price") || !put_span(&j, i)) {
        return COMMAND_FAILED;
    }
    json_end(&j);
    return ask(i, &w, question);
}

int ledger_correct_run(const struct invocation *i)
{
    char question[QUESTION_CAP];
    char *end = NULL;
    struct json_writer j;
    struct wbuf w = wbuf_of(question, sizeof question - 1);
    const char *produced = invocation_option(i, "--production");
    const char *consumed = invocation_option(i, "--consumption");
    const long long entry = strtoll(i->arguments[0], &end, 10);
    int64_t mwh;
    if (end == i->arguments[0] || *end != 0 || entry < 0) {
        return command_fail(i, "%s is not a number of an entry", i->arguments[0]);
    }
    if ((produced == NULL) == (consumed == NULL)) {
        return command_fail(i, "either --production or --consumption says what is corrected");
    }
    if (!read_mwh(produced != NULL ? produced : consumed, &mwh) || mwh == 0) {
        return command_fail(i, "a correction is a number of Wh, such as -120.5");
    }
    json_writer_init(&j, &w);
    json_begin_object(&j);
    json_field_string(&j, "do", "ledger.correct");
    json_field_int(&j, "entry", entry);
    json_field_string(&j, "channel", produced != NULL ? "production" : "consumption");
    json_field_int(&j, "delta_mwh", mwh);
    json_field_string(&j, "reason", invocation_option(i, "--reason"));
    json_end(&j);
    return ask(i, &w, question);
}
