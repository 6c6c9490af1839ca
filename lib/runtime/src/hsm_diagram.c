/* SPDX-License-Identifier: MIT
 * A machine's table as a Mermaid "stateDiagram-v2". Nesting is written without recursion: the
 * states of a table come parents first, so a walk from any state finds the next one to open.
 */
#include "base/assert.h"
#include "runtime/hsm.h"
#include "text.h"

static void indent(struct wbuf *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) {
        wbuf_str(out, "    ");
    }
}

static void put_initial(struct wbuf *out, unsigned depth, const char *name)
{
    indent(out, depth);
    wbuf_str(out, "[*] --> ");
    wbuf_str(out, name);
    wbuf_u8(out, '\n');
}

/* The first state after `after` with this parent; RUNTIME_HSM_NONE when there is none. */
static uint8_t next_child(const struct runtime_hsm_table *t, uint8_t parent, unsigned after)
{
    for (unsigned s = after; s < t->n_states; s++) {
        if (t->states[s].parent == parent) {
            return (uint8_t)s;
        }
    }
    return RUNTIME_HSM_NONE;
}

static void open_state(const struct runtime_hsm_table *t, uint8_t state, unsigned depth,
                       struct wbuf *out)
{
    const struct runtime_hsm_state *s = &t->states[state];
    indent(out, depth);
    if (s->initial == RUNTIME_HSM_NONE) {
        wbuf_str(out, s->name);
        wbuf_u8(out, '\n');
    } else {
        wbuf_str(out, "state ");
        wbuf_str(out, s->name);
        wbuf_str(out, " {\n");
        put_initial(out, depth + 1, t->states[s->initial].name);
    }
}

static void put_states(const struct runtime_hsm_table *t, struct wbuf *out)
{
    uint8_t parent = RUNTIME_HSM_NONE;
    unsigned depth = 1;
    unsigned after = 0;
    for (;;) {
        const uint8_t state = next_child(t, parent, after);
        if (state != RUNTIME_HSM_NONE) {
            open_state(t, state, depth, out);
            after = state + 1u;
            if (t->states[state].initial != RUNTIME_HSM_NONE) {
                parent = state;
                depth++;
            }
        } else if (parent != RUNTIME_HSM_NONE) {
            ASSERT(depth > 1);
            indent(out, --depth);
            wbuf_str(out, "}\n");
            after = parent + 1u;
            parent = t->states[parent].parent;
        } else {
            return;
        }
    }
}

static void put_label(const struct runtime_hsm_table *t, const struct runtime_hsm_transition *row,
                      struct wbuf *out)
{
    const struct runtime_hsm_state *s = &t->states[row->state];
    wbuf_str(out, t->events[row->event]);
    if (s->timeout_ms != 0 && s->timeout_event == row->event) {
        wbuf_str(out, " after ");
        text_put_uint(out, s->timeout_ms);
        wbuf_str(out, " ms");
    }
    if (row->note != NULL) {
        wbuf_str(out, " [");
        wbuf_str(out, row->note);
        wbuf_u8(out, ']');
    }
    wbuf_u8(out, '\n');
}

static void put_transition(const struct runtime_hsm_table *t,
                           const struct runtime_hsm_transition *row, struct wbuf *out)
{
    const char *name = t->states[row->state].name;
    if (row->target == RUNTIME_HSM_INTERNAL || row->target == RUNTIME_HSM_DEFER) {
        wbuf_str(out, "    note right of ");
        wbuf_str(out, name);
        wbuf_str(out, row->target == RUNTIME_HSM_DEFER ? " : defers " : " : stays on ");
    } else {
        indent(out, 1);
        wbuf_str(out, name);
        wbuf_str(out, " --> ");
        wbuf_str(out, t->states[row->target].name);
        wbuf_str(out, " : ");
    }
    put_label(t, row, out);
}

void runtime_hsm_write_diagram(const struct runtime_hsm_table *table, struct wbuf *out)
{
    const int checked = runtime_hsm_check(table);
    ASSERT(checked == E_OK);
    wbuf_str(out, "stateDiagram-v2\n");
    put_initial(out, 1, table->states[table->initial].name);
    put_states(table, out);
    for (uint16_t i = 0; i < table->n_transitions; i++) {
        put_transition(table, &table->transitions[i], out);
    }
}
