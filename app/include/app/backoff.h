/* SPDX-License-Identifier: MIT
 * How long to wait before the next attempt: doubling from first_ms to max_ms, each wait drawn from
 * its upper half so that a fleet that lost its gateway together does not come back together.
 */
#ifndef APP_BACKOFF_H
#define APP_BACKOFF_H

#include <stdint.h>

#include "app/entropy.h"

struct backoff {
    uint32_t first_ms; /* set by the owner: > 0 */
    uint32_t max_ms;   /* >= first_ms */
    uint32_t n_failures;
};

/* One more failure: the time to wait, in (ceiling / 2, ceiling]. */
uint32_t backoff_next_ms(struct backoff *b, const struct entropy *entropy);
/* It worked: the next wait starts small again. */
void backoff_reset(struct backoff *b);

#endif
