/* fuzz: runtime */
/* SPDX-License-Identifier: MIT
 * Arbitrary bytes as a configuration file and as a JSON patch. What is accepted comes back from
 * what is written; what is refused changes nothing and is explained in one printable line; masked
 * output does not depend on the secret.
 */
#include "runtime/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct config {
    int64_t wide;
    int32_t ratio;
    uint16_t count;
    int8_t small;
    bool led;
    uint32_t word;
    char name[17];
    char secret[40];
};

static const char *const words[] = {"meter", "charger", "tank", NULL};

static const struct runtime_config_key keys[] = {
    {.name = "wide",
     .help = "h",
     .type = RUNTIME_CONFIG_INT,
     .min = INT64_MIN,
     .max = INT64_MAX,
     .fallback = "0",
     RUNTIME_CONFIG_AT(struct config, wide)},
    {.name = "ratio",
     .help = "h",
     .type = RUNTIME_CONFIG_DECIMAL,
     .decimals = 4,
     .min = INT32_MIN,
     .max = INT32_MAX,
     .fallback = "-1.5",
     RUNTIME_CONFIG_AT(struct config, ratio)},
    {.name = "count",
     .help = "h",
     .type = RUNTIME_CONFIG_INT,
     .min = 1,
     .max = UINT16_MAX,
     .nullable = true,
     .fallback = "None",
     RUNTIME_CONFIG_AT(struct config, count)},
    {.name = "small",
     .help = "h",
     .type = RUNTIME_CONFIG_INT,
     .min = -128,
     .max = 127,
     .fallback = "-128",
     RUNTIME_CONFIG_AT(struct config, small)},
    {.name = "led",
     .help = "h",
     .type = RUNTIME_CONFIG_BOOL,
     .fallback = "off",
     RUNTIME_CONFIG_AT(struct config, led)},
    {.name = "word",
     .help = "h",
     .type = RUNTIME_CONFIG_WORD,
     .words = words,
     .fallback = "tank",
     RUNTIME_CONFIG_AT(struct config, word)},
    {.name = "name",
     .help = "h",
     .type = RUNTIME_CONFIG_TEXT,
     .fallback = "a b",
     RUNTIME_CONFIG_AT(struct config, name)},
    {.name = "secret",
     .help = "h",
     .type = RUNTIME_CONFIG_TEXT,
     .min = 4,
     .nullable = true,
     .secret = true,
     .fallback = "None",
     RUNTIME_CONFIG_AT(struct config, secret)},
};

static const struct runtime_config_schema schema = {
    .title = "fuzz", .keys = keys, .n_keys = sizeof keys / sizeof keys[0]};

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool same(const struct config *a, const struct config *b)
{
    return a->wide == b->wide && a->ratio == b->ratio && a->count == b->count &&
           a->small == b->small && a->led == b->led && a->word == b->word &&
           memcmp(a->name, b->name, sizeof a->name) == 0 &&
           memcmp(a->secret, b->secret, sizeof a->secret) == 0;
}

static void must_be_explained(const struct runtime_config_error *error)
{
    char text[512];
    struct wbuf out = wbuf_of(text, sizeof text);
    must(error->fault != RUNTIME_CONFIG_FINE);
    runtime_config_write_error(error, "f", &out);
    must(wbuf_len(&out) > 0);
    for (size_t i = 0; i < wbuf_len(&out); i++) {
        must(text[i] >= 0x20 && text[i] <= 0x7e);
    }
}

static void must_come_back(const struct config *config)
{
    char text[1024];
    struct config again;
    struct runtime_config_error error;
    struct wbuf out = wbuf_of(text, sizeof text);
    runtime_config_write_lines(&schema, config, RUNTIME_CONFIG_SECRETS_SHOWN, &out);
    must(wbuf_ok(&out));
    must(runtime_config_parse(&schema, text, wbuf_len(&out), &again, &error) == E_OK);
    must(same(config, &again));

    struct json_token tokens[64];
    out = wbuf_of(text, sizeof text);
    runtime_config_write_json(&schema, config, &out);
    must(wbuf_ok(&out));
    const struct runtime_config_json json = {text, wbuf_len(&out), tokens, 64};
    must(runtime_config_patch_json(&schema, &json, &again, &error) == E_OK);
    must(same(config, &again));
}

static void must_not_show_the_secret(const struct config *config)
{
    char text[2][1024];
    struct config other = *config;
    if (config->secret[0] == '\0') {
        return;
    }
    memset(other.secret, 0, sizeof other.secret);
    memcpy(other.secret, "another", 7);
    for (int as_json = 0; as_json < 2; as_json++) {
        size_t len[2];
        for (int i = 0; i < 2; i++) {
            struct wbuf out = wbuf_of(text[i], sizeof text[i]);
            if (as_json != 0) {
                runtime_config_write_json(&schema, i == 0 ? config : &other, &out);
            } else {
                runtime_config_write_lines(&schema, i == 0 ? config : &other,
                                           RUNTIME_CONFIG_SECRETS_MASKED, &out);
            }
            len[i] = wbuf_len(&out);
        }
        must(len[0] > 0 && len[0] == len[1] && memcmp(text[0], text[1], len[0]) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config;
    struct config before;
    struct runtime_config_error error;
    struct json_token tokens[64];
    must(runtime_config_check(&schema) == E_OK);
    runtime_config_defaults(&schema, &config);
    before = config;
    const struct runtime_config_json json = {(const char *)data, size, tokens, 64};
    if (runtime_config_parse(&schema, (const char *)data, size, &config, &error) != E_OK) {
        must(same(&config, &before));
        must_be_explained(&error);
        if (runtime_config_patch_json(&schema, &json, &config, &error) != E_OK) {
            must(same(&config, &before));
            must_be_explained(&error);
            return 0;
        }
    }
    must_come_back(&config);
    must_not_show_the_secret(&config);
    return 0;
}
