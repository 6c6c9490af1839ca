/* SPDX-License-Identifier: MIT
 * The command line of `wattward-sim swarm`.
 */
#include "swarm_options.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "options.h"

enum { MISUSED = 3 };

#define NUMBER(name, field, lowest, highest)                                                       \
    {                                                                                              \
        (name), offsetof(struct swarm_options, field), (lowest), (highest)                         \
    }
static const struct sim_number_option numbers[] = {
    NUMBER("--devices", devices, 1, 100000),      NUMBER("--minutes", minutes, 1, 1440),
    NUMBER("--seconds", seconds, 5, 86400),       NUMBER("--interval", interval_ms, 100, 3600000),
    NUMBER("--per-second", per_second, 1, 10000), NUMBER("--http-port", http_port, 1, 65535),
    NUMBER("--est-port", est_port, 1, 65535),     NUMBER("--mqtt-port", mqtt_port, 1, 65535),
};
static const struct sim_text_option texts[] = {
    {"--state", offsetof(struct swarm_options, state_dir)},
    {"--homes-dir", offsetof(struct swarm_options, homes_dir)},
};
static const struct sim_flag_option flags[] = {
    {"--running", offsetof(struct swarm_options, running)},
    {"--verbose", offsetof(struct swarm_options, verbose)},
};

static const struct sim_options options = {
    .command = "wattward-sim swarm",
    .usage =
        "Usage: wattward-sim swarm --devices N [OPTION...]\n"
        "\n"
        "Runs N real meters in one process against a real gateway: each makes its key, enrols with "
        "a\n"
        "claim token, connects with its certificate and sends signed readings until the gateway "
        "has\n"
        "acknowledged them. Ends with figures; the exit status is 0 only if every reading was\n"
        "acknowledged and is stored once.\n"
        "\n"
        "  --devices N      how many meters\n"
        "  --minutes M      stop after M minutes, starting the meters included (default 1)\n"
        "  --seconds S      the same in seconds, 5 or more\n"
        "  --interval MS    time between two readings of a meter (default 5000)\n"
        "  --per-second R   meters started in a second, at most, and never more than 128 under way "
        "to\n"
        "                   their connection (default 50: what the signer grants for "
        "ever;\n"
        "                   the first thousand may come faster)\n"
        "  --state DIR      where the gateway keeps its state (default: a temporary folder)\n"
        "  --running        a gateway runs on --state already; name its ports\n"
        "  --est-port P     the port devices enrol at (default: any free one)\n"
        "  --mqtt-port P    the broker's port (default: any free one)\n"
        "  --http-port P    the page's port (default: any free one)\n"
        "  --homes-dir DIR  what the meters measure (default sim/homes)\n"
        "  --verbose        what the meters log\n",
    .numbers = numbers,
    .n_numbers = sizeof numbers / sizeof numbers[0],
    .texts = texts,
    .n_texts = sizeof texts / sizeof texts[0],
    .flags = flags,
    .n_flags = sizeof flags / sizeof flags[0],
};

uint64_t swarm_options_span_ms(const struct swarm_options *o)
{
    return o->seconds > 0 ? (uint64_t)o->seconds * 1000 : (uint64_t)o->minutes * 60000;
}

uint64_t swarm_options_ramp_ms(const struct swarm_options *o)
{
    return (uint64_t)o->devices * 1000 / (uint64_t)o->per_second;
}

static int check(const struct swarm_options *o)
{
    if (o->devices == 0) {
        fprintf(stderr, "wattward-sim swarm: --devices says how many meters; see --help\n");
        return MISUSED;
    }
    if (o->minutes != 0 && o->seconds != 0) {
        fprintf(stderr, "wattward-sim swarm: --minutes or --seconds, not both\n");
        return MISUSED;
    }
    if (o->running && (o->state_dir == NULL || o->est_port == 0 || o->mqtt_port == 0)) {
        fprintf(stderr,
                "wattward-sim swarm: --running needs --state, --est-port and --mqtt-port\n");
        return MISUSED;
    }
    return 0;
}

int swarm_options_read(struct swarm_options *o, int argc, char **argv)
{
    *o = (struct swarm_options){.interval_ms = 5000, .per_second = 50, .homes_dir = "sim/homes"};
    int early = sim_options_read(&options, o, argc, argv);
    if (early == 0) {
        early = check(o);
    }
    if (early != 0) {
        return early;
    }
    if (o->minutes == 0 && o->seconds == 0) {
        o->minutes = 1;
    }
    const uint64_t ramp_ms = swarm_options_ramp_ms(o);
    if (ramp_ms >= swarm_options_span_ms(o)) {
        fprintf(stderr,
                "wattward-sim swarm: starting %ld meters, %ld a second, takes %" PRIu64
                " s; run longer with --minutes, or start them faster with --per-second\n",
                o->devices, o->per_second, ramp_ms / 1000);
        return MISUSED;
    }
    return 0;
}
