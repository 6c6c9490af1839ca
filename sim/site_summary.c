/* SPDX-License-Identifier: MIT
 * The summary of a headless run.
 */
#include "site_summary.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"

enum { LIST_MAX_LEN = 65536, LIST_TOKENS_MAX = 8192, ANSWER_MS = 10000 };

struct gateway_count {
    int64_t stored;
    int64_t refused;
};

static bool take_list(const char *text, struct gateway_count *sum)
{
    struct json_token *tokens = calloc(LIST_TOKENS_MAX, sizeof *tokens);
    struct json_reader r;
    bool ok = tokens != NULL && json_parse(&r, text, strlen(text), tokens, LIST_TOKENS_MAX) == E_OK;
    const int devices = ok ? json_member(&r, 0, "devices") : JSON_ABSENT;
    ok = ok && json_type_of(&r, devices) == JSON_ARRAY;
    for (int d = ok ? json_first(&r, devices) : JSON_ABSENT; ok && d != JSON_ABSENT;
         d = json_next(&r, d)) {
        int64_t stored = 0;
        int64_t refused = 0;
        ok = json_int(&r, json_member(&r, d, "stored"), &stored) == E_OK &&
             json_int(&r, json_member(&r, d, "refused"), &refused) == E_OK;
        sum->stored += stored;
        sum->refused += refused;
    }
    free(tokens);
    return ok;
}

/* Asks the operator's command, as an operator would. NULL when there is no answer. */
static const char *ask_gateway(const char *programs, const char *state_dir, const char *what)
{
    static char text[LIST_MAX_LEN]; /* one answer at a time */
    char command[1400];
    snprintf(command, sizeof command, "'%s/wattward' --state '%s' --json %s", programs, state_dir,
             what);
    FILE *answer = popen(command, "r");
    if (answer == NULL) {
        return NULL;
    }
    const size_t n = fread(text, 1, sizeof text - 1, answer);
    text[n] = '\0';
    return pclose(answer) == 0 ? text : NULL;
}

/* "weather: forecast fresh, satellite fresh" */
static void print_weather(const char *programs, const char *state_dir)
{
    static const char *const endpoints[] = {"forecast", "satellite"};
    struct json_token *tokens = calloc(LIST_TOKENS_MAX, sizeof *tokens);
    struct json_reader r;
    const char *text = ask_gateway(programs, state_dir, "trust list");
    const bool ok = tokens != NULL && text != NULL &&
                    json_parse(&r, text, strlen(text), tokens, LIST_TOKENS_MAX) == E_OK;
    const int cells = ok ? json_member(&r, json_member(&r, 0, "weather"), "cells") : JSON_ABSENT;
    const int cell = cells == JSON_ABSENT ? JSON_ABSENT : json_first(&r, cells);
    for (size_t i = 0; i < 2; i++) {
        char state[16] = "unknown";
        const int feed = cell == JSON_ABSENT ? cell : json_member(&r, cell, endpoints[i]);
        if (feed != JSON_ABSENT &&
            json_string(&r, json_member(&r, feed, "state"), state, sizeof state) < 0) {
            snprintf(state, sizeof state, "unknown");
        }
        printf("  weather %-10s %9s   %s\n", endpoints[i], state,
               i == 0 ? "from our own service" : "");
    }
    free(tokens);
}

static void print_row(const char *name, int64_t n, const char *what)
{
    printf("  %-18s %9" PRId64 "   %s\n", name, n, what);
}

static bool every_meter_counted(const struct site_home *homes, long n_homes,
                                struct site_home_count *sum)
{
    bool all = true;
    for (long i = 0; i < n_homes; i++) {
        if (homes[i].n_restarts > 0) {
            printf("  %s: its meter was started again %" PRIu32 " times\n", homes[i].id,
                   homes[i].n_restarts);
        }
        if (!homes[i].counted || homes[i].count.taken == 0) {
            printf("  %s: its meter %s\n", homes[i].id,
                   homes[i].counted ? "took no reading" : "did not stop in order; see its log");
            all = false;
        }
        sum->taken += homes[i].count.taken;
        sum->stored += homes[i].count.stored;
        sum->refused += homes[i].count.refused;
        sum->waiting += homes[i].count.waiting;
    }
    return all;
}

/* What the meters found in the ledger of what they sent. */
static bool print_receipts(const struct site_home *homes, long n_homes)
{
    struct site_home_receipts sum = {0};
    for (long i = 0; i < n_homes; i++) {
        sum.checked += homes[i].receipts.checked;
        sum.alarms += homes[i].receipts.alarms;
        if (homes[i].receipts.alarms > 0) {
            printf("  %s: its readings are not in the ledger as they were sent; see its log\n",
                   homes[i].id);
        }
    }
    print_row("in the ledger", sum.checked, "found there by the meters, in this run");
    return sum.alarms == 0;
}

int site_summary(const struct site_home *homes, long n_homes, const char *programs,
                 const char *state_dir, uint64_t span_ms)
{
    struct site_home_count meters = {0};
    struct gateway_count gateway = {0};
    printf("\n%ld devices, %" PRIu64 " s\n", n_homes, span_ms / 1000);
    bool holds = every_meter_counted(homes, n_homes, &meters);
    const char *list = ask_gateway(programs, state_dir, "device list");
    if (list == NULL || !take_list(list, &gateway)) {
        printf("  the gateway does not say what it stored\n");
        holds = false;
    }
    print_row("readings taken", meters.taken, "signed by the meters, in all their life");
    print_row("acknowledged", meters.stored, "by the gateway, so on its disk");
    print_row("stored", gateway.stored, "in the gateway's database");
    print_row("refused", gateway.refused, "");
    print_row("waiting", meters.waiting, "in the meters' outboxes");
    holds = print_receipts(homes, n_homes) && holds;
    print_weather(programs, state_dir);
    /* What is on disk and not yet acknowledged still waits in an outbox: it comes again, and is
     * stored once. So the database may be ahead of the acknowledgements by what waits. */
    holds = holds && gateway.refused == 0 && meters.refused == 0 &&
            meters.taken == meters.stored + meters.waiting && gateway.stored >= meters.stored &&
            gateway.stored <= meters.taken && meters.waiting <= n_homes;
    printf("%s\n",
           holds ? "It holds: every reading was stored once." : "It does NOT hold: see the logs.");
    return holds ? 0 : 1;
}
