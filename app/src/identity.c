/* SPDX-License-Identifier: MIT
 * Key and certificate of a device.
 */
#include "app/identity.h"

#include <string.h>

#include "app/store_keys.h"
#include "crypto/crypto.h"

static int make_key(struct identity *id)
{
    int error = crypto_ec_generate(CRYPTO_P256, id->private_key, id->public_key);
    if (error == E_OK) {
        error =
            store_put(id->store, STORE_KEY_PRIVATE_KEY, id->private_key, sizeof id->private_key);
    }
    return error;
}

static int load_key(struct identity *id)
{
    const int len =
        store_get(id->store, STORE_KEY_PRIVATE_KEY, id->private_key, sizeof id->private_key);
    if (len == E_NOTFOUND) {
        return make_key(id);
    }
    if (len < 0) {
        return len;
    }
    if (len != (int)sizeof id->private_key) {
        return E_CORRUPT;
    }
    return crypto_ec_public(CRYPTO_P256, id->private_key, id->public_key);
}

int identity_open(struct identity *id, struct store *store)
{
    memset(id, 0, sizeof *id);
    id->store = store;
    const int error = load_key(id);
    if (error != E_OK) {
        return error;
    }
    const int len =
        store_get(store, STORE_KEY_CERTIFICATE, id->certificate_der, sizeof id->certificate_der);
    if (len < 0 && len != E_NOTFOUND) {
        return len;
    }
    id->certificate_len = len < 0 ? 0 : (size_t)len;
    return E_OK;
}

int identity_set_certificate(struct identity *id, const uint8_t *der, size_t len)
{
    if (len == 0 || len > sizeof id->certificate_der) {
        return E_NOSPACE;
    }
    const int error = store_put(id->store, STORE_KEY_CERTIFICATE, der, len);
    if (error == E_OK) {
        memcpy(id->certificate_der, der, len);
        id->certificate_len = len;
    }
    return error;
}

int identity_drop_certificate(struct identity *id)
{
    id->certificate_len = 0;
    return store_delete(id->store, STORE_KEY_CERTIFICATE);
}

static int sign(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    const struct identity *id = context;
    return crypto_ecdsa_sign(CRYPTO_P256, id->private_key, digest, 32, signature);
}

struct telemetry_signer identity_signer(struct identity *id)
{
    return (struct telemetry_signer){.sign = sign, .context = id};
}

void identity_close(struct identity *id)
{
    crypto_wipe(id->private_key, sizeof id->private_key);
}
