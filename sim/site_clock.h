/* SPDX-License-Identifier: MIT
 * The clock of a simulated site: it replays August 2016 at a chosen rate, never goes back, and goes
 * on after a stop where it was. Its state is one line in STATE/site.conf.
 */
#ifndef SIM_SITE_CLOCK_H
#define SIM_SITE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* 2016-08-01 00:00 local standard time (UTC-8), when the homes' data begin. */
#define SITE_CLOCK_DATA_START_MS  INT64_C(1470038400000)
#define SITE_CLOCK_UTC_OFFSET_MIN "-480"
/* A first look finds the sun up. */
#define SITE_CLOCK_FIRST_START_MS (SITE_CLOCK_DATA_START_MS + INT64_C(9) * 3600 * 1000)

struct site_clock {
    char path[512]; /* all private */
    int64_t real_ms;
    int64_t site_ms;
    long rate;
};

/* Reads STATE/site.conf or begins anew. E_CORRUPT for a file nobody here wrote. */
int site_clock_open(struct site_clock *c, const char *state_dir, long rate) MUST_USE;
/* "REAL_MS:SITE_MS:RATE" for --clock. */
void site_clock_text(const struct site_clock *c, char *text, size_t cap);
/* Writes the present moment, and a little more, so that a crash cannot turn time back. E_IO. */
int site_clock_save(const struct site_clock *c, uint32_t next_save_ms) MUST_USE;

#endif
