/* SPDX-License-Identifier: MIT
 * Structs to JSON: the encoder's walk, with names instead of event codes.
 */
#include "exi/json.h"

#include "arena.h"
#include "base/assert.h"
#include "dictionary.h"

struct level {
    const struct exi_row *row;
    const struct exi_row *end;
    const struct exi_module *module;
    const uint8_t *base;
    unsigned count;
};

struct writer {
    const struct exi_dictionary *dictionary;
    struct exi_arena *scratch;
    struct json_writer *json;
    int depth;
    struct level levels[EXI_MAX_DEPTH];
};

static void enter(struct writer *w, const struct exi_module *module, unsigned type,
                  const uint8_t *base)
{
    module = exi_module_of(module, type);
    const struct exi_type *t = &module->types[type - module->first];
    ASSERT(w->depth + 1 < EXI_MAX_DEPTH);
    const struct exi_row *row = &module->rows[t->row];
    w->levels[++w->depth] =
        (struct level){.row = row, .end = row + t->n_rows, .module = module, .base = base};
    json_begin_object(w->json);
}

static struct exi_blob blob_at(const uint8_t *at)
{
    struct exi_blob blob;
    memcpy(&blob, at, sizeof blob);
    return blob;
}

/* Room for text that json_put_text needs in one piece. */
static char *scratch_text(struct writer *w, size_t len)
{
    return exi_arena_take(w->scratch, len);
}

static int put_text(struct writer *w, struct exi_blob text)
{
    char *copy = scratch_text(w, text.len);
    if (copy == NULL) {
        return E_NOSPACE;
    }
    if (exi_blob_copy(text, copy, text.len) < 0) {
        return E_ARG;
    }
    json_put_text(w->json, copy, text.len);
    return E_OK;
}

static int put_hex(struct writer *w, struct exi_blob blob)
{
    static const char digits[] = "0123456789ABCDEF";
    char *text = scratch_text(w, 2 * (size_t)blob.len);
    if (text == NULL) {
        return E_NOSPACE;
    }
    for (size_t i = 0; i < blob.len; i++) {
        const uint8_t byte = exi_blob_byte(blob, i);
        text[2 * i] = digits[byte >> 4];
        text[2 * i + 1] = digits[byte & 15];
    }
    json_put_text(w->json, text, 2 * (size_t)blob.len);
    return E_OK;
}

static int put_base64(struct writer *w, struct exi_blob blob)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t len = ((size_t)blob.len + 2) / 3 * 4;
    char *text = scratch_text(w, len);
    if (text == NULL) {
        return E_NOSPACE;
    }
    for (size_t i = 0, o = 0; i < blob.len; i += 3, o += 4) {
        uint32_t three = 0;
        const size_t left = blob.len - i;
        for (size_t k = 0; k < 3; k++) {
            three = three << 8 | (k < left ? exi_blob_byte(blob, i + k) : 0U);
        }
        for (unsigned k = 0; k < 4; k++) {
            text[o + k] = k <= left ? digits[three >> (18 - 6 * k) & 63] : '=';
        }
    }
    json_put_text(w->json, text, len);
    return E_OK;
}

/* All digits of an integer without bounds: long division of its groups of seven bits by ten. */
static int put_big(struct writer *w, const uint8_t *at)
{
    uint8_t groups[EXI_MAX_INTEGER_LEN + 1] = {0}; /* one for a carry */
    char text[EXI_MAX_INTEGER_LEN * 3];
    struct exi_integer big;
    memcpy(&big, at, sizeof big);
    const unsigned n = big.groups.len;
    if (big.groups.at == NULL || n == 0 || n >= sizeof groups) {
        return E_ARG;
    }
    for (unsigned i = 0; i < n; i++) {
        groups[i] = exi_blob_byte(big.groups, i) & 0x7F;
    }
    for (unsigned i = 0; big.negative && i <= n; i++) { /* -m - 1 is written: add the 1 */
        groups[i] = (groups[i] + 1) & 0x7F;
        if (groups[i] != 0) {
            break;
        }
    }
    size_t pos = sizeof text;
    bool left = true;
    while (left) {
        unsigned rest = 0;
        left = false;
        for (unsigned i = n + 1; i-- > 0;) {
            const unsigned value = rest << 7 | groups[i];
            groups[i] = (uint8_t)(value / 10);
            rest = value % 10;
            left = left || groups[i] != 0;
        }
        text[--pos] = (char)('0' + rest);
    }
    if (big.negative) {
        text[--pos] = '-';
    }
    json_put_digits(w->json, text + pos, sizeof text - pos);
    return E_OK;
}

static int put_enumeration(struct writer *w, const struct level *l,
                           const struct exi_datatype *datatype, const uint8_t *at)
{
    const struct exi_names *names = exi_names_of(w->dictionary, l->module);
    const unsigned value = exi_enum_load(at);
    if (value >= datatype->limit) {
        return E_ARG;
    }
    json_put_string(w->json, names->values[datatype - l->module->datatypes][value]);
    return E_OK;
}

static int put_bytes(struct writer *w, const struct exi_datatype *datatype, const uint8_t *at)
{
    const struct exi_blob blob = blob_at(at);
    const size_t used = w->scratch->used;
    int result = E_ARG;
    if (blob.at == exi_no_value) {
        json_put_null(w->json);
        return E_OK;
    }
    if (blob.at == NULL) {
        return E_ARG;
    }
    if (datatype->kind == EXI_TEXT_VALUE) {
        result = put_text(w, blob);
    } else if (datatype->kind == EXI_HEX) {
        result = put_hex(w, blob);
    } else {
        result = put_base64(w, blob);
    }
    w->scratch->used = used;
    return result;
}

static int put_value(struct writer *w, const struct level *l, const struct exi_row *row,
                     const uint8_t *at)
{
    const struct exi_datatype *datatype = &l->module->datatypes[row->type];
    switch ((enum exi_kind)datatype->kind) {
    case EXI_BOOL:
        json_put_bool(w->json, *at != 0);
        return E_OK;
    case EXI_ENUM:
        return put_enumeration(w, l, datatype, at);
    case EXI_NBIT8:
    case EXI_NBIT16:
    case EXI_INT16:
    case EXI_INT32:
    case EXI_INT64:
        json_put_int(w->json, (int64_t)exi_integer_load(datatype, at));
        return E_OK;
    case EXI_UINT16:
    case EXI_UINT32:
    case EXI_UINT64:
        json_put_uint(w->json, exi_integer_load(datatype, at));
        return E_OK;
    case EXI_BIG:
        return put_big(w, at);
    case EXI_TEXT_VALUE:
    case EXI_HEX:
    case EXI_BASE64:
    default:
        return put_bytes(w, datatype, at);
    }
}

static int put_row(struct writer *w, struct level *l, const struct exi_row *row, const uint8_t *at)
{
    if (exi_row_kind(row) == EXI_ROW_COMPLEX) {
        enter(w, l->module, row->type, at);
        return E_OK;
    }
    return put_value(w, l, row, at);
}

static void put_key(struct writer *w, const struct level *l, const struct exi_row *row)
{
    const char *name = exi_names_of(w->dictionary, l->module)->rows[row - l->module->rows];
    json_key(w->json, name == NULL ? "$" : name);
}

/* The next item of the list at the level's row, or its end. */
static int put_item(struct writer *w, struct level *l)
{
    const struct exi_row *row = l->row;
    const unsigned count = exi_list_count(l->base + row->offset);
    if (l->count == 0 && count > 0) {
        put_key(w, l, row);
        json_begin_array(w->json);
    }
    if (l->count == count) {
        if (count > 0) {
            json_end(w->json);
        }
        l->count = 0;
        l->row++;
        return E_OK;
    }
    const uint8_t *items = exi_pointer_load(l->base + row->offset);
    if (items == NULL) {
        return E_ARG;
    }
    return put_row(w, l, row, items + exi_row_size(l->module, row) * l->count++);
}

static int put_single(struct writer *w, struct level *l, const struct exi_row *row)
{
    const uint8_t *at = l->base + row->offset;
    l->row = exi_row_after(l->row);
    if ((row->kind & EXI_OPTIONAL) != 0 && !exi_row_present(l->module, row, l->base)) {
        return E_OK;
    }
    put_key(w, l, row);
    if ((row->kind & EXI_POINTER) != 0) {
        at = exi_pointer_load(at);
    }
    return at == NULL ? E_ARG : put_row(w, l, row, at);
}

static int put_next(struct writer *w, struct level *l)
{
    const struct exi_row *row = l->row;
    if ((row->kind & EXI_LIST) != 0) {
        return put_item(w, l);
    }
    if (exi_row_kind(row) == EXI_ROW_CHOICE) {
        const unsigned which = exi_enum_load(l->base + row->offset);
        if (which == 0) {
            l->row = exi_row_after(row);
            return (row->kind & EXI_OPTIONAL) != 0 ? E_OK : E_ARG;
        }
        row = which > row->n ? row : row + which;
    }
    if (exi_row_kind(row) >= EXI_ROW_CHOICE) {
        l->row = exi_row_after(l->row); /* a wildcard, which is never there */
        return (row->kind & EXI_OPTIONAL) != 0 ? E_OK : E_ARG;
    }
    return put_single(w, l, row);
}

int exi_json_write(const struct exi_dictionary *dictionary, const struct exi_message *message,
                   struct exi_arena *scratch, struct json_writer *w)
{
    const struct exi_set *set = dictionary->set;
    struct writer writer = {.dictionary = dictionary, .scratch = scratch, .json = w, .depth = -1};
    ASSERT(scratch != NULL && w != NULL);
    if (message->root >= set->root_count || message->value == NULL) {
        return E_ARG;
    }
    enter(&writer, set->module, set->roots[message->root].type, message->value);
    while (writer.depth >= 0) {
        struct level *l = &writer.levels[writer.depth];
        if (l->row == l->end) {
            json_end(w);
            writer.depth--;
            continue;
        }
        const int result = put_next(&writer, l);
        if (result != E_OK) {
            return result;
        }
    }
    return E_OK;
}
