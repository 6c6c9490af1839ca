/* SPDX-License-Identifier: MIT */
#include "control/command.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/json_reader.h"
#include "base/json_writer.h"
#include "crypto/crypto.h"
#include "ledger/book.h"
#include "site/operator.h"
#include "web/device_json.h"
#include "web/operator.h"
#include "web/password.h"
#include "web/trust_json.h"

enum { TOKENS_MAX = 32, VERB_CAP = 32, FIXED_ANSWER_LEN = 2048 + WEB_TRUST_FLEET_JSON_CAP };

/* A command while it is carried out. */
struct command {
    struct web_api *api;
    struct site *site;
    uint64_t now_ms;
    const struct json_reader *in;
    struct json_writer *out;
};

size_t control_answer_cap(const struct site *site)
{
    return fleet_count(&site->fleet) * WEB_TRUST_JSON_CAP + WEB_TRUST_DEVICE_JSON_CAP +
           FIXED_ANSWER_LEN;
}

static void fail(const struct command *c, const char *sentence)
{
    json_begin_object(c->out);
    json_field_bool(c->out, "ok", false);
    json_field_string(c->out, "error", sentence);
    json_end(c->out);
}

static void begin_success(const struct command *c)
{
    json_begin_object(c->out);
    json_field_bool(c->out, "ok", true);
}

static void succeed(const struct command *c)
{
    begin_success(c);
    json_end(c->out);
}

/* The member "id"; longer or odd ones become a name that no device has. */
static void read_id(const struct command *c, char id[TELEMETRY_DEVICE_ID_MAX_LEN + 1])
{
    if (json_string(c->in, json_member(c->in, 0, "id"), id, TELEMETRY_DEVICE_ID_MAX_LEN + 1) < 0) {
        id[0] = 0;
    }
}

static void put_claim(const struct command *c, const struct site_result *result)
{
    begin_success(c);
    json_field_string(c->out, "token", result->token);
    json_field_string(c->out, "ca", c->site->ca_path);
    if (c->site->ledger) {
        json_field_string(c->out, "ledger_key", ledger_book_vkey(c->site->ledger));
    }
    json_field_int(c->out, "expires_unix_ms", result->expires_unix_ms);
    json_end(c->out);
}

/* NULL, or what is wrong. Degrees come as whole millionths and thousandths. */
static const char *read_place(const struct command *c, struct weather_place *place)
{
    static const char *const names[] = {"latitude_udeg", "longitude_udeg", "tilt_mdeg",
                                        "azimuth_mdeg"};
    int64_t values[4] = {0};
    bool there[4] = {false};
    for (int i = 0; i < 4; i++) {
        const int value = json_member(c->in, 0, names[i]);
        there[i] = value != JSON_ABSENT;
        if (there[i] && (json_int(c->in, value, &values[i]) != E_OK || values[i] < INT32_MIN ||
                         values[i] > INT32_MAX)) {
            return "a place is a number of degrees";
        }
    }
    if (there[0] != there[1] || there[2] != there[3]) {
        return "latitude and longitude belong together, and so do tilt and azimuth";
    }
    *place = (struct weather_place){.known = there[0],
                                    .latitude_udeg = (int32_t)values[0],
                                    .longitude_udeg = (int32_t)values[1],
                                    .has_plane = there[2],
                                    .tilt_mdeg = (int32_t)values[2],
                                    .azimuth_mdeg = (int32_t)values[3]};
    return NULL;
}

static void on_device_add(const struct command *c)
{
    char id[TELEMETRY_DEVICE_ID_MAX_LEN + 1];
    struct site_result result = {.why = ""};
    int64_t peak_power_w = 0;
    struct weather_place place = {.known = false};
    const char *wrong = read_place(c, &place);
    read_id(c, id);
    if (wrong) {
        fail(c, wrong);
    } else if (json_int(c->in, json_member(c->in, 0, "peak_power_w"), &peak_power_w) != E_OK) {
        fail(c, "peak_power_w is a number of watts");
    } else if (site_device_add_at(c->site, id, peak_power_w, &place, &result) != E_OK) {
        fail(c, result.why);
    } else {
        put_claim(c, &result);
    }
    crypto_wipe(&result, sizeof result);
}

static void on_device_token(const struct command *c)
{
    char id[TELEMETRY_DEVICE_ID_MAX_LEN + 1];
    struct site_result result = {.why = ""};
    read_id(c, id);
    if (site_device_token(c->site, id, &result) != E_OK) {
        fail(c, result.why);
    } else {
        put_claim(c, &result);
    }
    crypto_wipe(&result, sizeof result);
}

static void on_device_remove(const struct command *c)
{
    char id[TELEMETRY_DEVICE_ID_MAX_LEN + 1];
    struct site_result result = {.why = ""};
    read_id(c, id);
    if (site_device_remove(c->site, id, &result) != E_OK) {
        fail(c, result.why);
    } else {
        succeed(c);
    }
}

static void on_device_list(const struct command *c)
{
    begin_success(c);
    json_key(c->out, "devices");
    json_begin_array(c->out);
    for (size_t i = 0; i < fleet_count(&c->site->fleet); i++) {
        json_begin_object(c->out);
        web_put_device(c->out, fleet_at(&c->site->fleet, i), c->now_ms);
        json_end(c->out);
    }
    json_end(c->out);
    json_end(c->out);
}

/* Whoever is logged in with the old one has to log in again. */
static void on_operator_password(const struct command *c)
{
    char password[WEB_PASSWORD_CAP];
    if (site_password_renew(c->site, password, sizeof password) != E_OK) {
        fail(c, "the new password cannot be stored");
        return;
    }
    web_session_close_all(&c->api->sessions);
    begin_success(c);
    json_field_string(c->out, "password", password);
    json_end(c->out);
    crypto_wipe(password, sizeof password);
}

static void on_status(const struct command *c)
{
    const char *trouble = site_trouble(c->site);
    begin_success(c);
    json_field_bool(c->out, "healthy", trouble == NULL);
    json_key(c->out, "trouble");
    if (trouble) {
        json_put_string(c->out, trouble);
    } else {
        json_put_null(c->out);
    }
    json_field_int(c->out, "uptime_s", (int64_t)((c->now_ms - c->site->started_ms) / 1000));
    json_field_int(c->out, "broker_starts", c->site->broker_starts);
    web_put_site(c->out, c->site, c->now_ms);
    json_end(c->out);
}

static void on_certificates_renew(const struct command *c)
{
    if (!c->site->renew || c->site->renew(c->site->renew_context) != E_OK) {
        fail(c, "the certificates cannot be renewed; the gateway's log says why");
    } else {
        succeed(c);
    }
}

/* What the operator's next signature is for. */
static void on_operator_next(const struct command *c)
{
    if (!c->site->operator.known) {
        fail(c, "this gateway knows no operator");
        return;
    }
    begin_success(c);
    web_put_operator_next(c->out, c->site);
    json_end(c->out);
}

static void on_operator_act(const struct command *c)
{
    char text[BASE64_LEN(LEDGER_ACTION_MAX_LEN) + 1];
    uint8_t action[LEDGER_ACTION_MAX_LEN];
    struct site_result result = {.why = ""};
    const int text_len = json_string(c->in, json_member(c->in, 0, "action"), text, sizeof text);
    const int len =
        text_len < 0 ? text_len : base64_decode(text, (size_t)text_len, action, sizeof action);
    if (len < 0) {
        fail(c, "\"action\" is a signed action in Base64");
    } else if (site_operator_act(c->site, action, (size_t)len, &result) != E_OK) {
        fail(c, result.why);
    } else {
        begin_success(c);
        if (result.why[0] != '\0') {
            json_field_string(c->out, "warning", result.why);
        }
        json_end(c->out);
    }
}

static void on_trust_list(const struct command *c)
{
    begin_success(c);
    web_put_trust(c->out, c->site);
    json_end(c->out);
}

static void on_trust_show(const struct command *c)
{
    char id[TELEMETRY_DEVICE_ID_MAX_LEN + 1];
    read_id(c, id);
    const struct fleet_device *device = fleet_find(&c->site->fleet, id);
    if (!device) {
        fail(c, "there is no such device");
        return;
    }
    begin_success(c);
    web_put_trust_device(c->out, c->site, device);
    json_end(c->out);
}

static const struct {
    const char *verb;
    void (*carry_out)(const struct command *c);
} commands[] = {{"device.add", on_device_add},
                {"device.list", on_device_list},
                {"device.remove", on_device_remove},
                {"device.token", on_device_token},
                {"operator.act", on_operator_act},
                {"operator.next", on_operator_next},
                {"operator.password", on_operator_password},
                {"certificates.renew", on_certificates_renew},
                {"trust.list", on_trust_list},
                {"trust.show", on_trust_show},
                {"status", on_status}};

static void dispatch(const struct command *c)
{
    char verb[VERB_CAP];
    if (json_type_of(c->in, 0) != JSON_OBJECT ||
        json_string(c->in, json_member(c->in, 0, "do"), verb, sizeof verb) < 0) {
        fail(c, "a command is an object with a member \"do\"");
        return;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(verb, commands[i].verb) == 0) {
            commands[i].carry_out(c);
            return;
        }
    }
    fail(c, "there is no such command");
}

void control_command(struct web_api *api, uint64_t now_ms, const char *line, size_t len,
                     struct wbuf *out)
{
    struct json_token tokens[TOKENS_MAX];
    struct json_reader reader;
    struct json_writer writer;
    const struct command c = {
        .api = api, .site = api->site, .now_ms = now_ms, .in = &reader, .out = &writer};
    json_writer_init(&writer, out);
    if (json_parse(&reader, line, len, tokens, TOKENS_MAX) != E_OK) {
        fail(&c, "the line is not a JSON object of a few members");
    } else {
        dispatch(&c);
    }
    wbuf_u8(out, '\n');
}
