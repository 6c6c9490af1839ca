/* SPDX-License-Identifier: MIT */
#include "store/counter.h"

#include "base/assert.h"
#include "base/rbuf.h"
#include "base/wbuf.h"

enum { COUNTER_LEN = 8 };

int store_counter_open(struct store_counter *c, struct store *store, uint16_t key, uint32_t step)
{
    uint8_t bytes[COUNTER_LEN];
    if (step == 0) {
        return E_ARG;
    }
    uint64_t reserved = 1;
    int len = store_get(store, key, bytes, sizeof bytes);
    if (len >= 0) {
        struct rbuf r = rbuf_of(bytes, (size_t)len);
        reserved = rbuf_le64(&r);
        if (!rbuf_done(&r) || reserved == 0) {
            return E_CORRUPT; /* not a counter */
        }
    } else if (len != E_NOTFOUND) {
        return len == E_NOSPACE ? E_CORRUPT : len;
    }
    *c = (struct store_counter){
        .store = store, .next = reserved, .reserved = reserved, .step = step, .key = key};
    return E_OK;
}

int store_counter_next(struct store_counter *c, uint64_t *value)
{
    ASSERT(c->next <= c->reserved && c->step > 0);
    if (c->next == c->reserved) {
        if (c->reserved > UINT64_MAX - c->step) {
            return E_LIMIT;
        }
        uint8_t bytes[COUNTER_LEN];
        struct wbuf w = wbuf_of(bytes, sizeof bytes);
        wbuf_le64(&w, c->reserved + c->step);
        int result = store_put(c->store, c->key, bytes, sizeof bytes);
        if (result != E_OK) {
            return result;
        }
        c->reserved += c->step;
    }
    *value = c->next++;
    return E_OK;
}
