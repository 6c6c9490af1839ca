/* SPDX-License-Identifier: MIT
 * One home of a simulated site: its meter is made known to the gateway once, configured, and run.
 * The site's charger is a home whose device is an EVSE.
 */
#ifndef SIM_SITE_HOME_H
#define SIM_SITE_HOME_H

/* Where the homes of the data set stand. */
#define SITE_HOME_PLACE "34.1,-117.4"

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "child.h"

struct site_home_setting {
    const char *programs;
    const char *state_dir;
    const char *homes_dir;
    const char *clock_text;
    long est_port;
    long mqtt_port;
};

/* What a meter says of itself when it stops. */
struct site_home_count {
    int64_t taken;   /* readings signed, all its life */
    int64_t stored;  /* of which the gateway said: on disk */
    int64_t refused; /* of which the gateway said: never */
    int64_t waiting; /* in its outbox */
};

/* What it found of its readings in the ledger, in its last run. */
struct site_home_receipts {
    int64_t checked;
    int64_t alarms;
};

struct site_home {
    char id[16]; /* "home-01", "charger-1" */
    bool is_charger;
    char folder[600]; /* STATE/homes/ID */
    struct child meter;
    uint64_t started_ms;
    uint64_t restart_at_ms; /* 0 while it runs */
    uint32_t pause_ms;      /* before the next restart; doubles while it keeps dying */
    uint32_t n_restarts;
    struct site_home_count count; /* of its last stop */
    struct site_home_receipts receipts;
    bool counted;
    const struct site_home_setting *setting;
};

enum { SITE_HOME_CHARGER = 0 };
/* Makes the folder, the claim token and meter.conf where they are not there yet; number 0 is the
 * charger, whose cars come on the loopback and look for it at the UDP port with the broker's
 * number. Prints what is wrong and returns a negative error. */
int site_home_prepare(struct site_home *h, const struct site_home_setting *setting, int number);
/* `setting` must outlive the home. */
int site_home_start(struct site_home *h, const struct site_home_setting *setting);
/* Reads what the meter says, and starts it again when it has ended by itself: at once, then less
 * and less often while it keeps dying. */
void site_home_look_after(struct site_home *h);
/* Waits for the end of a meter that was asked to stop, and takes its count. */
void site_home_end(struct site_home *h, int timeout_ms);

#endif
