/* fuzz: crypto */
/* SPDX-License-Identifier: MIT
 * ECDSA signatures in DER: what is accepted is the one encoding of its numbers, and any numbers
 * come back.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t signature[CRYPTO_P256_SIGNATURE_LEN];
    uint8_t again[CRYPTO_P256_SIGNATURE_LEN];
    uint8_t der[CRYPTO_P256_DER_MAX_LEN];
    const int result = crypto_ecdsa_from_der(data, size, signature);
    require(result == E_OK || result == E_MALFORMED);
    if (result == E_OK) {
        require(crypto_ecdsa_to_der(signature, der) == size && memcmp(der, data, size) == 0);
    }
    memset(signature, 0, sizeof signature);
    memcpy(signature, data, size < sizeof signature ? size : sizeof signature);
    const size_t len = crypto_ecdsa_to_der(signature, der);
    require(len <= sizeof der && crypto_ecdsa_from_der(der, len, again) == E_OK);
    require(memcmp(again, signature, sizeof again) == 0);
    return 0;
}
