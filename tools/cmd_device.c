/* SPDX-License-Identifier: MIT
 * wattward device: the devices of the site.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "command.h"
#include "control_client.h"
#include "csv.h"
#include "table.h"

enum { QUESTION_CAP = 512, TEXT_CAP = 512 };

/* What a new device is. */
struct new_device {
    int64_t watts;
    bool has_place;
    bool has_plane;
    int64_t latitude_udeg;
    int64_t longitude_udeg;
    int64_t tilt_mdeg;
    int64_t azimuth_mdeg;
};

static void put_new(struct json_writer *j, const struct new_device *d)
{
    json_field_int(j, "peak_power_w", d->watts);
    if (d->has_place) {
        json_field_int(j, "latitude_udeg", d->latitude_udeg);
        json_field_int(j, "longitude_udeg", d->longitude_udeg);
    }
    if (d->has_plane) {
        json_field_int(j, "tilt_mdeg", d->tilt_mdeg);
        json_field_int(j, "azimuth_mdeg", d->azimuth_mdeg);
    }
}

/* {"do":verb,"id":id} and, of a new device, what it is. */
static void write_question(char out[QUESTION_CAP], const char *verb, const char *id,
                           const struct new_device *device)
{
    struct wbuf w = wbuf_of(out, QUESTION_CAP - 1);
    struct json_writer j;
    json_writer_init(&j, &w);
    json_begin_object(&j);
    json_field_string(&j, "do", verb);
    if (id != NULL) {
        json_field_string(&j, "id", id);
    }
    if (device != NULL) {
        put_new(&j, device);
    }
    json_end(&j);
    out[wbuf_len(&w)] = '\0';
}

static bool name_ok(const char *name)
{
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    static const char others[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const size_t len = strlen(name);
    return len > 0 && len <= 64 && strchr(first, name[0]) != NULL && strspn(name, others) == len;
}

static int refuse_name(const struct invocation *i)
{
    return command_fail(
        i, "a device's name is 1 to 64 letters, digits or . _ - and starts with a letter or digit");
}

/* "4000" or "4.5k": watts; -1 for anything else. */
static int64_t read_watts(const char *text)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    const double scale = *end == 'k' ? 1000.0 : 1.0;
    const bool kilo = *end == 'k';
    const bool good =
        end != text && end[kilo] == '\0' && strspn(text, "0123456789.") + kilo == strlen(text);
    if (!good || !(value * scale >= 1.0) || value * scale > 1e9) {
        return -1;
    }
    return (int64_t)(value * scale + 0.5);
}

static void print_claim(const struct control_answer *a, const char *name)
{
    char token[TEXT_CAP];
    char ca[TEXT_CAP];
    char when[TABLE_CELL_CAP];
    int64_t expires_unix_ms = 0;
    const struct json_reader *j = &a->json;
    if (json_string(j, json_member(j, 0, "token"), token, sizeof token) < 0) {
        snprintf(token, sizeof token, "-");
    }
    if (json_string(j, json_member(j, 0, "ca"), ca, sizeof ca) < 0) {
        snprintf(ca, sizeof ca, "-");
    }
    if (json_int(j, json_member(j, 0, "expires_unix_ms"), &expires_unix_ms) != E_OK) {
        expires_unix_ms = 0;
    }
    char key[TEXT_CAP];
    if (json_string(j, json_member(j, 0, "ledger_key"), key, sizeof key) < 1) {
        snprintf(key, sizeof key, "None");
    }
    printf("%s can enrol with this token, once, until %s UTC. It is not shown again.\n\n"
           "  device_id   %s\n"
           "  claim_token %s\n"
           "  ca_file     %s\n"
           "  ledger_key  %s\n\n"
           "These are lines for the configuration of `wattward-device`.\n",
           name, table_time(expires_unix_ms, when), name, token, ca, key);
}

static int ask_for_claim(const struct invocation *i, const char *question)
{
    struct control_answer answer;
    const int status = control_ask(i, question, &answer);
    if (status == COMMAND_DONE) {
        if (!i->json) {
            print_claim(&answer, i->arguments[0]);
        }
        control_answer_free(&answer);
    }
    return status;
}

/* "44.5,-11.25" as millionths of a degree. */
static bool read_place(char *text, struct new_device *d)
{
    char *comma = strchr(text, ',');
    if (comma == NULL) {
        return false;
    }
    *comma = '\0';
    return csv_read_decimal(text, 6, &d->latitude_udeg) &&
           csv_read_decimal(comma + 1, 6, &d->longitude_udeg);
}

/* COMMAND_DONE, or after a complaint COMMAND_FAILED. */
static int read_roof(const struct invocation *i, struct new_device *d)
{
    const char *place = invocation_option(i, "--place");
    const char *tilt = invocation_option(i, "--tilt");
    const char *azimuth = invocation_option(i, "--azimuth");
    char text[64];
    d->has_place = place != NULL;
    d->has_plane = tilt != NULL;
    if ((tilt != NULL) != (azimuth != NULL) || (tilt != NULL && place == NULL)) {
        return command_fail(i, "--tilt and --azimuth go together, and with --place");
    }
    snprintf(text, sizeof text, "%s", place == NULL ? "" : place);
    if (place != NULL && !read_place(text, d)) {
        return command_fail(i, "--place is a latitude and a longitude, as in 44.5,11.3");
    }
    if (tilt != NULL && (!csv_read_decimal(tilt, 3, &d->tilt_mdeg) ||
                         !csv_read_decimal(azimuth, 3, &d->azimuth_mdeg))) {
        return command_fail(i, "--tilt and --azimuth are degrees, as in 20 and 180");
    }
    return COMMAND_DONE;
}

static int run_add(const struct invocation *i)
{
    char question[QUESTION_CAP];
    struct new_device device = {.watts = read_watts(invocation_option(i, "--peak-power"))};
    if (!name_ok(i->arguments[0])) {
        return refuse_name(i);
    }
    if (device.watts < 0) {
        return command_fail(i, "--peak-power is a number of watts, for example 4000 or 4.5k");
    }
    if (read_roof(i, &device) != COMMAND_DONE) {
        return COMMAND_FAILED;
    }
    write_question(question, "device.add", i->arguments[0], &device);
    return ask_for_claim(i, question);
}

static int run_token(const struct invocation *i)
{
    char question[QUESTION_CAP];
    if (!name_ok(i->arguments[0])) {
        return refuse_name(i);
    }
    write_question(question, "device.token", i->arguments[0], NULL);
    return ask_for_claim(i, question);
}

static int run_remove(const struct invocation *i)
{
    char question[QUESTION_CAP];
    struct control_answer answer;
    if (!name_ok(i->arguments[0])) {
        return refuse_name(i);
    }
    write_question(question, "device.remove", i->arguments[0], NULL);
    const int status = control_ask(i, question, &answer);
    if (status == COMMAND_DONE) {
        if (!i->json) {
            printf("%s is removed; its certificate is worth nothing any more.\n", i->arguments[0]);
        }
        control_answer_free(&answer);
    }
    return status;
}

/* ---- list ---- */

static const struct table_column columns[] = {
    {"DEVICE", false},      {"STATE", false},
    {"ONLINE", false},      {"PEAK kW", true},
    {"PRODUCES kW", true},  {"CONSUMES kW", true},
    {"PRODUCED kWh", true}, {"LAST READING (UTC)", false},
    {"STORED", true},       {"REFUSED", true},
};
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

static void put_text(struct table *t, const struct json_reader *j, int value)
{
    char text[TABLE_CELL_CAP];
    if (json_string(j, value, text, sizeof text) < 0) {
        snprintf(text, sizeof text, "-");
    }
    table_put(t, "%s", text);
}

/* A number of the answer divided by `unit` and shown with three decimals. */
static void put_milli(struct table *t, const struct json_reader *j, int value, int64_t unit)
{
    int64_t number = 0;
    if (json_int(j, value, &number) == E_OK) {
        char text[TABLE_CELL_CAP];
        table_put(t, "%s", table_milli(number / unit, text));
    } else {
        table_put(t, "-");
    }
}

static void put_row(struct table *t, const struct json_reader *j, int device)
{
    char text[TABLE_CELL_CAP];
    int64_t number = 0;
    bool online = false;
    put_text(t, j, json_member(j, device, "id"));
    put_text(t, j, json_member(j, device, "state"));
    if (json_bool(j, json_member(j, device, "online"), &online) != E_OK) {
        online = false;
    }
    table_put(t, "%s", online ? "yes" : "no");
    put_milli(t, j, json_member(j, device, "peak_power_w"), 1);
    put_milli(t, j, json_member(j, device, "production_mw"), 1000);
    put_milli(t, j, json_member(j, device, "consumption_mw"), 1000);
    put_milli(t, j, json_member(j, device, "produced_mwh"), 1000);
    if (json_int(j, json_member(j, device, "last_unix_ms"), &number) != E_OK) {
        number = 0;
    }
    table_put(t, "%s", table_time(number, text));
    static const char *const counts[] = {"stored", "refused"};
    for (size_t c = 0; c < 2; c++) {
        const bool has = json_int(j, json_member(j, device, counts[c]), &number) == E_OK;
        table_put(t, has ? "%lld" : "-", (long long)number);
    }
}

static int run_list(const struct invocation *i)
{
    char question[QUESTION_CAP];
    struct control_answer answer;
    write_question(question, "device.list", NULL, NULL);
    const int status = control_ask(i, question, &answer);
    if (status != COMMAND_DONE) {
        return status;
    }
    const struct json_reader *j = &answer.json;
    const int list = json_member(j, 0, "devices");
    const int n = json_count(j, list);
    if (!i->json && n == 0) {
        printf("There is no device yet; `wattward device add NAME --peak-power WATTS` adds one.\n");
    } else if (!i->json) {
        struct table t;
        table_init(&t, columns, N_COLUMNS);
        int device = json_first(j, list);
        for (int d = 0; d < n; d++, device = json_next(j, device)) {
            put_row(&t, j, device);
        }
        table_print(&t, stdout);
    }
    control_answer_free(&answer);
    return COMMAND_DONE;
}

/* ---- the tree ---- */

static const char *const name_argument[] = {"NAME", NULL};
static const struct command_option add_options[] = {
    {"--peak-power", "WATTS", "what it can produce at most: 4000 or 4.5k", true},
    {"--place", "LAT,LON", "where it stands, in degrees, as in 44.5,11.3", false},
    {"--tilt", "DEGREES", "of its panels: 0 lies flat, 90 stands", false},
    {"--azimuth", "DEGREES", "where they face, from north over east: 180 is south", false},
    {NULL, NULL, NULL, false},
};

static const struct command children[] = {
    {.name = "add",
     .summary = "Add a device and print the token that lets it enrol, once.",
     .arguments = name_argument,
     .options = add_options,
     .details =
         "NAME is what the device calls itself in its certificate: 1 to 64 letters, digits,\n"
         "dots, underscores or hyphens. The token is valid for seven days.\n"
         "With its place, night and clear sky are known for it; with tilt and azimuth too, it is\n"
         "compared with the weather. They stay as they are: a roof that was rebuilt is a new "
         "device.\n",
     .run = run_add},
    {.name = "list", .summary = "List the devices and their newest readings.", .run = run_list},
    {.name = "token",
     .summary = "Print a new token, for a device that lost its key; the old one is void.",
     .arguments = name_argument,
     .details = "The device keeps its history, its counters and, if it is banned, its ban.\n",
     .run = run_token},
    {.name = "remove",
     .summary = "Remove a device; what it reported stays.",
     .arguments = name_argument,
     .run = run_remove},
    {.name = NULL},
};

extern const struct command command_device;
const struct command command_device = {
    .name = "device", .summary = "Add, list and remove devices.", .children = children};
