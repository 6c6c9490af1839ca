/* SPDX-License-Identifier: MIT
 * Our side of test_telemetry.py: one request a line, one JSON object a line back.
 *
 *   reading HEX PUBLIC     decode and verify a reading
 *   json HEX PUBLIC        the same for a JSON reading
 *   ack HEX                decode an acknowledgement
 *   sign PRIVATE JSON      make a reading
 *   acknowledge JSON       make an acknowledgement from an array of ranges
 *   cbor HEX, text HEX     is it deterministic CBOR, is it JSON
 */
#include <stdio.h>
#include <string.h>

#include "base/cbor.h"
#include "base/json_reader.h"
#include "base/json_writer.h"
#include "crypto/crypto.h"
#include "telemetry/ack.h"
#include "telemetry/reading.h"

enum { LINE_MAX_LEN = 1 << 16, TOKENS_MAX = 4096 };

static struct json_token tokens[TOKENS_MAX];
static uint8_t reply_text[LINE_MAX_LEN];

static int nibble(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Decodes in place; returns the number of bytes. */
static size_t from_hex(char *hex)
{
    const size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        hex[i] = (char)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    }
    return n;
}

static void field_hex(struct json_writer *w, const char *name, const uint8_t *bytes, size_t len)
{
    static char hex[2 * TELEMETRY_READING_MAX_LEN + 1];
    for (size_t i = 0; i < len; i++) {
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    }
    json_key(w, name);
    json_put_text(w, hex, 2 * len);
}

/* ---- reading ---- */

static void put_envelope(struct json_writer *w, const struct telemetry_envelope *e)
{
    const struct telemetry_reading *r = &e->reading;
    json_key(w, "device_id");
    json_put_text(w, r->device_id, r->device_id_len);
    json_field_int(w, "boot_epoch", r->boot_epoch);
    json_field_int(w, "sequence", r->sequence);
    json_field_int(w, "unix_ms", r->unix_ms);
    json_field_int(w, "time_quality", (int64_t)r->time_quality);
    json_key(w, "channels");
    json_begin_array(w);
    for (size_t i = 0; i < r->n_channels; i++) {
        const struct telemetry_channel *c = &r->channels[i];
        json_begin_array(w);
        json_put_int(w, (int64_t)c->kind);
        json_put_int(w, c->energy_mwh);
        json_put_int(w, c->power_mw);
        json_put_int(w, c->voltage_mv);
        json_put_int(w, c->current_ma);
        json_put_int(w, c->frequency_millihz);
        json_end(w);
    }
    json_end(w);
    field_hex(w, "digest", e->digest, sizeof e->digest);
}

static void answer_envelope(struct json_writer *w, int status, const struct telemetry_envelope *e,
                            char *public_hex)
{
    json_field_string(w, "status", err_name(status));
    if (status == E_OK) {
        (void)from_hex(public_hex);
        const int verified = telemetry_reading_verify(e, (const uint8_t *)public_hex);
        json_field_string(w, "verified", err_name(verified));
        put_envelope(w, e);
    }
}

static void on_reading(struct json_writer *w, char *hex, char *public_hex)
{
    struct telemetry_envelope e;
    const size_t len = from_hex(hex);
    const int status = telemetry_reading_decode((const uint8_t *)hex, len, &e);
    answer_envelope(w, status, &e, public_hex);
}

static void on_json(struct json_writer *w, char *hex, char *public_hex)
{
    struct telemetry_envelope e;
    const size_t len = from_hex(hex);
    const int status = telemetry_seed_decode(hex, len, &e);
    answer_envelope(w, status, &e, public_hex);
}

static void on_ack(struct json_writer *w, char *hex, char *unused)
{
    struct telemetry_ack_range ranges[TELEMETRY_ACK_RANGES_MAX];
    (void)unused;
    const size_t len = from_hex(hex);
    const int n = telemetry_ack_decode((const uint8_t *)hex, len, ranges);
    json_field_string(w, "status", err_name(n));
    json_key(w, "ranges");
    json_begin_array(w);
    for (int i = 0; i < n; i++) {
        json_begin_array(w);
        json_put_int(w, ranges[i].boot_epoch);
        json_put_int(w, ranges[i].first_sequence);
        json_put_int(w, ranges[i].last_sequence);
        json_put_int(w, (int64_t)ranges[i].verdict);
        json_end(w);
    }
    json_end(w);
}

/* ---- writing ---- */

static int64_t integer(const struct json_reader *r, int value)
{
    int64_t v = 0;
    return json_int(r, value, &v) == E_OK ? v : 0;
}

static int sign_with_key(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    return crypto_ecdsa_sign(CRYPTO_P256, context, digest, 32, signature);
}

static struct telemetry_channel channel_of(const struct json_reader *r, int array)
{
    int64_t v[6] = {0};
    int value = json_first(r, array);
    for (size_t i = 0; i < 6; i++) {
        v[i] = integer(r, value);
        value = json_next(r, value);
    }
    return (struct telemetry_channel){.kind = (enum telemetry_channel_kind)v[0],
                                      .energy_mwh = v[1],
                                      .power_mw = (int32_t)v[2],
                                      .voltage_mv = (int32_t)v[3],
                                      .current_ma = (int32_t)v[4],
                                      .frequency_millihz = (int32_t)v[5]};
}

static void on_sign(struct json_writer *w, char *private_hex, char *text)
{
    char id[TELEMETRY_DEVICE_ID_MAX_LEN + 2];
    uint8_t out[TELEMETRY_SIGNED_MAX_LEN];
    struct json_reader r;
    int status = json_parse(&r, text, strlen(text), tokens, TOKENS_MAX);
    const int id_len =
        status == E_OK ? json_string(&r, json_member(&r, 0, "device_id"), id, sizeof id) : -1;
    if (id_len < 0) {
        json_field_string(w, "status", err_name(status == E_OK ? id_len : status));
        return;
    }
    struct telemetry_reading reading = {
        .device_id = id,
        .device_id_len = (size_t)id_len,
        .boot_epoch = (uint32_t)integer(&r, json_member(&r, 0, "boot_epoch")),
        .sequence = (uint32_t)integer(&r, json_member(&r, 0, "sequence")),
        .unix_ms = integer(&r, json_member(&r, 0, "unix_ms")),
        .time_quality =
            (enum telemetry_time_quality)integer(&r, json_member(&r, 0, "time_quality")),
    };
    for (int c = json_first(&r, json_member(&r, 0, "channels"));
         c != JSON_ABSENT && reading.n_channels < TELEMETRY_CHANNELS_MAX; c = json_next(&r, c)) {
        reading.channels[reading.n_channels++] = channel_of(&r, c);
    }
    (void)from_hex(private_hex);
    const struct telemetry_signer signer = {.sign = sign_with_key, .context = private_hex};
    status = telemetry_reading_sign(&reading, &signer, out, sizeof out);
    json_field_string(w, "status", err_name(status));
    if (status > 0) {
        field_hex(w, "message", out, (size_t)status);
    }
}

static void on_acknowledge(struct json_writer *w, char *text, char *unused)
{
    struct telemetry_ack_range ranges[TELEMETRY_ACK_RANGES_MAX];
    uint8_t out[TELEMETRY_ACK_MAX_LEN];
    struct json_reader r;
    size_t n = 0;
    (void)unused;
    int status = json_parse(&r, text, strlen(text), tokens, TOKENS_MAX);
    for (int range = status == E_OK ? json_first(&r, 0) : JSON_ABSENT;
         range != JSON_ABSENT && n < TELEMETRY_ACK_RANGES_MAX; range = json_next(&r, range)) {
        const int epoch = json_first(&r, range);
        const int first = json_next(&r, epoch);
        const int last = json_next(&r, first);
        ranges[n++] = (struct telemetry_ack_range){
            .boot_epoch = (uint32_t)integer(&r, epoch),
            .first_sequence = (uint32_t)integer(&r, first),
            .last_sequence = (uint32_t)integer(&r, last),
            .verdict = (enum telemetry_verdict)integer(&r, json_next(&r, last))};
    }
    status = telemetry_ack_encode(ranges, n, out, sizeof out);
    json_field_string(w, "status", err_name(status));
    if (status > 0) {
        field_hex(w, "message", out, (size_t)status);
    }
}

/* ---- the formats underneath ---- */

static void on_cbor(struct json_writer *w, char *hex, char *unused)
{
    size_t n;
    (void)unused;
    const size_t len = from_hex(hex);
    struct cbor c = cbor_of(hex, len);
    (void)cbor_skip(&c, &n);
    json_field_string(w, "status", err_name(cbor_finish(&c)));
}

static void on_text(struct json_writer *w, char *hex, char *unused)
{
    struct json_reader r;
    (void)unused;
    const size_t len = from_hex(hex);
    const int status = json_parse(&r, hex, len, tokens, TOKENS_MAX);
    json_field_string(w, "status", err_name(status));
    /* A string at the root comes back, unescaped here and escaped again. */
    static char text[LINE_MAX_LEN];
    if (status == E_OK && json_string(&r, 0, text, sizeof text) >= 0) {
        json_field_string(w, "string", text);
    }
}

static void answer(char *line)
{
    static const struct {
        const char *verb;
        void (*run)(struct json_writer *w, char *first, char *second);
    } verbs[] = {{"reading", on_reading},
                 {"json", on_json},
                 {"ack", on_ack},
                 {"sign", on_sign},
                 {"cbor", on_cbor},
                 {"text", on_text},
                 {"acknowledge", on_acknowledge}};
    char *verb = strsep(&line, " ");
    char *first = line == NULL ? NULL : line;
    char *second = NULL;
    if (first != NULL && strcmp(verb, "acknowledge") != 0) {
        first = strsep(&line, " ");
        second = line;
    }
    struct wbuf out = wbuf_of(reply_text, sizeof reply_text);
    struct json_writer w;
    json_writer_init(&w, &out);
    json_begin_object(&w);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (first != NULL && strcmp(verb, verbs[i].verb) == 0) {
            static char none[1];
            verbs[i].run(&w, first, second == NULL ? none : second);
        }
    }
    json_end(&w);
    printf("%.*s\n", (int)wbuf_len(&out), (const char *)reply_text);
    fflush(stdout);
}

int main(void)
{
    static char line[LINE_MAX_LEN];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        answer(line);
    }
    return 0;
}
