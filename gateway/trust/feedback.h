/* SPDX-License-Identifier: MIT
 * The text that a device is told and that is signed (docs/spec/trust-feedback.md).
 */
#ifndef TRUST_FEEDBACK_H
#define TRUST_FEEDBACK_H

#include <stddef.h>
#include <stdint.h>

#include "site/fleet.h"
#include "trust/trust_site.h"

enum { TRUST_FEEDBACK_CAP = 1400 };
#define TRUST_FEEDBACK_DOMAIN "wattward/trust/"

/* The JSON object; its length, or 0 when it cannot be made. */
size_t trust_feedback_write(const struct trust_site *t, const struct fleet_device *device,
                            int64_t unix_ms, char *out, size_t cap);

#endif
