/* SPDX-License-Identifier: MIT */
#include "ledger/seed_chain.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "ledger_text.h"

void ledger_seed_hash(const char *prev, const struct ledger_seed_block *block,
                      char out[LEDGER_SEED_HASH_LEN])
{
    static const char digits[] = "0123456789abcdef";
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    const struct ledger_text parts[] = {{prev == NULL ? zeros : prev, LEDGER_SEED_HASH_LEN},
                                        block->from,
                                        block->to,
                                        block->wh_amount,
                                        block->timestamp,
                                        block->signature};
    uint8_t digest[CRYPTO_SHA256_LEN];
    struct crypto_digest d;
    crypto_digest_init(&d, CRYPTO_SHA256);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        ASSERT(parts[i].at != NULL || parts[i].len == 0);
        crypto_digest_update(&d, parts[i].at, parts[i].len);
    }
    crypto_digest_final(&d, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
}

void ledger_seed_put_wh(struct wbuf *w, int64_t mwh)
{
    const uint64_t size = mwh < 0 ? 0 - (uint64_t)mwh : (uint64_t)mwh;
    const unsigned milli = (unsigned)(size % 1000);
    if (mwh < 0) {
        wbuf_u8(w, '-');
    }
    ledger_put_number(w, size / 1000);
    wbuf_u8(w, '.');
    wbuf_u8(w, (uint8_t)('0' + milli / 100));
    if (milli % 100 != 0) {
        wbuf_u8(w, (uint8_t)('0' + milli / 10 % 10));
    }
    if (milli % 10 != 0) {
        wbuf_u8(w, (uint8_t)('0' + milli % 10));
    }
}
