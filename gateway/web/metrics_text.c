/* SPDX-License-Identifier: MIT */
#include "web/metrics_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void metrics_put(struct wbuf *w, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= sizeof text) {
        wbuf_fail(w);
        return;
    }
    wbuf_put(w, text, (size_t)n);
}

void metrics_head(struct wbuf *w, const char *name, const char *type, const char *help)
{
    metrics_put(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_counter(struct wbuf *w, const char *name, const char *help, uint64_t v)
{
    metrics_head(w, name, "counter", help);
    metrics_put(w, "%s %" PRIu64 "\n", name, v);
}

void metrics_gauge(struct wbuf *w, const char *name, const char *help, uint64_t v)
{
    metrics_head(w, name, "gauge", help);
    metrics_put(w, "%s %" PRIu64 "\n", name, v);
}

void metrics_histogram(struct wbuf *w, const char *name, const char *help,
                       const struct ingest_durations *d)
{
    uint64_t count = 0;
    metrics_head(w, name, "histogram", help);
    for (size_t i = 0; i < INGEST_DURATION_BOUNDS; i++) {
        count += d->counts[i];
        metrics_put(w, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
                    (double)ingest_duration_bounds_ns[i] / 1e9, count);
    }
    count += d->counts[INGEST_DURATION_BOUNDS];
    metrics_put(w, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, count);
    metrics_put(w, "%s_sum %.9f\n%s_count %" PRIu64 "\n", name, (double)d->sum_ns / 1e9, name,
                count);
}
