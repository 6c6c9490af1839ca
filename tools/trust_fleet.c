/* SPDX-License-Identifier: MIT */
#include "trust_fleet.h"

#include <stdio.h>
#include <string.h>

#include "base/json_writer.h"
#include "control_client.h"
#include "ledger/action.h"
#include "operator_action.h"
#include "table.h"

enum { QUESTION_CAP = 1024, TEXT_CAP = 1024 };

static int ask(const struct invocation *i, const char *verb, struct control_answer *answer)
{
    char question[QUESTION_CAP];
    struct wbuf w = wbuf_of(question, sizeof question - 1);
    struct json_writer j;
    json_writer_init(&j, &w);
    json_begin_object(&j);
    json_field_string(&j, "do", verb);
    if (i->n_arguments > 0) {
        json_field_string(&j, "id", i->arguments[0]);
    }
    json_end(&j);
    if (!wbuf_ok(&w)) {
        return command_fail(i, "the name is too long");
    }
    question[wbuf_len(&w)] = '\0';
    return control_ask(i, question, answer);
}

/* ---- the operator's word ---- */

static int say(const struct invocation *i, enum ledger_entry_type type, const char *done)
{
    char warning[TEXT_CAP];
    struct control_answer answer;
    const char *reason = invocation_option(i, "--reason");
    struct ledger_entry entry = {.type = type,
                                 .judgement = {.by = ledger_text_of(LEDGER_BY_OPERATOR)}};
    if (operator_text(i->arguments[0], &entry.judgement.device) != E_OK ||
        entry.judgement.device.len == 0) {
        return command_fail(i, "there is no device called '%s'", i->arguments[0]);
    }
    if (operator_text(reason, &entry.judgement.reason) != E_OK || entry.judgement.reason.len == 0) {
        return command_fail(i, "--reason is 1 to 255 characters of plain ASCII; it goes into the "
                               "ledger, for ever");
    }
    const int status = operator_act(i, &entry, &answer);
    if (status != COMMAND_DONE) {
        return status;
    }
    const struct json_reader *j = &answer.json;
    if (json_string(j, json_member(j, 0, "warning"), warning, sizeof warning) > 0) {
        fprintf(stderr, "wattward: %s\n", warning);
    }
    if (!i->json) {
        printf("%s %s.\n", i->arguments[0], done);
    }
    control_answer_free(&answer);
    return COMMAND_DONE;
}

int trust_fleet_ban(const struct invocation *i)
{
    return say(i, LEDGER_BAN, "is banned; its session ends");
}

int trust_fleet_unban(const struct invocation *i)
{
    return say(i, LEDGER_UNBAN, "is let in again; its evidence starts anew");
}

int trust_fleet_appeal(const struct invocation *i)
{
    return say(i, LEDGER_APPEAL, "has appealed; `wattward trust unban` decides for it");
}

/* ---- list ---- */

static const struct table_column columns[] = {
    {"DEVICE", false}, {"ROLE", false},        {"STATE", false},
    {"ACTION", false}, {"LOG10 E", true},      {"REPUTATION", true},
    {"PEERS", true},   {"SINCE (UTC)", false}, {"BY", false},
};
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

static const char *text_of(const struct json_reader *j, int object, const char *name,
                           char text[TEXT_CAP])
{
    if (json_string(j, json_member(j, object, name), text, TEXT_CAP) < 0) {
        (void)snprintf(text, TEXT_CAP, "-");
    }
    return text;
}

static int64_t int_of(const struct json_reader *j, int object, const char *name, int64_t missing)
{
    int64_t value = missing;
    return json_int(j, json_member(j, object, name), &value) == E_OK ? value : missing;
}

static int64_t milli_of(const struct json_reader *j, int object, const char *name)
{
    int64_t value = 0;
    return json_decimal(j, json_member(j, object, name), 3, &value) == E_OK ? value : 0;
}

static void put_row(struct table *t, const struct json_reader *j, int device)
{
    char text[TEXT_CAP];
    char cell[TABLE_CELL_CAP];
    const int64_t reputation = int_of(j, device, "reputation", -1);
    table_put(t, "%s", text_of(j, device, "id", text));
    table_put(t, "%s", text_of(j, device, "role", text));
    table_put(t, "%s", text_of(j, device, "state", text));
    table_put(t, "%s", text_of(j, device, "action", text));
    table_put(t, "%s", table_milli(milli_of(j, device, "log10_e"), cell));
    table_put(t, reputation < 0 ? "-" : "%lld", (long long)reputation);
    table_put(t, "%lld", (long long)int_of(j, device, "peers", 0));
    table_put(t, "%s", table_time(int_of(j, device, "decided_unix_ms", 0), cell));
    table_put(t, "%s", text_of(j, device, "by", text));
}

int trust_fleet_list(const struct invocation *i)
{
    struct control_answer answer;
    const int status = ask(i, "trust.list", &answer);
    if (status != COMMAND_DONE) {
        return status;
    }
    const struct json_reader *j = &answer.json;
    const int list = json_member(j, 0, "devices");
    if (!i->json && json_count(j, list) == 0) {
        printf("There is no device yet.\n");
    } else if (!i->json) {
        struct table t;
        table_init(&t, columns, N_COLUMNS);
        int device = json_first(j, list);
        for (int d = 0; d < json_count(j, list); d++, device = json_next(j, device)) {
            put_row(&t, j, device);
        }
        table_print(&t, stdout);
    }
    control_answer_free(&answer);
    return COMMAND_DONE;
}

/* ---- show ---- */

/* What was decided, in words. */
static void say_decision(const struct json_reader *j, int decision, char out[TEXT_CAP])
{
    char kind[TEXT_CAP];
    char action[TEXT_CAP];
    char before[TEXT_CAP];
    (void)text_of(j, decision, "action", action);
    (void)text_of(j, decision, "before", before);
    (void)text_of(j, decision, "kind", kind);
    if (strcmp(kind, "armed") == 0) {
        (void)snprintf(out, TEXT_CAP, "is judged from here on");
    } else if (strcmp(kind, "inspect") == 0) {
        (void)snprintf(out, TEXT_CAP, "somebody should look at it");
    } else if (strcmp(kind, "feeder") == 0) {
        (void)snprintf(out, TEXT_CAP,
                       strcmp(action, "inspect") == 0 ? "contradicted by all other meters together"
                                                      : "contradicted no longer");
    } else if (strcmp(kind, "appeal") == 0) {
        (void)snprintf(out, TEXT_CAP, "appeal of its owner against %.40s", action);
    } else if (strcmp(kind, "action") == 0) {
        (void)snprintf(out, TEXT_CAP, "%.40s, before: %.40s", action, before);
    } else {
        (void)snprintf(out, TEXT_CAP, "%.80s", kind);
    }
}

/* How much, where the evidence says it: of the feeder's meter, which nothing else shows. */
static void print_excess(const struct json_reader *j, int decision)
{
    const int evidence = json_member(j, decision, "evidence");
    int64_t excess_mwh = 0;
    char cell[TABLE_CELL_CAP];
    if (json_decimal(j, json_member(j, evidence, "excess_wh"), 3, &excess_mwh) == E_OK) {
        printf("      evidence 10^%s", table_milli(milli_of(j, evidence, "log10_e"), cell));
        printf("; reported beyond the meter that day: %s Wh\n", table_milli(excess_mwh, cell));
    }
}

static void print_decision(const struct json_reader *j, int decision)
{
    char what[TEXT_CAP];
    char by[TEXT_CAP];
    char reason[TEXT_CAP];
    char when[TABLE_CELL_CAP];
    say_decision(j, decision, what);
    printf("  %s  %s (%s)\n      %s\n", table_time(int_of(j, decision, "unix_ms", 0), when), what,
           text_of(j, decision, "by", by), text_of(j, decision, "reason", reason));
    print_excess(j, decision);
}

static bool is_feeder(const struct json_reader *j, int device)
{
    char role[TEXT_CAP];
    return strcmp(text_of(j, device, "role", role), "feeder") == 0;
}

static void print_state(const struct invocation *i, const struct json_reader *j)
{
    char state[TEXT_CAP];
    char action[TEXT_CAP];
    char cell[TABLE_CELL_CAP];
    if (is_feeder(j, 0)) {
        printf("%s is %s; it is the meter at the transformer and no member\n", i->arguments[0],
               text_of(j, 0, "state", state));
        printf("  evidence of all others together against it  10^%s\n",
               table_milli(milli_of(j, 0, "log10_e"), cell));
        return;
    }
    bool armed = false;
    const int64_t reputation = int_of(j, 0, "reputation", -1);
    (void)!json_bool(j, json_member(j, 0, "armed"), &armed);
    printf("%s is %s; action: %s\n", i->arguments[0], text_of(j, 0, "state", state),
           text_of(j, 0, "action", action));
    printf("  evidence of reports that are too high  10^%s\n",
           table_milli(milli_of(j, 0, "log10_e"), cell));
    printf("  neighbours to compare with             %lld\n", (long long)int_of(j, 0, "peers", 0));
    if (reputation >= 0) {
        printf("  reputation, for people                 %lld of 1000\n", (long long)reputation);
    } else if (!armed) {
        printf("  it is not judged by its neighbours yet\n");
    }
}

int trust_fleet_show(const struct invocation *i)
{
    struct control_answer answer;
    const int status = ask(i, "trust.show", &answer);
    if (status != COMMAND_DONE) {
        return status;
    }
    const struct json_reader *j = &answer.json;
    if (!i->json) {
        const int decisions = json_member(j, 0, "decisions");
        int decision = json_first(j, decisions);
        print_state(i, j);
        printf(json_count(j, decisions) > 0 ? "Decisions, the newest first:\n"
                                            : "Nothing was decided about it yet.\n");
        for (int d = 0; d < json_count(j, decisions); d++, decision = json_next(j, decision)) {
            print_decision(j, decision);
        }
    }
    control_answer_free(&answer);
    return COMMAND_DONE;
}
