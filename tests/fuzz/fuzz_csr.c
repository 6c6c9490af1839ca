/* fuzz: signer_core */
/* SPDX-License-Identifier: MIT
 * Any bytes as a certificate request: a reason, or a key that a valid certificate can be made for.
 */
#include <stdbool.h>
#include <stdlib.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "signer/csr.h"
#include "signer/issue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static struct signer_issuer *issuer(void)
{
    static struct signer_issuer one;
    if (one.key == NULL) {
        one.key = EVP_EC_gen("P-256");
        one.certificate = signer_issue_ca(one.key, 1800000000);
        require(one.certificate != NULL);
    }
    return &one;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    if (size == 0) {
        return 0;
    }
    const enum signer_refusal refusal = signer_csr_check(data, size, "barn", 4, &key);
    require((unsigned)refusal < SIGNER_REFUSAL_COUNT);
    require((refusal == SIGNER_REFUSED_NONE) == (key != NULL));
    if (key != NULL) {
        const struct signer_subject subject = {
            .use = SIGNER_FOR_DEVICE, .name = "barn", .key = key};
        require(EVP_PKEY_get_bits(key) == 256);
        require(signer_issue(issuer(), &subject, 1800000000, &certificate) == SIGNER_REFUSED_NONE);
        require(X509_verify(certificate, issuer()->key) == 1);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return 0;
}
