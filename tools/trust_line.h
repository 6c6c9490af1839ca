/* SPDX-License-Identifier: MIT
 * A line of JSON on stdout.
 */
#ifndef TOOLS_TRUST_LINE_H
#define TOOLS_TRUST_LINE_H

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/json_writer.h"

enum { TRUST_LINE_CAP = 4096, TRUST_TIME_CAP = 24 };

struct trust_line {
    struct wbuf out; /* all private */
    struct json_writer json;
    char text[TRUST_LINE_CAP];
};

static inline struct json_writer *trust_line_begin(struct trust_line *line)
{
    line->out = wbuf_of(line->text, sizeof line->text);
    json_writer_init(&line->json, &line->out);
    json_begin_object(&line->json);
    return &line->json;
}

static inline void trust_line_end(struct trust_line *line)
{
    json_end(&line->json);
    printf("%.*s\n", (int)wbuf_len(&line->out), line->text);
}

/* "2026-06-21T10:00:05Z" */
static inline const char *trust_line_time(int64_t unix_s, char text[TRUST_TIME_CAP])
{
    const time_t t = (time_t)unix_s;
    struct tm tm;
    if (gmtime_r(&t, &tm) == NULL ||
        strftime(text, TRUST_TIME_CAP, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
        text[0] = '\0';
    }
    return text;
}

#endif
