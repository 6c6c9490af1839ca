/* SPDX-License-Identifier: MIT
 * One plug of a charger on Linux: an interface towards cars, an EVSE, its modelled power stage.
 */
#ifndef EVSE_PLUG_H
#define EVSE_PLUG_H

#include "app/evse.h"
#include "evse_bench.h"
#include "evse_config.h"
#include "evse_door.h"
#include "posix/loop.h"
#include "posix/v2g_net.h"

enum { EVSE_PLUGS_MAX = 4, EVSE_PLUG_IN_LEN = V2GTP_HEADER_LEN + V2GTP_MAX_PAYLOAD_LEN };

struct evse_plug {
    struct posix_loop *loop;
    struct v2g_tls *tls; /* NULL: plain TCP only */
    char interface[16];
    char evse_id[V2G_EVSE_ID_MAX_LEN + 1];
    struct v2g_secc_config secc;
    struct v2g_paused paused;
    struct evse evse;
    struct evse_bench bench;
    struct v2g_sdp_server sdp;
    struct v2g_endpoint peer;
    int listen_fd, sdp_fd; /* -1: none */
    struct v2g_link link;  /* the car's connection */
    struct evse_door door;
    struct runtime_timer timer;
    size_t in_len;
    uint64_t told_ms; /* the last line about a charge that goes on */
    uint32_t n_sessions;
    uint8_t in[EVSE_PLUG_IN_LEN];
    uint64_t codec_memory[V2G_CODEC_LEN / 8];
};

/* Prints one sentence when it cannot be opened. The plug is zeroed but for loop, tls,
 * interface and evse_id, and stays where it is. */
int evse_plug_open(struct evse_plug *plug, const struct evse_device_config *config) MUST_USE;
/* Opens the contactor, for as long as that takes, and ends. */
void evse_plug_close(struct evse_plug *plug);

/* Reads the configuration, and unless `check_only` is a charger until a signal. The exit status.
 * `keylog_path` may be NULL, see v2g_tls_keylog(). */
int evse_device_run(const char *config_path, bool check_only, const char *keylog_path);

#endif
