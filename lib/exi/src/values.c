/* SPDX-License-Identifier: MIT
 * Values of simple types (EXI 7.1). A length is compared with what is left of the input before
 * anything is done with it.
 */
#include "decoder.h"

#include <string.h>

enum { MAX_GROUPS = 10 };

/* 7.1.6: groups of seven bits, least significant first, the top bit says that another follows. */
static bool decode_groups(struct exi_decoder *d, unsigned group, uint64_t max, uint64_t *out)
{
    uint64_t value = group & 0x7F;
    for (unsigned i = 1; i < MAX_GROUPS; i++) {
        group = exi_take(&d->reader, 8);
        const uint64_t bits = group & 0x7F;
        if (i == MAX_GROUPS - 1 && bits > 1) {
            return exi_decoder_fail(d, EXI_RANGE);
        }
        value |= bits << (7 * i);
        if (group < 0x80) {
            *out = value;
            return value <= max || exi_decoder_fail(d, EXI_RANGE);
        }
    }
    return exi_decoder_fail(d, EXI_INTEGER_LEN);
}

/* Most numbers and lengths are one group. */
bool exi_decode_unsigned(struct exi_decoder *d, uint64_t max, uint64_t *out)
{
    const unsigned group = exi_take(&d->reader, 8);
    if (group >= 0x80) {
        return decode_groups(d, group, max, out);
    }
    *out = group;
    return true;
}

static bool decode_big(struct exi_decoder *d, struct exi_integer *out)
{
    struct exi_reader *r = &d->reader;
    out->negative = exi_take(&d->reader, 1) != 0;
    const uint32_t pos = exi_reader_pos(r);
    out->groups.at = r->data + (pos >> 3);
    out->groups.shift = pos & 7;
    for (unsigned n = 1; n <= EXI_MAX_INTEGER_LEN; n++) {
        if (exi_take(&d->reader, 8) < 0x80) {
            out->groups.len = n & 0x7F;
            return true;
        }
    }
    return exi_decoder_fail(d, EXI_INTEGER_LEN);
}

/* 7.1.1: a length, then bytes, which stay where they are. */
static bool decode_blob(struct exi_decoder *d, unsigned limit, struct exi_blob *out)
{
    struct exi_reader *r = &d->reader;
    uint64_t len;
    if (!exi_decode_unsigned(d, UINT32_MAX, &len)) {
        return false;
    }
    if (len > exi_bits_left(r) / 8) {
        return exi_decoder_fail(d, EXI_TRUNCATED);
    }
    if (len > limit && limit != EXI_MAX_COUNT) {
        return exi_decoder_fail(d, EXI_LENGTH);
    }
    const uint32_t pos = exi_reader_pos(r);
    out->at = r->data + (pos >> 3);
    out->len = (uint32_t)len & 0x1FFFFFFF;
    out->shift = pos & 7;
    exi_reader_seek(r, pos + (uint32_t)len * 8);
    return true;
}

/* 7.1.9 and 7.2: the offset of an n-bit value becomes a boolean, an enumeration, a number. */
bool exi_store_small(struct exi_decoder *d, const struct exi_datatype *datatype, unsigned offset,
                     uint8_t *out)
{
    if (offset >= datatype->limit) {
        return exi_decoder_fail(d, datatype->kind == EXI_ENUM ? EXI_ENUMERATION : EXI_RANGE);
    }
    if (datatype->kind == EXI_ENUM) {
        exi_enum_store(out, offset);
        return true;
    }
    const uint16_t number = (uint16_t)(offset + (unsigned)datatype->low);
    if (datatype->kind == EXI_NBIT16) {
        memcpy(out, &number, sizeof number);
    } else {
        *out = (uint8_t)number;
    }
    return true;
}

static bool decode_small(struct exi_decoder *d, const struct exi_datatype *datatype, uint8_t *out)
{
    const unsigned offset = datatype->bits > 0 ? exi_take(&d->reader, datatype->bits) : 0;
    return exi_store_small(d, datatype, offset, out);
}

static bool decode_integer(struct exi_decoder *d, const struct exi_datatype *datatype, void *out)
{
    const bool is_signed = datatype->kind >= EXI_INT16;
    const unsigned bits = datatype->bits;
    const unsigned sign = is_signed ? exi_take(&d->reader, 1) : 0;
    const unsigned group = exi_take(&d->reader, 8);
    uint64_t value = group;
    if (group >= 0x80 && !decode_groups(d, group, UINT64_MAX >> (64 - bits) >> is_signed, &value)) {
        return false;
    }
    if (sign != 0) { /* 7.1.5: a sign, then the magnitude, less one for negative numbers */
        value = ~value;
    }
    if (bits == 16) {
        *(uint16_t *)out = (uint16_t)value;
    } else if (bits == 32) {
        *(uint32_t *)out = (uint32_t)value;
    } else {
        *(uint64_t *)out = value;
    }
    return true;
}

bool exi_decode_value(struct exi_decoder *d, const struct exi_datatype *datatype, void *out)
{
    if (datatype->kind == EXI_TEXT_VALUE) {
        return exi_decode_text(d, datatype, out);
    }
    if (datatype->kind > EXI_TEXT_VALUE) {
        return decode_blob(d, datatype->limit, out);
    }
    if (datatype->kind <= EXI_NBIT16) {
        return decode_small(d, datatype, out);
    }
    return datatype->kind < EXI_BIG ? decode_integer(d, datatype, out) : decode_big(d, out);
}
