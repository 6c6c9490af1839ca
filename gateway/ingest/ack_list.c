/* SPDX-License-Identifier: MIT */
#include "ingest/ack_list.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/assert.h"

static int order_u32(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int order(const void *left, const void *right)
{
    const struct ingest_ack *a = left;
    const struct ingest_ack *b = right;
    int result = order_u32(a->device, b->device);
    if (result == 0)
        result = order_u32(a->boot_epoch, b->boot_epoch);
    if (result == 0)
        result = order_u32((uint32_t)a->verdict, (uint32_t)b->verdict);
    if (result == 0)
        result = order_u32(a->sequence, b->sequence);
    return result;
}

void ingest_ack_list_sort(struct ingest_ack *list, size_t n)
{
    if (n > 1)
        qsort(list, n, sizeof list[0], order);
}

/* True when `a` lies inside the range or continues it. */
static bool extends(const struct telemetry_ack_range *range, const struct ingest_ack *a)
{
    return a->boot_epoch == range->boot_epoch && a->verdict == range->verdict &&
           a->sequence - range->last_sequence <= 1;
}

size_t ingest_ack_list_next(const struct ingest_ack *list, size_t n, size_t *pos,
                            struct telemetry_ack_range *ranges, uint32_t *device)
{
    ASSERT(*pos <= n);
    size_t n_ranges = 0;
    if (*pos < n)
        *device = list[*pos].device;
    for (; *pos < n && list[*pos].device == *device; (*pos)++) {
        const struct ingest_ack *a = &list[*pos];
        if (n_ranges > 0 && extends(&ranges[n_ranges - 1], a)) {
            ranges[n_ranges - 1].last_sequence = a->sequence;
            continue;
        }
        if (n_ranges == TELEMETRY_ACK_RANGES_MAX)
            break;
        ranges[n_ranges++] = (struct telemetry_ack_range){.boot_epoch = a->boot_epoch,
                                                          .first_sequence = a->sequence,
                                                          .last_sequence = a->sequence,
                                                          .verdict = a->verdict};
    }
    return n_ranges;
}
