/* SPDX-License-Identifier: MIT */
#include "gateway.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/base64.h"
#include "base/rbuf.h"
#include "broker/config.h"
#include "broker/credentials.h"
#include "broker/keeper.h"
#include "broker/names.h"
#include "control/socket.h"
#include "enrol/est.h"
#include "ingest/mqtt.h"
#include "ingest/topic.h"
#include "ledger/sealer.h"
#include "market/account.h"
#include "posix/clock.h"
#include "posix/clock_watch.h"
#include "posix/log.h"
#include "posix/loop.h"
#include "posix/sandbox.h"
#include "signer/signer_client.h"
#include "site/ban.h"
#include "site/operator.h"
#include "site/state.h"
#include "trust/feedback.h"
#include "trust/settings.h"
#include "trust/trust_site.h"
#include "weather/fetcher.h"
#include "weather/link.h"
#include "web/password.h"
#include "web/server.h"

enum { JUDGING_MS = 250 };
enum { CONFIG_CAP = 4096, START_LIMIT_MS = 10000, CA_DER_CAP = 4096, TOPIC_CAP = 96 };
/* Our certificates are good for a year. */
#define RENEWAL_MS  (UINT64_C(30) * 24 * 3600 * 1000)
#define MOSQUITTO   "/usr/sbin/mosquitto"
#define BROKER_NAME "wattward-broker"

struct gateway {
    struct options options;
    char state[SITE_PATH_CAP];            /* absolute */
    char directory[SITE_PATH_CAP];        /* <state>/gateway */
    char broker_directory[SITE_PATH_CAP]; /* <state>/gateway/broker */
    char broker_config[SITE_PATH_CAP];
    char ledger_directory[SITE_PATH_CAP];   /* <state>/gateway/ledger */
    char operator_directory[SITE_PATH_CAP]; /* <state>/operator; closed to us once we run */
    int lock_fd;
    struct broker_keeper keeper;
    struct weather_fetcher fetcher;
    struct weather_link *weather;
    struct signer_client signer;
    bool signer_started;
    struct credentials broker_credentials;
    struct credentials own_credentials;
    struct posix_loop *loop;
    struct site site;
    struct ingest ingest;
    struct est est;
    struct web_api api;
    struct web_server *web;
    struct control_socket *control;
    struct mqtt_link *mqtt;
    struct runtime_timer batch; /* of the ingest */
    struct runtime_timer ledger;
    struct runtime_timer start_limit; /* until everything is up */
    struct runtime_timer renewal;     /* of the certificates */
    struct runtime_timer judging;     /* days that are over, and what devices are told */
    struct posix_clock_watch clock_watch;
    bool ready;
    bool failed;
};

struct gateway *gateway_make(const struct options *options)
{
    struct gateway *g = calloc(1, sizeof *g);
    if (g) {
        g->options = *options;
        g->lock_fd = -1;
        g->fetcher.fd = -1;
        (void)snprintf(g->site.name, sizeof g->site.name, "%s", options->name);
        g->site.utc_offset_min = options->utc_offset_min;
        g->site.ingest = &g->ingest;
        g->site.est = &g->est;
        g->api.site = &g->site;
        fleet_init(&g->site.fleet);
    }
    return g;
}

/* ---- before anything is started ---- */

/* Beside our programs: ../lib/wattward_bans.so. */
static int find_plugin(char *out, size_t cap)
{
    static const char name[] = "/../lib/wattward_bans.so";
    const ssize_t n = readlink("/proc/self/exe", out, cap);
    if (n <= 0 || (size_t)n >= cap) {
        return E_NOSPACE;
    }
    out[n] = '\0';
    char *slash = strrchr(out, '/');
    if (!slash || (size_t)(slash - out) + sizeof name > cap) {
        return E_NOSPACE;
    }
    memcpy(slash, name, sizeof name);
    return E_OK;
}

static int make_directories(struct gateway *g)
{
    if (state_make_directory(g->options.state) != E_OK ||
        state_absolute(g->options.state, g->state, sizeof g->state) != E_OK) {
        return E_IO;
    }
    if (state_path(g->state, "gateway", g->directory, sizeof g->directory) != E_OK ||
        state_path(g->directory, "broker", g->broker_directory, sizeof g->broker_directory) !=
            E_OK ||
        state_path(g->broker_directory, "mosquitto.conf", g->broker_config,
                   sizeof g->broker_config) != E_OK ||
        state_path(g->broker_directory, "bans", g->site.bans_path, sizeof g->site.bans_path) !=
            E_OK ||
        state_path(g->directory, "ca.pem", g->site.ca_path, sizeof g->site.ca_path) != E_OK) {
        return E_NOSPACE;
    }
    if (state_make_directory(g->directory) != E_OK) {
        return E_IO;
    }
    return state_make_directory(g->broker_directory);
}

static int claim_ports(struct gateway *g)
{
    struct options *o = &g->options;
    const struct {
        const char *option;
        uint16_t *port;
    } ports[] = {{"--http-port", &o->http_port},
                 {"--est-port", &o->est_port},
                 {"--mqtt-port", &o->mqtt_port}};
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        const int result = state_claim_port(o->listen, ports[i].port);
        if (result == E_STATE) {
            log_error("port %u on %s is taken by another program; choose another with %s",
                      *ports[i].port, o->listen, ports[i].option);
        } else if (result != E_OK) {
            log_error("cannot listen on %s port %u (%s)", o->listen, *ports[i].port,
                      ports[i].option);
        }
        if (result != E_OK) {
            return result;
        }
    }
    return E_OK;
}

int gateway_prepare(struct gateway *g)
{
    char plugin[SITE_PATH_CAP];
    if (make_directories(g) != E_OK) {
        return EXIT_FAILURE;
    }
    g->lock_fd = state_lock(g->directory);
    if (g->lock_fd < 0 || claim_ports(g) != E_OK) {
        return EXIT_FAILURE;
    }
    if (find_plugin(plugin, sizeof plugin) != E_OK || access(plugin, R_OK) != 0) {
        log_error("the broker's plugin wattward_bans.so is not beside our programs, in ../lib");
        return EXIT_FAILURE;
    }
    if (access(MOSQUITTO, X_OK) != 0) {
        log_error("%s is not installed; the package is called mosquitto", MOSQUITTO);
        return EXIT_FAILURE;
    }
    return -1;
}

/* ---- signer, credentials, broker ---- */

static int make_credentials(struct gateway *g)
{
    char san[BROKER_NAMES_CAP];
    broker_names_write(g->options.listen, san, sizeof san);
    const struct credentials_request broker = {
        .directory = g->broker_directory, .file = "server", .common_name = BROKER_NAME, .san = san};
    const struct credentials_request own = {.directory = g->directory,
                                            .file = "gateway",
                                            .common_name = SIGNER_GATEWAY_NAME,
                                            .san = san};
    if (credentials_write_ca(&g->signer, g->site.ca_path) != E_OK ||
        credentials_make(&g->signer, &broker, &g->broker_credentials) != E_OK) {
        return E_IO;
    }
    return credentials_make(&g->signer, &own, &g->own_credentials);
}

static int write_broker_files(const struct gateway *g)
{
    char acl_path[SITE_PATH_CAP];
    uint8_t text[CONFIG_CAP];
    struct wbuf w = wbuf_of(text, sizeof text);
    char plugin_path[SITE_PATH_CAP];
    if (state_path(g->broker_directory, "acl", acl_path, sizeof acl_path) != E_OK ||
        find_plugin(plugin_path, sizeof plugin_path) != E_OK) {
        return E_NOSPACE;
    }
    broker_acl_write(&w);
    if (!wbuf_ok(&w) || state_write(acl_path, text, wbuf_len(&w)) != E_OK) {
        return E_IO;
    }
    const struct broker_settings settings = {.address = g->options.listen,
                                             .port = g->options.mqtt_port,
                                             .user = "root",
                                             .ca = g->site.ca_path,
                                             .certificate = g->broker_credentials.certificate,
                                             .key = g->broker_credentials.key,
                                             .acl = acl_path,
                                             .plugin = plugin_path,
                                             .bans = g->site.bans_path};
    w = wbuf_of(text, sizeof text);
    broker_config_write(&w, &settings);
    return wbuf_ok(&w) ? state_write(g->broker_config, text, wbuf_len(&w)) : E_NOSPACE;
}

static int start_children(struct gateway *g)
{
    if (broker_keeper_fork(&g->keeper, MOSQUITTO, g->broker_config) != E_OK) {
        return E_IO;
    }
    if (g->options.has_weather && weather_fetcher_fork(&g->fetcher, &g->options.weather) != E_OK) {
        log_error("the weather's fetcher cannot be started");
        return E_IO;
    }
    if (signer_start(&g->signer, g->state) != E_OK) {
        log_error("the signer did not start");
        return E_IO;
    }
    g->signer_started = true;
    g->site.signer_up = true;
    if (make_credentials(g) != E_OK) {
        return E_IO;
    }
    return write_broker_files(g);
}

/* The database knows whom the broker must not let in, so it is read first. */
static int start_broker(struct gateway *g)
{
    if (site_bans_write(&g->site) != E_OK) {
        log_error("the list of bans cannot be written");
        return E_IO;
    }
    return broker_keeper_go(&g->keeper);
}

/* ---- the loop's callbacks ---- */

static void arm_batch(struct gateway *g)
{
    const uint64_t due_ms = ingest_deadline(&g->ingest);
    if (due_ms == NEVER_MS) {
        runtime_timer_stop(posix_loop_timers(g->loop), &g->batch);
    } else {
        runtime_timer_start(posix_loop_timers(g->loop), &g->batch, due_ms);
    }
}

static void on_batch(void *context, uint64_t now_ms)
{
    struct gateway *g = context;
    ingest_tick(&g->ingest, now_ms);
    arm_batch(g);
}

/* A device misses receipts. */
static void on_want(struct gateway *g, const char *device_id, const uint8_t *payload, size_t len)
{
    const struct fleet_device *device = fleet_find(&g->site.fleet, device_id);
    struct rbuf r = rbuf_of(payload, len);
    const uint32_t boot_epoch = rbuf_be32(&r);
    const uint32_t sequence = rbuf_be32(&r);
    if (device && rbuf_done(&r)) {
        const struct db_ledger_name reading = {device->row, device->key, boot_epoch, sequence};
        ledger_book_want(g->site.ledger, &reading);
    }
}

static void on_message(void *context, const char *topic, const uint8_t *payload, size_t len)
{
    struct gateway *g = context;
    char device_id[TELEMETRY_DEVICE_ID_MAX_LEN + 1];
    if (ingest_topic_parse_want(topic, device_id) == E_OK) {
        on_want(g, device_id, payload, len);
        return;
    }
    const struct ingest_message message = {
        .topic = topic, .payload = payload, .len = len, .unix_ms = posix_clock_wall_ms()};
    ingest_message(&g->ingest, posix_clock_mono_ms(), &message);
    arm_batch(g);
}

static void send_ack(void *context, const char *device_id, const uint8_t *ack, size_t len)
{
    struct gateway *g = context;
    char topic[TOPIC_CAP];
    const int n = snprintf(topic, sizeof topic, INGEST_TOPIC_ACKS "%s", device_id);
    ASSERT(n > 0 && (size_t)n < sizeof topic);
    mqtt_link_publish(g->mqtt, topic, ack, len);
}

static void send_session_ack(void *context, const char *device_id, const uint8_t *ack, size_t len)
{
    struct gateway *g = context;
    char topic[TOPIC_CAP];
    const int n = snprintf(topic, sizeof topic, INGEST_TOPIC_SESSION_ACKS "%s", device_id);
    ASSERT(n > 0 && (size_t)n < sizeof topic);
    mqtt_link_publish(g->mqtt, topic, ack, len);
}

static void on_ledger(void *context, uint64_t now_ms)
{
    struct gateway *g = context;
    ingest_flush(&g->ingest, now_ms); /* its transaction is not the ledger's */
    arm_batch(g);
    ledger_book_tick(g->site.ledger, now_ms, posix_clock_wall_ms());
    runtime_timer_start(posix_loop_timers(g->loop), &g->ledger, now_ms + LEDGER_TICK_MS);
}

static void send_receipt(void *context, const char *device_id, const uint8_t *receipt, size_t len)
{
    struct gateway *g = context;
    char topic[TOPIC_CAP];
    const int n = snprintf(topic, sizeof topic, "wattward/receipts/%s", device_id);
    ASSERT(n > 0 && (size_t)n < sizeof topic);
    mqtt_link_publish(g->mqtt, topic, receipt, len);
}

static void on_stored(void *context, struct fleet_device *device,
                      const struct telemetry_reading *reading, int64_t received_unix_ms)
{
    struct gateway *g = context;
    struct trust_reading r = {.key = device->key,
                              .unix_ms = reading->unix_ms,
                              .received_unix_ms = received_unix_ms,
                              .time_known = reading->time_quality != TELEMETRY_TIME_UNKNOWN,
                              .has_energy = reading->boot_epoch != 0}; /* the seed's have none */
    bool has_import = false;
    bool has_export = false;
    for (size_t i = 0; i < reading->n_channels; i++) {
        const struct telemetry_channel *c = &reading->channels[i];
        if (c->kind == TELEMETRY_PRODUCTION) {
            r.has_production = true;
            r.energy_mwh = c->energy_mwh;
            r.power_mw = c->power_mw;
        } else if (c->kind == TELEMETRY_CONSUMPTION) {
            r.has_consumption = true;
            r.consumption_mwh = c->energy_mwh;
        } else if (c->kind == TELEMETRY_GRID_IMPORT) {
            has_import = true;
            r.import_mwh = c->energy_mwh;
        } else if (c->kind == TELEMETRY_GRID_EXPORT) {
            has_export = true;
            r.export_mwh = c->energy_mwh;
        }
    }
    r.has_grid = has_import && has_export;
    if (g->site.trust) {
        trust_site_reading(g->site.trust, device, &r);
    }
}

/* The text, and below it what the ledger's key says of it; see docs/spec/trust-feedback.md. */
static bool tell_device(void *context, const char *device_id, const char *text, size_t len)
{
    struct gateway *g = context;
    uint8_t message[TRUST_FEEDBACK_CAP + TOPIC_CAP];
    uint8_t payload[TRUST_FEEDBACK_CAP + 2 * TOPIC_CAP];
    uint8_t signature[64];
    char topic[TOPIC_CAP];
    if (!mqtt_link_up(g->mqtt) || !g->site.signer_up) {
        return false;
    }
    (void)snprintf(topic, sizeof topic, TRUST_FEEDBACK_DOMAIN "%s", device_id);
    struct wbuf w = wbuf_of(message, sizeof message);
    wbuf_str(&w, topic);
    wbuf_u8(&w, '\n');
    wbuf_put(&w, text, len);
    if (!wbuf_ok(&w) || signer_ledger_sign(&g->signer, message, wbuf_len(&w), signature) != E_OK) {
        return false;
    }
    w = wbuf_of(payload, sizeof payload);
    wbuf_put(&w, text, len);
    wbuf_u8(&w, '\n');
    base64_put(&w, signature, sizeof signature);
    wbuf_u8(&w, '\n');
    return wbuf_ok(&w) && mqtt_link_publish_retained(g->mqtt, topic, payload, wbuf_len(&w));
}

/* A reading keeps its own time, and nothing waits for the wall clock; but days are judged by it. */
static void watch_clock(struct gateway *g, uint64_t now_ms)
{
    const int64_t jump_ms =
        posix_clock_watch_note(&g->clock_watch, now_ms, posix_clock_wall_ms(), posix_clock_rate());
    if (jump_ms == 0) {
        return;
    }
    g->site.clock_jumps++;
    log_warn("the clock jumped %lld s %s: readings are stored as ever, but days that it skipped or "
             "that come again are not judged; check NTP",
             (long long)(jump_ms > 0 ? jump_ms : -jump_ms) / 1000, jump_ms > 0 ? "ahead" : "back");
}

static void on_banned(void *context)
{
    struct gateway *g = context;
    if (site_bans_write(&g->site) != E_OK) {
        log_error("the broker's list of bans cannot be written");
    }
}

static void on_judging(void *context, uint64_t now_ms)
{
    struct gateway *g = context;
    ingest_flush(&g->ingest, now_ms); /* a day that is over is stored outside its transaction */
    arm_batch(g);
    watch_clock(g, now_ms);
    trust_site_tick(g->site.trust, posix_clock_wall_ms());
    runtime_timer_start(posix_loop_timers(g->loop), &g->judging, now_ms + JUDGING_MS);
}

static void say_ready(struct gateway *g)
{
    const struct options *o = &g->options;
    char host[64];
    broker_names_url_host(o->listen, host, sizeof host);
    g->ready = true;
    runtime_timer_stop(posix_loop_timers(g->loop), &g->start_limit);
    (void)printf("ready page=http://%s:%u est=https://%s:%u mqtt=%s:%u ca=%s\n", host, o->http_port,
                 host, o->est_port, host, o->mqtt_port, g->site.ca_path);
    (void)fflush(stdout);
    log_info("ready devices=%zu readings=%llu", fleet_count(&g->site.fleet),
             (unsigned long long)g->ingest.counters.total);
}

static void on_link(void *context, bool up)
{
    struct gateway *g = context;
    g->site.broker_up = up;
    if (up) {
        trust_site_tell_all(g->site.trust);
    }
    if (up && !g->ready) {
        say_ready(g);
    }
}

static void on_start_limit(void *context, uint64_t now_ms)
{
    struct gateway *g = context;
    (void)now_ms;
    log_error("the broker did not come up within %d s", START_LIMIT_MS / 1000);
    g->failed = true;
    posix_loop_stop(g->loop);
}

static void on_keeper(void *context, int events)
{
    struct gateway *g = context;
    (void)events;
    if (broker_keeper_read(&g->keeper) != E_OK) {
        log_error("the broker's keeper has ended");
        posix_loop_unwatch(g->loop, broker_keeper_fd(&g->keeper));
        g->failed = true;
        posix_loop_stop(g->loop);
    }
    g->site.broker_starts = g->keeper.starts;
}

/* Between calls the signer says nothing, so this is its end. Readings go on without it. */
static void on_signer(void *context, int events)
{
    struct gateway *g = context;
    (void)events;
    log_error("the signer has ended; nothing can be enrolled until the gateway is started again");
    g->site.signer_up = false;
    posix_loop_unwatch(g->loop, signer_fd(&g->signer));
}

/* New keys and certificates in the same files. The broker has to start again for them. */
static int renew_certificates(void *context)
{
    struct gateway *g = context;
    if (make_credentials(g) != E_OK || web_server_renew(g->web) != E_OK) {
        return E_IO;
    }
    log_info("certificates renewed");
    return broker_keeper_restart(&g->keeper);
}

static void on_renewal(void *context, uint64_t now_ms)
{
    struct gateway *g = context;
    if (renew_certificates(g) != E_OK) {
        log_error("the certificates cannot be renewed; tried again in 30 days, or at a restart");
    }
    runtime_timer_start(posix_loop_timers(g->loop), &g->renewal, now_ms + RENEWAL_MS);
}

/* ---- start ---- */

static int open_database(struct gateway *g)
{
    char path[SITE_PATH_CAP];
    char why[SITE_WHY_CAP];
    const struct ingest_config config = {.fleet = &g->site.fleet,
                                         .send_ack = send_ack,
                                         .send_session_ack = send_session_ack,
                                         .stored = on_stored,
                                         .context = g};
    if (state_path(g->directory, "gateway.db", path, sizeof path) != E_OK) {
        return E_NOSPACE;
    }
    g->site.db = db_open(path, why, sizeof why);
    if (!g->site.db) {
        log_error("%s", why);
        return E_IO;
    }
    struct ingest_config with_db = config;
    with_db.db = g->site.db;
    fleet_set_feeder(&g->site.fleet, g->options.feeder);
    if (site_load(&g->site) != E_OK || ingest_init(&g->ingest, &with_db) != E_OK) {
        log_error("the database cannot be read: %s", db_reason(g->site.db));
        return E_IO;
    }
    const struct trust_site_config trust = {.site = &g->site,
                                            .rule = g->options.trust_seed ? TRUST_RULE_SEED
                                                                          : TRUST_RULE_TE2,
                                            .seed = &g->options.seed,
                                            .place = g->options.place,
                                            .has_weather = g->options.has_weather,
                                            .tell = tell_device,
                                            .banned = on_banned,
                                            .context = g};
    struct trust_settings settings = {.rule = trust.rule,
                                      .seed = g->options.seed,
                                      .place = g->options.place,
                                      .has_weather = g->options.has_weather,
                                      .utc_offset_min = g->options.utc_offset_min};
    (void)snprintf(settings.feeder, sizeof settings.feeder, "%s",
                   g->options.feeder ? g->options.feeder : "");
    if (trust_settings_put(g->site.db, &settings) != E_OK) {
        log_error("how readings are judged cannot be kept: %s", db_reason(g->site.db));
        return E_IO;
    }
    g->site.trust = trust_site_open(&trust);
    return g->site.trust ? E_OK : E_IO;
}

static int open_ledger(struct gateway *g)
{
    if (state_path(g->directory, "ledger", g->ledger_directory, sizeof g->ledger_directory) !=
            E_OK ||
        state_make_directory(g->ledger_directory) != E_OK) {
        return E_IO;
    }
    const struct ledger_book_config config = {.db = g->site.db,
                                              .directory = g->ledger_directory,
                                              .site = g->site.name,
                                              .sealer = ledger_sealer_of(&g->signer),
                                              .send_receipt = send_receipt,
                                              .context = g};
    g->site.ledger = ledger_book_open(&config);
    return g->site.ledger ? E_OK : E_IO;
}

static void before_weather(void *context)
{
    struct gateway *g = context;
    ingest_flush(&g->ingest, posix_clock_mono_ms()); /* its transaction is not the weather's */
    arm_batch(g);
}

static int open_weather(struct gateway *g)
{
    if (!g->options.has_weather) {
        log_info("no weather is asked for; --weather names a service");
        return E_OK;
    }
    const struct weather_link_config config = {.loop = g->loop,
                                               .site = &g->site,
                                               .fetcher = &g->fetcher,
                                               .place = g->options.place,
                                               .cache_ms = g->options.seed.forecast_cache_ms,
                                               .before_storing = before_weather,
                                               .context = g};
    g->weather = weather_link_open(&config);
    return g->weather ? E_OK : E_NOSPACE;
}

static int first_password(struct gateway *g)
{
    char hash[WEB_PASSWORD_HASH_CAP];
    int result = site_password_hash(&g->site, hash, sizeof hash);
    if (result == E_NOTFOUND) {
        char password[WEB_PASSWORD_CAP];
        result = site_password_renew(&g->site, password, sizeof password);
        if (result == E_OK) {
            (void)printf("operator-password %s\n", password);
            (void)fflush(stdout);
        }
    }
    if (result != E_OK) {
        log_error("the operator's password cannot be kept: %s", db_reason(g->site.db));
    }
    return result;
}

static int open_operator(struct gateway *g)
{
    if (state_path(g->state, "operator", g->operator_directory, sizeof g->operator_directory) !=
        E_OK) {
        return E_NOSPACE;
    }
    return site_operator_open(&g->site, g->operator_directory, g->options.new_operator_key);
}

static int set_up_enrolment(struct gateway *g)
{
    uint8_t ca[CA_DER_CAP];
    const int len = signer_ca_certificate(&g->signer, ca, sizeof ca);
    if (len < 0) {
        return len;
    }
    const struct est_config config = {.registry = site_registry(&g->site),
                                      .issuer = est_issuer_of(&g->signer),
                                      .ca_der = ca,
                                      .ca_len = (size_t)len};
    return est_init(&g->est, &config);
}

static int watch_children(struct gateway *g)
{
    if (posix_loop_watch(g->loop, broker_keeper_fd(&g->keeper), POSIX_LOOP_READ, on_keeper, g) !=
        E_OK) {
        return E_IO;
    }
    return posix_loop_watch(g->loop, signer_fd(&g->signer), POSIX_LOOP_READ, on_signer, g);
}

static int open_servers(struct gateway *g)
{
    const struct options *o = &g->options;
    const struct web_server_config web = {.loop = g->loop,
                                          .api = &g->api,
                                          .est = &g->est,
                                          .address = o->listen,
                                          .http_port = o->http_port,
                                          .est_port = o->est_port,
                                          .ca = g->site.ca_path,
                                          .certificate = g->own_credentials.certificate,
                                          .key = g->own_credentials.key};
    g->web = web_server_open(&web);
    g->control = g->web ? control_socket_open(g->loop, &g->api, g->directory) : NULL;
    return g->control ? E_OK : E_IO;
}

/* The broker listens where we do; for "everywhere" we use the loopback. */
static const char *broker_address(const char *listen)
{
    if (strcmp(listen, "0.0.0.0") == 0) {
        return "127.0.0.1";
    }
    return strcmp(listen, "::") == 0 ? "::1" : listen;
}

static int open_link(struct gateway *g)
{
    const struct mqtt_link_config config = {.loop = g->loop,
                                            .address = broker_address(g->options.listen),
                                            .port = g->options.mqtt_port,
                                            .ca = g->site.ca_path,
                                            .certificate = g->own_credentials.certificate,
                                            .key = g->own_credentials.key,
                                            .message = on_message,
                                            .changed = on_link,
                                            .context = g};
    g->mqtt = mqtt_link_open(&config);
    return g->mqtt ? E_OK : E_IO;
}

/* Before a byte of a peer is read. */
static int enter_sandbox(const struct gateway *g)
{
    const struct sandbox_path paths[] = {{.path = g->directory, .writable = true}};
    const int result = sandbox_paths(paths, sizeof paths / sizeof paths[0]);
    if (result == E_UNSUPPORTED) {
        log_info("this kernel has no Landlock; the gateway could open other files");
    } else if (result != E_OK) {
        log_error("the gateway cannot be confined to its directory");
        return result;
    }
    if (sandbox_daemon() != E_OK) {
        log_error("the gateway cannot give up its privileges");
        return E_IO;
    }
    return E_OK;
}

static int start(struct gateway *g)
{
    g->site.started_ms = posix_clock_mono_ms();
    if (start_children(g) != E_OK) {
        return E_IO;
    }
    g->loop = posix_loop_open();
    if (!g->loop) {
        return E_NOSPACE;
    }
    g->batch = (struct runtime_timer){.fire = on_batch, .context = g};
    g->start_limit = (struct runtime_timer){.fire = on_start_limit, .context = g};
    g->renewal = (struct runtime_timer){.fire = on_renewal, .context = g};
    g->judging = (struct runtime_timer){.fire = on_judging, .context = g};
    g->site.renew = renew_certificates;
    g->site.renew_context = g;
    g->ledger = (struct runtime_timer){.fire = on_ledger, .context = g};
    if (open_database(g) != E_OK || open_ledger(g) != E_OK || start_broker(g) != E_OK ||
        set_up_enrolment(g) != E_OK || open_servers(g) != E_OK || open_weather(g) != E_OK ||
        watch_children(g) != E_OK || first_password(g) != E_OK || open_operator(g) != E_OK) {
        return E_IO;
    }
    if (enter_sandbox(g) != E_OK) {
        return E_IO;
    }
    const uint64_t now_ms = posix_clock_mono_ms();
    runtime_timer_start(posix_loop_timers(g->loop), &g->start_limit, now_ms + START_LIMIT_MS);
    runtime_timer_start(posix_loop_timers(g->loop), &g->renewal, now_ms + RENEWAL_MS);
    runtime_timer_start(posix_loop_timers(g->loop), &g->ledger, now_ms + LEDGER_TICK_MS);
    runtime_timer_start(posix_loop_timers(g->loop), &g->judging, now_ms + JUDGING_MS);
    return open_link(g);
}

int gateway_run(struct gateway *g)
{
    if (start(g) != E_OK) {
        return EXIT_FAILURE;
    }
    const int signal_number = posix_loop_run(g->loop);
    if (signal_number != 0) {
        log_info("ending on signal %d", signal_number);
    }
    return g->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

void gateway_free(struct gateway *g)
{
    if (g->site.db) {
        ingest_flush(&g->ingest, posix_clock_mono_ms());
    }
    market_account_free(g->site.account);
    ledger_book_close(g->site.ledger, posix_clock_mono_ms(), posix_clock_wall_ms());
    mqtt_link_close(g->mqtt);
    control_socket_close(g->control);
    web_server_close(g->web);
    weather_link_close(g->weather);
    weather_fetcher_stop(&g->fetcher);
    trust_site_close(g->site.trust);
    db_close(g->site.db);
    fleet_free(&g->site.fleet);
    if (g->loop) {
        posix_loop_close(g->loop);
    }
    if (g->signer_started) {
        signer_stop(&g->signer);
    }
    broker_keeper_stop(&g->keeper);
    if (g->lock_fd >= 0) {
        (void)close(g->lock_fd);
    }
    free(g);
}
