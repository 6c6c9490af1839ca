/* SPDX-License-Identifier: MIT */
#include "exi_random.h"

#include <string.h>

#include "../../lib/exi/src/arena.h"
#include "../../lib/exi/src/grammar.h"
#include "exi/din.h"
#include "exi/iso2.h"
#include "exi/iso20.h"
#include "exi/iso20_ac.h"
#include "exi/iso20_acdp.h"
#include "exi/iso20_dc.h"
#include "exi/iso20_wpt.h"
#include "exi/sap.h"

const struct exi_set *exi_random_set(unsigned i)
{
    static const struct exi_set *const sets[] = {
        &exi_set_sap,           &exi_set_din,
        &exi_set_din_fragment,  &exi_set_iso2,
        &exi_set_iso2_fragment, &exi_set_xmldsig,
        &exi_set_iso20,         &exi_set_iso20_fragment,
        &exi_set_iso20_ac,      &exi_set_iso20_ac_fragment,
        &exi_set_iso20_dc,      &exi_set_iso20_dc_fragment,
        &exi_set_iso20_acdp,    &exi_set_iso20_acdp_fragment,
        &exi_set_iso20_wpt,     &exi_set_iso20_wpt_fragment};
    return i < sizeof sets / sizeof sets[0] ? sets[i] : NULL;
}

static uint8_t choose(struct exi_choices *c)
{
    if (c->pos < c->len) {
        return c->bytes[c->pos++];
    }
    if (c->seed == 0) {
        return 0;
    }
    c->seed ^= c->seed << 13;
    c->seed ^= c->seed >> 7;
    c->seed ^= c->seed << 17;
    return (uint8_t)(c->seed >> 24);
}

static uint64_t choose_number(struct exi_choices *c)
{
    uint64_t value = 0;
    for (unsigned n = choose(c) % 9; n > 0; n--) {
        value = value << 8 | choose(c);
    }
    return value;
}

struct builder {
    struct exi_choices *choices;
    struct exi_arena *arena;
    bool full;
};

static uint8_t *take(struct builder *b, size_t size)
{
    uint8_t *at = exi_arena_take(b->arena, size);
    b->full = b->full || at == NULL;
    return at;
}

/* Bytes as a value that begins `shift` bits into the first. */
static struct exi_blob shifted(struct builder *b, const uint8_t *bytes, size_t len, unsigned shift)
{
    struct exi_blob blob = {.at = NULL, .len = (uint32_t)len & 0x1FFFFFFF, .shift = shift & 7};
    uint8_t *own = take(b, len + 1);
    if (own != NULL) {
        for (size_t i = 0; i < len; i++) {
            own[i] |= (uint8_t)(bytes[i] >> shift);
            own[i + 1] |= (uint8_t)(shift > 0 ? bytes[i] << (8 - shift) : 0);
        }
        blob.at = own;
    }
    return blob;
}

static size_t put_character(struct exi_choices *c, uint8_t *out)
{
    static const char *const wide[] = {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x94\x8C", "\xDF\xBF"};
    const uint8_t pick = choose(c);
    if (c->plain) {
        out[0] = (uint8_t)("abcdefghijklmnopqrstuvwxyz012345"[pick & 31]);
        return 1;
    }
    if (pick < 250) {
        out[0] = (uint8_t)(1 + pick % 127);
        return 1;
    }
    const char *one = wide[pick % 4];
    memcpy(out, one, strlen(one));
    return strlen(one);
}

static struct exi_blob random_bytes(struct builder *b, const struct exi_datatype *datatype,
                                    bool may_lack_value)
{
    uint8_t bytes[4 * 256];
    struct exi_choices *c = b->choices;
    const uint8_t how = choose(c);
    const unsigned limit = datatype->limit < 255 ? datatype->limit : 255;
    unsigned count = how == 1 ? limit : (how >> 3) % (limit + 1);
    size_t len = 0;
    if (c->plain) {
        count = count == 0 ? 1 : count;
    } else if (how == 2 && may_lack_value) {
        return (struct exi_blob){.at = exi_no_value, .len = 0, .shift = 0};
    }
    for (unsigned i = 0; i < count; i++) {
        if (datatype->kind == EXI_TEXT_VALUE) {
            len += put_character(c, bytes + len);
        } else {
            bytes[len++] = choose(c);
        }
    }
    return shifted(b, bytes, len, how & 7);
}

static struct exi_integer random_big(struct builder *b)
{
    uint8_t groups[EXI_MAX_INTEGER_LEN];
    const unsigned most = b->choices->plain ? 8 : EXI_MAX_INTEGER_LEN;
    const unsigned len = 1 + choose(b->choices) % most;
    for (unsigned i = 0; i < len; i++) {
        groups[i] = (uint8_t)((choose(b->choices) & 0x7F) | (i + 1 < len ? 0x80 : 0));
    }
    if (len > 1 && groups[len - 1] == 0) {
        groups[len - 1] = 1; /* as short as it can be: JSON does not know more */
    }
    const uint8_t sign = choose(b->choices);
    return (struct exi_integer){.groups = shifted(b, groups, len, sign & 7), .negative = sign >> 7};
}

static void put_integer(uint8_t *at, size_t size, uint64_t value)
{
    const uint32_t word = (uint32_t)value;
    const uint16_t half = (uint16_t)value;
    if (size == 1) {
        *at = (uint8_t)value;
    } else if (size == 2) {
        memcpy(at, &half, sizeof half);
    } else if (size == 4) {
        memcpy(at, &word, sizeof word);
    } else {
        memcpy(at, &value, sizeof value);
    }
}

static void put_value(struct builder *b, const struct exi_module *module, const struct exi_row *row,
                      uint8_t *at)
{
    const struct exi_datatype *datatype = &module->datatypes[row->type];
    const bool element = exi_row_kind(row) != EXI_ROW_ATTRIBUTE;
    if (datatype->kind == EXI_BOOL) {
        *at = choose(b->choices) & 1;
    } else if (datatype->kind == EXI_ENUM) {
        exi_enum_store(at, choose(b->choices) % datatype->limit);
    } else if (datatype->kind <= EXI_NBIT16) {
        const uint64_t offset = choose_number(b->choices) % datatype->limit;
        put_integer(at, exi_value_size(datatype), offset + (uint64_t)(int64_t)datatype->low);
    } else if (datatype->kind < EXI_BIG) {
        put_integer(at, exi_value_size(datatype), choose_number(b->choices));
    } else if (datatype->kind == EXI_BIG) {
        const struct exi_integer big = random_big(b);
        memcpy(at, &big, sizeof big);
    } else {
        const struct exi_blob blob = random_bytes(b, datatype, element);
        memcpy(at, &blob, sizeof blob);
    }
}

static void fill(struct builder *b, const struct exi_module *module, unsigned type, uint8_t *base);

static void put_one(struct builder *b, const struct exi_module *module, const struct exi_row *row,
                    uint8_t *at)
{
    if (exi_row_kind(row) == EXI_ROW_COMPLEX) {
        fill(b, module, row->type, at);
    } else {
        put_value(b, module, row, at);
    }
}

static void put_list(struct builder *b, const struct exi_module *module, const struct exi_row *row,
                     uint8_t *at)
{
    const struct exi_occurs *occurs = &exi_occurs[row->n];
    const size_t size = exi_row_size(module, row);
    const uint8_t how = choose(b->choices);
    unsigned count = occurs->low + how % 3U;
    if (how == 255 || (how > 240 && occurs->high <= 20)) {
        count = occurs->high < 300 ? occurs->high : 300;
    }
    count = count > occurs->high ? occurs->high : count;
    uint8_t *items = count > 0 ? take(b, count * size) : NULL;
    const uint16_t stored = (uint16_t)(items == NULL ? 0 : count);
    memcpy(at, &items, sizeof items);
    memcpy(at + sizeof items, &stored, sizeof stored);
    for (unsigned i = 0; i < stored && !b->full; i++) {
        put_one(b, module, row, items + i * size);
    }
}

static void put_single(struct builder *b, const struct exi_module *module,
                       const struct exi_row *row, uint8_t *base)
{
    uint8_t *at = base + row->offset;
    if ((row->kind & EXI_POINTER) != 0) {
        uint8_t *own = take(b, exi_row_size(module, row));
        memcpy(at, &own, sizeof own);
        at = own;
    }
    if (at == NULL) {
        return;
    }
    put_one(b, module, row, at);
    if ((row->kind & EXI_FLAGGED) != 0) {
        at[exi_row_size(module, row)] = true;
    }
}

static void put_choice(struct builder *b, const struct exi_module *module,
                       const struct exi_row *head, uint8_t *base)
{
    const unsigned first = choose(b->choices) % head->n;
    for (unsigned i = 0; i < head->n; i++) {
        const struct exi_row *row = head + 1 + (first + i) % head->n;
        if (exi_row_kind(row) < EXI_ROW_CHOICE) {
            exi_enum_store(base + head->offset, (unsigned)(row - head));
            put_single(b, module, row, base);
            return;
        }
    }
}

static void fill(struct builder *b, const struct exi_module *module, unsigned type, uint8_t *base)
{
    module = exi_module_of(module, type);
    const struct exi_type *t = &module->types[type - module->first];
    const struct exi_row *row = &module->rows[t->row];
    const struct exi_row *end = row + t->n_rows;
    for (; row != end && !b->full; row = exi_row_after(row)) {
        const bool skip = (row->kind & EXI_OPTIONAL) != 0 && (choose(b->choices) & 1) == 0;
        if (skip) {
            continue;
        }
        if (exi_row_kind(row) == EXI_ROW_CHOICE) {
            put_choice(b, module, row, base);
        } else if (exi_row_kind(row) < EXI_ROW_CHOICE && (row->kind & EXI_LIST) != 0) {
            put_list(b, module, row, base + row->offset);
        } else if (exi_row_kind(row) < EXI_ROW_CHOICE) {
            put_single(b, module, row, base);
        }
    }
}

bool exi_random_message(const struct exi_set *set, struct exi_choices *choices,
                        struct exi_arena *arena, struct exi_message *message)
{
    struct builder b = {.choices = choices, .arena = arena, .full = false};
    const unsigned root = choose(choices) % set->root_count;
    const unsigned type = set->roots[root].type;
    const struct exi_module *module = exi_module_of(set->module, type);
    uint8_t *base = take(&b, module->types[type - module->first].size);
    if (base != NULL) {
        fill(&b, module, type, base);
    }
    *message = (struct exi_message){.root = root, .value = base};
    return !b.full;
}

/* Comparison ---------------------------------------------------------------------------------- */

static bool same_bytes(const uint8_t *a, const uint8_t *b)
{
    struct exi_blob x;
    struct exi_blob y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    if (x.len != y.len || (x.at == NULL) != (y.at == NULL) ||
        (x.at == exi_no_value) != (y.at == exi_no_value)) {
        return false;
    }
    for (size_t i = 0; i < x.len; i++) {
        if (exi_blob_byte(x, i) != exi_blob_byte(y, i)) {
            return false;
        }
    }
    return true;
}

static bool same_value(const struct exi_datatype *datatype, const uint8_t *a, const uint8_t *b)
{
    struct exi_integer x;
    struct exi_integer y;
    if (datatype->kind == EXI_BIG) {
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        return x.negative == y.negative &&
               same_bytes((const uint8_t *)&x.groups, (const uint8_t *)&y.groups);
    }
    return datatype->kind > EXI_BIG ? same_bytes(a, b)
                                    : memcmp(a, b, exi_value_size(datatype)) == 0;
}

static bool same_type(const struct exi_module *module, unsigned type, const uint8_t *a,
                      const uint8_t *b);

static bool same_one(const struct exi_module *module, const struct exi_row *row, const uint8_t *a,
                     const uint8_t *b)
{
    return exi_row_kind(row) == EXI_ROW_COMPLEX ? same_type(module, row->type, a, b)
                                                : same_value(&module->datatypes[row->type], a, b);
}

static bool same_list(const struct exi_module *module, const struct exi_row *row, const uint8_t *a,
                      const uint8_t *b)
{
    const size_t size = exi_row_size(module, row);
    const unsigned count = exi_list_count(a);
    if (count != exi_list_count(b)) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!same_one(module, row, exi_pointer_load(a) + i * size,
                      exi_pointer_load(b) + i * size)) {
            return false;
        }
    }
    return true;
}

static bool same_single(const struct exi_module *module, const struct exi_row *row,
                        const uint8_t *a, const uint8_t *b)
{
    if ((row->kind & EXI_POINTER) != 0) {
        a = exi_pointer_load(a);
        b = exi_pointer_load(b);
        if (a == NULL || b == NULL) {
            return a == b;
        }
    }
    return same_one(module, row, a, b);
}

static bool same_row(const struct exi_module *module, const struct exi_row *row, const uint8_t *a,
                     const uint8_t *b)
{
    if ((row->kind & EXI_LIST) != 0) {
        return same_list(module, row, a + row->offset, b + row->offset);
    }
    if (exi_row_kind(row) == EXI_ROW_CHOICE) {
        const unsigned which = exi_enum_load(a + row->offset);
        if (which != exi_enum_load(b + row->offset)) {
            return false;
        }
        if (which == 0) {
            return true;
        }
        row += which;
    } else if ((row->kind & EXI_OPTIONAL) != 0) {
        const bool there = exi_row_present(module, row, a);
        if (there != exi_row_present(module, row, b) || !there) {
            return !there && !exi_row_present(module, row, b);
        }
    }
    return same_single(module, row, a + row->offset, b + row->offset);
}

static bool same_type(const struct exi_module *module, unsigned type, const uint8_t *a,
                      const uint8_t *b)
{
    module = exi_module_of(module, type);
    const struct exi_type *t = &module->types[type - module->first];
    const struct exi_row *row = &module->rows[t->row];
    const struct exi_row *end = row + t->n_rows;
    for (; row != end; row = exi_row_after(row)) {
        if (exi_row_kind(row) <= EXI_ROW_CHOICE && !same_row(module, row, a, b)) {
            return false;
        }
    }
    return true;
}

bool exi_messages_equal(const struct exi_set *set, const struct exi_message *a,
                        const struct exi_message *b)
{
    return a->root == b->root &&
           same_type(set->module, set->roots[a->root].type, a->value, b->value);
}
