/* SPDX-License-Identifier: MIT
 * What the two halves of reading JSON share.
 */
#ifndef EXI_SRC_JSON_READ_H
#define EXI_SRC_JSON_READ_H

#include "arena.h"
#include "dictionary.h"
#include "exi/json.h"

struct exi_json_level {
    const struct exi_row *row;
    const struct exi_row *end;
    const struct exi_module *module;
    uint8_t *base;
    uint8_t *items; /* of the list at `row`: where the next goes */
    int object;
    int item;       /* of the list at `row`: the next in the text */
    uint16_t taken; /* members of the object that were asked for and found */
    uint16_t left;  /* items of the list to come */
};

struct exi_json_builder {
    const struct exi_dictionary *dictionary;
    const struct json_reader *json;
    struct exi_arena *arena;
    struct exi_json_fault *fault;
    const char *element; /* what is being read, for the fault */
    const struct exi_names *names;
    int depth;
    struct exi_json_level levels[EXI_MAX_DEPTH];
};

/* Keeps the first error. Returns false. */
bool exi_json_fail(struct exi_json_builder *b, enum exi_json_error error);
/* Reads a simple value into its place; b->names are those of the datatype's module. */
bool exi_json_read_value(struct exi_json_builder *b, const struct exi_datatype *datatype,
                         uint8_t *at, int value);

#endif
