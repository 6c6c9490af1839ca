/* SPDX-License-Identifier: MIT
 * Reading test data.
 */
#include "data.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

FILE *data_open(const char *path)
{
    char full[1024];
    const char *directory = getenv("WATTWARD_DATA");
    snprintf(full, sizeof full, "%s/%s", directory == NULL ? "../shared/data" : directory, path);
    FILE *file = fopen(full, "rb");
    if (file == NULL) {
        static char why[1100];
        snprintf(why, sizeof why, "%s is not here", full);
        check_skip(why);
    }
    return file;
}

char *data_read(const char *path, size_t *len)
{
    FILE *file = data_open(path);
    if (file == NULL) {
        return NULL;
    }
    size_t cap = 1 << 16;
    size_t n = 0;
    char *text = malloc(cap);
    for (;;) {
        const size_t got = text == NULL ? 0 : fread(text + n, 1, cap - 1 - n, file);
        if (got == 0) {
            break;
        }
        n += got;
        if (n == cap - 1) {
            cap *= 2;
            char *larger = realloc(text, cap);
            if (larger == NULL) {
                free(text);
            }
            text = larger;
        }
    }
    fclose(file);
    if (text != NULL) {
        text[n] = '\0';
        *len = n;
    }
    return text;
}

size_t data_split(char *line, char separator, char **fields, size_t max)
{
    line[strcspn(line, "\r\n")] = '\0';
    size_t n = 0;
    while (n < max) {
        fields[n++] = line;
        char *end = strchr(line, separator);
        if (end == NULL) {
            break;
        }
        *end = '\0';
        line = end + 1;
    }
    return n;
}

static int nibble(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c | 0x20);
    return at == NULL ? -1 : (int)(at - digits);
}

size_t data_hex(const char *text, unsigned char *out, size_t cap)
{
    size_t n = 0;
    while (n < cap && nibble(text[2 * n]) >= 0 && nibble(text[2 * n + 1]) >= 0) {
        out[n] = (unsigned char)(nibble(text[2 * n]) << 4 | nibble(text[2 * n + 1]));
        n++;
    }
    return n;
}
