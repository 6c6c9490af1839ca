/* SPDX-License-Identifier: MIT
 * wattward status: the site on one screen.
 */
#include <inttypes.h>
#include <stdio.h>

#include "command.h"
#include "control_client.h"
#include "table.h"

enum { TEXT_CAP = 128 };

static int64_t number(const struct json_reader *j, int object, const char *name)
{
    int64_t value = 0;
    return json_int(j, json_member(j, object, name), &value) == E_OK ? value : 0;
}

static void print_power(const struct json_reader *j, int flows, const char *label, const char *name)
{
    char text[TABLE_CELL_CAP];
    printf("%-13s %12s kW\n", label, table_milli(number(j, flows, name) / 1000, text));
}

static void print_head(const struct json_reader *j, int site)
{
    char name[TEXT_CAP];
    char when[TABLE_CELL_CAP];
    const int64_t rate = number(j, site, "rate");
    if (json_string(j, json_member(j, site, "name"), name, sizeof name) < 0) {
        snprintf(name, sizeof name, "-");
    }
    printf("%-13s %s\n", "site", name);
    printf("%-13s %s UTC", "time", table_time(number(j, site, "now_ms"), when));
    if (rate > 1) {
        printf(" (runs %" PRId64 " times as fast as real time)", rate);
    }
    printf("\n");
}

static void print_refused(const struct json_reader *j, int refused)
{
    const int n = json_count(j, refused);
    int key = json_first(j, refused);
    int printed = 0;
    printf("%-13s", "refused");
    for (int m = 0; m < n; m++) {
        char reason[TEXT_CAP];
        int64_t count = 0;
        const int value = json_next(j, key);
        if (json_string(j, key, reason, sizeof reason) >= 0 && json_int(j, value, &count) == E_OK &&
            count > 0) {
            printf("%s %s %" PRId64, printed > 0 ? "," : "", reason, count);
            printed++;
        }
        key = json_next(j, value);
    }
    printf("%s\n", printed > 0 ? "" : " none");
}

static int run_status(const struct invocation *i)
{
    struct control_answer answer;
    const int status = control_ask(i, "{\"do\":\"status\"}", &answer);
    if (status != COMMAND_DONE) {
        return status;
    }
    if (!i->json) {
        const struct json_reader *j = &answer.json;
        const int site = json_member(j, 0, "site");
        const int devices = json_member(j, site, "devices");
        const int readings = json_member(j, site, "readings");
        const int flows = json_member(j, site, "flows");
        print_head(j, site);
        printf("%-13s %" PRId64 " known, %" PRId64 " enrolled, %" PRId64 " online, %" PRId64
               " banned\n",
               "devices", number(j, devices, "known"), number(j, devices, "enrolled"),
               number(j, devices, "online"), number(j, devices, "banned"));
        printf("%-13s %" PRId64 " stored, %" PRId64 " a minute\n", "readings",
               number(j, readings, "stored"), number(j, readings, "per_minute"));
        print_refused(j, json_member(j, readings, "refused"));
        print_power(j, flows, "production", "production_mw");
        print_power(j, flows, "consumption", "consumption_mw");
        print_power(j, flows, "grid import", "grid_import_mw");
        print_power(j, flows, "grid export", "grid_export_mw");
    }
    control_answer_free(&answer);
    return COMMAND_DONE;
}

extern const struct command command_status;
const struct command command_status = {
    .name = "status", .summary = "Show the site: devices, readings, power.", .run = run_status};
