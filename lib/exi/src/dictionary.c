/* SPDX-License-Identifier: MIT
 * Finding sets and names.
 */
#include "dictionary.h"

#include <string.h>

#include "base/assert.h"
#include "exi/json.h"

const struct exi_dictionary *exi_dictionary_at(unsigned i)
{
    return i < exi_dictionary_count ? exi_dictionaries[i] : NULL;
}

const struct exi_dictionary *exi_dictionary_find(const char *protocol)
{
    for (unsigned i = 0; i < exi_dictionary_count; i++) {
        if (strcmp(exi_dictionaries[i]->protocol, protocol) == 0) {
            return exi_dictionaries[i];
        }
    }
    return NULL;
}

const char *exi_dictionary_protocol(const struct exi_dictionary *dictionary)
{
    return dictionary->protocol;
}

const struct exi_set *exi_dictionary_set(const struct exi_dictionary *dictionary)
{
    return dictionary->set;
}

const struct exi_names *exi_names_of(const struct exi_dictionary *dictionary,
                                     const struct exi_module *module)
{
    unsigned i = 0;
    while (i < EXI_MAX_MODULES - 1 && dictionary->names[i]->module != module) {
        i++;
    }
    ASSERT(dictionary->names[i]->module == module);
    return dictionary->names[i];
}

const struct exi_row *exi_message_choice(const struct exi_set *set, unsigned root,
                                         const struct exi_module **module)
{
    const unsigned type = set->roots[root].type;
    *module = exi_module_of(set->module, type);
    const struct exi_type *t = &(*module)->types[type - (*module)->first];
    const struct exi_row *row = &(*module)->rows[t->row];
    if (set->fragment || t->n_rows != 2 || exi_row_kind(row + 1) != EXI_ROW_COMPLEX) {
        return NULL;
    }
    *module = exi_module_of(*module, row[1].type);
    t = &(*module)->types[row[1].type - (*module)->first];
    row = &(*module)->rows[t->row];
    return exi_row_kind(row) == EXI_ROW_CHOICE ? row : NULL;
}

/* V2G_Message is a header and a body, and a body is a choice. */
const char *exi_message_name(const struct exi_dictionary *dictionary,
                             const struct exi_message *message)
{
    const struct exi_set *set = dictionary->set;
    const struct exi_module *module;
    ASSERT(message->root < set->root_count);
    const struct exi_row *choice = exi_message_choice(set, message->root, &module);
    if (choice == NULL) {
        return dictionary->roots[message->root];
    }
    const unsigned type = set->roots[message->root].type;
    const struct exi_module *outer = exi_module_of(set->module, type);
    const struct exi_row *body = &outer->rows[outer->types[type - outer->first].row] + 1;
    const uint8_t *base = message->value;
    const unsigned which = exi_enum_load(base + body->offset + choice->offset);
    if (which == 0 || which > choice->n) {
        return dictionary->roots[message->root];
    }
    return exi_names_of(dictionary, module)->rows[(size_t)(choice - module->rows) + which];
}
