/* fuzz: signer_core */
/* SPDX-License-Identifier: MIT
 * Any datagram to the signer: what it can read it would write the same way, and it answers that
 * with a reply of the same verb and id; anything else it does not answer. As a reply, the same.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "signer/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static struct signer_service *service(void)
{
    static struct signer_service one;
    static bool ready;
    if (!ready) {
        EVP_PKEY *key = EVP_EC_gen("P-256");
        const struct signer_service_config config = {
            .issuer = {.certificate = signer_issue_ca(key, 1800000000), .key = key},
            .ledger_key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"),
            .issue_rate = {.burst = 1000000, .period_us = 1},
            .sign_rate = {.burst = 1000000, .period_us = 1},
        };
        require(signer_service_init(&one, &config, 0) == E_OK);
        ready = true;
    }
    return &one;
}

static void as_request(const uint8_t *data, size_t size)
{
    static uint8_t out[SIGNER_MESSAGE_MAX_LEN];
    static uint64_t now_ms;
    struct signer_request q;
    struct signer_reply p;
    const int result = signer_request_decode(data, size, &q);
    const struct signer_now now = {.mono_ms = now_ms += 1000, .unix_s = 1800000000};
    const size_t len = signer_service_answer(service(), now, data, size, out);
    require((result == E_OK) == (len > 0));
    if (result == E_OK) {
        static uint8_t again[SIGNER_MESSAGE_MAX_LEN];
        require(signer_request_encode(&q, again, sizeof again) == (int)size);
        require(memcmp(again, data, size) == 0);
        require(signer_reply_decode(out, len, &p) == E_OK);
        require(p.verb == q.verb && p.id == q.id);
        require(p.refusal == SIGNER_REFUSED_NONE ? p.body_len > 0 : p.body_len == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct signer_reply p;
    if (size > SIGNER_MESSAGE_MAX_LEN) {
        return 0;
    }
    as_request(data, size);
    if (signer_reply_decode(data, size, &p) == E_OK) {
        static uint8_t again[SIGNER_MESSAGE_MAX_LEN];
        require(signer_reply_encode(&p, again, sizeof again) == (int)size);
        require(memcmp(again, data, size) == 0);
    }
    return 0;
}
