/* SPDX-License-Identifier: MIT
 * Names of elements and values beside the tables, for what people read. Nothing that speaks to a
 * car needs them, so a microcontroller does not link them.
 */
#ifndef EXI_SRC_DICTIONARY_H
#define EXI_SRC_DICTIONARY_H

#include "grammar.h"

struct exi_names {
    const struct exi_module *module;
    const char *const *rows;          /* by row; NULL where there is no name */
    const char *const *const *values; /* by datatype: an enumeration's values, else NULL */
};

enum { EXI_MAX_MODULES = 3 };

struct exi_dictionary {
    const char *protocol; /* "iso20dcfrag" */
    const struct exi_set *set;
    const char *const *roots;
    const struct exi_names *names[EXI_MAX_MODULES];
};

extern const struct exi_dictionary *const exi_dictionaries[];
extern const unsigned exi_dictionary_count;

/* The names that belong to a module of the dictionary's set. */
const struct exi_names *exi_names_of(const struct exi_dictionary *dictionary,
                                     const struct exi_module *module);
/* The choice in the body of a V2G_Message, and the module it is in; NULL for other roots. */
const struct exi_row *exi_message_choice(const struct exi_set *set, unsigned root,
                                         const struct exi_module **module);

#endif
