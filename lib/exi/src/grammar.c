/* SPDX-License-Identifier: MIT
 * How values lie in the structs.
 */
#include "grammar.h"

#include "base/assert.h"

size_t exi_value_size(const struct exi_datatype *datatype)
{
    static const uint8_t sizes[] = {[EXI_BOOL] = sizeof(bool),
                                    [EXI_ENUM] = sizeof(enum exi_kind),
                                    [EXI_NBIT8] = 1,
                                    [EXI_NBIT16] = 2,
                                    [EXI_UINT16] = 2,
                                    [EXI_UINT32] = 4,
                                    [EXI_UINT64] = 8,
                                    [EXI_INT16] = 2,
                                    [EXI_INT32] = 4,
                                    [EXI_INT64] = 8,
                                    [EXI_BIG] = sizeof(struct exi_integer),
                                    [EXI_TEXT_VALUE] = sizeof(struct exi_text),
                                    [EXI_HEX] = sizeof(struct exi_blob),
                                    [EXI_BASE64] = sizeof(struct exi_blob)};
    ASSERT(datatype->kind < sizeof sizes);
    return sizes[datatype->kind];
}

size_t exi_row_size(const struct exi_module *module, const struct exi_row *row)
{
    if (exi_row_kind(row) != EXI_ROW_COMPLEX) {
        return exi_value_size(&module->datatypes[row->type]);
    }
    module = exi_module_of(module, row->type);
    return module->types[row->type - module->first].size;
}

uint64_t exi_integer_load(const struct exi_datatype *datatype, const uint8_t *at)
{
    const size_t size = exi_value_size(datatype);
    const unsigned unused = (unsigned)(64 - 8 * size);
    uint64_t value = 0;
    uint32_t word;
    uint16_t half;
    if (size == sizeof half) {
        memcpy(&half, at, sizeof half);
        value = half;
    } else if (size == 1) {
        value = *at;
    } else if (size == sizeof word) {
        memcpy(&word, at, sizeof word);
        value = word;
    } else {
        memcpy(&value, at, sizeof value);
    }
    const bool is_signed = datatype->kind >= EXI_INT16 || datatype->low < 0;
    const uint64_t sign = (uint64_t)1 << (63 - unused);
    return is_signed ? (value ^ sign) - sign : value;
}

/* Text and binary begin with their pointer, as an optional struct is one. */
bool exi_row_present(const struct exi_module *module, const struct exi_row *row,
                     const uint8_t *base)
{
    const uint8_t *at = base + row->offset;
    if (exi_row_kind(row) == EXI_ROW_CHOICE) {
        return exi_enum_load(at) != 0;
    }
    if ((row->kind & EXI_LIST) != 0) {
        return exi_list_count(at) > 0;
    }
    if ((row->kind & EXI_FLAGGED) != 0) {
        return at[exi_value_size(&module->datatypes[row->type])] != 0;
    }
    return exi_pointer_load(at) != NULL;
}
