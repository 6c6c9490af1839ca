/* SPDX-License-Identifier: MIT */
#include "v2g_pki_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/json_writer.h"
#include "posix/v2g_pki.h"

enum { DAY_S = 86400, DAYS_MAX = 730, DAYS = 90 };

static void say(const struct invocation *i, const char *dir, const char *name)
{
    if (!i->json) {
        printf("For cars:      wattward-ev --tls required --v2g-root %s/v2g-root.pem\n"
               "For a charger: tls offered\n"
               "               tls_certificate %s/%s.pem\n"
               "               tls_key %s/%s.key\n",
               dir, dir, name, dir, name);
        return;
    }
    uint8_t text[2048];
    char path[640];
    struct wbuf out = wbuf_of(text, sizeof text);
    struct json_writer w;
    json_writer_init(&w, &out);
    json_begin_object(&w);
    json_field_bool(&w, "ok", true);
    snprintf(path, sizeof path, "%s/v2g-root.pem", dir);
    json_field_string(&w, "v2g_root", path);
    snprintf(path, sizeof path, "%s/%s.pem", dir, name);
    json_field_string(&w, "tls_certificate", path);
    snprintf(path, sizeof path, "%s/%s.key", dir, name);
    json_field_string(&w, "tls_key", path);
    json_end(&w);
    printf("%.*s\n", (int)wbuf_len(&out), (const char *)text);
}

int v2g_pki_run(const struct invocation *i)
{
    const char *dir = i->arguments[0];
    const char *name = invocation_option(i, "--charger");
    const char *days_text = invocation_option(i, "--days");
    long days = DAYS;
    if (days_text != NULL) {
        char *end = NULL;
        errno = 0;
        days = strtol(days_text, &end, 10);
        if (errno != 0 || end == days_text || *end != '\0' || days < 1 || days > DAYS_MAX) {
            return command_fail(i, "--days is a number from 1 to %d, not %s.", DAYS_MAX, days_text);
        }
    }
    const int64_t now_s = time(NULL);
    const struct v2g_pki_charger charger = {.name = name == NULL ? "charger" : name,
                                            .domain = "CPO",
                                            .not_before_s = now_s - DAY_S,
                                            .not_after_s = now_s + days * DAY_S};
    struct v2g_tls_error error;
    if (v2g_pki_make(dir, &error) != E_OK || v2g_pki_issue(dir, &charger, &error) != E_OK) {
        return command_fail(i, "%s.", error.why);
    }
    say(i, dir, charger.name);
    return COMMAND_DONE;
}
