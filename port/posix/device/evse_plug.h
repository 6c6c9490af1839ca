/* SPDX-License-Identifier: MIT
 * One plug of a charger on Linux: an interface towards cars, an EVSE, its modelled power stage.
 */
#ifndef EVSE_PLUG_H
#define EVSE_PLUG_H

#include "app/evse.h"
#include "app/power_can.h"
#include "device_guard.h"
#include "evse_bench.h"
#include "evse_config.h"
#include "evse_door.h"
#include "evse_journal.h"
#include "posix/can.h"
#include "posix/loop.h"
#include "posix/v2g_net.h"
#include "v2g/session.h"

enum { EVSE_PLUG_IN_LEN = V2GTP_HEADER_LEN + V2GTP_MAX_PAYLOAD_LEN };

struct evse_plug {
    struct posix_loop *loop;
    struct v2g_tls *tls; /* NULL: plain TCP only */
    struct device_guard *guard;
    bool has_site_clock;
    bool is_leaving;
    struct evse_journal journal;
    char interface[16];
    char can_interface[16]; /* of its power modules; "": a modelled rectifier */
    char evse_id[V2G_EVSE_ID_MAX_LEN + 1];
    struct v2g_secc_config secc;
    struct v2g_paused paused;
    struct v2g_quirk quirks[EVSE_QUIRKS_MAX];
    struct evse evse;
    struct evse_bench bench;
    struct posix_can can; /* with a can_interface, like the next */
    struct power_can stage;
    bool can_is_open;
    struct v2g_sdp_server sdp;
    struct v2g_endpoint peer;
    struct v2g_session_table *sessions; /* of all plugs of the charger */
    int session;                        /* in it, while there is a car */
    int listen_fd, sdp_fd;              /* -1: none */
    struct v2g_link link;               /* the car's connection */
    struct evse_door door;
    struct runtime_timer timer;
    size_t in_len;
    uint64_t told_ms; /* the last line about a charge that goes on */
    uint32_t n_sessions;
    uint8_t in[EVSE_PLUG_IN_LEN];
    uint64_t codec_memory[V2G_CODEC_LEN / 8];
};

/* Prints one sentence when it cannot be opened. The plug is zeroed but for loop, guard, tls,
 * sessions, interface, can_interface and evse_id, and stays where it is. */
int evse_plug_open(struct evse_plug *plug, const struct evse_device_config *config) MUST_USE;
/* Takes no car any more; the one that is there is let go. */
void evse_plug_leave(struct evse_plug *plug);
/* After that, every V2G_SUPPLY_PERIOD_MS: whether the contactor is open. */
bool evse_plug_settle(struct evse_plug *plug);
void evse_plug_close(struct evse_plug *plug);
/* From now on sessions are written down. */
void evse_plug_write_down(struct evse_plug *plug, unsigned number, struct session_log *log);

#endif
