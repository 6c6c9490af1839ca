/* SPDX-License-Identifier: MIT */
#include "trust/settings.h"

#include <string.h>

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "db/db.h"

enum { TEXT_CAP = 1024, TOKENS_MAX = 64 };
#define SETTING "trust"

int trust_settings_put(struct db *db, const struct trust_settings *settings)
{
    char text[TEXT_CAP];
    struct wbuf w = wbuf_of(text, sizeof text - 1);
    struct json_writer j;
    json_writer_init(&j, &w);
    json_begin_object(&j);
    json_field_string(&j, "rule", settings->rule == TRUST_RULE_SEED ? "seed" : "te2");
    json_field_bool(&j, "weather", settings->has_weather);
    json_field_int(&j, "utc_offset_min", settings->utc_offset_min);
    if (settings->feeder[0] != '\0') {
        json_field_string(&j, "feeder", settings->feeder);
    }
    if (settings->place.known) {
        json_field_int(&j, "latitude_udeg", settings->place.latitude_udeg);
        json_field_int(&j, "longitude_udeg", settings->place.longitude_udeg);
    }
#define PUT_KEY(field, key, decimals, value, least, most)                                          \
    json_field_int(&j, key, settings->seed.field);
    TRUST_SEED_KEYS(PUT_KEY)
#undef PUT_KEY
    json_end(&j);
    if (!wbuf_ok(&w)) {
        return E_NOSPACE;
    }
    text[wbuf_len(&w)] = '\0';
    return db_setting_put(db, SETTING, text);
}

static bool int_of(const struct json_reader *j, const char *name, int64_t *out)
{
    return json_int(j, json_member(j, 0, name), out) == E_OK;
}

int trust_settings_get(struct db *db, struct trust_settings *settings)
{
    char text[TEXT_CAP];
    char rule[8] = "";
    struct json_token tokens[TOKENS_MAX];
    struct json_reader j;
    struct trust_settings s = {.rule = TRUST_RULE_TE2};
    const int result = db_setting_get(db, SETTING, text, sizeof text);
    if (result != E_OK) {
        return result;
    }
    int64_t offset = 0;
    bool good = json_parse(&j, text, strlen(text), tokens, TOKENS_MAX) == E_OK &&
                json_string(&j, json_member(&j, 0, "rule"), rule, sizeof rule) > 0 &&
                json_bool(&j, json_member(&j, 0, "weather"), &s.has_weather) == E_OK &&
                int_of(&j, "utc_offset_min", &offset);
#define GET_KEY(field, key, decimals, value, least, most)                                          \
    good = good && int_of(&j, key, &s.seed.field);
    TRUST_SEED_KEYS(GET_KEY)
#undef GET_KEY
    if (!good) {
        return E_CORRUPT;
    }
    if (json_string(&j, json_member(&j, 0, "feeder"), s.feeder, sizeof s.feeder) < 0) {
        s.feeder[0] = '\0';
    }
    int64_t latitude = 0;
    int64_t longitude = 0;
    s.rule = strcmp(rule, "seed") == 0 ? TRUST_RULE_SEED : TRUST_RULE_TE2;
    s.utc_offset_min = (int)offset;
    s.place.known =
        int_of(&j, "latitude_udeg", &latitude) && int_of(&j, "longitude_udeg", &longitude);
    s.place.latitude_udeg = (int32_t)latitude;
    s.place.longitude_udeg = (int32_t)longitude;
    *settings = s;
    return E_OK;
}
