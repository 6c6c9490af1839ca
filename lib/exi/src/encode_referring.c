/* SPDX-License-Identifier: MIT
 * References to earlier strings, written (EXI 7.3.3).
 */
#include "arena.h"
#include "base/assert.h"
#include "encode.h"

struct exi_written {
    const struct exi_written *previous;
    struct exi_blob text;
    int16_t qname;
};

static bool same(struct exi_blob a, struct exi_blob b)
{
    bool equal = a.len == b.len;
    for (size_t i = 0; equal && i < a.len; i++) {
        equal = exi_blob_byte(a, i) == exi_blob_byte(b, i);
    }
    return equal;
}

/* Compact identifiers count from the oldest, the list goes from the newest: the identifier is what
 * is behind the string in the list. */
static bool refer_among(struct exi_encoder *e, bool global, int16_t qname, struct exi_blob text)
{
    unsigned count = 0;
    unsigned newer = 0;
    bool found = false;
    for (const struct exi_written *s = e->strings; s != NULL; s = s->previous) {
        if (!global && s->qname != qname) {
            continue;
        }
        count++;
        if (!found) {
            found = same(s->text, text);
            newer += !found;
        }
    }
    if (found) {
        exi_put(&e->writer, global, 8);
        exi_put(&e->writer, count - 1 - newer, count > 1 ? exi_code_bits(count - 1) : 0);
    }
    return found;
}

static bool refer(struct exi_encoder *e, const struct exi_datatype *datatype, struct exi_blob text)
{
    if (refer_among(e, false, datatype->low, text) || refer_among(e, true, datatype->low, text)) {
        return true;
    }
    struct exi_written *s = exi_arena_take(e->arena, sizeof *s);
    if (s == NULL) {
        return exi_encoder_fail(e, EXI_ARENA);
    }
    *s = (struct exi_written){.previous = e->strings, .text = text, .qname = datatype->low};
    e->strings = s;
    return false;
}

int exi_encode_referring(const struct exi_set *set, struct exi_message *message,
                         struct exi_arena *arena, void *out, size_t cap)
{
    struct exi_encoder e;
    ASSERT(arena != NULL && arena->used <= arena->top);
    const size_t used = arena->used;
    e.writer = (struct exi_writer){.data = out, .cap = cap};
    e.refer = refer;
    e.arena = arena;
    e.strings = NULL;
    const int result = exi_encode_run(&e, set, message);
    arena->used = used;
    return result;
}
