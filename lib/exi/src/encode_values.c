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

bool exi_encode_small(struct exi_encoder *e, const struct exi_datatype *datatype, const uint8_t *at,
                      unsigned around)
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
    exi_put(&e->writer, (exi_word)value << (around > 0), datatype->bits + around);
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

/* Whether all characters are ASCII and none is U+0000, a word at a time. */
static bool all_ascii(struct exi_blob text)
{
    const exi_word ones = (exi_word)-1 / 0xFF;
    const size_t len = text.len + (size_t)(text.shift > 0);
    const exi_word whole = (exi_word)-1 >> 8; /* of a peek, the lowest byte is not there */
    exi_word odd = 0;
    size_t i = 0;
    for (; i + EXI_WORD_LEN - 1 <= text.len; i += EXI_WORD_LEN - 1) {
        const exi_word x = exi_peek_at(text.at, len, 8 * i + text.shift) >> 8;
        odd |= x | (x - (ones & whole));
    }
    if (i < text.len) {
        const unsigned unused = EXI_WORD_BITS - 8 * (unsigned)(text.len - i);
        const exi_word x = exi_peek_at(text.at, len, 8 * i + text.shift) >> unused;
        odd |= x | (x - (ones & ((exi_word)-1 >> unused)));
    }
    return (odd & ((ones & whole) << 7)) == 0;
}

/* Bytes behind the first of a character of UTF-8; 4 when nothing begins so. */
static unsigned continuation_len(uint8_t lead)
{
    if (lead < 0x80) {
        return 0;
    }
    if (lead < 0xC0 || lead >= 0xF8) {
        return 4;
    }
    return lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
}

/* One character of UTF-8 at *i; moves behind it. -1 when it is none. */
static int32_t character_at(struct exi_blob text, size_t *i)
{
    static const uint32_t least[] = {1, 0x80, 0x800, 0x10000};
    const uint8_t lead = exi_blob_byte(text, (*i)++);
    const unsigned more = continuation_len(lead);
    if (more > 3 || more > text.len - *i) {
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
    return code < least[more] || code > 0x10FFFF || surrogate ? -1 : (int32_t)code;
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

/* 7.1.10: a literal, unless the caller wants references. */
static bool put_text(struct exi_encoder *e, const struct exi_datatype *datatype, const uint8_t *at)
{
    const struct exi_blob text = blob_at(at);
    if (text.at == NULL) {
        return exi_encoder_fail(e, EXI_MISSING);
    }
    const bool ascii = all_ascii(text);
    const int32_t count = ascii ? (int32_t)text.len : count_characters(text);
    if (count < 0) {
        return exi_encoder_fail(e, EXI_CHARACTER);
    }
    if ((uint32_t)count > datatype->limit && datatype->limit != EXI_MAX_COUNT) {
        return exi_encoder_fail(e, EXI_LENGTH);
    }
    if (e->refer != NULL && count > 0 && e->refer(e, datatype, text)) {
        return true;
    }
    put_unsigned(&e->writer, (uint64_t)count + 2);
    if (ascii) {
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
    if (datatype->kind <= EXI_NBIT16) {
        return exi_encode_small(e, datatype, at, 0);
    }
    if (datatype->kind < EXI_BIG) {
        return put_integer(e, datatype, at);
    }
    if (datatype->kind == EXI_BIG) {
        return put_big(e, at);
    }
    if (datatype->kind == EXI_TEXT_VALUE) {
        return put_text(e, datatype, at) && e->error == EXI_OK;
    }
    return put_blob(e, datatype->limit, at);
}
