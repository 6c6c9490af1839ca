/* SPDX-License-Identifier: MIT
 * Receipts.
 */
#include <string.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "entry_parts.h"
#include "ledger/entry.h"

enum { VERSION = 1, DOMAIN_LEN = sizeof LEDGER_RECEIPT_DOMAIN - 1, SIGNATURE_LEN = 64 };

void ledger_receipt_put(struct wbuf *w, const struct ledger_receipt *receipt)
{
    ASSERT(receipt->device.len > 0 && receipt->origin.len > 0);
    wbuf_put(w, LEDGER_RECEIPT_DOMAIN, DOMAIN_LEN);
    wbuf_u8(w, VERSION);
    ledger_put_text(w, receipt->origin);
    ledger_put_text(w, receipt->device);
    wbuf_be64(w, receipt->index);
    wbuf_be64(w, (uint64_t)receipt->unix_ms);
    ledger_put_block(w, &(struct ledger_block_facts){receipt->count, &receipt->root,
                                                     receipt->n_ranges, receipt->ranges});
}

int ledger_receipt_decode(const uint8_t *in, size_t len, struct ledger_receipt *out)
{
    struct rbuf r = rbuf_of(in, len);
    struct ledger_receipt got;
    const uint8_t *domain = rbuf_take(&r, DOMAIN_LEN);
    const uint8_t version = rbuf_u8(&r);
    if (!rbuf_ok(&r)) {
        return E_TRUNCATED;
    }
    if (memcmp(domain, LEDGER_RECEIPT_DOMAIN, DOMAIN_LEN) != 0 || version != VERSION) {
        return E_UNSUPPORTED;
    }
    memset(&got, 0, sizeof got);
    const bool origin_ok = ledger_take_name(&r, &got.origin);
    const bool device_ok = ledger_take_name(&r, &got.device);
    got.index = rbuf_be64(&r);
    got.unix_ms = (int64_t)rbuf_be64(&r);
    const bool block_ok = ledger_take_block(&r, &got.count, &got.root, &got.n_ranges, got.ranges);
    rbuf_skip(&r, SIGNATURE_LEN);
    if (!rbuf_ok(&r)) {
        return E_TRUNCATED;
    }
    if (!origin_ok || !device_ok || !block_ok || got.unix_ms < 0 || !rbuf_done(&r)) {
        return E_MALFORMED;
    }
    *out = got;
    return E_OK;
}

int ledger_receipt_verify(const uint8_t *in, size_t len, const uint8_t public_key[32])
{
    if (len <= DOMAIN_LEN + SIGNATURE_LEN || memcmp(in, LEDGER_RECEIPT_DOMAIN, DOMAIN_LEN) != 0) {
        return E_MALFORMED;
    }
    const size_t signed_len = len - SIGNATURE_LEN;
    return crypto_ed25519_verify(public_key, in, signed_len, in + signed_len);
}
