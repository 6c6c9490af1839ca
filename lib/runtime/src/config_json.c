/* SPDX-License-Identifier: MIT
 * The schema's values as JSON (RFC 8259), in and out.
 */
#include "runtime/config.h"

#include <string.h>

#include "base/assert.h"
#include "base/json_writer.h"
#include "config_value.h"

enum { NAME_CAP = 64 };

/* Gives the member's value the form the line parser has: JSON's own true and false are on and off.
 */
static int text_of(const struct json_reader *r, int value, char *decoded, size_t cap,
                   struct config_text *out)
{
    int len;
    *out = (struct config_text){.bytes = ""};
    switch (json_type_of(r, value)) {
    case JSON_STRING:
        len = json_string(r, value, decoded, cap);
        if (len < 0) {
            return len;
        }
        *out = (struct config_text){.bytes = decoded, .len = (size_t)len, .quoted = true};
        return E_OK;
    case JSON_NUMBER:
        out->bytes = json_raw(r, value, &out->len);
        return E_OK;
    case JSON_TRUE:
        *out = (struct config_text){.bytes = "on", .len = 2};
        return E_OK;
    case JSON_FALSE:
        *out = (struct config_text){.bytes = "off", .len = 3};
        return E_OK;
    case JSON_NULL:
        out->null = true;
        return E_OK;
    case JSON_OBJECT:
    case JSON_ARRAY:
    case JSON_NONE:
        break;
    }
    return E_MALFORMED;
}

/* The JSON type a key takes; null is looked at later. */
static bool type_fits(const struct runtime_config_key *key, enum json_type type)
{
    switch (key->type) {
    case RUNTIME_CONFIG_BOOL:
        return type == JSON_TRUE || type == JSON_FALSE;
    case RUNTIME_CONFIG_INT:
    case RUNTIME_CONFIG_DECIMAL:
        return type == JSON_NUMBER;
    case RUNTIME_CONFIG_TEXT:
    case RUNTIME_CONFIG_WORD:
        return type == JSON_STRING;
    }
    return false;
}

struct patch {
    const struct runtime_config_schema *schema;
    const struct json_reader *json;
    struct runtime_config_error *error;
    void *config; /* NULL while only checking */
};

static void keep_text(struct runtime_config_error *error, const char *text, size_t len)
{
    const size_t n = len < sizeof error->word ? len : sizeof error->word - 1;
    for (size_t i = 0; i < n; i++) {
        error->word[i] = text[i] < 0x20 || text[i] > 0x7e ? '?' : text[i];
    }
    error->word[n] = '\0';
}

static enum runtime_config_fault take_member(const struct patch *p,
                                             const struct runtime_config_key *key, int value)
{
    char decoded[RUNTIME_CONFIG_MAX_TEXT + 1];
    struct config_text text;
    const enum json_type type = json_type_of(p->json, value);
    if (type != JSON_NULL && !type_fits(key, type)) {
        return RUNTIME_CONFIG_WRONG_TYPE;
    }
    const int result = text_of(p->json, value, decoded, sizeof decoded, &text);
    if (result != E_OK) {
        return result == E_NOSPACE ? RUNTIME_CONFIG_OUT_OF_RANGE : RUNTIME_CONFIG_BAD_BYTES;
    }
    if (key->secret && text.quoted && text.len == strlen(CONFIG_MASK) &&
        memcmp(text.bytes, CONFIG_MASK, text.len) == 0) {
        return RUNTIME_CONFIG_FINE; /* our own mask comes back: unchanged */
    }
    if (!key->secret) {
        keep_text(p->error, text.bytes, text.len);
    }
    return config_value_take(key, &text, p->config);
}

static const struct runtime_config_key *find_key(const struct runtime_config_schema *schema,
                                                 const char *name)
{
    for (uint8_t idx = 0; idx < schema->n_keys; idx++) {
        if (strcmp(schema->keys[idx].name, name) == 0) {
            return &schema->keys[idx];
        }
    }
    return NULL;
}

static enum runtime_config_fault take_members(const struct patch *p)
{
    char name[NAME_CAP];
    for (int child = json_first(p->json, 0); child != JSON_ABSENT;) {
        const int value = json_next(p->json, child);
        const int len = json_string(p->json, child, name, sizeof name);
        p->error->key = len < 0 ? NULL : find_key(p->schema, name);
        p->error->word[0] = '\0';
        if (p->error->key == NULL) {
            keep_text(p->error, len < 0 ? "?" : name, len < 0 ? 1 : (size_t)len);
            return RUNTIME_CONFIG_UNKNOWN_KEY;
        }
        const enum runtime_config_fault fault = take_member(p, p->error->key, value);
        if (fault != RUNTIME_CONFIG_FINE) {
            return fault;
        }
        child = json_next(p->json, value);
    }
    return RUNTIME_CONFIG_FINE;
}

int runtime_config_patch_json(const struct runtime_config_schema *schema,
                              const struct runtime_config_json *json, void *config,
                              struct runtime_config_error *error)
{
    struct json_reader reader;
    ASSERT(config != NULL);
    *error = (struct runtime_config_error){.fault = RUNTIME_CONFIG_NOT_JSON};
    if (json_parse(&reader, json->text, json->len, json->tokens, json->max_tokens) != E_OK ||
        json_type_of(&reader, 0) != JSON_OBJECT) {
        return E_MALFORMED;
    }
    struct patch p = {.schema = schema, .json = &reader, .error = error};
    error->fault = take_members(&p);
    if (error->fault != RUNTIME_CONFIG_FINE) {
        return config_result(error->fault);
    }
    p.config = config;
    const enum runtime_config_fault stored = take_members(&p);
    ASSERT(stored == RUNTIME_CONFIG_FINE);
    *error = (struct runtime_config_error){.fault = RUNTIME_CONFIG_FINE};
    return E_OK;
}

static void put_value(struct json_writer *w, const struct runtime_config_key *key,
                      const void *config)
{
    size_t len;
    if (config_value_null(key, config)) {
        json_put_null(w);
        return;
    }
    if (key->secret) {
        json_put_string(w, CONFIG_MASK);
        return;
    }
    switch (key->type) {
    case RUNTIME_CONFIG_BOOL:
        json_put_bool(w, config_value_number(key, config) != 0);
        break;
    case RUNTIME_CONFIG_INT:
        json_put_int(w, config_value_number(key, config));
        break;
    case RUNTIME_CONFIG_DECIMAL:
        json_put_decimal(w, config_value_number(key, config), key->decimals);
        break;
    case RUNTIME_CONFIG_TEXT: {
        const char *text = config_value_text(key, config, &len);
        json_put_text(w, text, len);
        break;
    }
    case RUNTIME_CONFIG_WORD:
        json_put_string(w, config_value_word(key, config));
        break;
    }
}

void runtime_config_write_json(const struct runtime_config_schema *schema, const void *config,
                               struct wbuf *out)
{
    struct json_writer w;
    json_writer_init(&w, out);
    json_begin_object(&w);
    for (uint8_t idx = 0; idx < schema->n_keys; idx++) {
        json_key(&w, schema->keys[idx].name);
        put_value(&w, &schema->keys[idx], config);
    }
    json_end(&w);
}
