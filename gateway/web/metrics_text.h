/* SPDX-License-Identifier: MIT
 * Prometheus' text format 0.0.4.
 */
#ifndef WEB_METRICS_TEXT_H
#define WEB_METRICS_TEXT_H

#include "base/wbuf.h"
#include "ingest/counters.h"

/* At most 255 bytes. */
void metrics_put(struct wbuf *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The two lines in front of a metric: what it is, and its type. */
void metrics_head(struct wbuf *w, const char *name, const char *type, const char *help);
/* A metric of one line. */
void metrics_counter(struct wbuf *w, const char *name, const char *help, uint64_t v);
void metrics_gauge(struct wbuf *w, const char *name, const char *help, uint64_t v);
void metrics_histogram(struct wbuf *w, const char *name, const char *help,
                       const struct ingest_durations *d);

#endif
