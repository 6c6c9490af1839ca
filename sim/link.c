/* SPDX-License-Identifier: MIT
 * A link that misbehaves by its seed.
 */
#include "sim/link.h"

#include <string.h>

#include "base/assert.h"

void sim_link_init(struct sim_link *l, struct sim_random *random)
{
    memset(l, 0, sizeof *l);
    l->random = random;
}

static void put(struct sim_link *l, uint64_t now_ms, const void *bytes, size_t len)
{
    for (size_t i = 0; i < SIM_LINK_MESSAGES_MAX; i++) {
        struct sim_link_message *m = &l->messages[i];
        if (m->len == 0) {
            ASSERT(l->delay_max_ms >= l->delay_min_ms);
            m->at_ms = now_ms + l->delay_min_ms +
                       sim_random_below(l->random, l->delay_max_ms - l->delay_min_ms + 1);
            m->order = l->n_sent++;
            m->len = len;
            memcpy(m->bytes, bytes, len);
            return;
        }
    }
    l->n_lost++;
}

void sim_link_send(struct sim_link *l, uint64_t now_ms, const void *bytes, size_t len)
{
    ASSERT(len > 0 && len <= SIM_LINK_MESSAGE_MAX_LEN);
    if (sim_random_chance(l->random, l->loss_permille)) {
        l->n_lost++;
        return;
    }
    put(l, now_ms, bytes, len);
    if (sim_random_chance(l->random, l->repeat_permille)) {
        l->n_repeated++;
        put(l, now_ms, bytes, len);
    }
}

/* Earliest first; those of one moment in the order in which they were sent. */
static const struct sim_link_message *first(const struct sim_link *l)
{
    const struct sim_link_message *best = NULL;
    for (size_t i = 0; i < SIM_LINK_MESSAGES_MAX; i++) {
        const struct sim_link_message *m = &l->messages[i];
        if (m->len > 0 && (best == NULL || m->at_ms < best->at_ms ||
                           (m->at_ms == best->at_ms && m->order < best->order))) {
            best = m;
        }
    }
    return best;
}

size_t sim_link_receive(struct sim_link *l, uint64_t now_ms, void *out, size_t cap)
{
    const struct sim_link_message *next = first(l);
    if (next == NULL || next->at_ms > now_ms) {
        return 0;
    }
    struct sim_link_message *m = &l->messages[next - l->messages];
    const size_t len = m->len;
    ASSERT(len <= cap);
    memcpy(out, m->bytes, len);
    m->len = 0;
    return len;
}

uint64_t sim_link_deadline(const struct sim_link *l)
{
    const struct sim_link_message *next = first(l);
    return next == NULL ? UINT64_MAX : next->at_ms;
}

void sim_link_cut(struct sim_link *l)
{
    for (size_t i = 0; i < SIM_LINK_MESSAGES_MAX; i++) {
        l->n_lost += l->messages[i].len > 0;
        l->messages[i].len = 0;
    }
}
