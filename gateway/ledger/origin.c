/* SPDX-License-Identifier: MIT */
#include "ledger/origin.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/assert.h"

void ledger_origin_of(const char *site, char out[LEDGER_ORIGIN_CAP])
{
    const int n = snprintf(out, LEDGER_ORIGIN_CAP, "wattward/ledger/%.64s", site);
    ASSERT(n > 0 && n < LEDGER_ORIGIN_CAP);
    for (char *c = out; *c != 0; c++) {
        const bool is_plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                              (*c >= '0' && *c <= '9') || *c == '.' || *c == '_' || *c == '/';
        *c = is_plain ? *c : '-';
    }
}
