/* SPDX-License-Identifier: MIT
 * Power curves from the database, for one device or summed over the site. A long range or a large
 * site reads millions of rows, so a curve is made in slices of a few milliseconds, between which
 * the loop serves readings.
 */
#ifndef WEB_CURVE_H
#define WEB_CURVE_H

#include "base/wbuf.h"
#include "db/readings.h"

enum {
    WEB_CURVE_STEPS_MAX = 2000,
    WEB_CURVE_BRIDGED_STEPS = 4,          /* without a reading that do not break a device's curve */
    WEB_CURVE_SLICE_MS = 6 * 3600 * 1000, /* of readings, for one device */
    WEB_CURVE_JSON_STEP_LEN = 24,
    WEB_CURVE_JSON_HEAD_LEN = 128
};

/* A range and a step from "channel=..&from_ms=..&to_ms=..&step_s=..". NULL, or what is wrong. */
const char *web_curve_query(const char *query, struct db_curve *curve);

struct site;
struct web_curve;

/* From malloc. `device` is a row, or 0 for all there ever were but the feeder's meter, which
 * measures again what the others have told. NULL when there is no memory or the
 * database fails. */
struct web_curve *web_curve_begin(const struct site *site, const struct db_curve *curve,
                                  int64_t device);
/* Reads one slice: 1 when it was the last, 0, or E_IO. */
int web_curve_advance(struct web_curve *c) MUST_USE;
size_t web_curve_json_cap(const struct web_curve *c);
/* {"from_ms", "step_ms", "power_mw": [...]} once it is complete. */
void web_curve_put(const struct web_curve *c, struct wbuf *w);
/* NULL is fine. */
void web_curve_free(struct web_curve *c);

#endif
