/* SPDX-License-Identifier: MIT
 * The boot-loop ladder: one decision at boot, two deadlines while it runs.
 */
#include "runtime/ladder.h"

#include <string.h>

#include "base/assert.h"
#include "base/crc.h"
#include "base/rbuf.h"
#include "base/wbuf.h"
#include "runtime/trace_ids.h"

enum { RECORD_VERSION = 1, CRC_LEN = 4, MAX_DOUBLINGS = 16 };

enum { EVENT_HEALTHY = 1, EVENT_CLIMB = 2 };

const char *runtime_rung_name(enum runtime_rung rung)
{
    static const char *const names[RUNTIME_N_RUNGS] = {"normal", "profile off", "last good config",
                                                       "safe mode"};
    return rung < RUNTIME_N_RUNGS ? names[rung] : "unknown";
}

static void save(struct runtime_ladder *l)
{
    uint8_t record[RUNTIME_LADDER_RECORD_LEN];
    struct wbuf w = wbuf_of(record, sizeof record);
    wbuf_u8(&w, RECORD_VERSION);
    wbuf_u8(&w, l->next_rung);
    wbuf_u8(&w, l->trial ? 1 : 0);
    wbuf_u8(&w, l->healthy ? 1 : 0);
    wbuf_u8(&w, l->crashes_in_row);
    wbuf_u8(&w, l->doublings);
    wbuf_le16(&w, 0);
    wbuf_le32(&w, l->n_boots);
    wbuf_le32(&w, l->n_crashes);
    wbuf_le32(&w, l->n_power_cuts);
    wbuf_le32(&w, base_crc32(0, record, sizeof record - CRC_LEN));
    ASSERT(wbuf_len(&w) == sizeof record);
    l->saved = l->config.store.save(l->config.store.context, record);
}

/* A record that is not there or not whole means a first start. */
static void load(struct runtime_ladder *l)
{
    uint8_t record[RUNTIME_LADDER_RECORD_LEN];
    if (l->config.store.load(l->config.store.context, record) != E_OK) {
        return;
    }
    struct rbuf r = rbuf_of(record, sizeof record);
    const uint8_t version = rbuf_u8(&r);
    const uint8_t rung = rbuf_u8(&r);
    const uint8_t trial = rbuf_u8(&r);
    const uint8_t healthy = rbuf_u8(&r);
    const uint8_t crashes_in_row = rbuf_u8(&r);
    const uint8_t doublings = rbuf_u8(&r);
    rbuf_skip(&r, 2);
    const uint32_t n_boots = rbuf_le32(&r);
    const uint32_t n_crashes = rbuf_le32(&r);
    const uint32_t n_power_cuts = rbuf_le32(&r);
    if (rbuf_le32(&r) != base_crc32(0, record, sizeof record - CRC_LEN) ||
        version != RECORD_VERSION || rung >= RUNTIME_N_RUNGS || doublings > MAX_DOUBLINGS) {
        return;
    }
    l->next_rung = rung;
    l->trial = trial != 0;
    l->healthy = healthy != 0;
    l->crashes_in_row = crashes_in_row;
    l->doublings = doublings;
    l->n_boots = n_boots;
    l->n_crashes = n_crashes;
    l->n_power_cuts = n_power_cuts;
}

static void count(uint32_t *counter)
{
    *counter += *counter < UINT32_MAX ? 1 : 0;
}

static void go_down(struct runtime_ladder *l)
{
    if (l->next_rung + 1 < RUNTIME_N_RUNGS) {
        l->next_rung++;
    }
    l->crashes_in_row = 0;
}

static void after_crash(struct runtime_ladder *l)
{
    count(&l->n_crashes);
    if (l->trial) {
        l->trial = false;
        if (l->doublings < l->config.max_doublings) {
            l->doublings++;
        }
        go_down(l);
        return;
    }
    if (l->crashes_in_row < UINT8_MAX) {
        l->crashes_in_row++; /* a healthy run has set it to 0 */
    }
    if (l->crashes_in_row >= l->config.crashes_per_rung) {
        go_down(l);
    }
}

static void judge(struct runtime_ladder *l, enum runtime_reset reset)
{
    switch (reset) {
    case RUNTIME_RESET_WATCHDOG:
    case RUNTIME_RESET_PANIC:
        after_crash(l);
        break;
    case RUNTIME_RESET_UNKNOWN:
        if (l->n_boots > 0 && !l->healthy) {
            after_crash(l);
        }
        break;
    case RUNTIME_RESET_POWER:
    case RUNTIME_RESET_BROWNOUT:
        if (l->n_boots > 0) { /* the first start is no power cut */
            count(&l->n_power_cuts);
        }
        break;
    case RUNTIME_RESET_REQUESTED:
        break;
    }
}

enum runtime_rung runtime_ladder_boot(struct runtime_ladder *l,
                                      const struct runtime_ladder_config *config,
                                      enum runtime_reset reset, uint64_t now_ms)
{
    ASSERT(config->crashes_per_rung > 0 && config->healthy_after_ms > 0);
    ASSERT(config->climb_after_ms >= config->healthy_after_ms);
    ASSERT(config->max_doublings <= MAX_DOUBLINGS);
    ASSERT(config->store.load != NULL && config->store.save != NULL);
    *l = (struct runtime_ladder){.config = *config, .booted_ms = now_ms};
    load(l);
    const uint8_t before = l->next_rung;
    judge(l, reset);
    count(&l->n_boots);
    l->healthy = false;
    l->rung = l->next_rung;
    save(l);
    if (before != l->rung) {
        trace(&l->config.trace, now_ms, RUNTIME_TRACE_LADDER, before, l->rung);
    }
    return (enum runtime_rung)l->rung;
}

static uint64_t climb_at_ms(const struct runtime_ladder *l)
{
    return l->booted_ms + ((uint64_t)l->config.climb_after_ms << l->doublings);
}

uint64_t runtime_ladder_deadline(const struct runtime_ladder *l)
{
    if (!l->healthy) {
        return l->booted_ms + l->config.healthy_after_ms;
    }
    return l->rung == RUNTIME_RUNG_NORMAL || l->next_decided ? NEVER_MS : climb_at_ms(l);
}

static void become_healthy(struct runtime_ladder *l)
{
    l->healthy = true;
    l->trial = false;
    l->crashes_in_row = 0;
    if (l->rung == RUNTIME_RUNG_NORMAL) {
        l->doublings = 0;
    }
    l->events |= EVENT_HEALTHY;
    save(l);
}

/* The next boot tries the rung above. */
static void climb(struct runtime_ladder *l, uint64_t now_ms)
{
    ASSERT(l->rung > RUNTIME_RUNG_NORMAL);
    trace(&l->config.trace, now_ms, RUNTIME_TRACE_LADDER, l->rung, l->rung - 1u);
    l->next_decided = true;
    l->next_rung = (uint8_t)(l->rung - 1);
    l->trial = true;
    l->events |= EVENT_CLIMB;
    save(l);
}

void runtime_ladder_tick(struct runtime_ladder *l, uint64_t now_ms)
{
    if (!l->healthy && now_ms >= l->booted_ms + l->config.healthy_after_ms) {
        become_healthy(l);
    }
    if (l->healthy && l->rung != RUNTIME_RUNG_NORMAL && !l->next_decided &&
        now_ms >= climb_at_ms(l)) {
        climb(l, now_ms);
    }
}

enum runtime_ladder_event runtime_ladder_event(struct runtime_ladder *l)
{
    if ((l->events & EVENT_HEALTHY) != 0) {
        l->events &= (uint8_t)~EVENT_HEALTHY;
        return RUNTIME_LADDER_HEALTHY;
    }
    if ((l->events & EVENT_CLIMB) != 0) {
        l->events &= (uint8_t)~EVENT_CLIMB;
        return RUNTIME_LADDER_CLIMB;
    }
    return RUNTIME_LADDER_NONE;
}

void runtime_ladder_reset(struct runtime_ladder *l)
{
    l->next_decided = true;
    l->next_rung = RUNTIME_RUNG_NORMAL;
    l->trial = false;
    l->crashes_in_row = 0;
    l->doublings = 0;
    save(l);
}

enum runtime_rung runtime_ladder_rung(const struct runtime_ladder *l)
{
    return (enum runtime_rung)l->rung;
}

struct runtime_ladder_counts runtime_ladder_counts(const struct runtime_ladder *l)
{
    return (struct runtime_ladder_counts){.boots = l->n_boots,
                                          .crashes = l->n_crashes,
                                          .power_cuts = l->n_power_cuts,
                                          .crashes_in_row = l->crashes_in_row,
                                          .saved = l->saved};
}
