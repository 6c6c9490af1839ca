/* SPDX-License-Identifier: MIT
 * Strings (EXI 7.1.10) and references to earlier ones (7.3.3).
 */
#include "decoder.h"

#include "base/assert.h"

/* A 1 in each byte of a word. */
#define EACH_BYTE ((exi_word)-1 / 0xFF)

enum { HIT_LOCAL = 0, HIT_GLOBAL = 1, LITERAL = 2, CHARS_A_PEEK = EXI_PEEK_BITS / 8 };

/* Whether the n characters from `pos` on are of one group each, that is ASCII, and not U+0000. A
 * word at a time: the top bit marks a longer character, and x - 1 borrows into it where x is zero.
 */
static bool all_ascii(const struct exi_reader *r, uint32_t pos, uint32_t n)
{
    const size_t len = (size_t)(r->end - r->data);
    const exi_word ones = EACH_BYTE >> (EXI_WORD_BITS - 8 * CHARS_A_PEEK);
    exi_word odd = 0;
    for (; n >= CHARS_A_PEEK; n -= CHARS_A_PEEK, pos += 8 * CHARS_A_PEEK) {
        const exi_word x = exi_peek_at(r->data, len, pos) >> (EXI_WORD_BITS - 8 * CHARS_A_PEEK);
        odd |= x | (x - ones);
    }
    if (n > 0) {
        const exi_word x = exi_peek_at(r->data, len, pos) >> (EXI_WORD_BITS - 8 * n);
        odd |= (x | (x - (ones & ((exi_word)-1 >> (EXI_WORD_BITS - 8 * n)))));
    }
    return (odd & (ones << 7)) == 0;
}

static bool decode_character(struct exi_decoder *d, uint32_t *out)
{
    uint64_t code;
    if (!exi_decode_unsigned(d, UINT64_MAX, &code)) {
        return false;
    }
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        return exi_decoder_fail(d, EXI_CHARACTER);
    }
    *out = (uint32_t)code;
    return true;
}

static unsigned utf8_len(uint32_t code)
{
    return code < 0x80 ? 1U : code < 0x800 ? 2U : code < 0x10000 ? 3U : 4U;
}

static void utf8_put(uint8_t *out, uint32_t code, unsigned len)
{
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (unsigned i = len - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (uint8_t)(lead[len] | code);
}

/* Text with characters beyond ASCII is the one thing that is copied: EXI has code points, a program
 * wants UTF-8. Measured first, so that the arena gives exactly what is needed. */
static bool decode_wide(struct exi_decoder *d, uint32_t n, struct exi_text *out)
{
    const uint32_t start = exi_reader_pos(&d->reader);
    uint32_t code = 0;
    uint32_t len = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!decode_character(d, &code)) {
            return false;
        }
        len += utf8_len(code);
    }
    uint8_t *bytes = exi_arena_take(d->arena, len);
    if (bytes == NULL) {
        return exi_decoder_fail(d, EXI_ARENA);
    }
    exi_reader_seek(&d->reader, start);
    uint32_t at = 0;
    for (uint32_t i = 0; i < n && decode_character(d, &code); i++) {
        const unsigned width = utf8_len(code);
        ASSERT(at + width <= len);
        utf8_put(bytes + at, code, width);
        at += width;
    }
    *out = (struct exi_text){.at = bytes, .len = len & 0x1FFFFFFF, .shift = 0};
    return true;
}

static bool decode_literal(struct exi_decoder *d, uint64_t n, unsigned limit, struct exi_text *out)
{
    struct exi_reader *r = &d->reader;
    if (n > exi_bits_left(r) / 8) {
        return exi_decoder_fail(d, EXI_TRUNCATED);
    }
    if (n > limit && limit != EXI_MAX_COUNT) {
        return exi_decoder_fail(d, EXI_LENGTH);
    }
    const uint32_t count = (uint32_t)n;
    const uint32_t pos = exi_reader_pos(r);
    if (!all_ascii(r, pos, count)) {
        return decode_wide(d, count, out);
    }
    out->at = r->data + (pos >> 3);
    out->len = count & 0x1FFFFFFF;
    out->shift = pos & 7;
    exi_reader_seek(r, pos + count * 8);
    return true;
}

/* Whether a string from an element that may admit more has at most `limit` characters. No more than
 * four bytes a character are looked at, so that many references to a long string cost little. */
static bool fits(struct exi_text text, unsigned limit)
{
    const struct exi_blob bytes = {.at = text.at, .len = text.len, .shift = text.shift};
    uint32_t count = 0;
    if (limit == EXI_MAX_COUNT || text.len <= limit) {
        return true;
    }
    if (text.len > 4 * limit) {
        return false;
    }
    for (uint32_t i = 0; i < text.len; i++) {
        count += exi_blob_byte(bytes, i) >> 6 != 2; /* begins a character of UTF-8 */
    }
    return count <= limit;
}

bool exi_decode_text(struct exi_decoder *d, const struct exi_datatype *datatype,
                     struct exi_text *out)
{
    uint64_t n;
    if (!exi_decode_unsigned(d, UINT32_MAX, &n)) {
        return false;
    }
    if (n >= LITERAL) {
        n -= LITERAL;
        return decode_literal(d, n, datatype->limit, out) &&
               (!d->tracking || n == 0 || exi_strings_add(d, *out, datatype->low));
    }
    if (!d->tracking) {
        return exi_decoder_fail(d, (enum exi_error)EXI_AGAIN);
    }
    if (!exi_strings_find(d, n == HIT_GLOBAL, datatype->low, out)) {
        return false;
    }
    return fits(*out, datatype->limit) || exi_decoder_fail(d, EXI_LENGTH);
}

bool exi_strings_add(struct exi_decoder *d, struct exi_text text, int16_t qname)
{
    if (d->n_strings == EXI_MAX_STRINGS) {
        return exi_decoder_fail(d, EXI_STRINGS);
    }
    struct exi_string *string = exi_arena_take(d->arena, sizeof *string);
    if (string == NULL) {
        return exi_decoder_fail(d, EXI_ARENA);
    }
    string->previous = d->strings;
    string->text = text;
    string->qname = qname;
    d->strings = string;
    d->n_strings++;
    return true;
}

/* A compact identifier among the strings of this name, or of all: oldest first, in as many bits as
 * their number needs. */
bool exi_strings_find(struct exi_decoder *d, bool global, int16_t qname, struct exi_text *out)
{
    unsigned count = 0;
    for (const struct exi_string *s = d->strings; s != NULL; s = s->previous) {
        count += global || s->qname == qname;
    }
    if (count == 0) {
        return exi_decoder_fail(d, EXI_STRING_HIT);
    }
    const unsigned id = count > 1 ? exi_take(&d->reader, exi_code_bits(count - 1)) : 0;
    if (id >= count) {
        return exi_decoder_fail(d, EXI_STRING_HIT);
    }
    for (const struct exi_string *s = d->strings; s != NULL; s = s->previous) {
        if ((global || s->qname == qname) && --count == id) {
            *out = s->text;
            return true;
        }
    }
    return exi_decoder_fail(d, EXI_STRING_HIT);
}
