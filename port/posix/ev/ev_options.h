/* SPDX-License-Identifier: MIT
 * What wattward-ev is told on its command line.
 */
#ifndef EV_OPTIONS_H
#define EV_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/ev.h"

enum ev_tls { EV_TLS_OFF, EV_TLS_PREFERRED, EV_TLS_REQUIRED };

struct ev_options {
    const char *interface;
    bool with_charger; /* at the other end of a cable made for this run */
    uint8_t protocols; /* bits 1 << enum v2g_protocol */
    bool is_ac;
    enum ev_tls tls;
    const char *v2g_root, *keylog;     /* NULL: none */
    uint8_t faults;                    /* bits enum v2g_evcc_fault */
    struct ev_step plan[EV_STEPS_MAX]; /* of the most the car takes; max_w 0 ends it */
    bool has_evcc_id;
    uint8_t evcc_id[6];
    long capacity_wh, soc_pct, full_pct, current_a, voltage_v, rate, stop_after_s, fails_at_pct,
        unplug_after_s, sdp_port, departure_s, patience_ms;
};

/* Returns -1 to go on, or prints and returns the exit status to end with. */
int ev_options_read(struct ev_options *options, char **argv);

#endif
