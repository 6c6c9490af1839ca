/* SPDX-License-Identifier: MIT
 * One plug of a charger on Linux.
 */
#include "evse_plug.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "device.h"
#include "posix/clock.h"
#include "posix/log.h"

enum {
    OUT_LEN = 4096,
    TELL_MS = 5000,
    CLOSE_MS = 4000,
    ADDRESS_MS = 5000,
    AC_NOMINAL_MV = 230000,
    RIPPLE_MA = 1000,
    CAN_RAMP_MA_PER_S = 20000,
    SILENT_MS = 60000, /* longer than a link by ISO 15118-3 takes to come up, 40 s */
    READS_MAX = 4
};

static int strong_random(void *context, void *out, size_t len)
{
    (void)context;
    return crypto_random(out, len);
}

static void tell_session(struct evse_plug *plug, const struct v2g_secc_event *event)
{
    const struct v2g_secc *secc = evse_session(&plug->evse);
    const struct v2g_secc_car *car = v2g_secc_car(secc);
    switch (event->kind) {
    case V2G_SECC_EVENT_PHASE:
        log_info("evse: phase plug=%s phase=%s protocol=%s", plug->interface,
                 v2g_phase_name((enum v2g_phase)event->a), v2g_protocol_name(secc->protocol));
        break;
    case V2G_SECC_EVENT_SESSION:
        log_info("evse: session plug=%s answer=%s", plug->interface,
                 v2g_response_name((enum v2g_response)event->a));
        break;
    case V2G_SECC_EVENT_CAR:
        log_debug("evse: car plug=%s soc_pct=%d", plug->interface, car->soc_pct);
        break;
    case V2G_SECC_EVENT_EV_ERROR:
        log_warn("evse: the car reports an error plug=%s error=%" PRIu32, plug->interface,
                 event->a);
        break;
    case V2G_SECC_EVENT_ENDED:
        log_info("evse: session ended plug=%s how=%s soc_pct=%d energy_wh=%" PRId64,
                 plug->interface, v2g_secc_end_name((enum v2g_secc_end)event->a), car->soc_pct,
                 evse_facts(&plug->evse)->energy_mwh / 1000);
        break;
    case V2G_SECC_EVENT_WANTS_AUTHORIZATION: /* everybody may charge here */
        break;
    }
}

static void tell(struct evse_plug *plug)
{
    struct evse_event event;
    while (evse_event(&plug->evse, &event)) {
        evse_journal_event(&plug->journal, posix_clock_mono_ms(), &plug->evse, &event);
        if (event.kind == EVSE_EVENT_SESSION) {
            tell_session(plug, &event.session);
        } else if (event.kind == EVSE_EVENT_SUPPLY) {
            log_info("evse: supply plug=%s state=%s", plug->interface,
                     v2g_supply_state_name((enum v2g_supply_state)event.a));
        } else if (event.kind == EVSE_EVENT_PILOT) {
            log_info("evse: pilot plug=%s state=%s ma=%" PRId32, plug->interface,
                     evse_pilot_state_name((enum evse_pilot_state)event.a),
                     evse_pilot_ma(evse_pilot(&plug->evse)));
        } else if (event.a != V2G_FAULT_NONE) {
            log_error("evse: fault plug=%s fault=%s", plug->interface,
                      v2g_fault_name((enum v2g_fault)event.a));
        }
    }
    const uint64_t now_ms = posix_clock_mono_ms();
    const struct v2g_supply_facts *facts = evse_facts(&plug->evse);
    if (facts->contactor_closed && now_ms - plug->told_ms >= TELL_MS) {
        plug->told_ms = now_ms;
        log_info("evse: charging plug=%s mv=%" PRId32 " ma=%" PRId32 " soc_pct=%d", plug->interface,
                 facts->present_mv, facts->present_ma, evse_soc_pct(&plug->evse));
    }
}

static void disconnect(struct evse_plug *plug, const char *why)
{
    log_info("evse: connection closed plug=%s why=%s", plug->interface, why);
    posix_loop_unwatch(plug->loop, plug->link.fd);
    v2g_link_close(&plug->link);
    v2g_session_close(plug->sessions, plug->session);
    plug->in_len = 0;
    evse_disconnect(&plug->evse, posix_clock_mono_ms());
    tell(plug);
}

/* Sends what is to be sent; false when that failed and the connection is gone. */
static bool send_all(struct evse_plug *plug)
{
    uint8_t out[OUT_LEN];
    int len = 0;
    enum v2g_kind kind;
    enum v2g_response code;
    bool is_response = v2g_secc_next_response(evse_session(&plug->evse), &kind, &code);
    while (v2g_link_is_open(&plug->link) && (len = evse_output(&plug->evse, out, sizeof out)) > 0) {
        if (is_response) {
            evse_journal_answered(&plug->journal, posix_clock_mono_ms(), kind, code);
        }
        if (v2g_link_send(&plug->link, out, (size_t)len) != E_OK) {
            disconnect(plug, "cannot send");
            return false;
        }
        is_response = v2g_secc_next_response(evse_session(&plug->evse), &kind, &code);
    }
    return v2g_link_is_open(&plug->link);
}

/* Lets the machine read what is there: it takes one request at a time. */
static void digest(struct evse_plug *plug)
{
    int used = 1;
    while (used > 0 && send_all(plug) && plug->in_len > 0) {
        used = evse_input(&plug->evse, posix_clock_mono_ms(), plug->in, plug->in_len);
        if (used > 0) {
            plug->in_len -= (size_t)used;
            memmove(plug->in, plug->in + used, plug->in_len);
        } else if (used < 0) {
            plug->in_len = 0; /* the session has ended; the connection follows */
        }
    }
    tell(plug);
}

/* Takes what is there, as far as the machine wants it; a flood does not keep the power stage. */
static void take_bytes(struct evse_plug *plug)
{
    int n = 1;
    for (int i = 0; i < READS_MAX && n > 0 && v2g_link_is_open(&plug->link); i++) {
        n = v2g_link_receive(&plug->link, plug->in + plug->in_len, sizeof plug->in - plug->in_len);
        if (n > 0) {
            plug->in_len += (size_t)n;
            digest(plug);
        } else if (n < 0) {
            const char *why = v2g_link_why(&plug->link);
            disconnect(plug, *why != '\0' ? why : n == E_NOTFOUND ? "by the car" : "broken");
        }
    }
}

/* What moves by itself, and then who looks at it. */
static void tick(struct evse_plug *plug, uint64_t now_ms)
{
    evse_bench_tick(&plug->bench, now_ms, &plug->evse);
    if (plug->can_is_open) {
        power_can_tick(&plug->stage, now_ms);
    }
    evse_tick(&plug->evse, now_ms);
}

static void write_down(struct evse_plug *plug)
{
    if (evse_journal_tick(&plug->journal, posix_clock_mono_ms(), &plug->evse)) {
        log_debug("evse: record written plug=%s", plug->interface);
    }
}

static void run(void *context, uint64_t round_ms)
{
    struct evse_plug *plug = context;
    (void)round_ms;
    const uint64_t now_ms = posix_clock_mono_ms();
    device_guard_begin(plug->guard, DEVICE_TASK_PLUGS);
    if (v2g_link_pending(&plug->link)) {
        take_bytes(plug);
    }
    tick(plug, now_ms);
    digest(plug);
    if (v2g_link_is_open(&plug->link) && evse_close_due(&plug->evse)) {
        disconnect(plug, "session over");
    }
    write_down(plug);
    device_guard_end(plug->guard, DEVICE_TASK_PLUGS);
    runtime_timer_start(posix_loop_timers(plug->loop), &plug->timer, evse_deadline(&plug->evse));
}

static void on_bytes(void *context, int events)
{
    struct evse_plug *plug = context;
    (void)events;
    take_bytes(plug);
    run(plug, 0); /* what was demanded is not to wait for the next tick */
}

/* A car is at one plug at a time, whatever its connections say: E_STATE when this one is already
 * somewhere. The link layer below this program knows the run id, so here it is zero. */
static int open_session(const struct evse_plug *plug, const struct v2g_endpoint *peer)
{
    struct v2g_session_key key = {.ev_port = peer->port};
    memcpy(key.ev_address, peer->address, sizeof key.ev_address);
    if (!v2g_session_mac_of(peer->address, key.ev_mac)) { /* an address that does not show it */
        memcpy(key.ev_mac, peer->address + sizeof peer->address - sizeof key.ev_mac,
               sizeof key.ev_mac);
    }
    return v2g_session_open(plug->sessions, &key);
}

/* A session begins on a connection that stands, which becomes the plug's. */
static void admit(void *context, struct v2g_link *link, const struct v2g_endpoint *peer)
{
    struct evse_plug *plug = context;
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(AF_INET6, peer->address, text, sizeof text);
    const int session = v2g_link_is_open(&plug->link) ? E_STATE : open_session(plug, peer);
    if (session < 0) {
        log_warn("evse: connection refused plug=%s car=%s", plug->interface, text);
        v2g_link_close(link);
        return;
    }
    if (evse_connect(&plug->evse, posix_clock_mono_ms()) != E_OK ||
        posix_loop_watch(plug->loop, link->fd, POSIX_LOOP_READ, on_bytes, plug) != E_OK) {
        log_warn("evse: connection refused plug=%s car=%s", plug->interface, text);
        evse_disconnect(&plug->evse, posix_clock_mono_ms());
        v2g_session_close(plug->sessions, session);
        v2g_link_close(link);
        return;
    }
    plug->session = session;
    plug->link = *link;
    plug->peer = *peer;
    plug->n_sessions++;
    const struct site_time time = device_clock(plug->has_site_clock);
    evse_journal_begin(&plug->journal, &time, &plug->evse);
    log_info("evse: connected plug=%s car=%s port=%u tls=%s", plug->interface, text, peer->port,
             v2g_link_is_tls(link) ? "yes" : "no");
}

static void on_connection(void *context, int events)
{
    struct evse_plug *plug = context;
    (void)events;
    struct v2g_endpoint peer;
    struct v2g_link link;
    const int fd = v2g_net_accept(plug->listen_fd, &peer);
    if (fd < 0) {
        return;
    }
    const int opened = v2g_link_open(&link, fd, NULL, posix_clock_mono_ms());
    ASSERT(opened == E_OK);
    admit(plug, &link, &peer);
}

static void on_question(void *context, int events)
{
    struct evse_plug *plug = context;
    (void)events;
    const int n = v2g_net_answer(plug->sdp_fd, &plug->sdp);
    log_debug("evse: sdp plug=%s answered=%d", plug->interface, n);
}

static void configure(struct evse_plug *plug, const struct evse_device_config *config)
{
    static const uint8_t protocols[] = {1U << V2G_PROTOCOL_DIN | 1U << V2G_PROTOCOL_ISO2,
                                        1U << V2G_PROTOCOL_DIN, 1U << V2G_PROTOCOL_ISO2};
    enum {
        DC = 1U << V2G_DC_CORE | 1U << V2G_DC_EXTENDED | 1U << V2G_DC_COMBO_CORE,
        AC = 1U << V2G_AC_SINGLE_PHASE | 1U << V2G_AC_THREE_PHASE
    };
    static const uint8_t modes[] = {DC, AC, DC | AC};
    const int n_quirks = evse_device_config_quirks(config, plug->quirks);
    ASSERT(n_quirks >= 0); /* it was checked */
    plug->secc = (struct v2g_secc_config){
        .codec = {.memory = (uint8_t *)plug->codec_memory, .cap = sizeof plug->codec_memory},
        .entropy = {.fill = strong_random},
        .evse_id = plug->evse_id,
        .protocols = protocols[config->protocols],
        .modes = modes[config->energy],
        .free = true,
        .receipts = config->receipts,
        .soc_only = config->soc_only,
        .quirks = plug->quirks,
        .n_quirks = (uint8_t)n_quirks,
        .dc = {.max_mv = config->max_mv,
               .max_ma = config->max_ma,
               .max_w = config->max_w,
               .min_mv = config->min_mv,
               .ripple_ma = RIPPLE_MA},
        .ac_nominal_mv = AC_NOMINAL_MV,
        .ac_max_ma = config->ac_max_ma,
        .paused = &plug->paused,
        .meter_id = plug->evse_id};
}

/* The bench's rectifier gives way to modules on a bus. */
static int open_modules(struct evse_plug *plug, const struct evse_device_config *config)
{
    if (plug->can_interface[0] == '\0') {
        return E_OK;
    }
    const int error = posix_can_open(&plug->can, plug->can_interface);
    if (error != E_OK) {
        fprintf(stderr, "wattward-device: cannot use the CAN bus %s: %s\n", plug->can_interface,
                error == E_UNSUPPORTED ? "this system has none" : strerror(errno));
        return error;
    }
    plug->can_is_open = true;
    const struct power_modules_config modules = {.n_expected = config->can_modules,
                                                 .max_mv = config->max_mv,
                                                 .max_ma = config->max_ma,
                                                 .ramp_mv_per_s = config->can_ramp_v_per_s * 1000,
                                                 .ramp_ma_per_s = CAN_RAMP_MA_PER_S,
                                                 .status_fault_mask = config->can_fault_mask};
    const struct v2g_power rest = power_model_power(&plug->bench.model);
    power_can_init(&plug->stage, posix_clock_mono_ms(), &modules, &plug->can.bus, &rest);
    return E_OK;
}

static int start_machines(struct evse_plug *plug, const struct evse_device_config *config)
{
    const uint64_t now_ms = posix_clock_mono_ms();
    struct power_model_config stage = power_model_default;
    stage.max_mv = config->max_mv;
    stage.max_ma = config->max_ma;
    stage.slew_mv_per_ms = config->ramp_v_per_s;
    evse_bench_init(&plug->bench, now_ms, &stage, config->isolation_ohm);
    configure(plug, config);
    const int error = open_modules(plug, config);
    if (error != E_OK) {
        return error;
    }
    const struct evse_config evse = {
        .secc = &plug->secc,
        .supply = {.power = plug->can_is_open ? power_can_power(&plug->stage)
                                              : power_model_power(&plug->bench.model),
                   .max_mv = config->max_mv,
                   .max_ma = config->max_ma,
                   .isolation_test_mv = config->max_mv},
        .pilot = {.max_ma = config->energy == EVSE_ENERGY_AC ? config->ac_max_ma : 0,
                  .silent_ms = SILENT_MS}};
    evse_init(&plug->evse, now_ms, &evse);
    const uint64_t until_ms = now_ms + CLOSE_MS; /* no car before the contactor is known open */
    while (!evse_facts(&plug->evse)->contactor_open && posix_clock_mono_ms() < until_ms) {
        usleep(V2G_SUPPLY_PERIOD_MS * 1000);
        tick(plug, posix_clock_mono_ms());
    }
    plug->timer = (struct runtime_timer){.fire = run, .context = plug};
    runtime_timer_start(posix_loop_timers(plug->loop), &plug->timer, now_ms);
    return E_OK;
}

static int refuse(const struct evse_plug *plug, const char *what)
{
    fprintf(stderr, "wattward-device: %s on %s: %s\n", what, plug->interface, strerror(errno));
    return E_IO;
}

/* An interface that has just come up gets its address, and may use it, a moment later. */
static int listen_when_ready(struct evse_plug *plug, struct v2g_endpoint *endpoint)
{
    const uint64_t until_ms = posix_clock_mono_ms() + ADDRESS_MS;
    for (;;) {
        const int fd = v2g_net_listen(plug->interface, endpoint);
        const bool early = fd == E_NOTFOUND || (fd < 0 && errno == EADDRNOTAVAIL);
        if (!early || posix_clock_mono_ms() >= until_ms) {
            return fd;
        }
        usleep(100000);
    }
}

/* A listener, told to cars by SDP; its descriptor or an error that was printed. */
static int listen_at(struct evse_plug *plug, struct v2g_endpoint *endpoint, uint16_t port)
{
    endpoint->port = port;
    const int fd = listen_when_ready(plug, endpoint);
    if (fd == E_NOTFOUND) {
        fprintf(stderr, "wattward-device: there is no IPv6 link-local address on %s\n",
                plug->interface);
        return E_NOTFOUND;
    }
    return fd < 0 ? refuse(plug, "cannot listen for cars") : fd;
}

static int listen_for_tls(struct evse_plug *plug, uint16_t port)
{
    if (plug->tls == NULL) {
        return E_OK;
    }
    const int fd = listen_at(plug, &plug->sdp.tls, port);
    if (fd < 0) {
        return fd;
    }
    plug->door = (struct evse_door){.loop = plug->loop,
                                    .plug = plug->interface,
                                    .tls = plug->tls,
                                    .admit = admit,
                                    .context = plug};
    return evse_door_open(&plug->door, fd) == E_OK ? E_OK : refuse(plug, "cannot wait for cars");
}

static int listen_for_plain(struct evse_plug *plug, uint16_t port)
{
    plug->listen_fd = listen_at(plug, &plug->sdp.plain, port);
    if (plug->listen_fd < 0) {
        return plug->listen_fd;
    }
    return posix_loop_watch(plug->loop, plug->listen_fd, POSIX_LOOP_READ, on_connection, plug) ==
                   E_OK
               ? E_OK
               : refuse(plug, "cannot wait for cars");
}

int evse_plug_open(struct evse_plug *plug, const struct evse_device_config *config)
{
    plug->listen_fd = plug->sdp_fd = -1;
    v2g_link_init(&plug->link);
    int result = listen_for_tls(plug, config->tls_port);
    if (result == E_OK && config->tls != EVSE_TLS_REQUIRED) {
        result = listen_for_plain(plug, config->tcp_port);
    }
    if (result != E_OK) {
        return result;
    }
    plug->sdp_fd = v2g_net_sdp_server(plug->interface, config->sdp_port);
    if (plug->sdp_fd < 0) {
        return refuse(plug, "cannot use the UDP port of SDP");
    }
    if (posix_loop_watch(plug->loop, plug->sdp_fd, POSIX_LOOP_READ, on_question, plug) != E_OK) {
        return refuse(plug, "cannot wait for cars");
    }
    result = start_machines(plug, config);
    if (result != E_OK) {
        return result;
    }
    log_info("evse: ready plug=%s evse=%s port=%u tls_port=%u", plug->interface, plug->evse_id,
             plug->sdp.plain.port, plug->sdp.tls.port);
    return E_OK;
}

static void close_fd(struct evse_plug *plug, int *fd)
{
    if (*fd >= 0) {
        posix_loop_unwatch(plug->loop, *fd);
        close(*fd);
        *fd = -1;
    }
}

void evse_plug_leave(struct evse_plug *plug)
{
    if (plug->timer.fire != NULL) {
        runtime_timer_stop(posix_loop_timers(plug->loop), &plug->timer);
        evse_disconnect(&plug->evse, posix_clock_mono_ms());
        plug->is_leaving = true;
        plug->timer.fire = NULL;
    }
    evse_door_close(&plug->door);
    if (v2g_link_is_open(&plug->link)) {
        posix_loop_unwatch(plug->loop, plug->link.fd);
        v2g_link_close(&plug->link);
        v2g_session_close(plug->sessions, plug->session);
    }
    close_fd(plug, &plug->listen_fd);
    close_fd(plug, &plug->sdp_fd);
}

bool evse_plug_settle(struct evse_plug *plug)
{
    if (!plug->is_leaving) {
        return true;
    }
    tick(plug, posix_clock_mono_ms());
    tell(plug);
    write_down(plug);
    return evse_facts(&plug->evse)->contactor_open;
}

void evse_plug_close(struct evse_plug *plug)
{
    evse_plug_leave(plug);
    plug->is_leaving = false;
    if (plug->can_is_open) {
        posix_can_close(&plug->can);
        plug->can_is_open = false;
    }
}

void evse_plug_write_down(struct evse_plug *plug, unsigned number, struct session_log *log)
{
    plug->journal.plug = number;
    plug->journal.log = log;
}
