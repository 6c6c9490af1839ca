/* SPDX-License-Identifier: MIT
 * wattward tariff: prices and shares, as the operator sets and signs them. They go into the ledger.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cents.h"
#include "operator_action.h"

/* Signs the entry and has it carried out. */
static int act(const struct invocation *i, const struct ledger_entry *entry)
{
    struct control_answer answer;
    const int status = operator_act(i, entry, &answer);
    if (status == COMMAND_DONE) {
        if (!i->json) {
            printf("It goes into the ledger, under your signature, and counts from now on.\n");
        }
        control_answer_free(&answer);
    }
    return status;
}

static bool read_sharing(const char *text, enum ledger_sharing *sharing)
{
    static const char *const names[] = {"static", "dynamic", "auction"};
    for (unsigned k = 0; k < sizeof names / sizeof names[0]; k++) {
        if (strcmp(text, names[k]) == 0) {
            *sharing = (enum ledger_sharing)k;
            return true;
        }
    }
    return false;
}

static int run_set(const struct invocation *i)
{
    struct ledger_entry e = {.type = LEDGER_TARIFF};
    struct ledger_tariff *t = &e.tariff;
    const char *sharing = invocation_option(i, "--sharing");
    if (operator_text(i->arguments[0], &t->name) != E_OK || t->name.len == 0) {
        return command_fail(i, "a tariff's name is 1 to 255 characters of plain ASCII");
    }
    if (!read_sharing(sharing == NULL ? "dynamic" : sharing, &t->sharing)) {
        return command_fail(i, "--sharing is static, dynamic or auction");
    }
    if (!cents_option(i, "--import", &t->import_price) ||
        !cents_option(i, "--export", &t->export_price) ||
        !cents_option(i, "--community", &t->community_price) ||
        !cents_option(i, "--fee", &t->grid_fee)) {
        return COMMAND_FAILED;
    }
    const int status = operator_site_time(i, &t->from_unix_ms);
    return status == COMMAND_DONE ? act(i, &e) : status;
}

static int run_member(const struct invocation *i)
{
    char *end = NULL;
    struct ledger_entry e = {.type = LEDGER_MEMBER};
    struct ledger_member *m = &e.member;
    const char *weight = invocation_option(i, "--weight");
    const long number = weight == NULL ? 1 : strtol(weight, &end, 10);
    if (weight != NULL && (end == weight || *end != 0 || number < 0 || number > 1000000)) {
        return command_fail(i, "--weight is a whole number from 0 to 1000000");
    }
    if (operator_text(i->arguments[0], &m->device) != E_OK || m->device.len == 0) {
        return command_fail(i, "there is no device of this name");
    }
    if (!cents_option(i, "--bid", &m->bid_price) || !cents_option(i, "--ask", &m->ask_price)) {
        return COMMAND_FAILED;
    }
    m->weight = (uint32_t)number;
    const int status = operator_site_time(i, &m->from_unix_ms);
    return status == COMMAND_DONE ? act(i, &e) : status;
}

static const char *const name_argument[] = {"NAME", NULL};
static const struct command_option set_options[] = {
    {"--sharing", "KEY", "static, dynamic (default) or auction", false},
    {"--import", "CENTS", "what a kWh from the grid costs", true},
    {"--export", "CENTS", "what the grid pays for a kWh", true},
    {"--community", "CENTS", "the price of a kWh among members", false},
    {"--fee", "CENTS", "grid fee on a kWh among members, paid by who buys", false},
    OPERATOR_KEY_OPTION,
    {NULL, NULL, NULL, false}};
static const struct command_option member_options[] = {
    {"--weight", "N", "share of the surplus under the static key (default: 1)", false},
    {"--bid", "CENTS", "pays at most, in the auction", false},
    {"--ask", "CENTS", "takes at least, in the auction", false},
    OPERATOR_KEY_OPTION,
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
