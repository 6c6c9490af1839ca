/* SPDX-License-Identifier: MIT */
#include "web/basic.h"

#include <string.h>
#include <strings.h>

#include "base/base64.h"

bool web_basic_read(const char *authorization, char buffer[WEB_BASIC_CAP], const char **user,
                    const char **password)
{
    if (strncasecmp(authorization, "Basic ", 6) != 0) {
        return false;
    }
    const char *text = authorization + 6;
    const int len = base64_decode(text, strlen(text), (uint8_t *)buffer, WEB_BASIC_CAP - 1);
    if (len < 0) {
        return false;
    }
    buffer[len] = 0;
    char *colon = strchr(buffer, ':');
    if (!colon || strlen(buffer) != (size_t)len) {
        return false;
    }
    *colon = 0;
    *user = buffer;
    *password = colon + 1;
    return true;
}
