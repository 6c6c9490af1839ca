/* SPDX-License-Identifier: MIT
 * A car on Linux: SDP, then one session, on a loop, told as a timeline on stdout.
 */
#ifndef EV_DRIVE_H
#define EV_DRIVE_H

#include "app/ev.h"
#include "ev_options.h"
#include "posix/loop.h"
#include "posix/v2g_link.h"
#include "posix/v2g_net.h"

struct ev_drive {
    const struct ev_options *options;
    struct posix_loop *loop;
    struct v2g_sdp_client sdp;
    struct ev_config config;
    struct ev ev;
    struct v2g_tls *tls; /* NULL: plain TCP only */
    struct v2g_link link;
    int sdp_fd;         /* -1: none */
    int calling_fd;     /* -1: not while TCP connects */
    bool use_tls;       /* what the charger found speaks */
    int charger_log_fd; /* of a charger of our own; -1: somebody else's */
    size_t line_len;
    char line[512]; /* of that log */
    bool driving;   /* the connection stands */
    bool over;
    uint64_t started_ms, told_ms;
    uint32_t told_kind; /* what the last line was about */
    int64_t told_code;
    struct runtime_timer timer;
    size_t in_len;
    uint8_t in[V2GTP_HEADER_LEN + V2GTP_MAX_PAYLOAD_LEN];
    uint64_t codec_memory[V2G_CODEC_LEN / 8];
};

/* Runs to the end; the exit status. `charger_log_fd` is what wattward-device logs, to be told too;
 * -1: nothing. */
int ev_drive_run(struct ev_drive *drive, const struct ev_options *options, int charger_log_fd);

#endif
