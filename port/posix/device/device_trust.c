/* SPDX-License-Identifier: MIT
 * What the gateway says of this device: logged, for its owner. The device has no key to verify the
 * signature with (docs/spec/trust-feedback.md); it acts on nothing in it.
 */
#include <string.h>

#include "base/json_reader.h"
#include "device.h"
#include "posix/log.h"

enum { TOKENS_MAX = 64, ACTION_CAP = 32, REASON_CAP = 520 };

/* The first reason, with what could forge a line of the log made visible. */
static void read_reason(const struct json_reader *j, char out[REASON_CAP])
{
    const int reasons = json_member(j, 0, "reasons");
    if (json_count(j, reasons) < 1 || json_string(j, json_first(j, reasons), out, REASON_CAP) < 0) {
        out[0] = '\0';
    }
    for (char *c = out; *c != '\0'; c++) {
        *c = (unsigned char)*c < 0x20 || *c == 0x7f || *c == '"' ? '?' : *c;
    }
}

void device_trust_told(const char *payload, size_t len)
{
    struct json_token tokens[TOKENS_MAX];
    struct json_reader j;
    char action[ACTION_CAP];
    char reason[REASON_CAP];
    int64_t score = 0;
    const char *end = memchr(payload, '\n', len);
    if (!end || json_parse(&j, payload, (size_t)(end - payload), tokens, TOKENS_MAX) != E_OK ||
        json_string(&j, json_member(&j, 0, "action"), action, sizeof action) < 0) {
        log_warn("trust: the gateway's word cannot be read len=%zu", len);
        return;
    }
    read_reason(&j, reason);
    if (strspn(action, "abcdefghijklmnopqrstuvwxyz-") != strlen(action)) {
        log_warn("trust: the gateway's word is none");
    } else if (json_int(&j, json_member(&j, 0, "score"), &score) == E_OK) {
        log_info("trust: action=%s score_permille=%lld reason=\"%s\"", action, (long long)score,
                 reason);
    } else {
        log_info("trust: action=%s score=unknown reason=\"%s\"", action, reason);
    }
}
