/* SPDX-License-Identifier: MIT
 * Walking Wycheproof files.
 */
#include "wycheproof.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"

enum { TOKENS_MAX = 1 << 16 };

static int field(const struct json_reader *json, int object, const char *path)
{
    const char *dot = strchr(path, '.');
    if (dot == NULL) {
        return json_member(json, object, path);
    }
    char head[32];
    snprintf(head, sizeof head, "%.*s", (int)(dot - path), path);
    return json_member(json, json_member(json, object, head), dot + 1);
}

static size_t hex_field(const struct json_reader *json, int object, const char *path, uint8_t *out,
                        size_t cap)
{
    size_t len = 0;
    const char *text = json_raw(json, field(json, object, path), &len);
    if (text == NULL || len < 2) {
        return 0;
    }
    const size_t n = data_hex(text + 1, out, cap);
    return CHECK_EQ(2 * n, len - 2) ? n : 0; /* the quotes are part of the raw text */
}

size_t wycheproof_test_bytes(const struct wycheproof *w, const char *path, uint8_t *out, size_t cap)
{
    return hex_field(&w->json, w->test, path, out, cap);
}

size_t wycheproof_group_bytes(const struct wycheproof *w, const char *path, uint8_t *out,
                              size_t cap)
{
    return hex_field(&w->json, w->group, path, out, cap);
}

static int64_t int_field(const struct json_reader *json, int object, const char *name)
{
    int64_t v = 0;
    CHECK_EQ(json_int(json, json_member(json, object, name), &v), E_OK);
    return v;
}

int64_t wycheproof_test_int(const struct wycheproof *w, const char *name)
{
    return int_field(&w->json, w->test, name);
}

int64_t wycheproof_group_int(const struct wycheproof *w, const char *name)
{
    return int_field(&w->json, w->group, name);
}

static bool string_is(const struct json_reader *json, int value, const char *want)
{
    char text[64];
    return json_string(json, value, text, sizeof text) >= 0 && strcmp(text, want) == 0;
}

bool wycheproof_has_flag(const struct wycheproof *w, const char *flag)
{
    const int flags = json_member(&w->json, w->test, "flags");
    for (int f = json_first(&w->json, flags); f != JSON_ABSENT; f = json_next(&w->json, f)) {
        if (string_is(&w->json, f, flag)) {
            return true;
        }
    }
    return false;
}

static bool read_result(struct wycheproof *w)
{
    static const char *const names[] = {"valid", "invalid", "acceptable"};
    const int result = json_member(&w->json, w->test, "result");
    for (int i = 0; i < 3; i++) {
        if (string_is(&w->json, result, names[i])) {
            w->result = (enum wycheproof_result)i;
            return true;
        }
    }
    const bool known = false;
    return CHECK(known);
}

struct tally {
    unsigned right;
    unsigned refused;
    unsigned wrong;
};

static void run_group(struct wycheproof *w, struct tally *tally,
                      enum wycheproof_outcome (*run)(const struct wycheproof *w))
{
    const int tests = json_member(&w->json, w->group, "tests");
    for (w->test = json_first(&w->json, tests); w->test != JSON_ABSENT;
         w->test = json_next(&w->json, w->test)) {
        if (!read_result(w)) {
            continue;
        }
        switch (run(w)) {
        case CASE_RIGHT:
            tally->right++;
            break;
        case CASE_REFUSED:
            tally->refused++;
            break;
        case CASE_WRONG:
            tally->wrong++;
            printf("  case %" PRId64 " went wrong\n", wycheproof_test_int(w, "tcId"));
            break;
        }
    }
}

static void run_text(const char *name, const char *text, size_t len, unsigned n_refused,
                     enum wycheproof_outcome (*run)(const struct wycheproof *w))
{
    struct wycheproof w = {0};
    struct tally tally = {0};
    struct json_token *tokens = calloc(TOKENS_MAX, sizeof *tokens);
    if (!CHECK(tokens != NULL) ||
        !CHECK_EQ(json_parse(&w.json, text, len, tokens, TOKENS_MAX), E_OK)) {
        free(tokens);
        return;
    }
    const int groups = json_member(&w.json, 0, "testGroups");
    for (w.group = json_first(&w.json, groups); w.group != JSON_ABSENT;
         w.group = json_next(&w.json, w.group)) {
        run_group(&w, &tally, run);
    }
    printf("  %s: %u cases as stated, %u refused by the facade, %u wrong\n", name, tally.right,
           tally.refused, tally.wrong);
    CHECK_EQ(tally.wrong, 0);
    CHECK_EQ(tally.refused, n_refused);
    CHECK(tally.right > 0);
    CHECK_EQ(tally.right + tally.refused, int_field(&w.json, 0, "numberOfTests"));
    free(tokens);
}

void wycheproof_run(const char *name, unsigned n_refused,
                    enum wycheproof_outcome (*run)(const struct wycheproof *w))
{
    char path[128];
    size_t len = 0;
    snprintf(path, sizeof path, "fota/wycheproof/%s", name);
    char *text = data_read(path, &len);
    if (text != NULL) {
        run_text(name, text, len, n_refused, run);
        free(text);
    }
}
