/* fuzz: gateway_site */
/* SPDX-License-Identifier: MIT
 * Any line on the control socket: one line of JSON comes back, which says "ok", and it fits the
 * room that was foretold.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"
#include "control/command.h"
#include "gateway_site.h"
#include "posix/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ANSWER_CAP = 4 << 20, TOKENS_MAX = 8192, DEVICES_KEPT = 100 };

static struct test_site t;

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void remove_site(void)
{
    test_site_close(&t);
}

static void keep_small(void)
{
    struct site_result result;
    while (fleet_count(&t.site.fleet) > DEVICES_KEPT) {
        require(site_device_remove(&t.site, fleet_at(&t.site.fleet, 0)->id, &result) == E_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char answer[ANSWER_CAP];
    static struct json_token tokens[TOKENS_MAX];
    struct json_reader reader;
    bool ok;
    if (!t.site.db) {
        log_open("fuzz", LOG_LEVEL_ERROR);
        test_site_open(&t);
        (void)atexit(remove_site);
    }
    const size_t cap = control_answer_cap(&t.site);
    require(cap <= sizeof answer);
    struct wbuf w = wbuf_of(answer, cap);
    control_command(&t.api, t.now_ms, (const char *)data, size, &w);
    const size_t len = wbuf_len(&w);
    require(len > 1 && memchr(answer, '\n', len) == answer + len - 1);
    require(json_parse(&reader, answer, len - 1, tokens, TOKENS_MAX) == E_OK);
    require(json_bool(&reader, json_member(&reader, 0, "ok"), &ok) == E_OK);
    require(ok || json_type_of(&reader, json_member(&reader, 0, "error")) == JSON_STRING);
    keep_small();
    return 0;
}
