/* SPDX-License-Identifier: MIT
 * One write(2) a line, so that lines of several processes on one stderr never mix.
 */
#include "posix/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "posix/clock.h"

enum { LINE_CAP = 1024 };

static struct {
    const char *tag;
    enum log_level level;
} sink = {.tag = "wattward", .level = LOG_LEVEL_INFO};

void log_open(const char *tag, enum log_level level)
{
    sink.tag = tag;
    sink.level = level;
}

static int put_head(char *line, const char *level)
{
    const int64_t now_ms = posix_clock_real_ms();
    const time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    return snprintf(line, LINE_CAP, "%s.%03dZ %s %s: ", stamp, (int)(now_ms % 1000), level,
                    sink.tag);
}

/* A peer's text must not start a line of its own or move a terminal's cursor. */
static void mask_controls(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = '?';
        }
    }
}

__attribute__((format(printf, 2, 0))) static void put_line(const char *level, const char *format,
                                                           va_list arguments)
{
    const int saved_errno = errno; /* so that a caller may log first and look at errno after */
    char line[LINE_CAP];
    const int head_len = put_head(line, level);
    if (head_len > 0 && head_len < LINE_CAP - 1) {
        vsnprintf(line + head_len, (size_t)(LINE_CAP - 1 - head_len), format, arguments);
        mask_controls(line);
        const size_t len = strlen(line);
        line[len] = '\n';
        const ssize_t written = write(STDERR_FILENO, line, len + 1);
        (void)written; /* there is nowhere left to complain */
    }
    errno = saved_errno;
}

#define PUT_LINE(word, format)                                                                     \
    do {                                                                                           \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        put_line(word, format, arguments);                                                         \
        va_end(arguments);                                                                         \
    } while (0)

void log_error(const char *format, ...)
{
    PUT_LINE("error", format);
}

void log_warn(const char *format, ...)
{
    if (sink.level >= LOG_LEVEL_WARN) {
        PUT_LINE("warn", format);
    }
}

void log_info(const char *format, ...)
{
    if (sink.level >= LOG_LEVEL_INFO) {
        PUT_LINE("info", format);
    }
}

void log_debug(const char *format, ...)
{
    if (sink.level >= LOG_LEVEL_DEBUG) {
        PUT_LINE("debug", format);
    }
}
