/* SPDX-License-Identifier: MIT
 * Bit strings as text, for protocols that do not align to bytes: "1000 0000 01" is 80 40. Spaces
 * are for the reader; the last byte is filled up with zeros.
 */
#ifndef TESTS_BITSTRING_H
#define TESTS_BITSTRING_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Appends the bits of `text` behind the first `n_bits` bits of `out`; returns the new number of
 * bits. `out` must have room. */
static inline size_t bitstring_append(uint8_t *out, size_t n_bits, const char *text)
{
    for (; *text != 0; text++) {
        if (*text != '0' && *text != '1') {
            continue;
        }
        if (n_bits % 8 == 0) {
            out[n_bits / 8] = 0;
        }
        out[n_bits / 8] |= (uint8_t)((*text - '0') << (7 - n_bits % 8));
        n_bits++;
    }
    return n_bits;
}

/* The bytes of a whole bit string; their number. */
static inline size_t bitstring_bytes(const char *text, uint8_t *out)
{
    return (bitstring_append(out, 0, text) + 7) / 8;
}

#endif
