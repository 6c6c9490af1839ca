/* SPDX-License-Identifier: MIT */
#include "market/apportion.h"

#include <stdbool.h>

#include "base/assert.h"

/* For the sort: what is left of each exact share. */
struct remainders {
    const struct market_weights *w;
    int64_t total;
    int64_t sum;
};

/* True when a comes after b: its remainder is smaller, or equal and its place later. */
static bool is_after(const struct remainders *r, uint32_t a, uint32_t b)
{
    const int64_t left_a = r->total * r->w->weight[a] % r->sum;
    const int64_t left_b = r->total * r->w->weight[b] % r->sum;
    return left_a != left_b ? left_a < left_b : a > b;
}

static void sift_down(const struct remainders *r, size_t root, size_t n)
{
    uint32_t *order = r->w->order;
    while (2 * root + 1 < n) {
        size_t child = 2 * root + 1;
        if (child + 1 < n && is_after(r, order[child + 1], order[child])) {
            child++;
        }
        if (!is_after(r, order[child], order[root])) {
            return;
        }
        const uint32_t swap = order[root];
        order[root] = order[child];
        order[child] = swap;
        root = child;
    }
}

/* A heap sort: no recursion, no memory. */
static void sort(const struct remainders *r)
{
    uint32_t *order = r->w->order;
    const size_t n = r->w->n;
    for (size_t i = n / 2; i-- > 0;) {
        sift_down(r, i, n);
    }
    for (size_t end = n; end-- > 1;) {
        const uint32_t last = order[0];
        order[0] = order[end];
        order[end] = last;
        sift_down(r, 0, end);
    }
}

void market_apportion(int64_t total, const struct market_weights *w)
{
    struct remainders r = {.w = w, .total = total};
    int64_t left = total;
    ASSERT(total >= 0);
    for (size_t i = 0; i < w->n; i++) {
        ASSERT(w->weight[i] >= 0 && (total == 0 || w->weight[i] <= INT64_MAX / total));
        w->share[i] = 0;
        w->order[i] = (uint32_t)i;
        r.sum += w->weight[i];
    }
    if (r.sum == 0 || total == 0) {
        return;
    }
    for (size_t i = 0; i < w->n; i++) {
        w->share[i] = total * w->weight[i] / r.sum;
        left -= w->share[i];
    }
    sort(&r);
    ASSERT(left >= 0 && (uint64_t)left <= w->n);
    for (size_t i = 0; left > 0; i++, left--) {
        w->share[w->order[i]]++;
    }
}
