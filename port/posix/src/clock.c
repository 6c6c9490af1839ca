/* SPDX-License-Identifier: MIT
 * Linux's monotonic and real clocks, and the site clock derived from the latter.
 */
#include "posix/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"

enum { MAX_RATE = 86400 };
#define MAX_UNIX_MS INT64_C(100000000000000) /* the year 5138; times MAX_RATE fits int64_t */

static struct {
    int64_t real_ms;
    int64_t site_ms;
    int64_t rate;
} site = {.rate = 1};

static int64_t read_ms(clockid_t clock)
{
    struct timespec now;
    const int result = clock_gettime(clock, &now);
    ASSERT(result == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t posix_clock_mono_ms(void)
{
    return (uint64_t)read_ms(CLOCK_MONOTONIC);
}

int64_t posix_clock_real_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

int64_t posix_clock_wall_ms(void)
{
    return site.site_ms + (posix_clock_real_ms() - site.real_ms) * site.rate;
}

uint32_t posix_clock_rate(void)
{
    return (uint32_t)site.rate;
}

/* Digits only, up to `max`, followed by `after`; moves *text behind it. */
static int take_number(const char **text, char after, int64_t max, int64_t *out)
{
    if (**text < '0' || **text > '9') {
        return E_MALFORMED;
    }
    char *end;
    errno = 0;
    const long long value = strtoll(*text, &end, 10);
    if (errno != 0 || *end != after || value > max) {
        return E_MALFORMED;
    }
    *text = after == '\0' ? end : end + 1;
    *out = value;
    return E_OK;
}

int posix_clock_parse_site(const char *text)
{
    int64_t real_ms;
    int64_t site_ms;
    int64_t rate;
    if (take_number(&text, ':', MAX_UNIX_MS, &real_ms) != E_OK ||
        take_number(&text, ':', MAX_UNIX_MS, &site_ms) != E_OK ||
        take_number(&text, '\0', MAX_RATE, &rate) != E_OK || rate < 1) {
        return E_MALFORMED;
    }
    site.real_ms = real_ms;
    site.site_ms = site_ms;
    site.rate = rate;
    return E_OK;
}
