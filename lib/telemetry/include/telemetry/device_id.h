/* SPDX-License-Identifier: MIT
 * The name of a device: in its certificate, its topics, its readings and the operator's mouth.
 */
#ifndef TELEMETRY_DEVICE_ID_H
#define TELEMETRY_DEVICE_ID_H

#include <stdbool.h>
#include <stddef.h>

enum { TELEMETRY_DEVICE_ID_MAX_LEN = 64 };

/* True for 1..64 characters of A-Z a-z 0-9 . _ - ; these need no escape in a topic, a file name, a
 * URL or JSON. `id` need not be terminated. */
bool telemetry_device_id_valid(const char *id, size_t len);

#endif
