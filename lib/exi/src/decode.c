/* SPDX-License-Identifier: MIT
 * The decoder's walk over the tables. One turn of the loop reads one event code, finds its row and
 * reads a value or enters an element; nothing recurses, and each turn consumes at least one bit.
 */
#include "decoder.h"

#include <string.h>

#include "base/assert.h"

bool exi_decoder_fail(struct exi_decoder *d, enum exi_error error)
{
    if (d->error == EXI_OK) {
        d->error = error;
    }
    return false;
}

static unsigned take(struct exi_decoder *d, unsigned n)
{
    const unsigned value = exi_take(&d->reader, n);
    if (d->reader.failed) {
        exi_decoder_fail(d, EXI_TRUNCATED);
    }
    return value;
}

static bool enter(struct exi_decoder *d, const struct exi_module *module, unsigned type, void *base)
{
    module = exi_module_of(module, type);
    const struct exi_type *t = &module->types[type - module->first];
    ASSERT(d->depth + 1 < EXI_MAX_DEPTH);
    struct exi_frame *f = &d->frames[++d->depth];
    f->row = &module->rows[t->row];
    f->end = f->row + t->n_rows;
    f->module = module;
    f->base = base;
    f->count = 0;
    f->end_codes = t->flags & EXI_MIXED_TYPE ? 2 : 1;
    return true;
}

/* Productions of the state of `f`: see grammar.h. */
static unsigned productions(const struct exi_frame *f)
{
    const struct exi_row *row = f->row;
    unsigned own = 0;
    if (f->count > 0) {
        own = 1;
        if (f->count < exi_occurs[row->n].low) {
            return own;
        }
        row++;
    }
    return own + (row == f->end ? f->end_codes : row->fanout);
}

/* The list at the frame's row is complete: its items go where they stay. */
static bool close_list(struct exi_decoder *d, struct exi_frame *f)
{
    const size_t size = exi_row_size(f->module, f->row);
    void *items = exi_arena_settle(d->arena, size, f->count, f->list_top);
    if (items == NULL) {
        return exi_decoder_fail(d, EXI_ARENA);
    }
    uint8_t *at = f->base + f->row->offset;
    memcpy(at, &items, sizeof items);
    memcpy(at + sizeof items, &f->count, sizeof f->count);
    f->count = 0;
    f->row++;
    return true;
}

/* An item or a single element is complete. */
static bool advance(struct exi_decoder *d, struct exi_frame *f)
{
    if ((f->row->kind & EXI_LIST) == 0) {
        f->row = exi_row_after(f->row);
        return true;
    }
    f->count++;
    const unsigned high = exi_occurs[f->row->n].high;
    return f->count < high || high == EXI_MAX_COUNT || close_list(d, f);
}

/* Event code 0 of the second level is EE where the first has none (8.5.4.4.1): an element that ends
 * where a value was due. Encoders that go through XML write empty values so. */
static bool read_empty(struct exi_decoder *d, const struct exi_datatype *datatype, uint8_t *at)
{
    const struct exi_blob empty = {.at = exi_no_value, .len = 0, .shift = 0};
    const bool text = datatype->kind >= EXI_TEXT_VALUE;
    if (!text || take(d, EXI_SECOND_LEVEL_BITS) != EXI_SECOND_LEVEL_EE) {
        return exi_decoder_fail(d, EXI_DEVIATION);
    }
    memcpy(at, &empty, sizeof empty);
    return d->error == EXI_OK;
}

/* The escape code. Only one thing behind it is understood. */
static bool read_escape(struct exi_decoder *d, struct exi_frame *f)
{
    while (f->row != f->end && exi_row_kind(f->row) == EXI_ROW_ATTRIBUTE &&
           (f->row->kind & EXI_OPTIONAL) != 0) {
        f->row++;
    }
    if (f->row == f->end || exi_row_kind(f->row) != EXI_ROW_CONTENT) {
        return exi_decoder_fail(d, EXI_DEVIATION);
    }
    const struct exi_row *row = f->row;
    f->row = f->end;
    f->alternative = 0;
    return read_empty(d, &f->module->datatypes[row->type], f->base + row->offset);
}

/* Reads an event code and moves the frame to the row it stands for. */
static bool read_event(struct exi_decoder *d, struct exi_frame *f)
{
    const unsigned n = productions(f);
    unsigned code = take(d, exi_code_bits(n));
    if (code >= n) {
        return code == n ? read_escape(d, f) : exi_decoder_fail(d, EXI_EVENT_CODE);
    }
    if (f->count > 0) {
        if (code == 0) {
            return f->count < EXI_MAX_COUNT || exi_decoder_fail(d, EXI_COUNT);
        }
        code--;
        if (!close_list(d, f)) {
            return false;
        }
    }
    while (f->row != f->end && code >= exi_row_codes(f->row)) {
        code -= exi_row_codes(f->row);
        f->row = exi_row_after(f->row);
    }
    f->alternative = (uint8_t)code;
    return d->error == EXI_OK;
}

/* Where an element's struct or value goes: in the parent, in a list, or somewhere of its own. */
static void *place(struct exi_decoder *d, struct exi_frame *f, const struct exi_row *row,
                   size_t size)
{
    uint8_t *at = f->base + row->offset;
    void *own = at;
    if ((row->kind & EXI_LIST) != 0) {
        if (f->count == 0) {
            f->list_top = d->arena->top;
        }
        own = exi_arena_push(d->arena, size, f->count == 0);
    } else if ((row->kind & EXI_POINTER) != 0) {
        own = exi_arena_take(d->arena, size);
        memcpy(at, &own, sizeof own);
    }
    if (own == NULL) {
        exi_decoder_fail(d, EXI_ARENA);
    }
    return own;
}

static bool read_simple(struct exi_decoder *d, struct exi_frame *f, const struct exi_row *row)
{
    const struct exi_datatype *datatype = &f->module->datatypes[row->type];
    const bool element = exi_row_kind(row) == EXI_ROW_SIMPLE;
    const size_t size = exi_value_size(datatype);
    uint8_t *at = place(d, f, row, size);
    if (at == NULL) {
        return false;
    }
    if (element && take(d, 1) != 0) {
        return read_empty(d, datatype, at) && advance(d, f);
    }
    if (!exi_decode_value(d, datatype, at)) {
        return false;
    }
    if ((row->kind & EXI_FLAGGED) != 0) {
        at[size] = true;
    }
    if (element && take(d, 1) != 0) {
        return exi_decoder_fail(d, EXI_DEVIATION);
    }
    return d->error == EXI_OK && advance(d, f);
}

static bool read_complex(struct exi_decoder *d, struct exi_frame *f, const struct exi_row *row)
{
    const bool apart = (row->kind & (EXI_LIST | EXI_POINTER)) != 0;
    void *base = place(d, f, row, apart ? exi_row_size(f->module, row) : 0);
    return base != NULL && enter(d, f->module, row->type, base);
}

/* The choice at the frame's row: notes which, returns its row. */
static const struct exi_row *choose(const struct exi_frame *f)
{
    exi_enum_store(f->base + f->row->offset, f->alternative + 1U);
    return f->row + 1 + f->alternative;
}

static bool read_row(struct exi_decoder *d, struct exi_frame *f)
{
    const struct exi_row *row = f->row;
    if (exi_row_kind(row) == EXI_ROW_CHOICE) {
        row = choose(f);
    }
    switch (exi_row_kind(row)) {
    case EXI_ROW_SIMPLE:
    case EXI_ROW_ATTRIBUTE:
    case EXI_ROW_CONTENT:
        return read_simple(d, f, row);
    case EXI_ROW_COMPLEX:
        return read_complex(d, f, row);
    case EXI_ROW_ABSTRACT:
        return exi_decoder_fail(d, EXI_ABSTRACT);
    default:
        return exi_decoder_fail(d, EXI_WILDCARD);
    }
}

/* EE: back to the parent, if there is one. */
static bool leave(struct exi_decoder *d)
{
    if (d->frames[d->depth].alternative != 0) {
        return exi_decoder_fail(d, EXI_MIXED);
    }
    d->depth--;
    return d->depth < 0 || advance(d, &d->frames[d->depth]);
}

static bool walk(struct exi_decoder *d)
{
    while (d->depth >= 0) {
        struct exi_frame *f = &d->frames[d->depth];
        if (!read_event(d, f) || !(f->row == f->end ? leave(d) : read_row(d, f))) {
            return false;
        }
    }
    return true;
}

/* A fragment in the relaxed grammar: attribute Id, text, EE (EXI 8.5.3). Its struct is the one that
 * the element's type has where it is not ambiguous: Id, then the value. */
static bool read_relaxed(struct exi_decoder *d, const struct exi_relaxed *relaxed)
{
    struct exi_frame *f = &d->frames[d->depth];
    const struct exi_datatype *datatypes = f->module->datatypes;
    struct exi_text text;
    if (take(d, relaxed->bits) != relaxed->attribute) {
        return exi_decoder_fail(d, EXI_DEVIATION);
    }
    if (!exi_decode_text(d, &datatypes[f->row[0].type], &text)) {
        return false;
    }
    memcpy(f->base + f->row[0].offset, &text, sizeof text);
    if (take(d, relaxed->bits) != relaxed->text) {
        return exi_decoder_fail(d, EXI_DEVIATION);
    }
    if (!exi_decode_text(d, &datatypes[f->row[1].type], &text)) {
        return false;
    }
    memcpy(f->base + f->row[1].offset, &text, sizeof text);
    if (take(d, relaxed->end_bits) != relaxed->end) {
        return exi_decoder_fail(d, EXI_DEVIATION);
    }
    d->depth--;
    return d->error == EXI_OK;
}

static bool read_header(struct exi_decoder *d)
{
    const unsigned header = take(d, 8);
    if ((header & 0xC0) != 0x80) {
        return exi_decoder_fail(d, EXI_HEADER);
    }
    if ((header & 0x20) != 0) {
        return exi_decoder_fail(d, EXI_OPTIONS);
    }
    return header == 0x80 || exi_decoder_fail(d, EXI_VERSION);
}

static bool read_root(struct exi_decoder *d, const struct exi_set *set, unsigned *root)
{
    const unsigned code = take(d, set->root_bits);
    if (code >= set->root_codes) {
        return exi_decoder_fail(d, code == set->root_codes ? EXI_DEVIATION : EXI_EVENT_CODE);
    }
    for (unsigned i = 0; i < set->root_count; i++) {
        if (set->roots[i].code == code) {
            *root = i;
            return d->error == EXI_OK;
        }
    }
    return exi_decoder_fail(d, EXI_ROOT);
}

enum { READ_TRACKING = 1, READ_TYPED = 2 };

/* One pass over the message. `mode`: remembering strings; the element's own grammar where the
 * relaxed one is right but not everybody knows it. */
static bool read_message(struct exi_decoder *d, const struct exi_set *set, unsigned mode,
                         struct exi_message *message)
{
    unsigned root = 0;
    d->tracking = (mode & READ_TRACKING) != 0;
    if (!read_header(d) || !read_root(d, set, &root)) {
        return false;
    }
    const unsigned type = set->roots[root].type;
    const struct exi_module *module = exi_module_of(set->module, type);
    void *value = exi_arena_take(d->arena, module->types[type - module->first].size);
    if (value == NULL) {
        return exi_decoder_fail(d, EXI_ARENA);
    }
    d->depth = -1;
    enter(d, module, type, value);
    const bool relaxed = set->relaxed != NULL && set->relaxed->root == root;
    message->root = root;
    message->value = value;
    if (relaxed && (mode & READ_TYPED) == 0 ? !read_relaxed(d, set->relaxed) : !walk(d)) {
        return false;
    }
    if (set->fragment && take(d, set->root_bits) != set->root_codes - 1U) {
        return exi_decoder_fail(d, EXI_ROOT);
    }
    return d->error == EXI_OK;
}

static int result_of(enum exi_error error)
{
    if (error == EXI_TRUNCATED) {
        return E_TRUNCATED;
    }
    if (error == EXI_ARENA) {
        return E_NOSPACE;
    }
    const bool limit = error == EXI_TOO_LONG || error == EXI_STRINGS || error == EXI_COUNT;
    return limit ? E_LIMIT : E_MALFORMED;
}

static int refuse(struct exi_message *message, enum exi_error error, uint32_t bits)
{
    message->root = 0;
    message->value = NULL;
    message->error = error;
    message->bits = bits;
    return result_of(error);
}

int exi_decode(const struct exi_set *set, const void *in, size_t len, struct exi_arena *arena,
               struct exi_message *message)
{
    if (len > EXI_MAX_LEN) {
        return refuse(message, EXI_TOO_LONG, 0);
    }
    const size_t used = arena->used;
    struct exi_decoder d;
    unsigned mode = 0;
    for (;;) {
        d.reader = (struct exi_reader){.data = in, .len = (uint32_t)len, .end = (uint32_t)len * 8};
        d.arena = arena;
        d.error = EXI_OK;
        d.strings = NULL;
        d.n_strings = 0;
        if (read_message(&d, set, mode, message)) {
            message->error = EXI_OK;
            message->bits = d.reader.pos;
            arena->top = arena->cap;
            return E_OK;
        }
        arena->used = used;
        arena->top = arena->cap;
        if ((int)d.error == EXI_AGAIN) {
            mode |= READ_TRACKING;
        } else if (set->relaxed != NULL && (mode & READ_TYPED) == 0 && d.error != EXI_ROOT) {
            mode = READ_TYPED;
        } else {
            return refuse(message, d.error, d.reader.pos);
        }
    }
}
