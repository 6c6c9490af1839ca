/* SPDX-License-Identifier: MIT */
#include "attack_site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/csr.h"
#include "base/assert.h"
#include "crypto/crypto.h"
#include "posix/clock.h"
#include "posix/est.h"
#include "posix/loop.h"

enum {
    LOOK_MS = 5,
    TOPIC_CAP = 96,
    POWER_MW = 1000000,
    READING_MS = 5000,
    PAST_MS = 6 * 3600 * 1000,
    PROBE_EPOCH = 1000 /* beyond what attacks use */
};

static void need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "wattward-sim attack: %s\n", what);
        exit(1);
    }
}

/* ---- the loop ---- */

static void on_look(void *context, uint64_t now_ms)
{
    struct attack_site *s = context;
    s->held = s->until(s->until_context);
    if (s->held || now_ms >= s->give_up_ms) {
        posix_loop_stop(s->loop);
        return;
    }
    runtime_timer_start(posix_loop_timers(s->loop), &s->look, now_ms + LOOK_MS);
}

bool attack_site_wait(struct attack_site *s, bool (*until)(const void *context),
                      const void *context, uint64_t limit_ms)
{
    const uint64_t now_ms = posix_clock_mono_ms();
    s->until = until;
    s->until_context = context;
    s->give_up_ms = now_ms + limit_ms;
    runtime_timer_start(posix_loop_timers(s->loop), &s->look, now_ms);
    if (posix_loop_run(s->loop) != 0) {
        attack_site_close(s);
        need(false, "ended by a signal");
    }
    return s->held;
}

struct attack_site *attack_site_open(void)
{
    struct attack_site *s = calloc(1, sizeof *s);
    const struct swarm_options options = {.devices = 2};
    need(s != NULL, "out of memory");
    s->look = (struct runtime_timer){.fire = on_look, .context = s};
    s->time_ms = posix_clock_real_ms() - PAST_MS;
    const int opened = swarm_gateway_open(&s->gateway, &options);
    s->loop = opened == E_OK ? posix_loop_open() : NULL;
    s->est = s->loop != NULL ? posix_est_open(s->loop) : NULL;
    if (s->est == NULL) {
        attack_site_close(s);
        need(false, "there is no gateway to attack");
    }
    return s;
}

void attack_site_close(struct attack_site *s)
{
    if (s->est != NULL) {
        posix_est_close(s->est);
    }
    if (s->loop != NULL) {
        posix_loop_close(s->loop);
    }
    swarm_gateway_close(&s->gateway);
    free(s);
}

/* ---- enrolment ---- */

struct enrolment {
    struct attack_device *device;
    bool is_over;
    int status;
};

static void on_enrolled(void *context, const struct posix_est_result *result)
{
    struct enrolment *e = context;
    e->is_over = true;
    e->status = result->status;
    if (result->certificate_len > 0 && result->certificate_len <= ATTACK_CERTIFICATE_CAP) {
        memcpy(e->device->certificate, result->certificate_der, result->certificate_len);
        e->device->certificate_len = result->certificate_len;
    }
}

static bool is_over(const void *context)
{
    const struct enrolment *e = context;
    return e->is_over;
}

int attack_site_try_enrol(struct attack_site *s, struct attack_device *d, const char *token)
{
    uint8_t csr[CSR_MAX_LEN];
    struct enrolment e = {.device = d};
    const int len = csr_write(d->id, d->private_key, csr, sizeof csr);
    need(len > 0, "a request cannot be signed");
    const struct posix_est_request request = {
        .host = "127.0.0.1",
        .port = (uint16_t)s->gateway.est_port,
        .ca_file = s->ca_file,
        .device_id = d->id,
        .token = token,
        .identity = {.certificate_der = token == NULL ? d->certificate : NULL,
                     .certificate_len = d->certificate_len,
                     .private_key = d->private_key},
        .csr_der = csr,
        .csr_len = (size_t)len,
        .public_key = d->public_key};
    need(posix_est_start(s->est, &request, on_enrolled, &e) == E_OK, "no enrolment can be tried");
    return attack_site_wait(s, is_over, &e, ATTACK_PATIENCE_MS) ? e.status : 0;
}

void attack_site_enrol(struct attack_site *s, struct attack_device *d, const char *id)
{
    struct swarm_claim claim;
    const bool known = strcmp(d->id, id) == 0;
    d->site = s;
    if (!known) {
        snprintf(d->id, sizeof d->id, "%s", id);
    }
    need(crypto_ec_generate(CRYPTO_P256, d->private_key, d->public_key) == E_OK,
         "a key cannot be made");
    need((known ? swarm_gateway_token(&s->gateway, id, &claim)
                : swarm_gateway_add(&s->gateway, id, &claim)) == E_OK,
         "a device cannot be made known");
    snprintf(s->ca_file, sizeof s->ca_file, "%s", claim.ca_file);
    need(attack_site_try_enrol(s, d, claim.token) == 200, "a device cannot be enrolled");
}

/* ---- sessions ---- */

static void on_up(void *context)
{
    static const char *const topics[] = {"wattward/acks/", "wattward/trust/"};
    struct attack_device *d = context;
    char topic[TOPIC_CAP];
    d->is_up = true;
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        snprintf(topic, sizeof topic, "%s%s", topics[i], d->id);
        (void)!posix_mqtt_subscribe(d->mqtt, topic);
    }
}

static void on_down(void *context, const char *why)
{
    struct attack_device *d = context;
    (void)why;
    d->is_up = false;
    d->n_ended++;
}

static void on_message(void *context, const char *topic, const uint8_t *payload, size_t len)
{
    struct attack_device *d = context;
    struct telemetry_ack_range ranges[TELEMETRY_ACK_RANGES_MAX];
    const bool is_ack = strncmp(topic, "wattward/acks/", 14) == 0;
    const int n = is_ack ? telemetry_ack_decode(payload, len, ranges) : 0;
    for (int i = 0; i < n; i++) {
        d->n_acked[ranges[i].verdict] += ranges[i].last_sequence - ranges[i].first_sequence + 1;
    }
    /* The gateway's own words: acknowledgements, and two lines of feedback. */
    d->n_heard += is_ack ? n <= 0 : payload[0] != '{';
}

static bool is_settled(const void *context)
{
    const struct attack_device *d = context;
    return d->is_up || d->n_ended > 0;
}

bool attack_site_connect(struct attack_site *s, struct attack_device *d)
{
    const struct posix_mqtt_config config = {.loop = s->loop,
                                             .host = "127.0.0.1",
                                             .port = (uint16_t)s->gateway.mqtt_port,
                                             .client_id = d->id,
                                             .ca_file = s->ca_file,
                                             .keepalive_s = 60,
                                             .up = on_up,
                                             .down = on_down,
                                             .message = on_message,
                                             .context = d};
    const struct posix_tls_identity identity = {.certificate_der =
                                                    d->certificate_len > 0 ? d->certificate : NULL,
                                                .certificate_len = d->certificate_len,
                                                .private_key = d->private_key};
    d->site = s;
    d->n_ended = 0;
    d->mqtt = posix_mqtt_open(&config);
    need(d->mqtt != NULL, "out of memory");
    if (posix_mqtt_connect(d->mqtt, &identity) != E_OK) {
        return false; /* the broker may refuse before the attempt is under way */
    }
    return attack_site_wait(s, is_settled, d, ATTACK_PATIENCE_MS) && d->is_up;
}

void attack_site_disconnect(struct attack_device *d)
{
    if (d->mqtt != NULL) {
        posix_mqtt_close(d->mqtt);
        d->mqtt = NULL;
        d->is_up = false;
    }
}

/* ---- messages ---- */

void attack_publish(struct attack_device *d, const char *topic, const void *bytes, size_t len)
{
    if (d->is_up) {
        (void)!posix_mqtt_publish(d->mqtt, topic, bytes, len, false);
    }
}

static int sign(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    const uint8_t *private_key = context;
    return crypto_ecdsa_sign(CRYPTO_P256, private_key, digest, 32, signature);
}

size_t attack_forge(const struct attack_device *d, const char *id, uint32_t boot_epoch,
                    uint32_t sequence, int64_t extra_mwh, uint8_t out[TELEMETRY_READING_MAX_LEN])
{
    uint8_t private_key[32];
    memcpy(private_key, d->private_key, sizeof private_key);
    const struct telemetry_signer signer = {.sign = sign, .context = private_key};
    const int64_t unix_ms = d->site->time_ms + (int64_t)sequence * READING_MS;
    const struct telemetry_reading reading = {
        .device_id = id,
        .device_id_len = strlen(id),
        .boot_epoch = boot_epoch,
        .sequence = sequence,
        .unix_ms = unix_ms,
        .time_quality = TELEMETRY_TIME_SYNCED,
        .n_channels = 1,
        /* A counter that has always run at this power. */
        .channels = {{.kind = TELEMETRY_PRODUCTION,
                      .energy_mwh = unix_ms / 1000 * POWER_MW / 3600 + extra_mwh,
                      .power_mw = POWER_MW}}};
    const int len = telemetry_reading_sign(&reading, &signer, out, TELEMETRY_READING_MAX_LEN);
    crypto_wipe(private_key, sizeof private_key);
    need(len > 0, "a reading cannot be signed");
    return (size_t)len;
}

struct answers {
    const struct attack_device *device;
    enum telemetry_verdict verdict;
    uint64_t wanted;
};

static bool are_there(const void *context)
{
    const struct answers *a = context;
    return a->device->n_acked[a->verdict] >= a->wanted || !a->device->is_up;
}

bool attack_site_answers(struct attack_device *d, enum telemetry_verdict verdict, uint64_t more)
{
    const struct answers wanted = {d, verdict, d->n_acked[verdict] + more};
    (void)attack_site_wait(d->site, are_there, &wanted, ATTACK_PATIENCE_MS);
    return d->n_acked[verdict] >= wanted.wanted;
}

bool attack_probe(struct attack_device *d)
{
    static uint32_t sequence = 2000; /* later than every attack's */
    uint8_t bytes[TELEMETRY_READING_MAX_LEN];
    char topic[TOPIC_CAP];
    const size_t len = attack_forge(d, d->id, PROBE_EPOCH, ++sequence, 0, bytes);
    snprintf(topic, sizeof topic, "wattward/readings/%s", d->id);
    attack_publish(d, topic, bytes, len);
    return attack_site_answers(d, TELEMETRY_STORED, 1);
}

/* ---- what the gateway says ---- */

static void read_refusals(const struct json_reader *r, int object, struct attack_counts *counts)
{
    int name = json_first(r, object);
    while (name != JSON_ABSENT && counts->n_reasons < ATTACK_REFUSALS_MAX) {
        const int value = json_next(r, name);
        const int at = counts->n_reasons;
        if (json_string(r, name, counts->reasons[at], sizeof counts->reasons[at]) >= 0 &&
            json_int(r, value, &counts->by_reason[at]) == E_OK) {
            counts->refused += counts->by_reason[at];
            counts->n_reasons++;
        }
        name = json_next(r, value);
    }
}

struct attack_counts attack_site_counts(struct attack_site *s)
{
    struct json_reader r;
    struct json_token tokens[SWARM_GATEWAY_TOKENS];
    struct attack_counts counts = {.n_reasons = 0};
    need(swarm_gateway_ask(&s->gateway, "{\"do\":\"status\"}", &r, tokens) == E_OK,
         "the gateway does not say what it counted");
    const int readings = json_member(&r, 0, "readings");
    need(json_int(&r, json_member(&r, readings, "stored"), &counts.stored) == E_OK &&
             json_int(&r, json_member(&r, readings, "duplicates"), &counts.duplicates) == E_OK,
         "the gateway does not say what it stored");
    read_refusals(&r, json_member(&r, readings, "refused"), &counts);
    return counts;
}

void attack_site_state(struct attack_site *s, const char *id, char state[32])
{
    char question[128];
    struct json_reader r;
    struct json_token tokens[SWARM_GATEWAY_TOKENS];
    snprintf(question, sizeof question, "{\"do\":\"trust.show\",\"id\":\"%s\"}", id);
    need(swarm_gateway_ask(&s->gateway, question, &r, tokens) == E_OK &&
             json_string(&r, json_member(&r, 0, "state"), state, 32) > 0,
         "the gateway does not say how a device is judged");
}
