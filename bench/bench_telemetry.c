/* bench: telemetry port_posix cbor cjson */
/* SPDX-License-Identifier: MIT
 * What reading and writing cost, against libraries that many use: CBOR against libcbor's streaming
 * functions (no heap either), JSON against cJSON, and a whole reading against its signature alone.
 * Both sides do the same work on the same bytes and run in turns; the best round of each counts.
 * The ratio is ours to theirs, above 1 ours is slower.
 */
#define cbor_type libcbor_type /* its name is ours, too */
#include <cbor.h>
#undef cbor_type
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cbor.h"
#include "base/json_reader.h"
#include "base/json_writer.h"
#include "crypto/crypto.h"
#include "telemetry/reading.h"

enum { ROUNDS = 15, N_VALUES = 5, TOKENS_MAX = 16 };

static struct {
    uint8_t private_key[32];
    uint8_t public_key[65];
    uint8_t digest[32];
    uint8_t signature[64];
    uint8_t message[TELEMETRY_SIGNED_MAX_LEN];
    size_t message_len;
    uint8_t payload[128];
    size_t payload_len;
    uint8_t ours[512];
    uint8_t theirs[512];
    size_t ours_len;
    size_t theirs_len;
    int64_t sum; /* of what was read, so that both sides must read it */
} bench;

static const int64_t values[N_VALUES] = {1234567, 812500, 231400, 3511, 49987};
static const char text[] =
    "{\"node_id\":\"SimMeter_0001\",\"timestamp\":1767225605,\"seq\":7,\"production\":1234.50,"
    "\"sig\":\"3046022100d3e6ced80eb446b24dc89a95d6c7a614f84f9faf3a6513a8bcd4bad9772b9e86022100"
    "bd7d7836ef6d7ee5326d6eee5b9618250081a567d6a5ea052391b823b248b217\"}";

static void require(bool holds)
{
    if (!holds) {
        fprintf(stderr, "bench_telemetry: a call failed\n");
        exit(1);
    }
}

/* ---- CBOR: a map of seven, with a name and an array of five ---- */

static void ours_cbor_write(void)
{
    struct wbuf w = wbuf_of(bench.ours, sizeof bench.ours);
    cbor_put_map(&w, 7);
    cbor_put_uint(&w, 0);
    cbor_put_uint(&w, 1);
    cbor_put_uint(&w, 1);
    cbor_put_text(&w, "barn", 4);
    cbor_put_uint(&w, 2);
    cbor_put_uint(&w, 3);
    cbor_put_uint(&w, 3);
    cbor_put_uint(&w, 42);
    cbor_put_uint(&w, 4);
    cbor_put_uint(&w, 1767225600000);
    cbor_put_uint(&w, 5);
    cbor_put_uint(&w, 2);
    cbor_put_uint(&w, 6);
    cbor_put_map(&w, 1);
    cbor_put_uint(&w, 0);
    cbor_put_array(&w, N_VALUES);
    for (size_t i = 0; i < N_VALUES; i++) {
        cbor_put_int(&w, values[i]);
    }
    bench.ours_len = wbuf_len(&w);
}

static void theirs_uint(uint64_t v)
{
    bench.theirs_len += cbor_encode_uint(v, bench.theirs + bench.theirs_len,
                                         sizeof bench.theirs - bench.theirs_len);
}
static void theirs_cbor_write(void)
{
    bench.theirs_len = cbor_encode_map_start(7, bench.theirs, sizeof bench.theirs);
    theirs_uint(0);
    theirs_uint(1);
    theirs_uint(1);
    bench.theirs_len += cbor_encode_string_start(4, bench.theirs + bench.theirs_len, 16);
    memcpy(bench.theirs + bench.theirs_len, "barn", 4);
    bench.theirs_len += 4;
    theirs_uint(2);
    theirs_uint(3);
    theirs_uint(3);
    theirs_uint(42);
    theirs_uint(4);
    theirs_uint(1767225600000);
    theirs_uint(5);
    theirs_uint(2);
    theirs_uint(6);
    bench.theirs_len += cbor_encode_map_start(1, bench.theirs + bench.theirs_len, 16);
    theirs_uint(0);
    bench.theirs_len += cbor_encode_array_start(N_VALUES, bench.theirs + bench.theirs_len, 16);
    for (size_t i = 0; i < N_VALUES; i++) {
        theirs_uint((uint64_t)values[i]);
    }
}

/* Every number is summed, every text measured; ours checks the order of keys and UTF-8, too. */
static void ours_cbor_read(void)
{
    struct cbor c = cbor_of(bench.payload, bench.payload_len);
    int64_t last = -1;
    size_t n;
    bench.sum = 0;
    for (size_t pairs = cbor_map(&c); pairs > 0; pairs--) {
        bench.sum += (int64_t)cbor_key(&c, &last);
        if (cbor_peek(&c) == CBOR_TEXT) {
            (void)cbor_text(&c, &n);
            bench.sum += (int64_t)n;
        } else if (cbor_peek(&c) == CBOR_MAP) {
            (void)cbor_map(&c);
            bench.sum += cbor_int(&c);
            for (size_t items = cbor_array(&c); items > 0; items--) {
                bench.sum += cbor_int(&c);
            }
        } else {
            bench.sum += cbor_int(&c);
        }
    }
    require(cbor_finish(&c) == E_OK);
}

static void on_uint8(void *context, uint8_t v)
{
    *(int64_t *)context += v;
}
static void on_uint16(void *context, uint16_t v)
{
    *(int64_t *)context += v;
}
static void on_uint32(void *context, uint32_t v)
{
    *(int64_t *)context += v;
}
static void on_uint64(void *context, uint64_t v)
{
    *(int64_t *)context += (int64_t)v;
}
static void on_string(void *context, cbor_data data, size_t len)
{
    (void)data;
    *(int64_t *)context += (int64_t)len;
}
static void theirs_cbor_read(void)
{
    static struct cbor_callbacks callbacks;
    callbacks = cbor_empty_callbacks;
    callbacks.uint8 = on_uint8;
    callbacks.uint16 = on_uint16;
    callbacks.uint32 = on_uint32;
    callbacks.uint64 = on_uint64;
    callbacks.string = on_string;
    bench.sum = 0;
    for (size_t pos = 0; pos < bench.payload_len;) {
        const struct cbor_decoder_result r = cbor_stream_decode(
            bench.payload + pos, bench.payload_len - pos, &callbacks, &bench.sum);
        require(r.status == CBOR_DECODER_FINISHED);
        pos += r.read;
    }
}

/* ---- JSON: the seed's reading ---- */

static void ours_json_read(void)
{
    struct json_token tokens[TOKENS_MAX];
    struct json_reader r;
    char id[65];
    int64_t timestamp = 0;
    int64_t power_mw = 0;
    require(json_parse(&r, text, sizeof text - 1, tokens, TOKENS_MAX) == E_OK);
    require(json_string(&r, json_member(&r, 0, "node_id"), id, sizeof id) == 13);
    require(json_int(&r, json_member(&r, 0, "timestamp"), &timestamp) == E_OK);
    require(json_decimal(&r, json_member(&r, 0, "production"), 3, &power_mw) == E_OK);
    bench.sum = timestamp + power_mw;
}
static void theirs_json_read(void)
{
    cJSON *root = cJSON_ParseWithLength(text, sizeof text - 1);
    require(root != NULL);
    require(strlen(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "node_id"))) == 13);
    bench.sum = (int64_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(root, "timestamp"));
    bench.sum += (int64_t)(1000 * cJSON_GetNumberValue(
                                      cJSON_GetObjectItemCaseSensitive(root, "production")));
    cJSON_Delete(root);
}

static void ours_json_write(void)
{
    struct wbuf out = wbuf_of(bench.ours, sizeof bench.ours);
    struct json_writer w;
    json_writer_init(&w, &out);
    json_begin_object(&w);
    json_field_string(&w, "id", "barn");
    json_key(&w, "power_mw");
    json_begin_array(&w);
    for (size_t i = 0; i < N_VALUES; i++) {
        json_put_int(&w, values[i]);
    }
    json_end(&w);
    json_field_bool(&w, "online", true);
    json_end(&w);
    bench.ours_len = wbuf_len(&out);
}
static void theirs_json_write(void)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "id", "barn");
    cJSON *power = cJSON_AddArrayToObject(root, "power_mw");
    for (size_t i = 0; i < N_VALUES; i++) {
        cJSON_AddItemToArray(power, cJSON_CreateNumber((double)values[i]));
    }
    cJSON_AddBoolToObject(root, "online", 1);
    require(cJSON_PrintPreallocated(root, (char *)bench.theirs, sizeof bench.theirs, 0) == 1);
    bench.theirs_len = strlen((const char *)bench.theirs);
    cJSON_Delete(root);
}

/* ---- a whole reading, and the signature that is most of it ---- */

static int sign_with_key(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    (void)context;
    return crypto_ecdsa_sign(CRYPTO_P256, bench.private_key, digest, 32, signature);
}

static void ours_sign(void)
{
    const struct telemetry_signer signer = {.sign = sign_with_key};
    struct telemetry_reading r = {
        .device_id = "barn",
        .device_id_len = 4,
        .boot_epoch = 3,
        .sequence = 42,
        .unix_ms = 1767225600000,
        .time_quality = TELEMETRY_TIME_SYNCED,
        .n_channels = 1,
        .channels = {{TELEMETRY_PRODUCTION, 1234567, 812500, 231400, 3511, 49987}},
    };
    const int len = telemetry_reading_sign(&r, &signer, bench.message, sizeof bench.message);
    require(len > 0);
    bench.message_len = (size_t)len;
}
static void bare_sign(void)
{
    require(crypto_ecdsa_sign(CRYPTO_P256, bench.private_key, bench.digest, 32, bench.signature) ==
            E_OK);
}

static void ours_verify(void)
{
    struct telemetry_envelope e;
    require(telemetry_reading_decode(bench.message, bench.message_len, &e) == E_OK);
    require(telemetry_reading_verify(&e, bench.public_key) == E_OK);
}
static void bare_verify(void)
{
    require(crypto_ecdsa_verify(CRYPTO_P256, bench.public_key, bench.digest, 32, bench.signature) ==
            E_OK);
}

static void ours_decode(void)
{
    struct telemetry_envelope e;
    require(telemetry_reading_decode(bench.message, bench.message_len, &e) == E_OK);
}
static void bare_digest(void)
{
    require(crypto_digest(CRYPTO_SHA256, bench.message, 68, bench.ours) == E_OK);
}

/* ---- measuring ---- */

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double round_s(void (*run)(void), unsigned n)
{
    const double start = cpu_s();
    for (unsigned i = 0; i < n; i++) {
        run();
    }
    return (cpu_s() - start) / n;
}

static void compare(const char *name, unsigned n, void (*ours)(void), void (*theirs)(void))
{
    double best_ours_s = 1e9;
    double best_theirs_s = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        const double o = round_s(ours, n);
        const double t = round_s(theirs, n);
        best_ours_s = o < best_ours_s ? o : best_ours_s;
        best_theirs_s = t < best_theirs_s ? t : best_theirs_s;
    }
    printf("%-42s ours %9.0f ns  theirs %9.0f ns  ratio %.2f\n", name, best_ours_s * 1e9,
           best_theirs_s * 1e9, best_ours_s / best_theirs_s);
}

/* Both sides of a pair write the same bytes, or read the same sum. */
static void check_pairs(void)
{
    ours_cbor_write();
    theirs_cbor_write();
    require(bench.ours_len == bench.theirs_len &&
            memcmp(bench.ours, bench.theirs, bench.ours_len) == 0);
    bench.payload_len = bench.ours_len;
    memcpy(bench.payload, bench.ours, bench.ours_len);
    ours_cbor_read();
    const int64_t cbor_sum = bench.sum;
    theirs_cbor_read();
    require(bench.sum == cbor_sum);
    ours_json_read();
    const int64_t json_sum = bench.sum;
    theirs_json_read();
    require(bench.sum == json_sum);
    ours_json_write();
    theirs_json_write();
    require(bench.ours_len == bench.theirs_len &&
            memcmp(bench.ours, bench.theirs, bench.ours_len) == 0);
}

int main(void)
{
    require(crypto_ec_generate(CRYPTO_P256, bench.private_key, bench.public_key) == E_OK);
    bare_sign();
    ours_sign();
    check_pairs();
    compare("CBOR write, 51 B, libcbor streaming", 100000, ours_cbor_write, theirs_cbor_write);
    compare("CBOR read, 51 B, libcbor streaming", 100000, ours_cbor_read, theirs_cbor_read);
    compare("JSON read, 231 B, cJSON", 50000, ours_json_read, theirs_json_read);
    compare("JSON write, 75 B, cJSON", 50000, ours_json_write, theirs_json_write);
    compare("reading: decode, SHA-256 of 68 B alone", 50000, ours_decode, bare_digest);
    compare("reading: sign, ECDSA alone", 2000, ours_sign, bare_sign);
    compare("reading: decode and verify, ECDSA alone", 1000, ours_verify, bare_verify);
    return 0;
}
