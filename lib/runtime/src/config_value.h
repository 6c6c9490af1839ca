/* SPDX-License-Identifier: MIT
 * One value of a schema: from text into the caller's struct and back. Shared by the line and the
 * JSON side of runtime/config.h.
 */
#ifndef RUNTIME_SRC_CONFIG_VALUE_H
#define RUNTIME_SRC_CONFIG_VALUE_H

#include "runtime/config.h"

#define CONFIG_MASK "***"

/* A value as it came: unquoted, and whether it is null. */
struct config_text {
    const char *bytes;
    size_t len;
    bool quoted;  /* cannot be a number, a boolean or null */
    bool escaped; /* bytes still hold \" and \\ */
    bool null;
};

/* Checks the value and, unless `config` is NULL, stores it there. */
enum runtime_config_fault config_value_take(const struct runtime_config_key *key,
                                            const struct config_text *value, void *config);
/* The stored number, of every type but TEXT. */
int64_t config_value_number(const struct runtime_config_key *key, const void *config);
/* The stored word, of WORD. Asserts that the field holds an index of `words`. */
const char *config_value_word(const struct runtime_config_key *key, const void *config);
/* The stored text and its length, of TEXT. */
const char *config_value_text(const struct runtime_config_key *key, const void *config,
                              size_t *len);
/* Whether the stored bytes are what null is stored as, and the key may be null. */
bool config_value_null(const struct runtime_config_key *key, const void *config);
/* "a whole number from 1 to 9 s, or None": what a value must be, for errors and the reference. */
void config_value_describe(const struct runtime_config_key *key, struct wbuf *out);
/* The most bytes a TEXT may have. */
size_t config_text_max(const struct runtime_config_key *key);
/* The key's fallback; null when it has none. */
struct config_text config_fallback(const struct runtime_config_key *key);
/* The error's return value, see runtime_config_parse(). */
int config_result(enum runtime_config_fault fault);

#endif
