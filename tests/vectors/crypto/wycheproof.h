/* SPDX-License-Identifier: MIT
 * Walks a Wycheproof file (C2SP/wycheproof, testvectors_v1). A runner is called for every case and
 * says how it went; a case is never dropped in silence.
 */
#ifndef TESTS_WYCHEPROOF_H
#define TESTS_WYCHEPROOF_H

#include "base/json_reader.h"
#include "check.h"

enum wycheproof_result { WYCHEPROOF_VALID, WYCHEPROOF_INVALID, WYCHEPROOF_ACCEPTABLE };

struct wycheproof {
    struct json_reader json;
    int group;
    int test;
    enum wycheproof_result result;
};

enum wycheproof_outcome {
    CASE_RIGHT,
    CASE_WRONG,
    CASE_REFUSED /* right: the facade refuses, with E_ARG or by its types, what it does not do */
};

/* Runs every case of ../shared/data/fota/wycheproof/NAME, prints the counts, and fails unless all
 * cases the file announces were seen and exactly `n_refused` of them were CASE_REFUSED. */
void wycheproof_run(const char *name, unsigned n_refused,
                    enum wycheproof_outcome (*run)(const struct wycheproof *w));

/* Hex fields of the current case or its group, NULL-safe; the length, or 0 when absent. A field
 * longer than `cap` fails the test. `path` may name one level below: "publicKey.pk". */
size_t wycheproof_test_bytes(const struct wycheproof *w, const char *path, uint8_t *out,
                             size_t cap);
size_t wycheproof_group_bytes(const struct wycheproof *w, const char *path, uint8_t *out,
                              size_t cap);
int64_t wycheproof_test_int(const struct wycheproof *w, const char *name);
int64_t wycheproof_group_int(const struct wycheproof *w, const char *name);
bool wycheproof_has_flag(const struct wycheproof *w, const char *flag);

/* RIGHT when `accepted` is what the file wants. An acceptable case is decided by its caller. */
static inline enum wycheproof_outcome wycheproof_judge(const struct wycheproof *w, bool accepted)
{
    return accepted == (w->result == WYCHEPROOF_VALID) ? CASE_RIGHT : CASE_WRONG;
}

#endif
