/* SPDX-License-Identifier: MIT
 * Who a device is: a P-256 key made on it that never leaves it, and the certificate the site's
 * authority gave for it. Both live in the record store.
 */
#ifndef APP_IDENTITY_H
#define APP_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/store.h"
#include "telemetry/reading.h"

enum { IDENTITY_CERTIFICATE_MAX_LEN = STORE_VALUE_MAX_LEN };

struct identity {
    uint8_t private_key[32];
    uint8_t public_key[65]; /* uncompressed point */
    size_t certificate_len; /* 0: none yet */
    uint8_t certificate_der[IDENTITY_CERTIFICATE_MAX_LEN];
    struct store *store; /* private */
};

/* Reads the identity; at the very first start makes the key and has it on flash before returning.
 */
int identity_open(struct identity *id, struct store *store) MUST_USE;
/* Replaces the certificate; on E_OK it is on flash. */
int identity_set_certificate(struct identity *id, const uint8_t *der, size_t len) MUST_USE;
/* Drops a certificate that is not usable (another name, another key). */
int identity_drop_certificate(struct identity *id) MUST_USE;
/* Signs readings with the key; valid as long as `id` is. */
struct telemetry_signer identity_signer(struct identity *id);
/* Forgets the key in memory. */
void identity_close(struct identity *id);

#endif
