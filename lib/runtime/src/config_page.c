/* SPDX-License-Identifier: MIT
 * What a schema writes for people and for storage: lines, the example file, the reference page; and
 * the check of a schema itself.
 */
#include "runtime/config.h"

#include <string.h>

#include "base/assert.h"
#include "config_value.h"
#include "text.h"

enum { MAX_WORDS = 32, MAX_DECIMALS = 9 };

static bool needs_quotes(const char *text, size_t len)
{
    if (len == 0 || (len == 4 && memcmp(text, "None", 4) == 0)) {
        return true;
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] == ' ' || text[i] == '"' || text[i] == '#' || text[i] == '\\') {
            return true;
        }
    }
    return false;
}

static void put_text(struct wbuf *out, const char *text, size_t len)
{
    if (!needs_quotes(text, len)) {
        wbuf_put(out, text, len);
        return;
    }
    wbuf_u8(out, '"');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\') {
            wbuf_u8(out, '\\');
        }
        wbuf_u8(out, (uint8_t)text[i]);
    }
    wbuf_u8(out, '"');
}

static void put_value(const struct runtime_config_key *key, const void *config, struct wbuf *out)
{
    size_t len;
    if (config_value_null(key, config)) {
        wbuf_str(out, "None");
        return;
    }
    switch (key->type) {
    case RUNTIME_CONFIG_BOOL:
        wbuf_str(out, config_value_number(key, config) != 0 ? "on" : "off");
        break;
    case RUNTIME_CONFIG_INT:
        text_put_int(out, config_value_number(key, config));
        break;
    case RUNTIME_CONFIG_DECIMAL:
        text_put_decimal(out, config_value_number(key, config), key->decimals);
        break;
    case RUNTIME_CONFIG_TEXT: {
        const char *text = config_value_text(key, config, &len);
        put_text(out, text, len);
        break;
    }
    case RUNTIME_CONFIG_WORD:
        wbuf_str(out, config_value_word(key, config));
        break;
    }
}

void runtime_config_write_lines(const struct runtime_config_schema *schema, const void *config,
                                enum runtime_config_secrets secrets, struct wbuf *out)
{
    for (uint8_t idx = 0; idx < schema->n_keys; idx++) {
        const struct runtime_config_key *key = &schema->keys[idx];
        wbuf_str(out, key->name);
        wbuf_u8(out, ' ');
        if (key->secret && secrets == RUNTIME_CONFIG_SECRETS_MASKED &&
            !config_value_null(key, config)) {
            wbuf_str(out, CONFIG_MASK);
        } else {
            put_value(key, config, out);
        }
        wbuf_u8(out, '\n');
    }
}

/* A fallback or example as it stands in a file. */
static void put_literal(const struct runtime_config_key *key, const char *text, struct wbuf *out)
{
    if (key->type == RUNTIME_CONFIG_TEXT && strcmp(text, "None") != 0) {
        put_text(out, text, strlen(text));
    } else {
        wbuf_str(out, text);
    }
}

void runtime_config_write_example(const struct runtime_config_schema *schema, struct wbuf *out)
{
    wbuf_str(out, "# ");
    wbuf_str(out, schema->title);
    wbuf_str(out,
             "\n# One \"key value\" a line; None is nothing; text with blanks in double quotes.\n");
    for (uint8_t idx = 0; idx < schema->n_keys; idx++) {
        const struct runtime_config_key *key = &schema->keys[idx];
        wbuf_str(out, "\n# ");
        wbuf_str(out, key->help);
        wbuf_str(out, ".\n# ");
        config_value_describe(key, out);
        wbuf_str(out, key->fallback == NULL ? "; must be given\n" : "\n#");
        wbuf_str(out, key->name);
        wbuf_u8(out, ' ');
        put_literal(key, key->fallback == NULL ? key->example : key->fallback, out);
        wbuf_u8(out, '\n');
    }
}

/* A cell of a table: '|' would end it. */
static void put_cell(struct wbuf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|') {
            wbuf_u8(out, '\\');
        }
        wbuf_u8(out, (uint8_t)*text);
    }
}

void runtime_config_write_reference(const struct runtime_config_schema *schema, struct wbuf *out)
{
    wbuf_str(out, "# ");
    wbuf_str(out, schema->title);
    wbuf_str(out,
             "\n\nGenerated from the schema by `make gen`; do not edit.\n\n"
             "One `key value` a line; `#` starts a comment, `None` is nothing, text with blanks "
             "stands between double quotes.\n\n"
             "| key | value | default | meaning |\n|---|---|---|---|\n");
    for (uint8_t idx = 0; idx < schema->n_keys; idx++) {
        const struct runtime_config_key *key = &schema->keys[idx];
        wbuf_str(out, "| `");
        wbuf_str(out, key->name);
        wbuf_str(out, "` | ");
        config_value_describe(key, out);
        wbuf_str(out, " | ");
        if (key->fallback == NULL) {
            wbuf_str(out, "must be given");
        } else {
            wbuf_u8(out, '`');
            put_literal(key, key->fallback, out);
            wbuf_u8(out, '`');
        }
        wbuf_str(out, " | ");
        put_cell(out, key->help);
        wbuf_str(out, key->secret ? ". A secret: never shown |\n" : ". |\n");
    }
}

static bool name_fits(const char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_')) {
            return false;
        }
    }
    return name[0] != '\0' && strlen(name) < RUNTIME_CONFIG_WORD_CAP;
}

static bool number_fits(const struct runtime_config_key *key)
{
    if (key->size != 1 && key->size != 2 && key->size != 4 && key->size != 8) {
        return false;
    }
    if (key->min > key->max || key->decimals > MAX_DECIMALS ||
        (key->type == RUNTIME_CONFIG_INT && key->decimals != 0)) {
        return false;
    }
    if (key->size == 8) {
        return true;
    }
    const unsigned bits = key->size * 8u - (key->min < 0 ? 1u : 0u);
    const int64_t top = (int64_t)((UINT64_C(1) << bits) - 1);
    return key->max <= top && (key->min >= 0 || key->min >= -top - 1);
}

static bool words_fit(const struct runtime_config_key *key)
{
    size_t n = 0;
    while (key->words != NULL && n <= MAX_WORDS && key->words[n] != NULL) {
        n++;
    }
    return n > 0 && n <= MAX_WORDS && (key->size == 1 || key->size == 2 || key->size == 4);
}

static bool type_fits(const struct runtime_config_key *key)
{
    switch (key->type) {
    case RUNTIME_CONFIG_BOOL:
        return key->size == sizeof(bool);
    case RUNTIME_CONFIG_INT:
    case RUNTIME_CONFIG_DECIMAL:
        return number_fits(key);
    case RUNTIME_CONFIG_TEXT:
        return key->size >= 2 && key->size <= RUNTIME_CONFIG_MAX_TEXT + 1 && key->min >= 0 &&
               key->max < key->size && (key->max == 0 || key->min <= key->max);
    case RUNTIME_CONFIG_WORD:
        return words_fit(key);
    }
    return false;
}

/* Null is stored as zero bytes, so it must not be a value of its own. */
static bool null_fits(const struct runtime_config_key *key)
{
    if (!key->nullable || key->type == RUNTIME_CONFIG_TEXT) {
        return true;
    }
    return (key->type == RUNTIME_CONFIG_INT || key->type == RUNTIME_CONFIG_DECIMAL) &&
           (key->min > 0 || key->max < 0);
}

static bool literal_fits(const struct runtime_config_key *key)
{
    struct config_text value = config_fallback(key);
    if (key->fallback == NULL) {
        if (key->example == NULL) {
            return false;
        }
        value = (struct config_text){.bytes = key->example, .len = strlen(key->example)};
    }
    return config_value_take(key, &value, NULL) == RUNTIME_CONFIG_FINE;
}

int runtime_config_check(const struct runtime_config_schema *schema)
{
    if (schema->title == NULL || schema->n_keys > RUNTIME_CONFIG_MAX_KEYS) {
        return E_ARG;
    }
    for (uint8_t idx = 0; idx < schema->n_keys; idx++) {
        const struct runtime_config_key *key = &schema->keys[idx];
        if (!name_fits(key->name) || key->help == NULL || !type_fits(key) || !null_fits(key) ||
            !literal_fits(key)) {
            return E_ARG;
        }
        for (uint8_t other = 0; other < idx; other++) {
            if (strcmp(schema->keys[other].name, key->name) == 0) {
                return E_ARG;
            }
        }
    }
    return E_OK;
}
