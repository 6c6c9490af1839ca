/* SPDX-License-Identifier: MIT
 * A counter that never repeats a value, however often the power is cut: values are reserved in the
 * store ahead of use, so most steps write nothing. After a restart it goes on at the end of the
 * reservation (values may be skipped, never given twice).
 */
#ifndef STORE_COUNTER_H
#define STORE_COUNTER_H

#include <stdint.h>

#include "store/store.h"

struct store_counter {
    struct store *store; /* all private */
    uint64_t next;
    uint64_t reserved; /* first value not yet reserved */
    uint32_t step;
    uint16_t key;
};

/* `step` >= 1 values are reserved per write; 1 writes each time. */
int store_counter_open(struct store_counter *c, struct store *store, uint16_t key,
                       uint32_t step) MUST_USE;
/* *value is unique for ever, growing, from 1. */
int store_counter_next(struct store_counter *c, uint64_t *value) MUST_USE;

#endif
