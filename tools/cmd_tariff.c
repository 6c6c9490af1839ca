/* SPDX-License-Identifier: MIT
 * wattward tariff: prices and shares, as the operator sets them. They go into the ledger.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "cents.h"
#include "command.h"
#include "control_client.h"

enum { QUESTION_CAP = 2048 };

static int ask(const struct invocation *i, const char *question)
{
    struct control_answer answer;
    const int status = control_ask(i, question, &answer);
    if (status == COMMAND_DONE) {
        if (!i->json) {
            printf("It goes into the ledger and counts from now on.\n");
        }
        control_answer_free(&answer);
    }
    return status;
}

static int run_set(const struct invocation *i)
{
    char question[QUESTION_CAP];
    struct json_writer j;
    struct wbuf w = wbuf_of(question, sizeof question - 1);
    const char *sharing = invocation_option(i, "--sharing");
    json_writer_init(&j, &w);
    json_begin_object(&j);
    json_field_string(&j, "do", "tariff.set");
    json_field_string(&j, "name", i->arguments[0]);
    json_field_string(&j, "sharing", sharing == NULL ? "dynamic" : sharing);
    if (!cents_put(&j, i, "--import", "import_price") ||
        !cents_put(&j, i, "--export", "export_price") ||
        !cents_put(&j, i, "--community", "community_price") ||
        !cents_put(&j, i, "--fee", "grid_fee")) {
        return COMMAND_FAILED;
    }
    json_end(&j);
    question[wbuf_len(&w)] = 0;
    return wbuf_ok(&w) ? ask(i, question) : command_fail(i, "the name is too long");
}

static int run_member(const struct invocation *i)
{
    char question[QUESTION_CAP];
    char *end = NULL;
    struct json_writer j;
    struct wbuf w = wbuf_of(question, sizeof question - 1);
    const char *weight = invocation_option(i, "--weight");
    json_writer_init(&j, &w);
    json_begin_object(&j);
    json_field_string(&j, "do", "member.set");
    json_field_string(&j, "id", i->arguments[0]);
    if (weight != NULL) {
        const long value = strtol(weight, &end, 10);
        if (end == weight || *end != 0) {
            return command_fail(i, "--weight is a whole number");
        }
        json_field_int(&j, "weight", value);
    }
    if (!cents_put(&j, i, "--bid", "bid_price") || !cents_put(&j, i, "--ask", "ask_price")) {
        return COMMAND_FAILED;
    }
    json_end(&j);
    question[wbuf_len(&w)] = 0;
    return wbuf_ok(&w) ? ask(i, question) : command_fail(i, "the name is too long");
}

static const char *const name_argument[] = {"NAME", NULL};
static const struct command_option set_options[] = {
    {"--sharing", "KEY", "static, dynamic (default) or auction", false},
    {"--import", "CENTS", "what a kWh from the grid costs", true},
    {"--export", "CENTS", "what the grid pays for a kWh", true},
    {"--community", "CENTS", "the price of a kWh among members", false},
    {"--fee", "CENTS", "grid fee on a kWh among members, paid by who buys", false},
    {NULL, NULL, NULL, false}};
static const struct command_option member_options[] = {
    {"--weight", "N", "share of the surplus under the static key (default: 1)", false},
    {"--bid", "CENTS", "pays at most, in the auction", false},
    {"--ask", "CENTS", "takes at least, in the auction", false},
    {NULL, NULL, NULL, false}};

static const struct command children[] = {{.name = "set",
                                           .summary = "Set the site's tariff.",
                                           .arguments = name_argument,
                                           .options = set_options,
                                           .run = run_set},
                                          {.name = "member",
                                           .summary = "Set what a member's share and prices are.",
                                           .arguments = name_argument,
                                           .options = member_options,
                                           .run = run_member},
                                          {.name = NULL}};

extern const struct command command_tariff;
const struct command command_tariff = {
    .name = "tariff", .summary = "Prices, and how surplus is shared.", .children = children};
