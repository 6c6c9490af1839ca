/* SPDX-License-Identifier: MIT */
#include "enrol/csr_text.h"

#include <stdio.h>
#include <string.h>

#include "enrol/base64_lines.h"

enum { DER_SEQUENCE = 0x30 };

/* RFC 7468; the second label is what older tools write. */
static const char *const labels[] = {"CERTIFICATE REQUEST-----", "NEW CERTIFICATE REQUEST-----"};

/* Where `needle` starts in the text, or NULL. */
static const char *find(const char *text, size_t len, const char *needle)
{
    return memmem(text, len, needle, strlen(needle));
}

/* The base 64 between the lines BEGIN and END of one label. */
static const char *unwrap(const char *text, size_t len, const char *label, size_t *inner_len)
{
    char begin[64];
    char end[64];
    snprintf(begin, sizeof begin, "-----BEGIN %s", label);
    snprintf(end, sizeof end, "-----END %s", label);
    const char *from = find(text, len, begin);
    if (from == NULL) {
        return NULL;
    }
    from += strlen(begin);
    const char *to = find(from, len - (size_t)(from - text), end);
    if (to == NULL) {
        return NULL;
    }
    *inner_len = (size_t)(to - from);
    return from;
}

bool csr_text_is_one_line(const uint8_t *body, size_t len)
{
    while (len > 0 && (body[len - 1] == '\n' || body[len - 1] == '\r')) {
        len--;
    }
    return len > 0 && body[0] != DER_SEQUENCE && memchr(body, '\n', len) == NULL;
}

int csr_text_decode(const uint8_t *body, size_t len, uint8_t *der, size_t cap)
{
    const char *text = (const char *)body;
    if (len == 0) {
        return E_MALFORMED;
    }
    if (body[0] == DER_SEQUENCE) { /* the digit '0' cannot begin the base 64 of a sequence */
        if (len > cap) {
            return E_NOSPACE;
        }
        memcpy(der, body, len);
        return (int)len;
    }
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        size_t inner_len = 0;
        const char *inner = unwrap(text, len, labels[i], &inner_len);
        if (inner != NULL) {
            return base64_lines_decode(inner, inner_len, der, cap);
        }
    }
    return base64_lines_decode(text, len, der, cap);
}
