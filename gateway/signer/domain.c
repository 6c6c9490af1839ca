/* SPDX-License-Identifier: MIT
 * The table of domains. No entry is a prefix of another, so a message belongs to one at most.
 */
#include "signer/domain.h"

#include <string.h>

static const char *const domains[] = {
    "wattward/receipt/", /* tells a device that its reading is in the ledger */
    "wattward/trust/",   /* tells a device how it is judged */
};

/* The origin line of the site's log: wattward/ledger/<site>. */
#define CHECKPOINT_DOMAIN "wattward/ledger/"

bool signer_domain_is_checkpoint(const char *origin, size_t len)
{
    const size_t n = strlen(CHECKPOINT_DOMAIN);
    return len > n && memcmp(origin, CHECKPOINT_DOMAIN, n) == 0;
}

bool signer_domain_known(const uint8_t *message, size_t len)
{
    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
        const size_t n = strlen(domains[i]);
        if (len > n && memcmp(message, domains[i], n) == 0) {
            return true;
        }
    }
    return false;
}
