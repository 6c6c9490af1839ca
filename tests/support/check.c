/* SPDX-License-Identifier: MIT
 * The test runner: counts, prints, and supplies panic() for the libraries under test.
 */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

static struct {
    int failures;
    bool skipped;
    const char *test;
} run;

_Noreturn void panic(const char *file, int line)
{
    printf("FAIL %s: assertion at %s:%d\n", run.test == NULL ? "?" : run.test, file, line);
    fflush(stdout);
    exit(1);
}

bool check_report(bool ok, const char *file, int line, const char *text)
{
    if (!ok) {
        run.failures++;
        printf("  %s:%d: %s\n", file, line, text);
    }
    return ok;
}

bool check_equal(int64_t got, int64_t want, const char *file, int line, const char *text)
{
    if (got == want) {
        return true;
    }
    run.failures++;
    printf("  %s:%d: %s: got %" PRId64 ", want %" PRId64 "\n", file, line, text, got, want);
    return false;
}

static void print_hex(const char *label, const uint8_t *p, size_t n)
{
    printf("    %s %zu:", label, n);
    for (size_t i = 0; i < n && i < 96; i++) {
        printf("%02x", p[i]);
    }
    printf("\n");
}

bool check_bytes(const void *got, size_t got_len, const void *want, size_t want_len,
                 const char *file, int line, const char *text)
{
    if (got_len == want_len && (want_len == 0 || memcmp(got, want, want_len) == 0)) {
        return true;
    }
    run.failures++;
    printf("  %s:%d: %s differs\n", file, line, text);
    print_hex("got ", got, got_len);
    print_hex("want", want, want_len);
    return false;
}

bool check_string(const char *got, const char *want, const char *file, int line, const char *text)
{
    if (got != NULL && strcmp(got, want) == 0) {
        return true;
    }
    run.failures++;
    printf("  %s:%d: %s: got \"%s\", want \"%s\"\n", file, line, text, got == NULL ? "(null)" : got,
           want);
    return false;
}

void check_skip(const char *why)
{
    run.skipped = true;
    printf("SKIP %s: %s\n", run.test, why);
}

int check_run(const struct check_test *tests, size_t n, int argc, char **argv)
{
    int passed = 0;
    int failed = 0;
    int skipped = 0;
    for (size_t i = 0; i < n; i++) {
        if (argc > 1 && strstr(tests[i].name, argv[1]) == NULL) {
            continue;
        }
        run.test = tests[i].name;
        run.failures = 0;
        run.skipped = false;
        tests[i].run();
        if (run.failures > 0) {
            failed++;
            printf("FAIL %s\n", tests[i].name);
        } else if (run.skipped) {
            skipped++;
        } else {
            passed++;
        }
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    if (passed + failed + skipped == 0) {
        printf("no test has \"%s\" in its name\n", argc > 1 ? argv[1] : "");
        return 1;
    }
    return failed > 0 ? 1 : passed == 0 && skipped > 0 ? 77 : 0;
}
