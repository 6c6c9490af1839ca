/* SPDX-License-Identifier: MIT
 * Values of simple types, written (EXI 7.1).
 */
#include "encode.h"

/* 7.1.6 */
static void put_unsigned(struct exi_writer *w, uint64_t value)
{
    while (value >= 0x80) {
        exi_put(w, (exi_word)(value & 0x7F) | 0x80, 8);
        value >>= 7;
    }
    exi_put(w, (exi_word)value, 8);
}

static bool put_small(struct exi_encoder *e, const struct exi_datatype *datatype, const uint8_t *at)
{
    uint64_t value;
    if (datatype->kind == EXI_BOOL) {
        value = *at != 0;
    } else if (datatype->kind == EXI_ENUM) {
        value = exi_enum_load(at);
    } else {
        value = exi_integer_load(datatype, at) - (uint64_t)(int64_t)datatype->low;
    }
    if (value >= datatype->limit) {
        return exi_encoder_fail(e, datatype->kind == EXI_ENUM ? EXI_ENUMERATION : EXI_RANGE);
    }
    exi_put(&e->writer, (exi_word)value, datatype->bits);
    return true;
}

static bool put_integer(struct exi_encoder *e, const struct exi_datatype *datatype,
                        const uint8_t *at)
{
    const bool is_signed = datatype->kind >= EXI_INT16;
    uint64_t value = exi_integer_load(datatype, at);
    if (is_signed) {
        const bool negative = value >> 63 != 0;
        exi_put(&e->writer, negative, 1);
        value = negative ? ~value : value;
    }
    put_unsigned(&e->writer, value);
    return true;
}

static struct exi_blob blob_at(const uint8_t *at)
{
    struct exi_blob blob;
    memcpy(&blob, at, sizeof blob);
    return blob;
}

static bool put_big(struct exi_encoder *e, const uint8_t *at)
{
    struct exi_integer big;
    memcpy(&big, at, sizeof big);
    if (big.groups.at == NULL) {
        return exi_encoder_fail(e, EXI_MISSING);
    }
    const unsigned len = big.groups.len;
    if (len == 0 || len > EXI_MAX_INTEGER_LEN) {
        return exi_encoder_fail(e, EXI_INTEGER_LEN);
    }
    for (unsigned i = 0; i < len; i++) {
        if (exi_blob_byte(big.groups, i) >> 7 != (i + 1 < len)) {
            return exi_encoder_fail(e, EXI_INTEGER_LEN);
        }
    }
    exi_put(&e->writer, big.negative, 1);
    exi_put_bytes(&e->writer, big.groups.at, len, big.groups.shift);
    return true;
}

static bool put_blob(struct exi_encoder *e, unsigned limit, const uint8_t *at)
{
    const struct exi_blob blob = blob_at(at);
    if (blob.at == NULL) {
        return exi_encoder_fail(e, EXI_MISSING);
    }
    if (blob.len > limit && limit != EXI_MAX_COUNT) {
        return exi_encoder_fail(e, EXI_LENGTH);
    }
    put_unsigned(&e->writer, blob.len);
    exi_put_bytes(&e->writer, blob.at, blob.len, blob.shift);
    return true;
}

/* One character of UTF-8 at *i; moves behind it. -1 when it is none. */
static int32_t character_at(struct exi_blob text, size_t *i)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const uint8_t lead = exi_blob_byte(text, (*i)++);
    const unsigned more = lead < 0x80 ? 0 : lead < 0xC0 ? 4 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if (more > text.len - *i || lead >= 0xF8) {
        return -1;
    }
    uint32_t code = more == 0 ? lead : lead & (0x3FU >> more);
    for (unsigned k = 0; k < more; k++) {
        const uint8_t byte = exi_blob_byte(text, (*i)++);
        if (byte >> 6 != 2) {
            return -1;
        }
        code = code << 6 | (byte & 0x3F);
    }
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < least[more] || code == 0 || code > 0x10FFFF || surrogate ? -1 : (int32_t)code;
}

/* Characters of a text; -1 when it is not UTF-8 or contains U+0000. */
static int32_t count_characters(struct exi_blob text)
{
    int32_t count = 0;
    for (size_t i = 0; i < text.len; count++) {
        if (character_at(text, &i) < 0) {
            return -1;
        }
    }
    return count;
}

/* 7.1.10, always a literal: real senders do not refer to earlier strings, and some cannot read it.
 */
static bool put_text(struct exi_encoder *e, const struct exi_datatype *datatype, const uint8_t *at)
{
    const struct exi_blob text = blob_at(at);
    const unsigned limit = datatype->limit;
    if (text.at == NULL) {
        return exi_encoder_fail(e, EXI_MISSING);
    }
    const int32_t count = count_characters(text);
    if (count < 0) {
        return exi_encoder_fail(e, EXI_CHARACTER);
    }
    if ((uint32_t)count > limit && limit != EXI_MAX_COUNT) {
        return exi_encoder_fail(e, EXI_LENGTH);
    }
    if (e->refer != NULL && count > 0 && e->refer(e, datatype, text)) {
        return true;
    }
    put_unsigned(&e->writer, (uint64_t)count + 2);
    if ((uint32_t)count == text.len) {
        exi_put_bytes(&e->writer, text.at, text.len, text.shift);
        return true;
    }
    for (size_t i = 0; i < text.len;) {
        put_unsigned(&e->writer, (uint64_t)character_at(text, &i));
    }
    return true;
}

bool exi_encode_value(struct exi_encoder *e, const struct exi_datatype *datatype, const uint8_t *at)
{
    switch ((enum exi_kind)datatype->kind) {
    case EXI_BOOL:
    case EXI_ENUM:
    case EXI_NBIT8:
    case EXI_NBIT16:
        return put_small(e, datatype, at);
    case EXI_UINT16:
    case EXI_UINT32:
    case EXI_UINT64:
    case EXI_INT16:
    case EXI_INT32:
    case EXI_INT64:
        return put_integer(e, datatype, at);
    case EXI_BIG:
        return put_big(e, at);
    case EXI_TEXT_VALUE:
        return put_text(e, datatype, at) && e->error == EXI_OK;
    case EXI_HEX:
    case EXI_BASE64:
    default:
        return put_blob(e, datatype->limit, at);
    }
}
