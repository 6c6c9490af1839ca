/* SPDX-License-Identifier: MIT
 * Hierarchical state machines as const tables: states with a parent, entry, exit, an initial child
 * and a time-out; transitions with a guard and an action. Semantics are those of UML state machines
 * (external transitions, run to completion, deferred events), limited to one active leaf.
 *
 *  - An event is offered to the active leaf, then to its parents; the first row that matches and
 * whose guard holds decides.
 *  - A transition leaves every state from the leaf up to, not including, the nearest state that
 *    properly contains both the row's own state and the target; then the action runs; then the
 * states down to the target are entered, and from there the initial children. So a transition of a
 * state to itself runs its exit and its entry, also when a child of it was the active leaf, and a
 *    transition to a parent restarts that parent. A row marked local spares its own state.
 *  - Guards, actions, entries and exits may call runtime_hsm_post() and runtime_hsm_set_timeout();
 *    they never call runtime_hsm_dispatch() or runtime_hsm_tick().
 */
#ifndef RUNTIME_HSM_H
#define RUNTIME_HSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/trace.h"
#include "base/wbuf.h"
#include "runtime/limits.h"
#include "runtime/timer.h"

enum {
    RUNTIME_HSM_NONE = 0xff,     /* as parent: a top state; as initial: a leaf */
    RUNTIME_HSM_INTERNAL = 0xfe, /* as target: only the action runs, nothing is left or entered */
    RUNTIME_HSM_DEFER = 0xfd,    /* as target: the event waits until the next change of state */
    RUNTIME_HSM_MAX_STATES = 0xfd
};

struct runtime_hsm_state {
    const char *name; /* for diagrams and reports: letters, digits, '_' */
    uint8_t parent;   /* index, less than the state's own; or RUNTIME_HSM_NONE */
    uint8_t initial;  /* the child that is entered with it; a state with children must have one */
    uint8_t timeout_event;
    uint32_t timeout_ms; /* dispatched this long after entry unless left before; 0 = none */
    void (*enter)(void *context); /* NULL = nothing */
    void (*exit)(void *context);
};

struct runtime_hsm_transition {
    uint8_t state; /* the row belongs to this state, and so to its children */
    uint8_t event;
    uint8_t target; /* a state, RUNTIME_HSM_INTERNAL or RUNTIME_HSM_DEFER */
    bool local;     /* the target is inside `state`, which is not left and entered on the way */
    bool (*guard)(const void *context, uint32_t arg); /* NULL = always */
    void (*action)(void *context, uint32_t arg);      /* NULL = nothing */
    const char *note; /* what the guard asks, for the diagram; NULL = nothing */
};

/* Of one (state, event) the rows are tried in order. */
struct runtime_hsm_table {
    const char *name;
    const struct runtime_hsm_state *states;
    const struct runtime_hsm_transition *transitions;
    const char *const *events; /* names; an event is an index */
    uint8_t n_states;
    uint8_t n_events;
    uint16_t n_transitions;
    uint8_t initial; /* a top state */
};

/* E_ARG when an index is out of range, a parent does not come before its child, an initial state is
 * not a child, a local target is not inside, or states nest deeper than RUNTIME_HSM_MAX_DEPTH. */
int runtime_hsm_check(const struct runtime_hsm_table *table) MUST_USE;

struct runtime_hsm_event {
    uint32_t arg; /* all private */
    uint8_t id;
    bool deferred;
};

struct runtime_hsm_config {
    const struct runtime_hsm_table *table; /* asserted to pass runtime_hsm_check() */
    void *context;                         /* given to every function of the table */
    struct runtime_hsm_event *queue;       /* room for posted and deferred events; may be NULL */
    uint8_t queue_cap;
    uint16_t instance; /* in trace records */
    struct trace_sink trace;
};

struct runtime_hsm {
    struct runtime_hsm_config config; /* all private */
    uint64_t now_ms;
    uint64_t timeout_at_ms[RUNTIME_HSM_MAX_DEPTH]; /* of the active chain, top state first */
    uint8_t chain[RUNTIME_HSM_MAX_DEPTH];
    uint8_t depth; /* active states; 0 before the start */
    uint8_t n_queued;
    bool running;
};

enum runtime_hsm_result {
    RUNTIME_HSM_IGNORED, /* no row matched: the event means nothing here */
    RUNTIME_HSM_TAKEN,
    RUNTIME_HSM_DEFERRED,
    RUNTIME_HSM_OVERFLOW /* to be deferred, but the queue is full: the event is lost */
};

void runtime_hsm_init(struct runtime_hsm *m, const struct runtime_hsm_config *config);
/* Enters the initial state. Once. */
void runtime_hsm_start(struct runtime_hsm *m, uint64_t now_ms);
/* Runs the event to completion, with all that it posts and recalls. */
enum runtime_hsm_result runtime_hsm_dispatch(struct runtime_hsm *m, uint64_t now_ms, uint8_t event,
                                             uint32_t arg);
/* Dispatches the time-outs that are due, earliest first, an inner state's before an outer one's. */
void runtime_hsm_tick(struct runtime_hsm *m, uint64_t now_ms);
/* NEVER_MS when no time-out runs. */
uint64_t runtime_hsm_deadline(const struct runtime_hsm *m);

/* From a function of the table: dispatched after the event that runs now. False when the queue is
 * full. */
bool runtime_hsm_post(struct runtime_hsm *m, uint8_t event, uint32_t arg);
/* Of an active state, from now on; for intervals that are computed. NEVER_MS cancels. */
void runtime_hsm_set_timeout(struct runtime_hsm *m, uint8_t state, uint64_t after_ms);

/* The active leaf; RUNTIME_HSM_NONE before the start. */
uint8_t runtime_hsm_leaf(const struct runtime_hsm *m);
/* Whether `state` is the active leaf or one of its parents. */
bool runtime_hsm_in(const struct runtime_hsm *m, uint8_t state);

/* The table as a Mermaid state diagram, which READMEs embed. */
void runtime_hsm_write_diagram(const struct runtime_hsm_table *table, struct wbuf *out);

#endif
