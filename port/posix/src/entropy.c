/* SPDX-License-Identifier: MIT
 * Entropy of the system for the mbedTLS backend, when that is tested on a host.
 */
#include <sys/random.h>

#include "crypto_mbedtls/entropy.h"

int crypto_mbedtls_entropy(uint8_t *out, size_t len)
{
    while (len > 0) {
        const ssize_t n = getrandom(out, len, 0);
        if (n <= 0) {
            return E_IO;
        }
        out += n;
        len -= (size_t)n;
    }
    return E_OK;
}
