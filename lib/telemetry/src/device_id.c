/* SPDX-License-Identifier: MIT
 * Names of devices.
 */
#include "telemetry/device_id.h"

static bool is_allowed(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

bool telemetry_device_id_valid(const char *id, size_t len)
{
    if (len == 0 || len > TELEMETRY_DEVICE_ID_MAX_LEN) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_allowed(id[i])) {
            return false;
        }
    }
    return true;
}
