/* SPDX-License-Identifier: MIT
 * The two clocks of a Linux program: monotonic for time-outs, and the site clock for everything
 * that is written down. The site clock is the real one unless it was told to run faster.
 */
#ifndef POSIX_CLOCK_H
#define POSIX_CLOCK_H

#include <stdint.h>

#include "base/err.h"

/* Milliseconds since an arbitrary start; never goes back. */
uint64_t posix_clock_mono_ms(void);
/* Real time, milliseconds since 1970-01-01 UTC. */
int64_t posix_clock_real_ms(void);
/* Site time: site_ms + (real - real_ms) * rate once set, else real time. */
int64_t posix_clock_wall_ms(void);

/* "REAL_MS:SITE_MS:RATE", rate 1..86400; E_MALFORMED leaves the clock as it was. Call at start. */
int posix_clock_parse_site(const char *text) MUST_USE;
/* The rate in force, 1 for real time. */
uint32_t posix_clock_rate(void);

#endif
