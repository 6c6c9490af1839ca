/* SPDX-License-Identifier: MIT */
#include "trust_theft.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "csv.h"

/* "2017-03-01" (UTC) or seconds since 1970. */
static bool read_time(const char *text, int64_t *out)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    if (end != NULL && *end == '\0') {
        *out = (int64_t)timegm(&tm);
        return true;
    }
    return csv_read_int(text, out) && *out >= 0;
}

int trust_theft_read(const struct invocation *i, const char *text, struct trust_theft_text *theft)
{
    snprintf(theft->device, sizeof theft->device, "%s", text);
    char *factor = strchr(theft->device, ':');
    char *from = factor == NULL ? NULL : strchr(factor + 1, ':');
    if (from == NULL) {
        return command_fail(i, "--inject takes DEVICE:FACTOR:FROM, such as barn:1.1:2026-06-01");
    }
    *factor++ = '\0';
    *from++ = '\0';
    if (!csv_read_decimal(factor, 6, &theft->factor_ppm) || theft->factor_ppm < 0 ||
        theft->factor_ppm > 1000000000) {
        return command_fail(i, "--inject: '%s' is not a factor between 0 and 1000", factor);
    }
    if (!read_time(from, &theft->from_unix_s)) {
        return command_fail(
            i, "--inject: '%s' is neither a date (2026-06-01) nor seconds since 1970", from);
    }
    return COMMAND_DONE;
}
