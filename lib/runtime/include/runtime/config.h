/* SPDX-License-Identifier: MIT
 * Configuration from one const schema: it reads `key value` lines and JSON, writes both, and writes
 * the example file and the reference page. Values land in the caller's own struct, at their
 * offsets.
 *
 * Lines: a key, blanks, a value; `#` starts a comment at the start of a line or after blanks;
 * `None` is null. Text with blanks, quotes or `#` stands between double quotes, where \" and \\ are
 * escapes; in quotes `None` is four letters. A line may end in CR LF. Every key at most once.
 *
 * Nothing is stored unless everything is right. Secrets are masked in everything this writes, but
 * for RUNTIME_CONFIG_SECRETS_SHOWN.
 */
#ifndef RUNTIME_CONFIG_H
#define RUNTIME_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json_reader.h"
#include "base/wbuf.h"

enum {
    RUNTIME_CONFIG_MAX_KEYS = 64,
    RUNTIME_CONFIG_MAX_TEXT = 255, /* bytes of a text value, without its end */
    RUNTIME_CONFIG_WORD_CAP = 40   /* of a key or value quoted in an error, with its end */
};

enum runtime_config_type {
    RUNTIME_CONFIG_BOOL,    /* bool: on, 1, up / off, 0, down */
    RUNTIME_CONFIG_INT,     /* (u)int8_t to int64_t, signed when `min` is negative */
    RUNTIME_CONFIG_DECIMAL, /* the same, as value * 10^decimals: 0.5 with 3 decimals is 500 */
    RUNTIME_CONFIG_TEXT,    /* char array, always ended by 0; UTF-8 without control characters */
    RUNTIME_CONFIG_WORD     /* an enum or (u)intN_t: the index of the word in `words` */
};

struct runtime_config_key {
    const char *name;     /* lower case letters, digits and '_' */
    const char *help;     /* one sentence without its full stop */
    const char *unit;     /* "ms"; NULL = none */
    const char *fallback; /* as it would stand in a file, unquoted; NULL = the key must be given */
    const char *example;  /* for the example file of a key that must be given; else NULL */
    const char *const *words; /* of WORD: NULL-ended, at most 32 */
    int64_t min;              /* of the stored number; of TEXT the bytes it must have */
    int64_t max;              /* of TEXT: 0 = what the array holds */
    uint16_t offset;          /* with RUNTIME_CONFIG_AT() */
    uint16_t size;
    enum runtime_config_type type;
    uint8_t decimals; /* of DECIMAL: 0..9 */
    bool nullable;    /* `None` is allowed and stored as zero bytes; not for BOOL, WORD, or a range
                         with 0 */
    bool secret;
};

/* Where a field of the caller's struct is: .offset and .size of a row. */
#define RUNTIME_CONFIG_AT(type, field)                                                             \
    .offset = offsetof(type, field), .size = sizeof(((type *)0)->field)

struct runtime_config_schema {
    const char *title; /* of the reference page and the example file */
    const struct runtime_config_key *keys;
    uint8_t n_keys;
};

enum runtime_config_fault {
    RUNTIME_CONFIG_FINE,
    RUNTIME_CONFIG_UNKNOWN_KEY,
    RUNTIME_CONFIG_NO_VALUE,
    RUNTIME_CONFIG_EXTRA_VALUE,
    RUNTIME_CONFIG_BAD_QUOTES,
    RUNTIME_CONFIG_BAD_BYTES, /* control characters, or not UTF-8 */
    RUNTIME_CONFIG_WRONG_TYPE,
    RUNTIME_CONFIG_OUT_OF_RANGE,
    RUNTIME_CONFIG_TWICE,
    RUNTIME_CONFIG_MISSING,
    RUNTIME_CONFIG_NOT_JSON /* not one JSON object, or too large a one */
};

struct runtime_config_error {
    enum runtime_config_fault fault;
    uint32_t line;                        /* from 1; 0 where lines mean nothing */
    uint32_t first_line;                  /* of TWICE */
    const struct runtime_config_key *key; /* NULL when unknown */
    char word[RUNTIME_CONFIG_WORD_CAP];   /* the unknown key, or the value unless secret */
};

/* The schema itself: E_ARG when a row's name, type, size, range or fallback contradict each other.
 * For a test of every schema; the other functions assert it piecemeal. */
int runtime_config_check(const struct runtime_config_schema *schema) MUST_USE;

/* Every key's fallback; keys that must be given become zero bytes. */
void runtime_config_defaults(const struct runtime_config_schema *schema, void *config);

/* Lines to `config`: what is not there gets its fallback. E_MALFORMED, E_LIMIT (out of range) or
 * E_NOTFOUND (missing), with the first error in *error. */
int runtime_config_parse(const struct runtime_config_schema *schema, const char *text, size_t len,
                         void *config, struct runtime_config_error *error) MUST_USE;

struct runtime_config_json {
    const char *text;
    size_t len;
    struct json_token *tokens; /* room for the parse: 2 a key and 1 */
    size_t max_tokens;
};

/* A JSON object changes the keys it names and no others; `config` holds the values so far. A secret
 * equal to the mask "***" stays as it was. Errors as above, without lines. */
int runtime_config_patch_json(const struct runtime_config_schema *schema,
                              const struct runtime_config_json *json, void *config,
                              struct runtime_config_error *error) MUST_USE;

/* One sentence: `FILE:LINE: "key" is "value"; it must be a whole number from 1 to 9 s`. */
void runtime_config_write_error(const struct runtime_config_error *error, const char *file,
                                struct wbuf *out);

enum runtime_config_secrets {
    RUNTIME_CONFIG_SECRETS_MASKED, /* for people */
    RUNTIME_CONFIG_SECRETS_SHOWN   /* for storage that is as safe as the file was */
};

/* All keys as lines that runtime_config_parse() turns back into the same values. */
void runtime_config_write_lines(const struct runtime_config_schema *schema, const void *config,
                                enum runtime_config_secrets secrets, struct wbuf *out);
/* All keys as one JSON object; secrets masked, null for what is null. */
void runtime_config_write_json(const struct runtime_config_schema *schema, const void *config,
                               struct wbuf *out);
/* A file to start from: every key with its meaning, those with a fallback commented out. */
void runtime_config_write_example(const struct runtime_config_schema *schema, struct wbuf *out);
/* The reference page, Markdown. */
void runtime_config_write_reference(const struct runtime_config_schema *schema, struct wbuf *out);

#endif
