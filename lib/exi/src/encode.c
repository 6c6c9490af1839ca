/* SPDX-License-Identifier: MIT
 * The encoder's walk over the same tables: at each state it looks at the struct for what comes next
 * and writes that row's event code. Nothing recurses.
 */
#include "encode.h"

#include "base/assert.h"

bool exi_encoder_fail(struct exi_encoder *e, enum exi_error error)
{
    if (e->error == EXI_OK) {
        e->error = error;
    }
    return false;
}

static void enter(struct exi_encoder *e, const struct exi_module *module, unsigned type,
                  const uint8_t *base)
{
    module = exi_module_of(module, type);
    const struct exi_type *t = &module->types[type - module->first];
    ASSERT(e->depth + 1 < EXI_MAX_DEPTH);
    struct exi_source *f = &e->frames[++e->depth];
    f->row = &module->rows[t->row];
    f->end = f->row + t->n_rows;
    f->module = module;
    f->base = base;
    f->count = 0;
    f->end_codes = (t->flags & EXI_MIXED_TYPE) != 0 ? 2 : 1;
    f->text_type = (t->flags & EXI_TEXT_TYPE) != 0;
}

/* The row of a choice that the struct names; NULL when there is no such alternative. */
static const struct exi_row *chosen(struct exi_encoder *e, const struct exi_source *f,
                                    const struct exi_row *row)
{
    const unsigned which = exi_enum_load(f->base + row->offset);
    if (which == 0 || which > row->n) {
        exi_encoder_fail(e, which == 0 ? EXI_MISSING : EXI_CHOICE);
        return NULL;
    }
    return row + which;
}

/* Moves the frame to the next row that is there and finds the event code it has now, counted from
 * `code`. */
static unsigned next_row(struct exi_encoder *e, struct exi_source *f, unsigned code)
{
    for (; f->row != f->end; f->row = exi_row_after(f->row)) {
        const unsigned kind = exi_row_kind(f->row);
        const bool refused = kind == EXI_ROW_WILDCARD || kind == EXI_ROW_ABSTRACT;
        if ((f->row->kind & EXI_OPTIONAL) == 0) {
            if (refused) {
                exi_encoder_fail(e, EXI_WILDCARD);
            }
            break;
        }
        if (!refused && exi_row_present(f->module, f->row, f->base)) {
            break;
        }
        code += exi_row_codes(f->row);
    }
    return code;
}

/* In the middle of a list: whether another item follows, whose event code is then written. The
 * codes that the state has of its own are left in *own, for what follows else. */
static bool write_next_item(struct exi_encoder *e, struct exi_source *f, unsigned *own)
{
    const struct exi_row *row = f->row;
    const struct exi_occurs *occurs = &exi_occurs[row->n];
    if (f->count < exi_list_count(f->base + row->offset)) {
        const unsigned others = row + 1 == f->end ? f->end_codes : row[1].fanout;
        exi_put(&e->writer, 0, exi_code_bits(f->count < occurs->low ? 1 : 1 + others));
        return true;
    }
    *own = f->count < occurs->high || occurs->high == EXI_MAX_COUNT;
    f->count = 0;
    f->row++;
    return false;
}

/* Writes the event code of what comes next and leaves the frame there; the end of the rows is EE.
 */
static bool write_event(struct exi_encoder *e, struct exi_source *f)
{
    unsigned own = 0;
    if (f->count > 0 && write_next_item(e, f, &own)) {
        return true;
    }
    const unsigned n = own + (f->row == f->end ? f->end_codes : f->row->fanout);
    unsigned code = next_row(e, f, own);
    if (f->row != f->end && exi_row_kind(f->row) == EXI_ROW_CHOICE) {
        const struct exi_row *one = chosen(e, f, f->row);
        code += one == NULL ? 0 : (unsigned)(one - f->row - 1);
    }
    exi_put(&e->writer, code, exi_code_bits(n));
    return e->error == EXI_OK;
}

/* The struct or value of a row: its own, in a list, or somewhere else. */
static const uint8_t *find(struct exi_encoder *e, const struct exi_source *f,
                           const struct exi_row *row, size_t size)
{
    const uint8_t *at = f->base + row->offset;
    if ((row->kind & (EXI_LIST | EXI_POINTER)) == 0) {
        return at;
    }
    at = exi_pointer_load(at);
    if (at == NULL) {
        exi_encoder_fail(e, EXI_MISSING);
    } else if ((row->kind & EXI_LIST) != 0) {
        at += f->count * size;
    }
    return at;
}

static void advance(struct exi_source *f)
{
    if ((f->row->kind & EXI_LIST) != 0) {
        f->count++;
    } else {
        f->row = exi_row_after(f->row);
    }
}

/* A list may begin when it has neither too few nor too many items. */
static bool list_fits(struct exi_encoder *e, const struct exi_source *f, const struct exi_row *row)
{
    if ((row->kind & EXI_LIST) == 0 || f->count > 0) {
        return true;
    }
    const unsigned count = exi_list_count(f->base + row->offset);
    const struct exi_occurs *occurs = &exi_occurs[row->n];
    if (count == 0) {
        return exi_encoder_fail(e, EXI_MISSING);
    }
    return (count >= occurs->low && count <= occurs->high) || exi_encoder_fail(e, EXI_COUNT);
}

/* CH value EE, or the end instead. `start` zero bits stand before it. */
static bool write_element(struct exi_encoder *e, const struct exi_datatype *datatype,
                          const uint8_t *at, unsigned start)
{
    if (datatype->kind <= EXI_NBIT16) {
        return exi_encode_small(e, datatype, at, start + 2);
    }
    if (datatype->kind >= EXI_TEXT_VALUE && exi_pointer_load(at) == exi_no_value) {
        exi_put(&e->writer, 1, start + 1);
        exi_put(&e->writer, EXI_SECOND_LEVEL_EE, EXI_SECOND_LEVEL_BITS);
        return true;
    }
    exi_put(&e->writer, 0, start + 1);
    if (!exi_encode_value(e, datatype, at)) {
        return false;
    }
    exi_put(&e->writer, 0, 1);
    return true;
}

static bool write_simple(struct exi_encoder *e, struct exi_source *f, const struct exi_row *row)
{
    const struct exi_datatype *datatype = &f->module->datatypes[row->type];
    const uint8_t *at = f->base + row->offset;
    if ((row->kind & EXI_LIST) != 0) {
        at = find(e, f, row, exi_value_size(datatype));
    }
    advance(f);
    if (at == NULL) {
        return false;
    }
    return exi_row_kind(row) == EXI_ROW_SIMPLE ? write_element(e, datatype, at, 0)
                                               : exi_encode_value(e, datatype, at);
}

static bool write_complex(struct exi_encoder *e, struct exi_source *f, const struct exi_row *row)
{
    const uint8_t *at = find(e, f, row, exi_row_size(f->module, row));
    if (at == NULL) {
        return false;
    }
    advance(f);
    enter(e, f->module, row->type, at);
    return true;
}

static bool write_row(struct exi_encoder *e, struct exi_source *f)
{
    const struct exi_row *row = f->row;
    if (exi_row_kind(row) == EXI_ROW_CHOICE) {
        row = chosen(e, f, row);
        if (row == NULL) {
            return false;
        }
    }
    if (!list_fits(e, f, row)) {
        return false;
    }
    switch (exi_row_kind(row)) {
    case EXI_ROW_SIMPLE:
    case EXI_ROW_ATTRIBUTE:
    case EXI_ROW_CONTENT:
        return write_simple(e, f, row);
    case EXI_ROW_COMPLEX:
        return write_complex(e, f, row);
    default:
        return exi_encoder_fail(e, EXI_CHOICE);
    }
}

/* Whether what is left of a text type is nothing, not even an empty value: then EE of the second
 * level is written, instead of CH and EE. */
static bool write_empty_end(struct exi_encoder *e, struct exi_source *f)
{
    const struct exi_row *row = f->end - 1;
    if (f->row == f->end || exi_pointer_load(f->base + row->offset) != exi_no_value) {
        return false;
    }
    for (const struct exi_row *r = f->row; r != row; r++) {
        if ((r->kind & EXI_OPTIONAL) == 0 || exi_row_present(f->module, r, f->base)) {
            return false;
        }
    }
    exi_put(&e->writer, f->row->fanout, exi_code_bits(f->row->fanout));
    exi_put(&e->writer, EXI_SECOND_LEVEL_EE, EXI_SECOND_LEVEL_BITS);
    f->row = f->end;
    return true;
}

/* Elements that must be there, hold one value and lie in their struct, one after the other. */
static bool write_plain(struct exi_encoder *e, struct exi_source *f)
{
    const struct exi_row *row = f->row;
    do {
        const struct exi_datatype *datatype = &f->module->datatypes[row->type];
        if (!write_element(e, datatype, f->base + row->offset, 1)) {
            return false;
        }
        row++;
    } while (row != f->end && row->kind == EXI_ROW_SIMPLE && row->fanout == 1);
    f->row = row;
    return true;
}

static bool write_step(struct exi_encoder *e, struct exi_source *f)
{
    const struct exi_row *row = f->row;
    if (row == f->end && f->end_codes == 1) {
        exi_put(&e->writer, 0, 1);
        e->depth--;
        return true;
    }
    if (row != f->end && row->fanout == 1) {
        if (row->kind == EXI_ROW_SIMPLE) {
            return write_plain(e, f);
        }
        if (row->kind == EXI_ROW_COMPLEX) {
            exi_put(&e->writer, 0, 1);
            f->row++;
            enter(e, f->module, row->type, f->base + row->offset);
            return true;
        }
    }
    if (f->text_type && write_empty_end(e, f)) {
        e->depth--;
        return true;
    }
    if (!write_event(e, f)) {
        return false;
    }
    if (f->row == f->end) {
        e->depth--;
        return true;
    }
    return write_row(e, f);
}

static bool walk(struct exi_encoder *e)
{
    while (e->depth >= 0) {
        if (!write_step(e, &e->frames[e->depth])) {
            return false;
        }
        if (e->writer.failed) {
            return exi_encoder_fail(e, EXI_NOSPACE);
        }
    }
    return true;
}

static bool write_relaxed(struct exi_encoder *e, const struct exi_relaxed *relaxed)
{
    const struct exi_source *f = &e->frames[e->depth--];
    const struct exi_datatype *datatypes = f->module->datatypes;
    exi_put(&e->writer, relaxed->attribute, relaxed->bits);
    if (!exi_encode_value(e, &datatypes[f->row[0].type], f->base + f->row[0].offset)) {
        return false;
    }
    if (exi_pointer_load(f->base + f->row[1].offset) == exi_no_value) {
        exi_put(&e->writer, exi_relaxed_end(relaxed), relaxed->bits);
        return true;
    }
    exi_put(&e->writer, relaxed->text, relaxed->bits);
    if (!exi_encode_value(e, &datatypes[f->row[1].type], f->base + f->row[1].offset)) {
        return false;
    }
    exi_put(&e->writer, relaxed->end, relaxed->end_bits);
    return true;
}

static bool write_message(struct exi_encoder *e, const struct exi_set *set,
                          const struct exi_message *message)
{
    if (message->root >= set->root_count) {
        return exi_encoder_fail(e, EXI_ROOT);
    }
    if (message->value == NULL) {
        return exi_encoder_fail(e, EXI_MISSING);
    }
    const struct exi_root *root = &set->roots[message->root];
    exi_put(&e->writer, 0x80, 8);
    exi_put(&e->writer, root->code, set->root_bits);
    e->depth = -1;
    enter(e, set->module, root->type, message->value);
    const bool relaxed = set->relaxed != NULL && set->relaxed->root == message->root;
    if (relaxed ? !write_relaxed(e, set->relaxed) : !walk(e)) {
        return false;
    }
    if (set->fragment) {
        exi_put(&e->writer, set->root_codes - 1U, set->root_bits);
    }
    return true;
}

int exi_encode_run(struct exi_encoder *e, const struct exi_set *set, struct exi_message *message)
{
    ASSERT(set != NULL && message != NULL && (e->writer.data != NULL || e->writer.cap == 0));
    e->error = EXI_OK;
    const bool written = write_message(e, set, message);
    message->bits = exi_writer_bits(&e->writer);
    if (written) {
        exi_writer_finish(&e->writer);
    }
    if (e->writer.failed || e->writer.len > EXI_MAX_LEN) {
        e->error = EXI_NOSPACE;
    }
    message->error = e->error;
    if (e->error != EXI_OK) {
        return e->error == EXI_NOSPACE || e->error == EXI_ARENA ? E_NOSPACE : E_ARG;
    }
    return (int)e->writer.len;
}

int exi_encode(const struct exi_set *set, struct exi_message *message, void *out, size_t cap)
{
    struct exi_encoder e;
    e.writer = (struct exi_writer){.data = out, .cap = cap};
    e.refer = NULL;
    return exi_encode_run(&e, set, message);
}
