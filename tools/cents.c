/* SPDX-License-Identifier: MIT */
#include "cents.h"

#include <string.h>

#include "base/json_reader.h"

enum { DECIMALS = 6 };

/* "30.5": cents for a kWh, into millionths. False for anything else. */
static bool read_cents(const char *text, int64_t *out)
{
    struct json_token token[4];
    struct json_reader reader;
    return json_parse(&reader, text, strlen(text), token, 4) == E_OK &&
           json_decimal(&reader, 0, DECIMALS, out) == E_OK;
}

bool cents_put(struct json_writer *j, const struct invocation *i, const char *option,
               const char *field)
{
    const char *text = invocation_option(i, option);
    int64_t price = 0;
    if (text == NULL) {
        return true;
    }
    if (!read_cents(text, &price)) {
        (void)command_fail(i, "%s is a price in cents for a kWh, such as 30.5", option);
        return false;
    }
    json_field_int(j, field, price);
    return true;
}
