/* SPDX-License-Identifier: MIT */
#include "cents.h"

#include <string.h>

#include "base/json_reader.h"

enum { DECIMALS = 6 };

bool cents_option(const struct invocation *i, const char *option, int64_t *price)
{
    struct json_token token[4];
    struct json_reader reader;
    const char *text = invocation_option(i, option);
    *price = 0;
    if (text == NULL || (json_parse(&reader, text, strlen(text), token, 4) == E_OK &&
                         json_decimal(&reader, 0, DECIMALS, price) == E_OK)) {
        return true;
    }
    (void)command_fail(i, "%s is a price in cents for a kWh, such as 30.5", option);
    return false;
}
