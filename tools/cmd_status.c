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

/* "1 d 2 h 3 min", "2 h 3 min" or "3 min 4 s". */
static void print_uptime(int64_t seconds)
{
    const int64_t days = seconds / 86400;
    const int64_t hours = seconds / 3600 % 24;
    const int64_t minutes = seconds / 60 % 60;
    if (days > 0) {
        printf("%" PRId64 " d %" PRId64 " h %" PRId64 " min\n", days, hours, minutes);
    } else if (hours > 0) {
        printf("%" PRId64 " h %" PRId64 " min\n", hours, minutes);
    } else {
        printf("%" PRId64 " min %" PRId64 " s\n", minutes, seconds % 60);
    }
}

static void print_health(const struct json_reader *j, bool healthy)
{
    char trouble[TEXT_CAP];
    printf("%-13s ", "health");
    if (healthy) {
        printf("good, up for ");
        print_uptime(number(j, 0, "uptime_s"));
    } else if (json_string(j, json_member(j, 0, "trouble"), trouble, sizeof trouble) >= 0) {
        printf("%s\n", trouble);
    } else {
        printf("not good\n");
    }
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

static void print_site(const struct json_reader *j, bool healthy)
{
    const int devices = json_member(j, 0, "devices");
    const int readings = json_member(j, 0, "readings");
    const int flows = json_member(j, 0, "flows");
    print_head(j, 0);
    print_health(j, healthy);
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

static int run_status(const struct invocation *i)
{
    struct control_answer answer;
    bool healthy = false;
    const int status = control_ask(i, "{\"do\":\"status\"}", &answer);
    if (status != COMMAND_DONE) {
        return status;
    }
    const struct json_reader *j = &answer.json;
    if (json_bool(j, json_member(j, 0, "healthy"), &healthy) != E_OK) {
        healthy = false;
    }
    if (!i->json) {
        print_site(j, healthy);
    }
    control_answer_free(&answer);
    return healthy ? COMMAND_DONE : COMMAND_FAILED;
}

extern const struct command command_status;
const struct command command_status = {
    .name = "status",
    .summary = "Show the site: health, devices, readings, power.",
    .details = "Exits with 1 when something is wrong with the site.\n",
    .run = run_status};
