/* SPDX-License-Identifier: MIT
 * The interpreter of the tables in runtime/hsm.h.
 */
#include "runtime/hsm.h"

#include "base/assert.h"
#include "runtime/trace_ids.h"

static const struct runtime_hsm_state *state_of(const struct runtime_hsm *m, uint8_t state)
{
    ASSERT(state < m->config.table->n_states);
    return &m->config.table->states[state];
}

static void trace_hsm(const struct runtime_hsm *m, enum runtime_trace_id id, uint32_t a, uint32_t b)
{
    if (m->config.trace.emit != NULL) {
        const struct trace_record record = {.time_ms = (uint32_t)m->now_ms,
                                            .id = (uint16_t)id,
                                            .instance = m->config.instance,
                                            .a = a,
                                            .b = b};
        m->config.trace.emit(m->config.trace.context, &record);
    }
}

static bool initial_fits(const struct runtime_hsm_table *t, uint8_t state)
{
    const uint8_t initial = t->states[state].initial;
    if (initial != RUNTIME_HSM_NONE) {
        return initial < t->n_states && t->states[initial].parent == state;
    }
    for (uint8_t child = 0; child < t->n_states; child++) {
        if (t->states[child].parent == state) {
            return false;
        }
    }
    return true;
}

static uint8_t depth_of(const struct runtime_hsm_table *t, uint8_t state)
{
    uint8_t depth = 0;
    for (; state != RUNTIME_HSM_NONE; state = t->states[state].parent) {
        depth++;
    }
    return depth;
}

static bool state_fits(const struct runtime_hsm_table *t, uint8_t state)
{
    const struct runtime_hsm_state *s = &t->states[state];
    return s->name != NULL && (s->parent == RUNTIME_HSM_NONE || s->parent < state) &&
           depth_of(t, state) <= RUNTIME_HSM_MAX_DEPTH && initial_fits(t, state) &&
           (s->timeout_ms == 0 || s->timeout_event < t->n_events);
}

/* Whether `outer` is a parent, at any distance, of `state`. */
static bool contains(const struct runtime_hsm_table *t, uint8_t outer, uint8_t state)
{
    uint8_t s = t->states[state].parent;
    while (s != RUNTIME_HSM_NONE && s != outer) {
        s = t->states[s].parent;
    }
    return s != RUNTIME_HSM_NONE;
}

static bool transition_fits(const struct runtime_hsm_table *t,
                            const struct runtime_hsm_transition *row)
{
    if (row->state >= t->n_states || row->event >= t->n_events) {
        return false;
    }
    if (row->target == RUNTIME_HSM_INTERNAL || row->target == RUNTIME_HSM_DEFER) {
        return !row->local;
    }
    return row->target < t->n_states && (!row->local || contains(t, row->state, row->target));
}

int runtime_hsm_check(const struct runtime_hsm_table *table)
{
    if (table->n_states == 0 || table->n_states > RUNTIME_HSM_MAX_STATES ||
        table->initial >= table->n_states ||
        table->states[table->initial].parent != RUNTIME_HSM_NONE) {
        return E_ARG;
    }
    /* Parents come first, so each depth_of() walks a chain already known to end. */
    for (uint8_t state = 0; state < table->n_states; state++) {
        if (!state_fits(table, state)) {
            return E_ARG;
        }
    }
    for (uint16_t i = 0; i < table->n_transitions; i++) {
        if (!transition_fits(table, &table->transitions[i])) {
            return E_ARG;
        }
    }
    return E_OK;
}

void runtime_hsm_init(struct runtime_hsm *m, const struct runtime_hsm_config *config)
{
    const int checked = runtime_hsm_check(config->table);
    ASSERT(checked == E_OK);
    ASSERT(config->queue != NULL || config->queue_cap == 0);
    *m = (struct runtime_hsm){.config = *config};
}

uint8_t runtime_hsm_leaf(const struct runtime_hsm *m)
{
    return m->depth == 0 ? (uint8_t)RUNTIME_HSM_NONE : m->chain[m->depth - 1];
}

/* The place of `state` in the active chain, or the chain's length. */
static uint8_t level_of(const struct runtime_hsm *m, uint8_t state)
{
    uint8_t level = 0;
    while (level < m->depth && m->chain[level] != state) {
        level++;
    }
    return level;
}

bool runtime_hsm_in(const struct runtime_hsm *m, uint8_t state)
{
    return level_of(m, state) < m->depth;
}

static void enter_state(struct runtime_hsm *m, uint8_t state)
{
    const struct runtime_hsm_state *s = state_of(m, state);
    ASSERT(m->depth < RUNTIME_HSM_MAX_DEPTH);
    ASSERT(s->parent == runtime_hsm_leaf(m));
    m->chain[m->depth] = state;
    m->timeout_at_ms[m->depth] = s->timeout_ms == 0 ? NEVER_MS : m->now_ms + s->timeout_ms;
    m->depth++;
    if (s->enter != NULL) {
        s->enter(m->config.context);
    }
}

static void leave_to(struct runtime_hsm *m, uint8_t depth)
{
    while (m->depth > depth) {
        const struct runtime_hsm_state *s = state_of(m, runtime_hsm_leaf(m));
        if (s->exit != NULL) {
            s->exit(m->config.context);
        }
        m->depth--;
    }
}

/* Enters `target`'s missing parents, itself, and its initial children. */
static void enter_down_to(struct runtime_hsm *m, uint8_t target)
{
    uint8_t path[RUNTIME_HSM_MAX_DEPTH];
    uint8_t n = 0;
    for (uint8_t s = target; s != runtime_hsm_leaf(m); s = state_of(m, s)->parent) {
        ASSERT(n < RUNTIME_HSM_MAX_DEPTH);
        path[n++] = s;
    }
    while (n > 0) {
        enter_state(m, path[--n]);
    }
    for (uint8_t s = state_of(m, target)->initial; s != RUNTIME_HSM_NONE;
         s = state_of(m, s)->initial) {
        enter_state(m, s);
    }
}

/* How many of the active states stay: those that properly contain the row's state and its target.
 */
static uint8_t depth_kept(const struct runtime_hsm *m, const struct runtime_hsm_transition *row)
{
    uint8_t depth = level_of(m, row->state);
    ASSERT(depth < m->depth);
    if (row->local) {
        return (uint8_t)(depth + 1);
    }
    while (depth > 0 && !contains(m->config.table, m->chain[depth - 1], row->target)) {
        depth--;
    }
    return depth;
}

static void recall_deferred(struct runtime_hsm *m)
{
    for (uint8_t i = 0; i < m->n_queued; i++) {
        m->config.queue[i].deferred = false;
    }
}

static void take(struct runtime_hsm *m, const struct runtime_hsm_transition *row, uint32_t arg)
{
    const uint8_t from = runtime_hsm_leaf(m);
    const bool changes_state = row->target != RUNTIME_HSM_INTERNAL;
    if (changes_state) {
        leave_to(m, depth_kept(m, row));
    }
    if (row->action != NULL) {
        row->action(m->config.context, arg);
    }
    if (changes_state) {
        enter_down_to(m, row->target);
        recall_deferred(m);
        trace_hsm(m, RUNTIME_TRACE_HSM_STATE, from, runtime_hsm_leaf(m));
    }
}

static const struct runtime_hsm_transition *find_row(const struct runtime_hsm *m, uint8_t event,
                                                     uint32_t arg)
{
    const struct runtime_hsm_table *table = m->config.table;
    for (uint8_t level = m->depth; level > 0; level--) {
        for (uint16_t i = 0; i < table->n_transitions; i++) {
            const struct runtime_hsm_transition *row = &table->transitions[i];
            if (row->state == m->chain[level - 1] && row->event == event &&
                (row->guard == NULL || row->guard(m->config.context, arg))) {
                return row;
            }
        }
    }
    return NULL;
}

static bool enqueue(struct runtime_hsm *m, uint8_t event, uint32_t arg, bool deferred)
{
    if (m->n_queued == m->config.queue_cap) {
        return false;
    }
    m->config.queue[m->n_queued++] =
        (struct runtime_hsm_event){.arg = arg, .id = event, .deferred = deferred};
    return true;
}

/* One event, without what it posts. A deferred one is left to the caller, who knows where it is. */
static enum runtime_hsm_result offer(struct runtime_hsm *m, uint8_t event, uint32_t arg)
{
    const struct runtime_hsm_transition *row = find_row(m, event, arg);
    if (row == NULL) {
        return RUNTIME_HSM_IGNORED;
    }
    if (row->target == RUNTIME_HSM_DEFER) {
        return RUNTIME_HSM_DEFERRED;
    }
    take(m, row, arg);
    return RUNTIME_HSM_TAKEN;
}

static bool next_queued(const struct runtime_hsm *m, uint8_t *idx)
{
    for (uint8_t i = 0; i < m->n_queued; i++) {
        if (!m->config.queue[i].deferred) {
            *idx = i;
            return true;
        }
    }
    return false;
}

static void dequeue(struct runtime_hsm *m, uint8_t idx)
{
    ASSERT(idx < m->n_queued);
    m->n_queued--;
    for (uint8_t i = idx; i < m->n_queued; i++) {
        m->config.queue[i] = m->config.queue[i + 1];
    }
}

/* Each pass takes an event out of the queue or marks it deferred until the state changes. */
static void run_queue(struct runtime_hsm *m)
{
    uint8_t idx = 0;
    for (unsigned steps = 0; next_queued(m, &idx); steps++) {
        ASSERT(steps < RUNTIME_HSM_MAX_STEPS);
        const struct runtime_hsm_event event = m->config.queue[idx];
        const struct runtime_hsm_transition *row = find_row(m, event.id, event.arg);
        if (row != NULL && row->target == RUNTIME_HSM_DEFER) {
            m->config.queue[idx].deferred = true;
            trace_hsm(m, RUNTIME_TRACE_HSM_EVENT, event.id, RUNTIME_HSM_DEFERRED);
            continue;
        }
        dequeue(m, idx);
        if (row != NULL) {
            take(m, row, event.arg);
        }
        trace_hsm(m, RUNTIME_TRACE_HSM_EVENT, event.id,
                  row == NULL ? RUNTIME_HSM_IGNORED : RUNTIME_HSM_TAKEN);
    }
}

static void begin(struct runtime_hsm *m, uint64_t now_ms)
{
    ASSERT(!m->running);
    ASSERT(now_ms >= m->now_ms);
    m->running = true;
    m->now_ms = now_ms;
}

void runtime_hsm_start(struct runtime_hsm *m, uint64_t now_ms)
{
    ASSERT(m->depth == 0);
    begin(m, now_ms);
    enter_down_to(m, m->config.table->initial);
    trace_hsm(m, RUNTIME_TRACE_HSM_STATE, RUNTIME_HSM_NONE, runtime_hsm_leaf(m));
    run_queue(m);
    m->running = false;
}

enum runtime_hsm_result runtime_hsm_dispatch(struct runtime_hsm *m, uint64_t now_ms, uint8_t event,
                                             uint32_t arg)
{
    ASSERT(m->depth > 0);
    ASSERT(event < m->config.table->n_events);
    begin(m, now_ms);
    enum runtime_hsm_result result = offer(m, event, arg);
    if (result == RUNTIME_HSM_DEFERRED && !enqueue(m, event, arg, true)) {
        result = RUNTIME_HSM_OVERFLOW;
    }
    trace_hsm(m, RUNTIME_TRACE_HSM_EVENT, event, (uint32_t)result);
    run_queue(m);
    m->running = false;
    return result;
}

/* The level whose time-out comes first; of equals the innermost. The chain's length when none runs.
 */
static uint8_t first_timeout(const struct runtime_hsm *m)
{
    uint8_t best = m->depth;
    for (uint8_t level = m->depth; level > 0; level--) {
        const uint64_t at_ms = m->timeout_at_ms[level - 1];
        if (at_ms != NEVER_MS && (best == m->depth || at_ms < m->timeout_at_ms[best])) {
            best = (uint8_t)(level - 1);
        }
    }
    return best;
}

uint64_t runtime_hsm_deadline(const struct runtime_hsm *m)
{
    const uint8_t level = first_timeout(m);
    return level == m->depth ? NEVER_MS : m->timeout_at_ms[level];
}

void runtime_hsm_tick(struct runtime_hsm *m, uint64_t now_ms)
{
    /* A time-out of a state entered on the way is at least 1 ms ahead, so this ends. */
    while (runtime_hsm_deadline(m) <= now_ms) {
        const uint8_t level = first_timeout(m);
        m->timeout_at_ms[level] = NEVER_MS;
        (void)runtime_hsm_dispatch(m, now_ms, state_of(m, m->chain[level])->timeout_event, 0);
    }
}

bool runtime_hsm_post(struct runtime_hsm *m, uint8_t event, uint32_t arg)
{
    ASSERT(m->running);
    ASSERT(event < m->config.table->n_events);
    return enqueue(m, event, arg, false);
}

void runtime_hsm_set_timeout(struct runtime_hsm *m, uint8_t state, uint64_t after_ms)
{
    const uint8_t level = level_of(m, state);
    ASSERT(level < m->depth);
    ASSERT(after_ms > 0);
    m->timeout_at_ms[level] = after_ms == NEVER_MS ? NEVER_MS : m->now_ms + after_ms;
}
