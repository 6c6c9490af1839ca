/* SPDX-License-Identifier: MIT
 * `key value` lines. The text is walked twice: once to check everything, once to store, so that a
 * wrong file changes nothing and no copy of the struct is needed.
 */
#include "runtime/config.h"

#include <string.h>

#include "base/assert.h"
#include "config_value.h"
#include "text.h"

struct span {
    const char *bytes;
    size_t len;
};

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Cuts the next line off, without its end. */
static struct span take_line(struct span *text)
{
    const char *end = memchr(text->bytes, '\n', text->len);
    struct span line = {text->bytes, end == NULL ? text->len : (size_t)(end - text->bytes)};
    const size_t used = end == NULL ? line.len : line.len + 1;
    text->bytes += used;
    text->len -= used;
    if (line.len > 0 && line.bytes[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

static void skip_blanks(struct span *line)
{
    while (line->len > 0 && blank(line->bytes[0])) {
        line->bytes++;
        line->len--;
    }
}

static struct span take_word(struct span *line)
{
    struct span word = {line->bytes, 0};
    while (word.len < line->len && !blank(line->bytes[word.len])) {
        word.len++;
    }
    line->bytes += word.len;
    line->len -= word.len;
    return word;
}

/* After the opening quote; leaves `line` behind the closing one. */
static bool take_quoted(struct span *line, struct config_text *value)
{
    *value = (struct config_text){.bytes = line->bytes, .quoted = true};
    for (size_t i = 0; i < line->len; i++) {
        if (line->bytes[i] == '"') {
            value->len = i;
            line->bytes += i + 1;
            line->len -= i + 1;
            return true;
        }
        if (line->bytes[i] == '\\') {
            i++;
            value->escaped = true;
            if (i == line->len || (line->bytes[i] != '"' && line->bytes[i] != '\\')) {
                return false;
            }
        }
    }
    return false;
}

static enum runtime_config_fault take_value(struct span *line, struct config_text *value)
{
    skip_blanks(line);
    if (line->len == 0 || line->bytes[0] == '#') {
        return RUNTIME_CONFIG_NO_VALUE;
    }
    if (line->bytes[0] == '"') {
        line->bytes++;
        line->len--;
        if (!take_quoted(line, value) || (line->len > 0 && !blank(line->bytes[0]))) {
            return RUNTIME_CONFIG_BAD_QUOTES;
        }
    } else {
        const struct span word = take_word(line);
        *value = (struct config_text){.bytes = word.bytes, .len = word.len};
        value->null = word.len == 4 && memcmp(word.bytes, "None", 4) == 0;
    }
    skip_blanks(line);
    return line->len == 0 || line->bytes[0] == '#' ? RUNTIME_CONFIG_FINE
                                                   : RUNTIME_CONFIG_EXTRA_VALUE;
}

/* The key's index, or n_keys. */
static uint8_t find_key(const struct runtime_config_schema *schema, struct span name)
{
    uint8_t idx = 0;
    while (idx < schema->n_keys && (strlen(schema->keys[idx].name) != name.len ||
                                    memcmp(schema->keys[idx].name, name.bytes, name.len) != 0)) {
        idx++;
    }
    return idx;
}

/* What an error quotes: cut to fit, with '?' for what should not reach a terminal. */
static void keep_word(struct runtime_config_error *error, struct span word)
{
    const size_t len = word.len < sizeof error->word ? word.len : sizeof error->word - 1;
    for (size_t i = 0; i < len; i++) {
        const char c = word.bytes[i];
        error->word[i] = c < 0x20 || c > 0x7e ? '?' : c;
    }
    error->word[len] = '\0';
}

struct parse {
    const struct runtime_config_schema *schema;
    struct runtime_config_error *error;
    void *config; /* NULL while only checking */
    uint64_t seen;
    struct span text;
};

static enum runtime_config_fault parse_line(struct parse *p, struct span line)
{
    struct config_text value = {.bytes = ""};
    skip_blanks(&line);
    if (line.len == 0 || line.bytes[0] == '#') {
        return RUNTIME_CONFIG_FINE;
    }
    const struct span name = take_word(&line);
    const uint8_t idx = find_key(p->schema, name);
    p->error->key = NULL;
    if (idx == p->schema->n_keys) {
        keep_word(p->error, name); /* and never the value: it may be a misspelt key's secret */
        return RUNTIME_CONFIG_UNKNOWN_KEY;
    }
    const struct runtime_config_key *key = &p->schema->keys[idx];
    p->error->key = key;
    if ((p->seen >> idx & 1) != 0) {
        return RUNTIME_CONFIG_TWICE;
    }
    p->seen |= UINT64_C(1) << idx;
    const enum runtime_config_fault fault = take_value(&line, &value);
    if (fault != RUNTIME_CONFIG_FINE) {
        return fault;
    }
    if (!key->secret) {
        keep_word(p->error, (struct span){value.bytes, value.len});
    }
    return config_value_take(key, &value, p->config);
}

static enum runtime_config_fault parse_lines(struct parse *p)
{
    struct span text = p->text;
    p->seen = 0;
    p->error->line = 0;
    while (text.len > 0) {
        p->error->line++;
        p->error->word[0] = '\0';
        const enum runtime_config_fault fault = parse_line(p, take_line(&text));
        if (fault != RUNTIME_CONFIG_FINE) {
            return fault;
        }
    }
    return RUNTIME_CONFIG_FINE;
}

/* The first line that names the key. */
static uint32_t line_of(struct span text, const struct runtime_config_key *key)
{
    for (uint32_t number = 1; text.len > 0; number++) {
        struct span line = take_line(&text);
        skip_blanks(&line);
        const struct span name = take_word(&line);
        if (name.len == strlen(key->name) && memcmp(name.bytes, key->name, name.len) == 0) {
            return number;
        }
    }
    return 0;
}

static enum runtime_config_fault find_missing(struct parse *p)
{
    for (uint8_t idx = 0; idx < p->schema->n_keys; idx++) {
        if (p->schema->keys[idx].fallback == NULL && (p->seen >> idx & 1) == 0) {
            p->error->line = 0;
            p->error->word[0] = '\0';
            p->error->key = &p->schema->keys[idx];
            return RUNTIME_CONFIG_MISSING;
        }
    }
    return RUNTIME_CONFIG_FINE;
}

int runtime_config_parse(const struct runtime_config_schema *schema, const char *text, size_t len,
                         void *config, struct runtime_config_error *error)
{
    ASSERT(schema->n_keys <= RUNTIME_CONFIG_MAX_KEYS);
    ASSERT(config != NULL);
    *error = (struct runtime_config_error){.fault = RUNTIME_CONFIG_FINE};
    struct parse p = {.schema = schema, .error = error, .text = {text, len}};
    error->fault = parse_lines(&p);
    if (error->fault == RUNTIME_CONFIG_TWICE) {
        error->first_line = line_of(p.text, error->key);
    }
    if (error->fault == RUNTIME_CONFIG_FINE) {
        error->fault = find_missing(&p);
    }
    if (error->fault != RUNTIME_CONFIG_FINE) {
        return config_result(error->fault);
    }
    runtime_config_defaults(schema, config);
    p.config = config;
    const enum runtime_config_fault stored = parse_lines(&p);
    ASSERT(stored == RUNTIME_CONFIG_FINE);
    *error = (struct runtime_config_error){.fault = RUNTIME_CONFIG_FINE};
    return E_OK;
}

void runtime_config_defaults(const struct runtime_config_schema *schema, void *config)
{
    for (uint8_t idx = 0; idx < schema->n_keys; idx++) {
        const struct runtime_config_key *key = &schema->keys[idx];
        memset((char *)config + key->offset, 0, key->size);
        if (key->fallback != NULL) {
            const struct config_text value = config_fallback(key);
            const enum runtime_config_fault fault = config_value_take(key, &value, config);
            ASSERT(fault == RUNTIME_CONFIG_FINE);
        }
    }
}

static const char *fault_text(enum runtime_config_fault fault)
{
    switch (fault) {
    case RUNTIME_CONFIG_UNKNOWN_KEY:
        return "is not a key of this file";
    case RUNTIME_CONFIG_NO_VALUE:
        return "has no value; write None for nothing";
    case RUNTIME_CONFIG_EXTRA_VALUE:
        return "has more than one value; text with blanks stands between double quotes";
    case RUNTIME_CONFIG_BAD_QUOTES:
        return "has quotes that do not close or an escape other than \\\" and \\\\";
    case RUNTIME_CONFIG_BAD_BYTES:
        return "has control characters or is not UTF-8";
    case RUNTIME_CONFIG_TWICE:
        return "stands here a second time; it was on line ";
    case RUNTIME_CONFIG_MISSING:
        return "is missing; it must be ";
    case RUNTIME_CONFIG_NOT_JSON:
        return "this is not one JSON object of keys and values, each key once";
    case RUNTIME_CONFIG_WRONG_TYPE:
    case RUNTIME_CONFIG_OUT_OF_RANGE:
        return "must be ";
    case RUNTIME_CONFIG_FINE:
        break;
    }
    return "has no error";
}

static void put_quoted(struct wbuf *out, const char *text)
{
    wbuf_u8(out, '"');
    wbuf_str(out, text);
    wbuf_str(out, "\"");
}

void runtime_config_write_error(const struct runtime_config_error *error, const char *file,
                                struct wbuf *out)
{
    wbuf_str(out, file);
    if (error->line > 0) {
        wbuf_u8(out, ':');
        text_put_uint(out, error->line);
    }
    wbuf_str(out, ": ");
    if (error->fault != RUNTIME_CONFIG_NOT_JSON) {
        put_quoted(out, error->key != NULL ? error->key->name : error->word);
        wbuf_u8(out, ' ');
    }
    const bool about_value =
        error->fault == RUNTIME_CONFIG_WRONG_TYPE || error->fault == RUNTIME_CONFIG_OUT_OF_RANGE;
    if (about_value && error->word[0] != '\0') {
        wbuf_str(out, "is ");
        put_quoted(out, error->word);
        wbuf_str(out, "; it ");
    }
    wbuf_str(out, fault_text(error->fault));
    if (error->fault == RUNTIME_CONFIG_TWICE) {
        text_put_uint(out, error->first_line);
    } else if (about_value || error->fault == RUNTIME_CONFIG_MISSING) {
        ASSERT(error->key != NULL);
        config_value_describe(error->key, out);
    }
}
