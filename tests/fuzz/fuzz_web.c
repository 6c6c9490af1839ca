/* fuzz: gateway_site */
/* SPDX-License-Identifier: MIT
 * Any request to the page's interface: a whole answer, and nothing of the site without a session.
 * The input is method, path, query, cookie, authorization, a line each, and the body.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway_site.h"
#include "posix/log.h"
#include "web/basic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

/* A device, and the session whose secret is all zeros but the first byte. */
static void set_up(void)
{
    static const uint8_t secret[WEB_SESSION_BYTES] = {1};
    char text[WEB_SESSION_TEXT_LEN + 1];
    struct test_device device;
    log_open("fuzz", LOG_LEVEL_ERROR);
    test_site_open(&t);
    (void)atexit(remove_site);
    test_site_add(&t, &device, "meter");
    web_session_open(&t.api.sessions, t.now_ms, secret, text);
}

/* Cuts the next line out of the input; longer lines are cut off, as the server would refuse them.
 */
static void take_line(const uint8_t **data, size_t *size, char *out, size_t cap)
{
    const uint8_t *end = *size > 0 ? memchr(*data, '\n', *size) : NULL;
    const size_t len = end ? (size_t)(end - *data) : *size;
    const size_t n = len < cap ? len : cap - 1;
    if (n > 0) {
        memcpy(out, *data, n);
    }
    out[n] = 0;
    *data += end ? len + 1 : len;
    *size -= end ? len + 1 : len;
}

static void check_basic(const char *authorization)
{
    char buffer[WEB_BASIC_CAP];
    const char *user;
    const char *password;
    if (web_basic_read(authorization, buffer, &user, &password)) {
        require(strchr(user, ':') == NULL);
        require(strlen(user) + strlen(password) + 1 < sizeof buffer);
    }
}

static bool is_open(const struct web_request *q)
{
    return strcmp(q->path, "/api/login") == 0 || strcmp(q->path, "/healthz") == 0 ||
           strcmp(q->path, "/metrics") == 0 || strncmp(q->path, "/api/", 5) != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct web_request q;
    struct web_response r = {.status = 0};
    char method[8];
    if (!t.site.db) {
        set_up();
    }
    memset(&q, 0, sizeof q);
    take_line(&data, &size, method, sizeof method);
    q.method = method[0] == 'G' ? WEB_GET : method[0] == 'P' ? WEB_POST : WEB_OTHER_METHOD;
    q.from_page = method[0] != 0 && method[1] == '1';
    take_line(&data, &size, q.path, sizeof q.path);
    take_line(&data, &size, q.query, sizeof q.query);
    take_line(&data, &size, q.cookie, sizeof q.cookie);
    take_line(&data, &size, q.authorization, sizeof q.authorization);
    q.body_len = size < sizeof q.body ? size : sizeof q.body;
    if (q.body_len > 0) {
        memcpy(q.body, data, q.body_len);
    }
    check_basic(q.authorization);
    const bool has_session = web_api_session_valid(&t.api, t.now_ms, q.cookie);
    web_api_respond(&t.api, t.now_ms, &q, &r);
    while (r.curve && !web_api_continue(&t.api, &r)) {
    }
    require(r.status == 0 || (r.status >= 200 && r.status < 600));
    require(r.status == 204 || r.status == 0 || r.is_stream || r.body_len > 0);
    require(has_session || is_open(&q) || r.status >= 400);
    require(r.body_len == 0 || r.content_type != NULL);
    free(r.owned);
    if (r.status == 204 && r.set_cookie[0] != 0) { /* a logout: log in again */
        static const uint8_t secret[WEB_SESSION_BYTES] = {1};
        char text[WEB_SESSION_TEXT_LEN + 1];
        web_session_open(&t.api.sessions, t.now_ms, secret, text);
    }
    return 0;
}
