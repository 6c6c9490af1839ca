/* SPDX-License-Identifier: MIT
 * Values that begin between two bytes: copied and compared a byte at a time.
 */
#include <string.h>

#include "base/assert.h"
#include "exi/exi.h"

const uint8_t exi_no_value[1] = {0};

static uint8_t byte_at(const uint8_t *at, unsigned shift, size_t i)
{
    unsigned byte = (unsigned)at[i] << shift;
    if (shift > 0) {
        byte |= at[i + 1] >> (8 - shift);
    }
    return (uint8_t)byte;
}

uint8_t exi_blob_byte(struct exi_blob blob, size_t i)
{
    ASSERT(i < blob.len);
    return byte_at(blob.at, blob.shift, i);
}

int exi_blob_copy(struct exi_blob blob, void *out, size_t cap)
{
    if (blob.len > cap) {
        return E_NOSPACE;
    }
    uint8_t *to = out;
    for (size_t i = 0; i < blob.len; i++) {
        to[i] = byte_at(blob.at, blob.shift, i);
    }
    return (int)blob.len;
}

int exi_text_copy(struct exi_text text, char *out, size_t cap)
{
    if (text.len >= cap) {
        return E_NOSPACE;
    }
    for (size_t i = 0; i < text.len; i++) {
        out[i] = (char)byte_at(text.at, text.shift, i);
    }
    out[text.len] = 0;
    return (int)text.len;
}

bool exi_blob_equal(struct exi_blob blob, const void *bytes, size_t len)
{
    if (blob.at == NULL || blob.len != len) {
        return false;
    }
    const uint8_t *other = bytes;
    for (size_t i = 0; i < len; i++) {
        if (byte_at(blob.at, blob.shift, i) != other[i]) {
            return false;
        }
    }
    return true;
}

bool exi_text_equal(struct exi_text text, const char *other)
{
    const struct exi_blob blob = {.at = text.at, .len = text.len, .shift = text.shift};
    return exi_blob_equal(blob, other, strlen(other));
}

struct exi_text exi_text_of(const char *text)
{
    const size_t len = strlen(text);
    ASSERT(len <= EXI_MAX_LEN);
    return (struct exi_text){
        .at = (const uint8_t *)text, .len = (uint32_t)len & 0x1FFFFFFF, .shift = 0};
}
