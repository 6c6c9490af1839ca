/* SPDX-License-Identifier: MIT
 * The decoder's walk over the tables. One turn of the loop reads one event code, finds its row and
 * reads a value or enters an element; nothing recurses, and each turn consumes at least one bit.
 */
#include "base/assert.h"
#include "decoder.h"

bool exi_decoder_fail(struct exi_decoder *d, enum exi_error error)
{
    if (d->error == EXI_OK) {
        d->error = d->reader.failed ? EXI_TRUNCATED : error;
    }
    return false;
}

void exi_decoder_enter(struct exi_decoder *d, const struct exi_module *module, unsigned type,
                       void *base)
{
    module = exi_module_of(module, type);
    const struct exi_type *t = &module->types[type - module->first];
    struct exi_frame *f = d->frame + 1;
    ASSERT(f <= d->frames + EXI_MAX_DEPTH);
    d->frame = f;
    f->row = &module->rows[t->row];
    f->end = f->row + t->n_rows;
    f->module = module;
    f->base = base;
    f->count = 0;
    f->end_codes = (t->flags & EXI_MIXED_TYPE) != 0 ? 2 : 1;
}

/* Productions of a state in the middle of a list: see grammar.h. */
static unsigned list_productions(const struct exi_frame *f)
{
    const struct exi_row *next = f->row + 1;
    if (f->count < exi_occurs[f->row->n].low) {
        return 1;
    }
    return 1U + (next == f->end ? f->end_codes : next->fanout);
}

/* The list at the frame's row is complete: its items go where they stay. */
static bool close_list(struct exi_decoder *d, struct exi_frame *f)
{
    const size_t size = exi_row_size(f->module, f->row);
    ASSERT(f->count > 0 && (f->row->kind & EXI_LIST) != 0);
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
    if (!text || exi_take(&d->reader, EXI_SECOND_LEVEL_BITS) != EXI_SECOND_LEVEL_EE) {
        return exi_decoder_fail(d, EXI_DEVIATION);
    }
    memcpy(at, &empty, sizeof empty);
    return true;
}

/* A code that no production has. Behind the escape only one thing is understood. */
static bool read_escape(struct exi_decoder *d, struct exi_frame *f, bool escape)
{
    while (f->row != f->end && exi_row_kind(f->row) == EXI_ROW_ATTRIBUTE &&
           (f->row->kind & EXI_OPTIONAL) != 0) {
        f->row++;
    }
    if (!escape || f->row == f->end || exi_row_kind(f->row) != EXI_ROW_CONTENT) {
        return exi_decoder_fail(d, escape ? EXI_DEVIATION : EXI_EVENT_CODE);
    }
    const struct exi_row *row = f->row;
    f->row = f->end;
    f->alternative = 0;
    return read_empty(d, &f->module->datatypes[row->type], f->base + row->offset);
}

/* Reads an event code and moves the frame to the row it stands for. */
static bool read_event(struct exi_decoder *d, struct exi_frame *f)
{
    unsigned n = f->row == f->end ? f->end_codes : f->row->fanout;
    if (f->count > 0) {
        n = list_productions(f);
    }
    unsigned code = exi_take(&d->reader, exi_code_bits(n));
    if (code >= n) {
        return read_escape(d, f, code == n);
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
    return true;
}

/* Room for what is not inside its parent: an item of a list, or a struct of its own. */
static uint8_t *place_apart(struct exi_decoder *d, struct exi_frame *f, const struct exi_row *row)
{
    const size_t size = exi_row_size(f->module, row);
    uint8_t *own;
    if ((row->kind & EXI_LIST) != 0) {
        if (f->count == 0) {
            f->list_top = d->arena->top;
        }
        own = exi_arena_push(d->arena, size, f->count == 0);
    } else {
        own = exi_arena_take(d->arena, size);
        memcpy(f->base + row->offset, &own, sizeof own);
    }
    if (own == NULL) {
        exi_decoder_fail(d, EXI_ARENA);
    }
    return own;
}

static inline uint8_t *place(struct exi_decoder *d, struct exi_frame *f, const struct exi_row *row)
{
    return (row->kind & (EXI_LIST | EXI_POINTER)) == 0 ? f->base + row->offset
                                                       : place_apart(d, f, row);
}

/* CH, an n-bit value and EE are taken at once. */
static bool read_small_element(struct exi_decoder *d, const struct exi_datatype *datatype,
                               uint8_t *at)
{
    const unsigned bits = datatype->bits;
    const unsigned value = exi_take(&d->reader, bits + 2U);
    if (value >> (bits + 1) != 0 || (value & 1) != 0) {
        return exi_decoder_fail(d, EXI_DEVIATION);
    }
    return exi_store_small(d, datatype, value >> 1, at);
}

/* CH value EE; CH may be missing. */
static bool read_element(struct exi_decoder *d, const struct exi_datatype *datatype, uint8_t *at)
{
    if (datatype->kind <= EXI_NBIT16) {
        return read_small_element(d, datatype, at);
    }
    if (exi_take(&d->reader, 1) != 0) {
        return read_empty(d, datatype, at);
    }
    if (!exi_decode_value(d, datatype, at)) {
        return false;
    }
    return exi_take(&d->reader, 1) == 0 || exi_decoder_fail(d, EXI_DEVIATION);
}

static bool read_simple(struct exi_decoder *d, struct exi_frame *f, const struct exi_row *row)
{
    const struct exi_datatype *datatype = &f->module->datatypes[row->type];
    uint8_t *at = place(d, f, row);
    if (at == NULL) {
        return false;
    }
    const bool element = exi_row_kind(row) == EXI_ROW_SIMPLE;
    if (!(element ? read_element(d, datatype, at) : exi_decode_value(d, datatype, at))) {
        return false;
    }
    if ((row->kind & EXI_FLAGGED) != 0) {
        at[exi_value_size(datatype)] = true;
    }
    return advance(d, f);
}

static bool read_complex(struct exi_decoder *d, struct exi_frame *f, const struct exi_row *row)
{
    uint8_t *base = place(d, f, row);
    if (base == NULL) {
        return false;
    }
    exi_decoder_enter(d, f->module, row->type, base);
    return true;
}

static bool read_row(struct exi_decoder *d, struct exi_frame *f)
{
    const struct exi_row *row = f->row;
    if (exi_row_kind(row) == EXI_ROW_CHOICE) {
        exi_enum_store(f->base + row->offset, f->alternative + 1U);
        row += 1 + f->alternative;
    }
    const unsigned kind = exi_row_kind(row);
    if (kind == EXI_ROW_COMPLEX) {
        return read_complex(d, f, row);
    }
    if (kind < EXI_ROW_CHOICE) {
        return read_simple(d, f, row);
    }
    return exi_decoder_fail(d, kind == EXI_ROW_ABSTRACT ? EXI_ABSTRACT : EXI_WILDCARD);
}

/* EE: back to the parent, if there is one. */
static bool leave(struct exi_decoder *d)
{
    if (d->frame->alternative != 0) {
        return exi_decoder_fail(d, EXI_MIXED);
    }
    d->frame--;
    return d->frame == d->frames || advance(d, d->frame);
}

/* The rows that are most of a message, elements that must be there, hold one value and lie in their
 * struct, one after the other without the questions that other rows ask. */
static bool read_plain(struct exi_decoder *d, struct exi_frame *f)
{
    const struct exi_row *row = f->row;
    const struct exi_row *end = f->end;
    do {
        const struct exi_datatype *datatype = &f->module->datatypes[row->type];
        uint8_t *at = f->base + row->offset;
        if (datatype->kind <= EXI_NBIT16) { /* SE, CH, value and EE are taken at once */
            const unsigned value = exi_take(&d->reader, datatype->bits + 3U);
            if (value >> (datatype->bits + 1) != 0 || (value & 1) != 0) {
                return exi_decoder_fail(d, EXI_DEVIATION);
            }
            if (!exi_store_small(d, datatype, value >> 1, at)) {
                return false;
            }
        } else if (exi_take(&d->reader, 1) != 0) {
            return exi_decoder_fail(d, EXI_DEVIATION);
        } else if (!read_element(d, datatype, at)) {
            return false;
        }
        row++;
    } while (row != end && row->kind == EXI_ROW_SIMPLE && row->fanout == 1);
    f->row = row;
    return true;
}

/* Whether the one production of a state comes: SE of an element that must, EE where nothing else
 * may. */
static inline bool read_only_event(struct exi_decoder *d)
{
    return exi_take(&d->reader, 1) == 0 || exi_decoder_fail(d, EXI_DEVIATION);
}

static bool read_step(struct exi_decoder *d)
{
    struct exi_frame *f = d->frame;
    const struct exi_row *row = f->row;
    if (row == f->end && f->end_codes == 1) {
        f->alternative = 0;
        return read_only_event(d) && leave(d);
    }
    if (row != f->end && row->fanout == 1) {
        if (row->kind == EXI_ROW_SIMPLE) {
            return read_plain(d, f);
        }
        if (row->kind == EXI_ROW_COMPLEX) {
            exi_decoder_enter(d, f->module, row->type, f->base + row->offset);
            return read_only_event(d);
        }
    }
    return read_event(d, f) && (f->row == f->end ? leave(d) : read_row(d, f));
}

bool exi_decoder_walk(struct exi_decoder *d)
{
    while (d->frame != d->frames) {
        if (!read_step(d)) {
            return false;
        }
        if (d->reader.failed) {
            return exi_decoder_fail(d, EXI_TRUNCATED);
        }
    }
    return true;
}
