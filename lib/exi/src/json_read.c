/* SPDX-License-Identifier: MIT
 * JSON to structs: the walk over the tables asks the object for each element by name.
 */
#include "json_read.h"

#include <string.h>

#include "base/assert.h"

const char *exi_json_error_name(enum exi_json_error error)
{
    static const char *const names[] = {"EXI_JSON_OK",      "EXI_JSON_MESSAGE", "EXI_JSON_KEY",
                                        "EXI_JSON_MISSING", "EXI_JSON_TYPE",    "EXI_JSON_VALUE",
                                        "EXI_JSON_ARENA"};
    return (unsigned)error < sizeof names / sizeof names[0] ? names[error] : "EXI_JSON_?";
}

bool exi_json_fail(struct exi_json_builder *b, enum exi_json_error error)
{
    if (b->fault->error == EXI_JSON_OK) {
        b->fault->error = error;
        b->fault->element = b->element;
    }
    return false;
}

static bool enter(struct exi_json_builder *b, const struct exi_module *module, unsigned type,
                  uint8_t *base, int object)
{
    module = exi_module_of(module, type);
    const struct exi_type *t = &module->types[type - module->first];
    ASSERT(b->depth + 1 < EXI_MAX_DEPTH);
    const struct exi_row *row = &module->rows[t->row];
    if (json_type_of(b->json, object) != JSON_OBJECT) {
        return exi_json_fail(b, EXI_JSON_TYPE);
    }
    b->levels[++b->depth] = (struct exi_json_level){
        .row = row, .end = row + t->n_rows, .module = module, .base = base, .object = object};
    return true;
}

/* The member of the level's object that a row stands for. */
static int member_of(struct exi_json_builder *b, struct exi_json_level *l,
                     const struct exi_row *row)
{
    const char *name = exi_names_of(b->dictionary, l->module)->rows[row - l->module->rows];
    const int value = json_member(b->json, l->object, name == NULL ? "$" : name);
    b->element = name == NULL ? b->element : name;
    if (value != JSON_ABSENT) {
        l->taken++;
    }
    return value;
}

static bool build(struct exi_json_builder *b, const struct exi_json_level *l,
                  const struct exi_row *row, uint8_t *at, int value)
{
    if (exi_row_kind(row) == EXI_ROW_COMPLEX) {
        return enter(b, l->module, row->type, at, value);
    }
    b->names = exi_names_of(b->dictionary, l->module);
    const struct exi_datatype *datatype = &l->module->datatypes[row->type];
    if (!exi_json_read_value(b, datatype, at, value)) {
        return false;
    }
    if ((row->kind & EXI_FLAGGED) != 0) {
        at[exi_value_size(datatype)] = true;
    }
    return true;
}

static void *take(struct exi_json_builder *b, size_t size)
{
    void *at = exi_arena_take(b->arena, size);
    if (at == NULL) {
        exi_json_fail(b, EXI_JSON_ARENA);
    }
    return at;
}

/* The array of a list: room for all its items at once, since their number is known. */
static bool begin_list(struct exi_json_builder *b, struct exi_json_level *l)
{
    const struct exi_row *row = l->row;
    const int array = member_of(b, l, row);
    if (array == JSON_ABSENT) {
        l->row++;
        return (row->kind & EXI_OPTIONAL) != 0 || exi_json_fail(b, EXI_JSON_MISSING);
    }
    const int count = json_count(b->json, array);
    if (json_type_of(b->json, array) != JSON_ARRAY) {
        return exi_json_fail(b, EXI_JSON_TYPE);
    }
    if (count == 0 || count > EXI_MAX_COUNT) {
        return exi_json_fail(b, EXI_JSON_VALUE);
    }
    const uint16_t stored = (uint16_t)count;
    uint8_t *items = take(b, exi_row_size(l->module, row) * stored);
    if (items == NULL) {
        return false;
    }
    memcpy(l->base + row->offset, &items, sizeof items);
    memcpy(l->base + row->offset + sizeof items, &stored, sizeof stored);
    l->items = items;
    l->item = json_first(b->json, array);
    l->left = stored;
    return true;
}

static bool next_item(struct exi_json_builder *b, struct exi_json_level *l)
{
    const struct exi_row *row = l->row;
    const int item = l->item;
    uint8_t *at = l->items;
    l->items += exi_row_size(l->module, row);
    l->item = json_next(b->json, item);
    if (--l->left == 0) {
        l->row++;
    }
    return build(b, l, row, at, item);
}

static bool read_single(struct exi_json_builder *b, struct exi_json_level *l,
                        const struct exi_row *row, int value)
{
    uint8_t *at = l->base + row->offset;
    if ((row->kind & EXI_POINTER) != 0) {
        uint8_t *own = take(b, exi_row_size(l->module, row));
        if (own == NULL) {
            return false;
        }
        memcpy(at, &own, sizeof own);
        at = own;
    }
    return build(b, l, row, at, value);
}

static bool read_choice(struct exi_json_builder *b, struct exi_json_level *l)
{
    const struct exi_row *head = l->row;
    l->row = exi_row_after(head);
    for (unsigned which = 1; which <= head->n; which++) {
        const struct exi_row *row = head + which;
        if (exi_row_kind(row) >= EXI_ROW_CHOICE) {
            continue;
        }
        const int value = member_of(b, l, row);
        if (value != JSON_ABSENT) {
            exi_enum_store(l->base + head->offset, which);
            return read_single(b, l, row, value);
        }
    }
    return (head->kind & EXI_OPTIONAL) != 0 || exi_json_fail(b, EXI_JSON_MISSING);
}

static bool read_next(struct exi_json_builder *b, struct exi_json_level *l)
{
    const struct exi_row *row = l->row;
    if (l->left > 0) {
        return next_item(b, l);
    }
    if ((row->kind & EXI_LIST) != 0) {
        return begin_list(b, l);
    }
    if (exi_row_kind(row) == EXI_ROW_CHOICE) {
        return read_choice(b, l);
    }
    l->row++;
    if (exi_row_kind(row) >= EXI_ROW_CHOICE) {
        return true; /* a wildcard has no name; an object with such a key is refused at its end */
    }
    const int value = member_of(b, l, row);
    if (value == JSON_ABSENT) {
        return (row->kind & EXI_OPTIONAL) != 0 || exi_json_fail(b, EXI_JSON_MISSING);
    }
    return read_single(b, l, row, value);
}

/* The root that a message's name stands for: a root element, or a V2G_Message by its body. */
static bool find_root(struct exi_json_builder *b, const char *name, unsigned *root)
{
    const struct exi_set *set = b->dictionary->set;
    for (unsigned i = 0; i < set->root_count; i++) {
        const struct exi_module *module;
        *root = i;
        if (strcmp(b->dictionary->roots[i], name) == 0) {
            return true;
        }
        const struct exi_row *choice = exi_message_choice(set, i, &module);
        for (unsigned k = 1; choice != NULL && k <= choice->n; k++) {
            const char *one =
                exi_names_of(b->dictionary, module)->rows[choice - module->rows + (int)k];
            if (one != NULL && strcmp(one, name) == 0) {
                return true;
            }
        }
    }
    return exi_json_fail(b, EXI_JSON_MESSAGE);
}

static bool walk(struct exi_json_builder *b)
{
    while (b->depth >= 0) {
        struct exi_json_level *l = &b->levels[b->depth];
        if (l->row != l->end) {
            if (!read_next(b, l)) {
                return false;
            }
        } else if (l->taken != json_count(b->json, l->object)) {
            return exi_json_fail(b, EXI_JSON_KEY);
        } else {
            b->depth--;
        }
    }
    return true;
}

int exi_json_read(const struct exi_dictionary *dictionary, const struct exi_json_source *source,
                  struct exi_arena *arena, struct exi_message *message,
                  struct exi_json_fault *fault)
{
    const struct exi_set *set = dictionary->set;
    struct exi_json_builder b = {.dictionary = dictionary,
                                 .json = source->json,
                                 .arena = arena,
                                 .fault = fault,
                                 .element = source->name,
                                 .depth = -1};
    const size_t used = arena->used;
    unsigned root = 0;
    ASSERT(source->name != NULL && source->json != NULL && arena->used <= arena->top);
    *fault = (struct exi_json_fault){.error = EXI_JSON_OK, .element = source->name};
    if (!find_root(&b, source->name, &root)) {
        return E_MALFORMED;
    }
    const unsigned type = set->roots[root].type;
    const struct exi_module *module = exi_module_of(set->module, type);
    uint8_t *value = take(&b, module->types[type - module->first].size);
    if (value == NULL || !enter(&b, module, type, value, source->value) || !walk(&b)) {
        arena->used = used;
        return fault->error == EXI_JSON_ARENA ? E_NOSPACE : E_MALFORMED;
    }
    *message = (struct exi_message){.root = root, .value = value};
    return E_OK;
}
