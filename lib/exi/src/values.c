/* SPDX-License-Identifier: MIT
 * Values of simple types (EXI 7.1). A length is compared with what is left of the input before
 * anything is done with it.
 */
#include "decoder.h"

#include <string.h>

enum { MAX_GROUPS = 10, GROUPS_A_PEEK = EXI_PEEK_BITS / 8 };

/* 7.1.6: groups of seven bits, least significant first, the top bit says that another follows. */
bool exi_decode_unsigned(struct exi_decoder *d, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    exi_word window = 0;
    for (unsigned i = 0; i < MAX_GROUPS; i++) {
        if (i % GROUPS_A_PEEK == 0) {
            window = exi_peek(&d->reader);
        }
        if (exi_bits_left(&d->reader) < 8) {
            return exi_decoder_fail(d, EXI_TRUNCATED);
        }
        d->reader.pos += 8;
        const unsigned group = (unsigned)(window >> (EXI_WORD_BITS - 8));
        window <<= 8;
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

/* 7.1.5: a sign, then the magnitude, less one for negative numbers. */
static bool decode_signed(struct exi_decoder *d, uint64_t max, uint64_t *out)
{
    const unsigned sign = exi_take(&d->reader, 1);
    uint64_t magnitude;
    if (!exi_decode_unsigned(d, max, &magnitude)) {
        return false;
    }
    *out = sign != 0 ? ~magnitude : magnitude;
    return true;
}

static bool decode_big(struct exi_decoder *d, struct exi_integer *out)
{
    struct exi_reader *r = &d->reader;
    out->negative = exi_take(r, 1) != 0;
    out->groups.at = r->data + (r->pos >> 3);
    out->groups.shift = r->pos & 7;
    for (unsigned n = 1; n <= EXI_MAX_INTEGER_LEN; n++) {
        const unsigned group = exi_take(r, 8);
        if (r->failed) {
            return exi_decoder_fail(d, EXI_TRUNCATED);
        }
        if (group < 0x80) {
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
    out->at = r->data + (r->pos >> 3);
    out->len = (uint32_t)len & 0x1FFFFFFF;
    out->shift = r->pos & 7;
    r->pos += (uint32_t)len * 8;
    return true;
}

/* 7.1.9 and 7.2: an offset of a few bits. */
static bool decode_nbit(struct exi_decoder *d, const struct exi_datatype *datatype, unsigned *out)
{
    const unsigned value = datatype->bits > 0 ? exi_take(&d->reader, datatype->bits) : 0;
    if (d->reader.failed) {
        return exi_decoder_fail(d, EXI_TRUNCATED);
    }
    if (value >= datatype->limit) {
        return exi_decoder_fail(d, datatype->kind == EXI_ENUM ? EXI_ENUMERATION : EXI_RANGE);
    }
    *out = value;
    return true;
}

static bool decode_small(struct exi_decoder *d, const struct exi_datatype *datatype, void *out)
{
    unsigned value = 0;
    if (!decode_nbit(d, datatype, &value)) {
        return false;
    }
    if (datatype->kind == EXI_BOOL) {
        const bool truth = value != 0;
        memcpy(out, &truth, sizeof truth);
    } else if (datatype->kind == EXI_ENUM) {
        exi_enum_store(out, value);
    } else {
        const uint16_t number = (uint16_t)(value + (unsigned)datatype->low);
        const uint8_t byte = (uint8_t)number;
        if (datatype->kind == EXI_NBIT8) {
            memcpy(out, &byte, sizeof byte);
        } else {
            memcpy(out, &number, sizeof number);
        }
    }
    return true;
}

static bool decode_integer(struct exi_decoder *d, const struct exi_datatype *datatype, void *out)
{
    const bool is_signed = datatype->kind >= EXI_INT16;
    const size_t size = exi_value_size(datatype);
    const uint64_t max = UINT64_MAX >> (64 - 8 * size) >> is_signed;
    uint64_t value;
    if (!(is_signed ? decode_signed(d, max, &value) : exi_decode_unsigned(d, max, &value))) {
        return false;
    }
    const uint32_t word = (uint32_t)value;
    const uint16_t half = (uint16_t)value;
    if (size == sizeof half) {
        memcpy(out, &half, sizeof half);
    } else if (size == sizeof word) {
        memcpy(out, &word, sizeof word);
    } else {
        memcpy(out, &value, sizeof value);
    }
    return true;
}

bool exi_decode_value(struct exi_decoder *d, const struct exi_datatype *datatype, void *out)
{
    struct exi_blob blob;
    struct exi_text text;
    struct exi_integer big;
    switch ((enum exi_kind)datatype->kind) {
    case EXI_BOOL:
    case EXI_ENUM:
    case EXI_NBIT8:
    case EXI_NBIT16:
        return decode_small(d, datatype, out);
    case EXI_UINT16:
    case EXI_UINT32:
    case EXI_UINT64:
    case EXI_INT16:
    case EXI_INT32:
    case EXI_INT64:
        return decode_integer(d, datatype, out);
    case EXI_BIG:
        if (!decode_big(d, &big)) {
            return false;
        }
        memcpy(out, &big, sizeof big);
        return true;
    case EXI_TEXT_VALUE:
        if (!exi_decode_text(d, datatype, &text)) {
            return false;
        }
        memcpy(out, &text, sizeof text);
        return true;
    case EXI_HEX:
    case EXI_BASE64:
    default:
        if (!decode_blob(d, datatype->limit, &blob)) {
            return false;
        }
        memcpy(out, &blob, sizeof blob);
        return true;
    }
}
