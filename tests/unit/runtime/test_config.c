/* SPDX-License-Identifier: MIT */
#include "runtime/config.h"

#include <string.h>

#include "check.h"

enum profile { METER, CHARGER, TANK };

struct device_config {
    int64_t offset_uwh;
    uint32_t send_interval_ms;
    int16_t limit_mc;
    int32_t weight_g;
    uint8_t watchdog_s;
    bool led;
    enum profile profile;
    char name[17];
    char ssid[33];
    char password[64];
};

static const char *const profiles[] = {"meter", "charger", "tank", NULL};

static const struct runtime_config_key keys[] = {
    {.name = "name",
     .help = "What the device calls itself",
     .type = RUNTIME_CONFIG_TEXT,
     .min = 1,
     .example = "barn",
     RUNTIME_CONFIG_AT(struct device_config, name)},
    {.name = "profile",
     .help = "What the device does",
     .type = RUNTIME_CONFIG_WORD,
     .words = profiles,
     .fallback = "meter",
     RUNTIME_CONFIG_AT(struct device_config, profile)},
    {.name = "send_interval_ms",
     .help = "How often a reading is sent",
     .unit = "ms",
     .type = RUNTIME_CONFIG_INT,
     .min = 100,
     .max = 3600000,
     .fallback = "5000",
     RUNTIME_CONFIG_AT(struct device_config, send_interval_ms)},
    {.name = "watchdog_s",
     .help = "Silence after which the device resets | None switches it off",
     .unit = "s",
     .type = RUNTIME_CONFIG_INT,
     .min = 1,
     .max = 255,
     .nullable = true,
     .fallback = "15",
     RUNTIME_CONFIG_AT(struct device_config, watchdog_s)},
    {.name = "limit_c",
     .help = "Temperature above which it stops",
     .unit = "degrees",
     .type = RUNTIME_CONFIG_DECIMAL,
     .decimals = 2,
     .min = -4000,
     .max = 12500,
     .fallback = "85",
     RUNTIME_CONFIG_AT(struct device_config, limit_mc)},
    {.name = "weight_kg",
     .help = "Weight of the empty scale",
     .unit = "kg",
     .type = RUNTIME_CONFIG_DECIMAL,
     .decimals = 3,
     .min = -1000,
     .max = 2000000000,
     .fallback = "0.25",
     RUNTIME_CONFIG_AT(struct device_config, weight_g)},
    {.name = "offset_uwh",
     .help = "Energy counted before the device was there",
     .type = RUNTIME_CONFIG_INT,
     .min = INT64_MIN,
     .max = INT64_MAX,
     .fallback = "0",
     RUNTIME_CONFIG_AT(struct device_config, offset_uwh)},
    {.name = "led",
     .help = "Whether the lamp blinks",
     .type = RUNTIME_CONFIG_BOOL,
     .fallback = "on",
     RUNTIME_CONFIG_AT(struct device_config, led)},
    {.name = "ssid",
     .help = "The wireless network",
     .type = RUNTIME_CONFIG_TEXT,
     .nullable = true,
     .fallback = "None",
     RUNTIME_CONFIG_AT(struct device_config, ssid)},
    {.name = "password",
     .help = "Of the wireless network",
     .type = RUNTIME_CONFIG_TEXT,
     .min = 8,
     .nullable = true,
     .secret = true,
     .fallback = "None",
     RUNTIME_CONFIG_AT(struct device_config, password)},
};

static const struct runtime_config_schema schema = {
    .title = "A device", .keys = keys, .n_keys = sizeof keys / sizeof keys[0]};

static struct device_config config;
static struct runtime_config_error error;
static char text[4096];

static int parse(const char *lines)
{
    return runtime_config_parse(&schema, lines, strlen(lines), &config, &error);
}

/* The sentence of the last error. */
static const char *sentence(void)
{
    struct wbuf out = wbuf_of(text, sizeof text - 1);
    runtime_config_write_error(&error, "config.txt", &out);
    text[wbuf_len(&out)] = '\0';
    return text;
}

static void refused(const char *lines, int result, const char *why)
{
    memset(&config, 0x5a, sizeof config);
    const struct device_config before = config;
    CHECK_EQ(parse(lines), result);
    CHECK_STR(sentence(), why);
    CHECK_BYTES(&config, sizeof config, &before, sizeof before);
}

static void the_schema_of_this_test_is_valid(void)
{
    CHECK_EQ(runtime_config_check(&schema), E_OK);
}

static void every_type_is_read_into_its_field(void)
{
    CHECK_EQ(parse("# a comment\n"
                   "\n"
                   "name barn\n"
                   "  profile\ttank   # the last one\r\n"
                   "send_interval_ms 100\n"
                   "watchdog_s 255\n"
                   "limit_c -40\n"
                   "weight_kg 12.5\n"
                   "offset_uwh -9223372036854775808\n"
                   "led down\n"
                   "ssid \"my \\\"home\\\" \\\\ # net\"\n"
                   "password correct-horse"),
             E_OK);
    CHECK_STR(config.name, "barn");
    CHECK_EQ(config.profile, TANK);
    CHECK_EQ(config.send_interval_ms, 100);
    CHECK_EQ(config.watchdog_s, 255);
    CHECK_EQ(config.limit_mc, -4000);
    CHECK_EQ(config.weight_g, 12500);
    CHECK(config.offset_uwh == INT64_MIN);
    CHECK(!config.led);
    CHECK_STR(config.ssid, "my \"home\" \\ # net");
    CHECK_STR(config.password, "correct-horse");
    CHECK_EQ(error.fault, RUNTIME_CONFIG_FINE);
}

static void what_is_not_there_gets_its_fallback(void)
{
    memset(&config, 0x5a, sizeof config);
    CHECK_EQ(parse("name b"), E_OK);
    CHECK_EQ(config.profile, METER);
    CHECK_EQ(config.send_interval_ms, 5000);
    CHECK_EQ(config.watchdog_s, 15);
    CHECK_EQ(config.limit_mc, 8500);
    CHECK_EQ(config.weight_g, 250);
    CHECK(config.led);
    CHECK_STR(config.ssid, "");
}

static void the_seeds_words_for_true_and_false_are_known(void)
{
    static const char *const words[] = {"on", "1", "up", "off", "0", "down"};
    for (size_t i = 0; i < 6; i++) {
        char line[32] = "name b\nled ";
        strcat(line, words[i]);
        CHECK_EQ(parse(line), E_OK);
        CHECK_EQ(config.led, i < 3);
    }
    refused("name b\nled yes\n", E_MALFORMED,
            "config.txt:2: \"led\" is \"yes\"; it must be on, 1 or up, or off, 0 or down");
}

static void a_word_must_be_one_of_the_words(void)
{
    refused("name b\nprofile boat\n", E_MALFORMED,
            "config.txt:2: \"profile\" is \"boat\"; it must be meter, charger or tank");
    CHECK_EQ(parse("name b\nprofile \"tank\"\n"), E_OK);
    CHECK_EQ(config.profile, TANK);
    CHECK_STR(sentence(), "config.txt: \"\" has no error");
}

static void none_is_null_only_unquoted_and_only_where_null_is_allowed(void)
{
    CHECK_EQ(parse("name \"None\"\nwatchdog_s None\nssid None\n"), E_OK);
    CHECK_STR(config.name, "None");
    CHECK_EQ(config.watchdog_s, 0);
    refused("name None\n", E_MALFORMED,
            "config.txt:1: \"name\" is \"None\"; it must be text of 1 to 16 bytes");
}

static void an_unknown_key_is_named_with_its_line_but_never_its_value(void)
{
    refused("# one\nname b\npassphrase hunter22\n", E_MALFORMED,
            "config.txt:3: \"passphrase\" is not a key of this file");
    CHECK(strstr(sentence(), "hunter22") == NULL);
}

static void a_number_must_be_one_and_lie_in_its_range(void)
{
    const char *const range =
        "config.txt:1: \"send_interval_ms\" is \"%\"; it must be a whole number from 100 to "
        "3600000 ms";
    static const struct {
        const char *value;
        int result;
    } wrong[] = {{"99", E_LIMIT},        {"3600001", E_LIMIT},
                 {"-5", E_LIMIT},        {"99999999999999999999", E_LIMIT},
                 {"soon", E_MALFORMED},  {"5000ms", E_MALFORMED},
                 {"5e3", E_MALFORMED},   {"5000.0", E_MALFORMED},
                 {"+5000", E_MALFORMED}, {"-", E_MALFORMED},
                 {"0x100", E_MALFORMED}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char line[64] = "send_interval_ms ";
        char why[160];
        strcat(line, wrong[i].value);
        const char *cut = strchr(range, '%');
        memcpy(why, range, (size_t)(cut - range));
        strcpy(why + (cut - range), wrong[i].value);
        strcat(why, cut + 1);
        refused(line, wrong[i].result, why);
    }
    refused("send_interval_ms \"5000\"\n", E_MALFORMED,
            "config.txt:1: \"send_interval_ms\" is \"5000\"; it must be a whole number from 100 to "
            "3600000 ms");
}

static void a_decimal_keeps_its_digits_or_is_refused(void)
{
    CHECK_EQ(parse("name b\nlimit_c -0.5\nweight_kg 1.2500\n"), E_OK);
    CHECK_EQ(config.limit_mc, -50);
    CHECK_EQ(config.weight_g, 1250);
    refused("limit_c 1.234\n", E_LIMIT,
            "config.txt:1: \"limit_c\" is \"1.234\"; it must be a number from -40 to 125 degrees, "
            "with up to 2 decimals");
    refused("limit_c 1.\n", E_MALFORMED,
            "config.txt:1: \"limit_c\" is \"1.\"; it must be a number from -40 to 125 degrees, "
            "with up to 2 decimals");
    CHECK_EQ(parse("limit_c .5\n"), E_MALFORMED);
    CHECK_EQ(parse("limit_c 1..5\n"), E_MALFORMED);
    CHECK_EQ(parse("limit_c 125.01\n"), E_LIMIT);
}

static void text_is_bounded_printable_and_utf8(void)
{
    CHECK_EQ(parse("name 1234567890123456\n"), E_OK);
    refused("name 12345678901234567\n", E_LIMIT,
            "config.txt:1: \"name\" is \"12345678901234567\"; it must be text of 1 to 16 bytes");
    CHECK_EQ(parse("name \"\"\n"), E_LIMIT);
    CHECK_EQ(parse("name \"a\\\"b\\\\cdefghijklmn\"\n"), E_OK); /* 16 bytes without escapes */
    CHECK_EQ(parse("name sch\xc3\xb6n\n"), E_OK);
    refused("name sch\xf6n\n", E_MALFORMED,
            "config.txt:1: \"name\" has control characters or is not UTF-8");
    refused("name a\x1b[2Jb\n", E_MALFORMED,
            "config.txt:1: \"name\" has control characters or is not UTF-8");
    CHECK_EQ(runtime_config_parse(&schema, "name a\0b", 8, &config, &error), E_MALFORMED);
}

static void a_line_is_a_key_and_one_value(void)
{
    refused("name\n", E_MALFORMED, "config.txt:1: \"name\" has no value; write None for nothing");
    refused("name # b\n", E_MALFORMED,
            "config.txt:1: \"name\" has no value; write None for nothing");
    refused(
        "name my barn\n", E_MALFORMED,
        "config.txt:1: \"name\" has more than one value; text with blanks stands between double "
        "quotes");
    refused("name \"my barn\n", E_MALFORMED,
            "config.txt:1: \"name\" has quotes that do not close or an escape other than \\\" and "
            "\\\\");
    CHECK_EQ(parse("name \"a\\n\"\n"), E_MALFORMED);
    CHECK_EQ(parse("name \"a\\"), E_MALFORMED);
    CHECK_EQ(parse("name \"a\"b\n"), E_MALFORMED);
    CHECK_EQ(parse("name \"a\"  # fine\n"), E_OK);
}

static void a_key_that_stands_twice_or_is_missing_is_refused(void)
{
    refused("led on\nname a\n\n  name b\n", E_MALFORMED,
            "config.txt:4: \"name\" stands here a second time; it was on line 2");
    refused("led on\n", E_NOTFOUND,
            "config.txt: \"name\" is missing; it must be text of 1 to 16 bytes");
    CHECK_EQ(parse(""), E_NOTFOUND);
}

static void an_error_about_a_secret_does_not_show_it(void)
{
    refused("name b\npassword short\n", E_LIMIT,
            "config.txt:2: \"password\" must be text of 8 to 63 bytes, or None");
    refused("name b\npassword hunter22 hunter23\n", E_MALFORMED,
            "config.txt:2: \"password\" has more than one value; text with blanks stands between "
            "double quotes");
}

static const char *lines_of(enum runtime_config_secrets secrets)
{
    struct wbuf out = wbuf_of(text, sizeof text - 1);
    runtime_config_write_lines(&schema, &config, secrets, &out);
    text[wbuf_len(&out)] = '\0';
    return text;
}

static void lines_come_back_as_the_same_values_and_secrets_are_masked(void)
{
    static char copy[sizeof text];
    CHECK_EQ(parse("name \"a b\"\npassword correct-horse\nweight_kg -0.75\nwatchdog_s None\n"
                   "profile charger\nled off\nssid \"None\"\n"),
             E_OK);
    CHECK_STR(lines_of(RUNTIME_CONFIG_SECRETS_MASKED), "name \"a b\"\n"
                                                       "profile charger\n"
                                                       "send_interval_ms 5000\n"
                                                       "watchdog_s None\n"
                                                       "limit_c 85\n"
                                                       "weight_kg -0.75\n"
                                                       "offset_uwh 0\n"
                                                       "led off\n"
                                                       "ssid \"None\"\n"
                                                       "password ***\n");
    const struct device_config before = config;
    strcpy(copy, lines_of(RUNTIME_CONFIG_SECRETS_SHOWN));
    CHECK(strstr(copy, "password correct-horse\n") != NULL);
    memset(&config, 0x5a, sizeof config);
    CHECK_EQ(parse(copy), E_OK);
    CHECK_STR(config.name, before.name);
    CHECK_STR(config.ssid, before.ssid);
    CHECK_STR(config.password, before.password);
    CHECK_EQ(config.weight_g, before.weight_g);
    CHECK_EQ(config.profile, before.profile);
    CHECK_EQ(config.watchdog_s, 0);
}

static void text_with_quotes_and_backslashes_comes_back_from_its_line(void)
{
    static char copy[sizeof text];
    CHECK_EQ(parse("name \"a \\\"b\\\" \\\\c\"\n"), E_OK);
    CHECK_STR(config.name, "a \"b\" \\c");
    strcpy(copy, lines_of(RUNTIME_CONFIG_SECRETS_SHOWN));
    CHECK(strstr(copy, "name \"a \\\"b\\\" \\\\c\"\n") == copy);
    memset(&config, 0, sizeof config);
    CHECK_EQ(parse(copy), E_OK);
    CHECK_STR(config.name, "a \"b\" \\c");
}

static int patch(const char *json)
{
    static struct json_token tokens[64];
    const struct runtime_config_json in = {
        .text = json, .len = strlen(json), .tokens = tokens, .max_tokens = 64};
    return runtime_config_patch_json(&schema, &in, &config, &error);
}

static void json_changes_what_it_names_and_nothing_else(void)
{
    CHECK_EQ(parse("name barn\npassword correct-horse\nssid home\n"), E_OK);
    CHECK_EQ(patch("{\"send_interval_ms\": 250, \"led\": false, \"profile\": \"charger\","
                   " \"weight_kg\": -0.5, \"ssid\": null, \"name\": \"a \\\"b\\\"\"}"),
             E_OK);
    CHECK_EQ(config.send_interval_ms, 250);
    CHECK(!config.led);
    CHECK_EQ(config.profile, CHARGER);
    CHECK_EQ(config.weight_g, -500);
    CHECK_STR(config.ssid, "");
    CHECK_STR(config.name, "a \"b\"");
    CHECK_STR(config.password, "correct-horse");
}

static void refused_json(const char *json, int result, const char *why)
{
    const struct device_config before = config;
    CHECK_EQ(patch(json), result);
    CHECK_STR(sentence(), why);
    CHECK_BYTES(&config, sizeof config, &before, sizeof before);
}

static void json_is_checked_whole_before_anything_changes(void)
{
    CHECK_EQ(parse("name barn\n"), E_OK);
    refused_json("{\"led\":false,\"send_interval_ms\":1}", E_LIMIT,
                 "config.txt: \"send_interval_ms\" is \"1\"; it must be a whole number from 100 to "
                 "3600000 ms");
    refused_json("{\"led\":\"on\"}", E_MALFORMED,
                 "config.txt: \"led\" must be on, 1 or up, or off, 0 or down");
    refused_json("{\"send_interval_ms\":\"500\"}", E_MALFORMED,
                 "config.txt: \"send_interval_ms\" must be a whole number from 100 to 3600000 ms");
    refused_json("{\"send_interval_ms\":1e3}", E_MALFORMED,
                 "config.txt: \"send_interval_ms\" is \"1e3\"; it must be a whole number from 100 "
                 "to 3600000 ms");
    refused_json("{\"passphrase\":\"hunter22\"}", E_MALFORMED,
                 "config.txt: \"passphrase\" is not a key of this file");
    refused_json("{\"name\":null}", E_MALFORMED,
                 "config.txt: \"name\" must be text of 1 to 16 bytes");
    refused_json("{\"name\":[]}", E_MALFORMED,
                 "config.txt: \"name\" must be text of 1 to 16 bytes");
    refused_json("{\"name\":\"a\\nb\"}", E_MALFORMED,
                 "config.txt: \"name\" has control characters or is not UTF-8");
    refused_json("[1]", E_MALFORMED,
                 "config.txt: this is not one JSON object of keys and values, each key once");
    refused_json("{\"led\":true,\"led\":true}", E_MALFORMED,
                 "config.txt: this is not one JSON object of keys and values, each key once");
    char long_name[400] = "{\"name\":\"";
    memset(long_name + 9, 'x', 300);
    strcat(long_name, "\"}");
    CHECK_EQ(patch(long_name), E_LIMIT);
}

static void the_mask_of_a_secret_comes_back_as_unchanged(void)
{
    CHECK_EQ(parse("name barn\npassword correct-horse\n"), E_OK);
    struct wbuf out = wbuf_of(text, sizeof text - 1);
    runtime_config_write_json(&schema, &config, &out);
    text[wbuf_len(&out)] = '\0';
    CHECK_STR(text, "{\"name\":\"barn\",\"profile\":\"meter\",\"send_interval_ms\":5000,"
                    "\"watchdog_s\":15,\"limit_c\":85.00,\"weight_kg\":0.250,\"offset_uwh\":0,"
                    "\"led\":true,\"ssid\":null,\"password\":\"***\"}");
    static char copy[sizeof text];
    strcpy(copy, text);
    const struct device_config before = config;
    CHECK_EQ(patch(copy), E_OK);
    CHECK_BYTES(&config, sizeof config, &before, sizeof before);
    CHECK_EQ(patch("{\"password\":\"another-horse\"}"), E_OK);
    CHECK_STR(config.password, "another-horse");
    CHECK_EQ(patch("{\"password\":null}"), E_OK);
    CHECK_STR(config.password, "");
}

static void the_example_file_is_itself_a_valid_file(void)
{
    static char copy[sizeof text];
    struct wbuf out = wbuf_of(copy, sizeof copy - 1);
    runtime_config_write_example(&schema, &out);
    CHECK(wbuf_ok(&out));
    copy[wbuf_len(&out)] = '\0';
    CHECK_EQ(parse(copy), E_OK);
    CHECK_STR(config.name, "barn");
    CHECK(strstr(copy,
                 "\n# How often a reading is sent.\n"
                 "# a whole number from 100 to 3600000 ms\n#send_interval_ms 5000\n") != NULL);
    /* Uncommenting every key changes nothing. */
    for (char *c = strstr(copy, "\n#"); c != NULL; c = strstr(c + 1, "\n#")) {
        c[1] = c[2] == ' ' ? '#' : ' ';
    }
    const struct device_config before = config;
    CHECK_EQ(parse(copy), E_OK);
    CHECK_BYTES(&config, sizeof config, &before, sizeof before);
}

static void the_reference_page_has_a_row_for_every_key(void)
{
    struct wbuf out = wbuf_of(text, sizeof text - 1);
    runtime_config_write_reference(&schema, &out);
    CHECK(wbuf_ok(&out));
    text[wbuf_len(&out)] = '\0';
    CHECK(strstr(text, "# A device\n") == text);
    CHECK(strstr(text, "| `name` | text of 1 to 16 bytes | must be given | What the device calls "
                       "itself. |\n") != NULL);
    CHECK(strstr(text, "| `watchdog_s` | a whole number from 1 to 255 s, or None | `15` | Silence "
                       "after which the device resets \\| None switches it off. |\n") != NULL);
    CHECK(strstr(text, "| `password` | text of 8 to 63 bytes, or None | `None` | Of the wireless "
                       "network. A secret: never shown |\n") != NULL);
    CHECK(strstr(text, "| `profile` | meter, charger or tank | `meter` |") != NULL);
    size_t rows = 0;
    for (const char *c = text; (c = strstr(c, "\n| `")) != NULL; c++) {
        rows++;
    }
    CHECK_EQ(rows, schema.n_keys);
}

static int check_row(struct runtime_config_key row)
{
    const struct runtime_config_schema one = {.title = "t", .keys = &row, .n_keys = 1};
    return runtime_config_check(&one);
}

static void a_schema_that_contradicts_itself_is_refused(void)
{
    struct runtime_config_key row = keys[2];
    CHECK_EQ(check_row(row), E_OK);
    row.name = "Send";
    CHECK_EQ(check_row(row), E_ARG);
    row = keys[2];
    row.fallback = "99";
    CHECK_EQ(check_row(row), E_ARG);
    row.fallback = "None";
    CHECK_EQ(check_row(row), E_ARG);
    row.fallback = NULL;
    CHECK_EQ(check_row(row), E_ARG); /* no example */
    row = keys[2];
    row.max = INT64_C(1) << 32;
    CHECK_EQ(check_row(row), E_ARG);
    row.max = (INT64_C(1) << 32) - 1;
    CHECK_EQ(check_row(row), E_OK);
    row.min = -1;
    CHECK_EQ(check_row(row), E_ARG); /* signed now, so 2^32 - 1 does not fit */
    row = keys[2];
    row.size = 3;
    CHECK_EQ(check_row(row), E_ARG);
    row = keys[3];
    row.min = 0; /* None would be 0 */
    CHECK_EQ(check_row(row), E_ARG);
    row = keys[7];
    row.nullable = true;
    CHECK_EQ(check_row(row), E_ARG);
    row = keys[1];
    row.words = NULL;
    CHECK_EQ(check_row(row), E_ARG);
    row = keys[0];
    row.max = row.size;
    CHECK_EQ(check_row(row), E_ARG);
    row = keys[4];
    row.decimals = 10;
    CHECK_EQ(check_row(row), E_ARG);
    row = keys[4];
    row.min = row.max + 1;
    CHECK_EQ(check_row(row), E_ARG);
    row = keys[4];
    row.type = (enum runtime_config_type)99;
    CHECK_EQ(check_row(row), E_ARG);
    const struct runtime_config_schema untitled = {.keys = keys, .n_keys = 1};
    CHECK_EQ(runtime_config_check(&untitled), E_ARG);
    const struct runtime_config_key same[2] = {keys[2], keys[2]};
    const struct runtime_config_schema twice = {.title = "t", .keys = same, .n_keys = 2};
    CHECK_EQ(runtime_config_check(&twice), E_ARG);
}

CHECK_MAIN(TEST(the_schema_of_this_test_is_valid), TEST(every_type_is_read_into_its_field),
           TEST(what_is_not_there_gets_its_fallback),
           TEST(the_seeds_words_for_true_and_false_are_known),
           TEST(a_word_must_be_one_of_the_words),
           TEST(none_is_null_only_unquoted_and_only_where_null_is_allowed),
           TEST(an_unknown_key_is_named_with_its_line_but_never_its_value),
           TEST(a_number_must_be_one_and_lie_in_its_range),
           TEST(a_decimal_keeps_its_digits_or_is_refused), TEST(text_is_bounded_printable_and_utf8),
           TEST(a_line_is_a_key_and_one_value),
           TEST(a_key_that_stands_twice_or_is_missing_is_refused),
           TEST(an_error_about_a_secret_does_not_show_it),
           TEST(lines_come_back_as_the_same_values_and_secrets_are_masked),
           TEST(text_with_quotes_and_backslashes_comes_back_from_its_line),
           TEST(json_changes_what_it_names_and_nothing_else),
           TEST(json_is_checked_whole_before_anything_changes),
           TEST(the_mask_of_a_secret_comes_back_as_unchanged),
           TEST(the_example_file_is_itself_a_valid_file),
           TEST(the_reference_page_has_a_row_for_every_key),
           TEST(a_schema_that_contradicts_itself_is_refused))
