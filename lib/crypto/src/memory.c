/* SPDX-License-Identifier: MIT
 * Comparing and forgetting secrets.
 */
#include <string.h>

#include "crypto/crypto.h"

bool crypto_equal(const void *a, const void *b, size_t len)
{
    /* volatile: the compiler must not leave the loop at the first difference. */
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t difference = 0;
    for (size_t i = 0; i < len; i++) {
        difference |= (uint8_t)(x[i] ^ y[i]);
    }
    return difference == 0;
}

void crypto_wipe(void *secret, size_t len)
{
    if (len > 0) {
        memset(secret, 0, len);
        /* Says that somebody may still read the memory, so the memset is not a dead store. */
        __asm__ __volatile__("" : : "r"(secret) : "memory");
    }
}
