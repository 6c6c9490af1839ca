/* SPDX-License-Identifier: MIT
 * One direction of a connection that loses, delays, duplicates and so reorders messages.
 */
#ifndef SIM_LINK_H
#define SIM_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/random.h"

enum { SIM_LINK_MESSAGES_MAX = 256, SIM_LINK_MESSAGE_MAX_LEN = 512 };

struct sim_link_message {
    uint64_t at_ms; /* of arrival */
    uint64_t order;
    size_t len; /* 0: free */
    uint8_t bytes[SIM_LINK_MESSAGE_MAX_LEN];
};

struct sim_link {
    uint32_t loss_permille; /* set at any time */
    uint32_t repeat_permille;
    uint32_t delay_min_ms;
    uint32_t delay_max_ms;
    uint64_t n_lost; /* by chance, or because the link was full or cut */
    uint64_t n_repeated;
    struct sim_random *random; /* all private from here */
    uint64_t n_sent;
    struct sim_link_message messages[SIM_LINK_MESSAGES_MAX];
};

/* A perfect link without delay; `random` is lent. */
void sim_link_init(struct sim_link *l, struct sim_random *random);
void sim_link_send(struct sim_link *l, uint64_t now_ms, const void *bytes, size_t len);
/* The next message that has arrived: its length, or 0. */
size_t sim_link_receive(struct sim_link *l, uint64_t now_ms, void *out, size_t cap);
/* When the next one arrives; UINT64_MAX when nothing is under way. */
uint64_t sim_link_deadline(const struct sim_link *l);
/* The connection ends: what is under way is lost. */
void sim_link_cut(struct sim_link *l);

#endif
