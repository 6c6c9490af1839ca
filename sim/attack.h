/* SPDX-License-Identifier: MIT
 * Attacks on the trust in readings, each against the sequential test and the original rule, on a
 * year of real homes; and those on the protocol, each against a running gateway and the original's.
 */
#ifndef SIM_ATTACK_H
#define SIM_ATTACK_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/fleet_year.h"

enum { ATTACK_TEXT_CAP = 240 };

/* One row of the table. */
struct attack_outcome {
    char detected[ATTACK_TEXT_CAP];      /* by the engine or the gateway: what and how fast */
    char earned[ATTACK_TEXT_CAP];        /* until then */
    char seed_detected[ATTACK_TEXT_CAP]; /* the original rule, beside it */
    char seed_earned[ATTACK_TEXT_CAP];
    bool defended; /* the outcome is the intended one */
};

struct attack {
    const char *name;
    const char *what;
    void (*run)(const struct attack *attack, const struct fleet_year *year,
                struct attack_outcome *out);
    /* Of attacks on energy: */
    int64_t (*report)(const struct fleet_lie *lie, const struct fleet_year *year, size_t home,
                      unsigned hour);
    uint32_t homes;
    int64_t per_mille;
    int64_t weather_permille;
    bool from_enrolment;
    bool limit; /* a known limit: not being found is the stated outcome */
};

extern const struct attack attack_energy[];
extern const size_t attack_energy_count;
extern const struct attack attack_protocol[];
extern const size_t attack_protocol_count;

/* The settings of the original's attack firmware, under its names. */
struct attack_firmware {
    unsigned injection_rate; /* ATTACK_INJECTION_RATE: every so many samples, >= 1 */
    int64_t least_permille;  /* ATTACK_MULTIPLIER, least and most */
    int64_t most_permille;
};
void attack_firmware_set(const struct attack_firmware *set);

/* Ends the gateway that they were played on, if there is one. */
void attack_protocol_end(void);

/* The command `wattward-sim attack`. */
int attack_main(int argc, char **argv);

#endif
