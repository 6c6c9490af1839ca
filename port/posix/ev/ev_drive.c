/* SPDX-License-Identifier: MIT
 * A car on Linux.
 */
#include "ev_drive.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "posix/clock.h"

enum { OUT_LEN = 4096, TELL_MS = 1000, LOOP_MS = 50, READS_MAX = 4 };

static void say(const struct ev_drive *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(const struct ev_drive *d, const char *format, ...)
{
    const uint64_t ms = posix_clock_mono_ms() - d->started_ms;
    va_list arguments;
    va_start(arguments, format);
    printf("%4" PRIu64 ".%03" PRIu64 "  ", ms / 1000, ms % 1000);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

static void end(struct ev_drive *d)
{
    d->over = true;
    posix_loop_stop(d->loop);
}

static void fail(struct ev_drive *d, const char *why)
{
    fprintf(stderr, "wattward-ev: %s on %s: %s\n", why, d->options->interface, strerror(errno));
    end(d);
}

static void tell_charge(struct ev_drive *d)
{
    const struct v2g_evcc_charger *charger = v2g_evcc_charger(ev_session(&d->ev));
    const int soc = ev_soc_permille(&d->ev);
    if (d->options->is_ac) {
        say(d, "charging      %5.1f A AC          battery %d.%d %%", charger->ac_max_ma / 1000.0,
            soc / 10, soc % 10);
    } else {
        say(d, "charging      %5.1f V  %5.1f A     battery %d.%d %%", charger->present_mv / 1000.0,
            charger->present_ma / 1000.0, soc / 10, soc % 10);
    }
}

static bool is_loop(uint32_t kind)
{
    return kind == V2G_CURRENT_DEMAND || kind == V2G_CHARGING_STATUS;
}

static void tell_response(struct ev_drive *d, const struct v2g_evcc_event *event)
{
    const uint64_t now_ms = posix_clock_mono_ms();
    const enum v2g_response code = (enum v2g_response)event->b;
    if (!v2g_response_failed(code) && is_loop(event->a)) {
        d->told_kind = event->a;
        if (now_ms - d->told_ms >= TELL_MS) {
            d->told_ms = now_ms;
            tell_charge(d);
        }
        return;
    }
    if (event->a == d->told_kind && (int64_t)code == d->told_code) {
        return; /* the same question again, and the same answer */
    }
    d->told_kind = event->a;
    d->told_code = code;
    if (event->a == V2G_PRE_CHARGE) {
        say(d, "charger says  PRE_CHARGE %s, %.1f V", v2g_response_name(code),
            v2g_evcc_charger(ev_session(&d->ev))->present_mv / 1000.0);
    } else {
        say(d, "charger says  %s %s", v2g_kind_name((enum v2g_kind)event->a),
            v2g_response_name(code));
    }
}

static void tell(struct ev_drive *d)
{
    struct v2g_evcc_event event;
    while (ev_event(&d->ev, &event)) {
        switch (event.kind) {
        case V2G_EVCC_EVENT_REQUEST:
            if (!is_loop(event.a) && event.a != d->told_kind) {
                say(d, "car asks      %s", v2g_kind_name((enum v2g_kind)event.a));
            }
            break;
        case V2G_EVCC_EVENT_RESPONSE:
            tell_response(d, &event);
            break;
        case V2G_EVCC_EVENT_NOTIFIED:
            say(d, "charger wants %s", event.a == V2G_NOTIFY_STOP ? "to stop" : "to renegotiate");
            break;
        case V2G_EVCC_EVENT_ENDED:
            say(d, "ended         %s by %s, battery %d.%d %%",
                v2g_evcc_end_name((enum v2g_evcc_end)event.a),
                v2g_protocol_name(ev_session(&d->ev)->protocol), ev_soc_permille(&d->ev) / 10,
                ev_soc_permille(&d->ev) % 10);
            end(d);
            break;
        }
    }
}

static void lose(struct ev_drive *d, const char *why)
{
    say(d, "connection    %s", why);
    posix_loop_unwatch(d->loop, d->link.fd);
    v2g_link_close(&d->link);
    ev_disconnect(&d->ev, posix_clock_mono_ms());
    tell(d);
    end(d);
}

static void digest(struct ev_drive *d)
{
    uint8_t out[OUT_LEN];
    int used = 1;
    while (used > 0 && d->in_len > 0) {
        used = ev_input(&d->ev, posix_clock_mono_ms(), d->in, d->in_len);
        const size_t n = used < 0 ? d->in_len : (size_t)used;
        d->in_len -= n;
        memmove(d->in, d->in + n, d->in_len);
    }
    tell(d);
    const int len = d->over ? 0 : ev_output(&d->ev, out, sizeof out);
    if (len > 0 && v2g_link_send(&d->link, out, (size_t)len) != E_OK) {
        lose(d, "cannot send");
        return;
    }
    tell(d);
}

static void start(struct ev_drive *d)
{
    char text[64];
    d->driving = true;
    v2g_link_describe(&d->link, text, sizeof text);
    say(d, "connected     %s", text);
    ev_init(&d->ev, posix_clock_mono_ms(), &d->config);
    digest(d);
}

static void on_bytes(void *context, int events)
{
    struct ev_drive *d = context;
    (void)events;
    int n = 1;
    for (int i = 0; i < READS_MAX && n > 0 && v2g_link_is_open(&d->link) && !d->over; i++) {
        n = v2g_link_receive(&d->link, d->in + d->in_len, sizeof d->in - d->in_len);
        if (n > 0) {
            d->in_len += (size_t)n;
            digest(d);
        } else if (n < 0) {
            lose(d, n == E_NOTFOUND ? "closed by the charger" : "broken");
        }
    }
}

/* The certificates have spoken, or there were none. */
static void on_handshake(void *context, int events)
{
    struct ev_drive *d = context;
    (void)events;
    const int result = v2g_link_handshake(&d->link, posix_clock_mono_ms());
    if (result != E_OK && result != E_STATE) {
        say(d, "refused       %s", v2g_link_why(&d->link));
        fprintf(stderr, "wattward-ev: %s\n", v2g_link_why(&d->link));
        end(d);
        return;
    }
    const bool done = result == E_OK;
    if (posix_loop_watch(d->loop, d->link.fd, done ? POSIX_LOOP_READ : v2g_link_waits_for(&d->link),
                         done ? on_bytes : on_handshake, d) != E_OK) {
        fail(d, "cannot wait for the charger");
    } else if (done) {
        start(d);
    }
}

static void on_connected(void *context, int events)
{
    struct ev_drive *d = context;
    (void)events;
    const int fd = d->calling_fd;
    if (v2g_net_connected(fd) != E_OK) {
        fail(d, "the charger does not take the connection");
        return;
    }
    posix_loop_unwatch(d->loop, fd);
    d->calling_fd = -1;
    if (v2g_link_open(&d->link, fd, d->use_tls ? d->tls : NULL, posix_clock_mono_ms()) != E_OK) {
        close(fd);
        fail(d, "there is no memory for TLS");
        return;
    }
    on_handshake(d, 0);
}

static void connect_to(struct ev_drive *d, const struct v2g_endpoint *endpoint)
{
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(AF_INET6, endpoint->address, text, sizeof text);
    say(d, "found         charger at %s port %u", text, endpoint->port);
    d->calling_fd = v2g_net_connect(d->options->interface, endpoint);
    if (d->calling_fd < 0 ||
        posix_loop_watch(d->loop, d->calling_fd, POSIX_LOOP_WRITE, on_connected, d) != E_OK) {
        fail(d, "cannot connect");
    }
}

/* Why this car does not charge there; NULL when it does. */
static const char *object_to(const struct ev_drive *d, enum v2g_security security)
{
    if (security == V2G_SECURITY_TLS && d->tls == NULL) {
        return "the charger speaks TLS only, this car does not";
    }
    if (security != V2G_SECURITY_TLS && d->options->tls == EV_TLS_REQUIRED) {
        return "the charger has no TLS, this car insists on it";
    }
    return NULL;
}

static void on_answer(void *context, int events)
{
    struct ev_drive *d = context;
    uint8_t datagram[64];
    struct v2g_endpoint endpoint;
    enum v2g_security security;
    (void)events;
    const int n = v2g_net_receive(d->sdp_fd, datagram, sizeof datagram);
    if (n <= 0 ||
        v2g_sdp_client_input(&d->sdp, posix_clock_mono_ms(), datagram, (size_t)n) != E_OK) {
        return; /* others speak on that port too */
    }
    if (v2g_sdp_client_found(&d->sdp, &endpoint, &security)) {
        const char *objection = object_to(d, security);
        if (objection != NULL) {
            say(d, "refused       %s", objection);
            end(d);
            return;
        }
        d->use_tls = security == V2G_SECURITY_TLS;
        connect_to(d, &endpoint);
    }
}

static void look(struct ev_drive *d, uint64_t now_ms)
{
    uint8_t datagram[V2G_SDP_REQUEST_LEN];
    v2g_sdp_client_tick(&d->sdp, now_ms);
    const int len = v2g_sdp_client_output(&d->sdp, datagram, sizeof datagram);
    if (len > 0 && v2g_net_ask(d->sdp_fd, d->options->interface, (uint16_t)d->options->sdp_port,
                               datagram, (size_t)len) != E_OK) {
        say(d, "asking        cannot send: %s", strerror(errno));
    }
    if (d->sdp.state == V2G_SDP_FAILED) {
        say(d, "ended         no charger answers");
        end(d);
    }
}

static void run(void *context, uint64_t round_ms)
{
    struct ev_drive *d = context;
    const uint64_t now_ms = posix_clock_mono_ms();
    const uint64_t unplug_ms = (uint64_t)d->options->unplug_after_s * 1000;
    uint64_t next_ms = now_ms + LOOP_MS;
    (void)round_ms;
    if (unplug_ms > 0 && now_ms - d->started_ms >= unplug_ms && d->driving) {
        lose(d, "cut by the driver");
    } else if (d->driving) {
        if (v2g_link_pending(&d->link)) {
            on_bytes(d, 0);
        }
        ev_tick(&d->ev, now_ms);
        digest(d);
        next_ms = ev_deadline(&d->ev);
    } else if (v2g_link_is_open(&d->link)) {
        on_handshake(d, 0);
    } else if (d->calling_fd < 0) {
        look(d, now_ms);
    }
    if (!d->over) {
        runtime_timer_start(posix_loop_timers(d->loop), &d->timer,
                            next_ms < now_ms + LOOP_MS ? next_ms : now_ms + LOOP_MS);
    }
}

/* ---- the charger's own words ---- */

/* The power stage's states and faults; the rest is the conversation, which is told already. */
static void tell_log_line(const struct ev_drive *d)
{
    const char *state = strstr(d->line, "evse: supply ");
    const char *fault = strstr(d->line, "evse: fault ");
    if (state != NULL && (state = strstr(state, "state=")) != NULL) {
        say(d, "power stage   %s", state + strlen("state="));
    } else if (fault != NULL && (fault = strstr(fault, "fault=")) != NULL) {
        say(d, "power stage   fault %s", fault + strlen("fault="));
    }
}

static void on_log(void *context, int events)
{
    struct ev_drive *d = context;
    char bytes[512];
    (void)events;
    const ssize_t n = read(d->charger_log_fd, bytes, sizeof bytes);
    if (n == 0) {
        posix_loop_unwatch(d->loop, d->charger_log_fd);
    }
    for (ssize_t i = 0; i < n; i++) {
        if (bytes[i] == '\n') {
            d->line[d->line_len] = '\0';
            tell_log_line(d);
            d->line_len = 0;
        } else if (d->line_len < sizeof d->line - 1) {
            d->line[d->line_len++] = bytes[i];
        }
    }
}

/* ---- a drive ---- */

static void configure(struct ev_drive *d)
{
    const struct ev_options *o = d->options;
    d->config = (struct ev_config){
        .evcc = {.codec = {.memory = (uint8_t *)d->codec_memory, .cap = sizeof d->codec_memory},
                 .protocols = o->protocols,
                 .mode = o->is_ac ? V2G_AC_THREE_PHASE : V2G_DC_EXTENDED,
                 .ac_max_mv = 400000,
                 .ac_max_ma = (int32_t)o->current_a * 1000,
                 .ac_min_ma = 6000,
                 .loop_ms = LOOP_MS,
                 .departure_s = (uint32_t)o->departure_s,
                 .patience_ms = (uint16_t)o->patience_ms,
                 .faults = o->faults},
        .battery = {.capacity_wh = (int32_t)o->capacity_wh,
                    .soc_permille = (int16_t)(o->soc_pct * 10),
                    .full_permille = (int16_t)(o->full_pct * 10),
                    .empty_mv = (int32_t)o->voltage_v * 780, /* of lithium cells */
                    .full_mv = (int32_t)o->voltage_v * 1000,
                    .resistance_mohm = 100,
                    .max_ma = (int32_t)o->current_a * 1000,
                    .contactor_ms = 100,
                    .rate = (uint32_t)o->rate,
                    .fails_at_permille = (int16_t)(o->fails_at_pct * 10),
                    .phases = 3},
        .stop_after_ms = (uint32_t)o->stop_after_s * 1000};
    memcpy(d->config.plan, o->plan, sizeof d->config.plan);
    static const uint8_t none[6];
    uint8_t *id = d->config.evcc.evcc_id;
    if (o->has_evcc_id) {
        memcpy(id, o->evcc_id, sizeof d->config.evcc.evcc_id);
    } else if (v2g_net_mac(o->interface, id) != E_OK || memcmp(id, none, sizeof none) == 0) {
        memset(id, 2, sizeof d->config.evcc.evcc_id);
    }
}

static void close_fd(struct ev_drive *d, int fd)
{
    if (fd >= 0) {
        posix_loop_unwatch(d->loop, fd);
        close(fd);
    }
}

static bool open_loop(struct ev_drive *d)
{
    d->loop = posix_loop_open();
    d->sdp_fd = v2g_net_sdp_client(d->options->interface);
    return d->loop != NULL && d->sdp_fd >= 0 &&
           posix_loop_watch(d->loop, d->sdp_fd, POSIX_LOOP_READ, on_answer, d) == E_OK &&
           (d->charger_log_fd < 0 ||
            posix_loop_watch(d->loop, d->charger_log_fd, POSIX_LOOP_READ, on_log, d) == E_OK);
}

/* Roots and key log; prints what is wrong. */
static int open_tls(struct ev_drive *d)
{
    const struct ev_options *o = d->options;
    struct v2g_tls_error error;
    if (o->tls == EV_TLS_OFF) {
        return E_OK;
    }
    d->tls = v2g_tls_car(o->v2g_root, &error);
    if (d->tls == NULL) {
        fprintf(stderr, "wattward-ev: %s\n", error.why);
        return E_ARG;
    }
    if (o->keylog == NULL) {
        return E_OK;
    }
    if (v2g_tls_keylog(d->tls, o->keylog) != E_OK) {
        fprintf(stderr, "wattward-ev: cannot write %s: %s\n", o->keylog, strerror(errno));
        return E_IO;
    }
    say(d, "key log       TLS keys go to %s, whoever has it can read this session", o->keylog);
    return E_OK;
}

int ev_drive_run(struct ev_drive *d, const struct ev_options *options, int charger_log_fd)
{
    memset(d, 0, sizeof *d);
    d->options = options;
    d->charger_log_fd = charger_log_fd;
    d->started_ms = posix_clock_mono_ms();
    d->calling_fd = -1;
    v2g_link_init(&d->link);
    if (open_tls(d) != E_OK) {
        v2g_tls_free(d->tls);
        return EXIT_FAILURE;
    }
    d->told_kind = V2G_KIND_COUNT;
    configure(d);
    if (!open_loop(d)) {
        fprintf(stderr, "wattward-ev: cannot ask for chargers on %s: %s\n", options->interface,
                strerror(errno));
        return EXIT_FAILURE;
    }
    v2g_sdp_client_init(&d->sdp, d->started_ms,
                        d->tls != NULL ? V2G_SECURITY_TLS : V2G_SECURITY_NONE);
    d->timer = (struct runtime_timer){.fire = run, .context = d};
    runtime_timer_start(posix_loop_timers(d->loop), &d->timer, d->started_ms);
    say(d, "looking       for a charger on %s", options->interface);
    (void)posix_loop_run(d->loop);
    close_fd(d, d->calling_fd);
    close_fd(d, d->sdp_fd);
    if (v2g_link_is_open(&d->link)) {
        posix_loop_unwatch(d->loop, d->link.fd);
        v2g_link_close(&d->link);
    }
    v2g_tls_free(d->tls);
    posix_loop_close(d->loop);
    const bool charged = d->driving && ev_session(&d->ev)->end == V2G_EVCC_STOPPED &&
                         ev_stored_mwh(&d->ev) > options->capacity_wh * options->soc_pct * 10;
    return charged ? EXIT_SUCCESS : EXIT_FAILURE;
}
