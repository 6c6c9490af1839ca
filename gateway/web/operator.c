/* SPDX-License-Identifier: MIT */
#include "web/operator.h"

#include "base/assert.h"
#include "base/base64.h"
#include "base/json_reader.h"
#include "posix/clock.h"
#include "site/operator.h"
#include "web/hex.h"

enum { TOKENS_MAX = 16, NEXT_JSON_CAP = 1024, WARNING_JSON_CAP = 1024 };
#define JSON "application/json"

void web_put_operator_next(struct json_writer *j, struct site *site)
{
    char key[2 * 32 + 1];
    ASSERT(site->operator.known);
    web_hex_write(site->operator.key, 32, key);
    json_field_string(j, "origin", site_operator_origin(site));
    json_field_int(j, "number", (int64_t)(site->operator.number + 1));
    json_field_int(j, "unix_ms", posix_clock_wall_ms());
    json_field_string(j, "key", key);
}

void web_operator_next(struct site *site, struct web_response *r)
{
    struct json_writer j;
    if (!site->operator.known) {
        web_answer_error(r, 404, "this gateway knows no operator");
        return;
    }
    struct wbuf w = web_answer_begin(r, NEXT_JSON_CAP);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    web_put_operator_next(&j, site);
    json_end(&j);
    web_answer_end(r, &w, 200, JSON);
}

/* The action's length, or negative. */
static int read_action(const struct web_request *q, uint8_t action[LEDGER_ACTION_MAX_LEN])
{
    char text[BASE64_LEN(LEDGER_ACTION_MAX_LEN) + 1];
    struct json_token tokens[TOKENS_MAX];
    struct json_reader in;
    int result = json_parse(&in, (const char *)q->body, q->body_len, tokens, TOKENS_MAX);
    if (result == E_OK) {
        result = json_string(&in, json_member(&in, 0, "action"), text, sizeof text);
    }
    return result < 0 ? result : base64_decode(text, (size_t)result, action, LEDGER_ACTION_MAX_LEN);
}

static int status_of(int error)
{
    switch (error) {
    case E_AUTH:
        return 403;
    case E_REPLAY:
    case E_STATE:
        return 409;
    case E_NOTFOUND:
        return 404;
    case E_ARG:
    case E_MALFORMED:
    case E_TRUNCATED:
    case E_UNSUPPORTED:
        return 400;
    default:
        return 503;
    }
}

void web_operator_act(struct site *site, const struct web_request *q, struct web_response *r)
{
    uint8_t action[LEDGER_ACTION_MAX_LEN];
    struct site_result result = {.why = ""};
    struct json_writer j;
    const int len = read_action(q, action);
    if (len < 0) {
        web_answer_error(r, 400, "\"action\" is a signed action in Base64");
        return;
    }
    const int error = site_operator_act(site, action, (size_t)len, &result);
    if (error != E_OK) {
        web_answer_error(r, status_of(error), result.why);
    } else if (result.why[0] != '\0') { /* done, but for something that will be made good */
        struct wbuf w = web_answer_begin(r, WARNING_JSON_CAP);
        json_writer_init(&j, &w);
        json_begin_object(&j);
        json_field_string(&j, "warning", result.why);
        json_end(&j);
        web_answer_end(r, &w, 200, JSON);
    } else {
        r->status = 204;
    }
}
