/* SPDX-License-Identifier: MIT
 * The summary of a headless run: what the meters took against what the gateway stored.
 */
#ifndef SIM_SITE_SUMMARY_H
#define SIM_SITE_SUMMARY_H

#include <stdint.h>

#include "site_home.h"

/* Asks the gateway (still running, meters stopped), prints, and returns 0 if every reading was
 * stored once, else 1. */
int site_summary(const struct site_home *homes, long n_homes, const char *programs,
                 const char *state_dir, uint64_t span_ms);

#endif
