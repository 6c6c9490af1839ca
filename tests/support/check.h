/* SPDX-License-Identifier: MIT
 * The whole test framework: it runs on a host, under QEMU and on a chip. A test program lists its
 * tests with CHECK_MAIN(TEST(name), ...); names are sentences. A failed CHECK prints and goes on.
 * Exit status: 0 all passed, 1 a failure, 77 everything skipped.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct check_test {
    const char *name;
    void (*run)(void);
};

bool check_report(bool ok, const char *file, int line, const char *text);
bool check_equal(int64_t got, int64_t want, const char *file, int line, const char *text);
bool check_bytes(const void *got, size_t got_len, const void *want, size_t want_len,
                 const char *file, int line, const char *text);
bool check_string(const char *got, const char *want, const char *file, int line, const char *text);
/* Says why the current test cannot run here; it is counted as skipped, never as passed. */
void check_skip(const char *why);
int check_run(const struct check_test *tests, size_t n, int argc, char **argv);

#define CHECK(cond) check_report((cond), __FILE__, __LINE__, #cond)
#define CHECK_EQ(got, want)                                                                        \
    check_equal((int64_t)(got), (int64_t)(want), __FILE__, __LINE__, #got " == " #want)
#define CHECK_BYTES(got, got_len, want, want_len)                                                  \
    check_bytes(got, got_len, want, want_len, __FILE__, __LINE__, #got)
#define CHECK_STR(got, want) check_string(got, want, __FILE__, __LINE__, #got)

#define TEST(name)                                                                                 \
    {                                                                                              \
#name, name                                                                                \
    }
#define CHECK_MAIN(...)                                                                            \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        static const struct check_test tests[] = {__VA_ARGS__};                                    \
        return check_run(tests, sizeof tests / sizeof tests[0], argc, argv);                       \
    }

#endif
