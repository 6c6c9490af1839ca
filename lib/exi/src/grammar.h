/* SPDX-License-Identifier: MIT
 * The layout of the generated tables, and the questions that decoder, encoder and the JSON mapping
 * ask them.
 *
 * A type is a run of rows: attributes by name, then content in schema order. A state of its EXI
 * grammar is (row, number of items so far): the productions are the row's own codes, then those of
 * the rows behind it up to the first that must occur, then EE where nothing more must. So no state
 * is stored: `fanout` is the number of productions before a row, and the rest is counting.
 */
#ifndef EXI_SRC_GRAMMAR_H
#define EXI_SRC_GRAMMAR_H

#include <string.h>

#include "exi/exi.h"

enum exi_kind {
    EXI_BOOL,
    EXI_ENUM,
    EXI_NBIT8,
    EXI_NBIT16,
    EXI_UINT16,
    EXI_UINT32,
    EXI_UINT64,
    EXI_INT16,
    EXI_INT32,
    EXI_INT64,
    EXI_BIG,
    EXI_TEXT_VALUE,
    EXI_HEX,
    EXI_BASE64
};

struct exi_datatype {
    uint8_t kind;   /* enum exi_kind */
    uint8_t bits;   /* of BOOL, ENUM, NBIT in the message; of an integer in the struct */
    int16_t low;    /* of NBIT: the smallest value; of text: number of the qualified name */
    uint16_t limit; /* number of values; longest length of text and binary */
};

enum exi_row_kind {
    EXI_ROW_SIMPLE = 1, /* element with a value: SE CH value EE */
    EXI_ROW_COMPLEX,    /* element with children */
    EXI_ROW_ATTRIBUTE,  /* AT value */
    EXI_ROW_CONTENT,    /* the text beside attributes: CH value */
    EXI_ROW_CHOICE,     /* header in front of its alternatives */
    EXI_ROW_WILDCARD,
    EXI_ROW_ABSTRACT,
    EXI_KIND_MASK = 0x07,
    EXI_OPTIONAL = 0x08,
    EXI_LIST = 0x10,
    EXI_POINTER = 0x20, /* complex, kept elsewhere in the arena */
    EXI_FLAGGED = 0x40  /* optional number: a bool stands behind it */
};

struct exi_row {
    uint16_t offset; /* in the struct; of CHOICE: of the enumeration that says which */
    uint16_t type;   /* COMPLEX: type number; else index into datatypes */
    uint8_t kind;    /* enum exi_row_kind and flags */
    uint8_t fanout;
    uint8_t n; /* CHOICE: alternatives; LIST: index into exi_occurs */
};

struct exi_occurs {
    uint16_t low;
    uint16_t high;
};
extern const struct exi_occurs exi_occurs[];

/* Of the second level only EE is understood: EE, AT(xsi:type), AT(xsi:nil), AT(*), AT untyped,
 * SE(*), CH before the first content; the same less the xsi ones behind an attribute: three bits.
 */
enum { EXI_SECOND_LEVEL_BITS = 3, EXI_SECOND_LEVEL_EE = 0 };

enum {
    EXI_MIXED_TYPE = 1, /* text may stand between its elements */
    EXI_TEXT_TYPE = 2   /* ends in a CONTENT row */
};

struct exi_type {
    uint16_t row; /* its first */
    uint16_t size;
    uint8_t n_rows;
    uint8_t flags;
};

/* Types that several sets share are linked once: a module's types are numbered from `first`,
 * smaller numbers belong to its parent. */
struct exi_module {
    const struct exi_module *parent;
    const struct exi_row *rows;
    const struct exi_type *types;
    const struct exi_datatype *datatypes;
    uint16_t first;
};

struct exi_root {
    uint16_t code;
    uint16_t type;
};

/* A fragment whose name stands for two types has the relaxed element fragment grammar (EXI 8.5.3):
 * AT(Id), CH and EE have these codes there. Of all that is signed this concerns eMAID alone. */
struct exi_relaxed {
    uint16_t root;
    uint16_t attribute;
    uint16_t text;
    uint16_t end;
    uint8_t bits;
    uint8_t end_bits;
};

/* EE where CH could come as well stands just before it: the element has no text. */
static inline unsigned exi_relaxed_end(const struct exi_relaxed *relaxed)
{
    return relaxed->text - 1U;
}

struct exi_set {
    const struct exi_module *module;
    const struct exi_root *roots;
    const struct exi_relaxed *relaxed; /* NULL: none */
    uint16_t root_count;
    uint16_t root_codes; /* productions of DocContent or FragmentContent */
    uint8_t root_bits;
    bool fragment; /* an ED code follows the element */
};

_Static_assert(sizeof(enum exi_kind) == 1 || sizeof(enum exi_kind) == sizeof(unsigned),
               "an enumeration is a byte or an unsigned");

/* NOLINTBEGIN(bugprone-macro-parentheses): `s` and `e` are tags */
#define EXI_ADJACENT(s, first, second)                                                             \
    _Static_assert(offsetof(struct s, second) ==                                                   \
                       offsetof(struct s, first) + sizeof(((struct s *)0)->first),                 \
                   "the walker expects " #second " behind " #first)

#define EXI_ENUM_SIZED(e)                                                                          \
    _Static_assert(sizeof(enum e) == sizeof(enum exi_kind), "all enumerations have one size")
/* NOLINTEND(bugprone-macro-parentheses) */

/* An enumeration of any type in a struct; some ABIs give it one byte, others four. */
static inline void exi_enum_store(void *to, unsigned value)
{
    if (sizeof(enum exi_kind) == 1) {
        *(uint8_t *)to = (uint8_t)value;
    } else {
        memcpy(to, &value, sizeof value);
    }
}
static inline unsigned exi_enum_load(const void *from)
{
    unsigned value = 0;
    if (sizeof(enum exi_kind) == 1) {
        value = *(const uint8_t *)from;
    } else {
        memcpy(&value, from, sizeof value);
    }
    return value;
}

static inline unsigned exi_row_kind(const struct exi_row *row)
{
    return row->kind & EXI_KIND_MASK;
}
/* Event codes that a row takes. */
static inline unsigned exi_row_codes(const struct exi_row *row)
{
    return exi_row_kind(row) == EXI_ROW_CHOICE ? row->n : 1U;
}
static inline const struct exi_row *exi_row_after(const struct exi_row *row)
{
    return exi_row_kind(row) == EXI_ROW_CHOICE ? row + row->n + 1 : row + 1;
}
/* Width of an event code among n productions and the escape: ceil(log2(n + 1)). */
static inline unsigned exi_code_bits(unsigned n)
{
    return 32U - (unsigned)__builtin_clz(n);
}
static inline const struct exi_module *exi_module_of(const struct exi_module *module, unsigned type)
{
    while (type < module->first) {
        module = module->parent;
    }
    return module;
}
/* Bytes that a value takes in a struct. */
size_t exi_value_size(const struct exi_datatype *datatype);
/* Bytes of the value or struct that a row stands for, of one item where it is a list. */
size_t exi_row_size(const struct exi_module *module, const struct exi_row *row);
/* An integer from a struct, as 64 bits, sign-extended where it has a sign. */
uint64_t exi_integer_load(const struct exi_datatype *datatype, const uint8_t *at);
/* Whether the struct at `base` has what an optional row stands for. */
bool exi_row_present(const struct exi_module *module, const struct exi_row *row,
                     const uint8_t *base);
/* The number of items of a list whose pointer is at `at`. */
static inline unsigned exi_list_count(const uint8_t *at)
{
    uint16_t count;
    memcpy(&count, at + sizeof(void *), sizeof count);
    return count;
}
/* A pointer in a struct. */
static inline const uint8_t *exi_pointer_load(const uint8_t *at)
{
    const uint8_t *pointer;
    memcpy(&pointer, at, sizeof pointer);
    return pointer;
}

#endif
