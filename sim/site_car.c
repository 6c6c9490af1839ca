/* SPDX-License-Identifier: MIT
 * Cars at a charger: both protocols, other batteries, and now and then one that is unplugged or
 * errs.
 */
#include "site_car.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "posix/clock.h"

enum {
    FIRST_MS = 5000,    /* the charger has to get up */
    BETWEEN_MS = 45000, /* the place is free so long */
    BATTERY_RATE = 30   /* a battery fills in a minute or two */
};

/* What kinds of cars there are; after the last the first one comes again. */
static const struct car_kind {
    const char *evcc_id, *protocol, *capacity_wh, *current_a, *soc_pct, *full_pct;
    const char *option, *value; /* one more, or NULL */
} kinds[] = {
    {"0465650064c3", "iso2", "52000", "110", "28", "80", NULL, NULL},
    {"00b052aa0102", "din", "28000", "95", "41", "75", NULL, NULL},
    {"020000c0ffee", "iso2", "77000", "120", "15", "62", "--schedule", "0:45000,40:22000"},
    {"001a3790b7e1", "din", "40000", "80", "55", "90", "--unplug-after", "35"},
    {"080028f00d01", "iso2", "60000", "100", "20", "70", "--fault", "no-pre-charge"},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

void site_car_init(struct site_car *c, const struct site_home *charger)
{
    *c = (struct site_car){
        .charger = charger, .drive = {.out_fd = -1}, .next_ms = posix_clock_mono_ms() + FIRST_MS};
}

static void start(struct site_car *c)
{
    const struct car_kind *kind = &kinds[c->n_cars++ % N_KINDS];
    const struct site_home_setting *setting = c->charger->setting;
    char program[600], log[700], port[16], rate[16];
    snprintf(program, sizeof program, "%s/wattward-ev", setting->programs);
    snprintf(log, sizeof log, "%s/log/car.log", setting->state_dir);
    snprintf(port, sizeof port, "%ld", setting->mqtt_port);
    snprintf(rate, sizeof rate, "%d", BATTERY_RATE);
    const char *const argv[] = {program,
                                "--interface",
                                "lo",
                                "--sdp-port",
                                port,
                                "--rate",
                                rate,
                                "--evcc-id",
                                kind->evcc_id,
                                "--protocol",
                                kind->protocol,
                                "--capacity",
                                kind->capacity_wh,
                                "--current",
                                kind->current_a,
                                "--soc",
                                kind->soc_pct,
                                "--full",
                                kind->full_pct,
                                kind->option,
                                kind->value,
                                NULL};
    (void)child_start(&c->drive, argv, log); /* the next one may have more luck */
}

void site_car_look_after(struct site_car *c)
{
    char line[CHILD_LINE_MAX_LEN];
    while (child_line(&c->drive, line, sizeof line, 0) >= 0) {
    }
    if (child_running(&c->drive)) {
        c->next_ms = posix_clock_mono_ms() + BETWEEN_MS;
    } else if (posix_clock_mono_ms() >= c->next_ms) {
        child_end(&c->drive, 0);
        start(c);
    }
}

void site_car_end(struct site_car *c, int timeout_ms)
{
    child_ask_to_stop(&c->drive);
    child_end(&c->drive, timeout_ms);
}
