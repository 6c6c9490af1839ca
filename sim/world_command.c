/* SPDX-License-Identifier: MIT
 * The command line of `wattward-sim world`.
 */
#include "world_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "options.h"
#include "sim/community.h"

struct world_options {
    long seed;
    long homes;
    long hours;
    long interval_s;
    long cuts;
    long outages;
    long loss_permille;
    bool quiet;
    const char *homes_dir;
};

#define NUMBER(name, field, lowest, highest)                                                       \
    {                                                                                              \
        (name), offsetof(struct world_options, field), (lowest), (highest)                         \
    }
static const struct sim_number_option numbers[] = {
    NUMBER("--seed", seed, 0, INT32_MAX),    NUMBER("--homes", homes, 1, COMMUNITY_HOMES_MAX),
    NUMBER("--hours", hours, 1, 24 * 366),   NUMBER("--interval", interval_s, 1, 3600),
    NUMBER("--cuts", cuts, 0, 1440),         NUMBER("--outages", outages, 0, 1440),
    NUMBER("--loss", loss_permille, 0, 900),
};
static const struct sim_text_option texts[] = {
    {"--homes-dir", offsetof(struct world_options, homes_dir)},
};
static const struct sim_flag_option flags[] = {
    {"--quiet", offsetof(struct world_options, quiet)},
};

static const struct sim_options options = {
    .command = "wattward-sim world",
    .usage =
        "Usage: wattward-sim world [OPTION...]\n"
        "\n"
        "Tells the story of an energy community in virtual time: real meters with real signatures\n"
        "play real homes over bad links while the power fails, also in the middle of flash\n"
        "operations, and the broker goes away. The same seed tells the same story. The exit "
        "status\n"
        "is 0 only if every reading arrived once and the energy adds up.\n"
        "\n"
        "  --seed N         which story (default: another one each time)\n"
        "  --homes N        how many homes, 1 to 17 (default 17)\n"
        "  --hours H        of virtual time (default 24)\n"
        "  --interval S     seconds between two readings of a meter (default 60)\n"
        "  --cuts N         power cuts per home and day, on average (default 12)\n"
        "  --outages N      outages of the broker per day, on average (default 3)\n"
        "  --loss P         messages in a thousand that get lost, either way (default 100)\n"
        "  --quiet          only the summary\n"
        "  --homes-dir DIR  the homes' production and consumption (default sim/homes)\n",
    .numbers = numbers,
    .n_numbers = sizeof numbers / sizeof numbers[0],
    .texts = texts,
    .n_texts = sizeof texts / sizeof texts[0],
    .flags = flags,
    .n_flags = sizeof flags / sizeof flags[0],
};

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void print_summary(const struct world_options *o, const struct community_result *r,
                          double span_s)
{
    printf("\nseed %ld: %ld homes, %ld h of virtual time in %.1f s\n", o->seed, o->homes, o->hours,
           span_s);
    printf("  power cuts %" PRIu32 ", starts %" PRIu32 ", outages %" PRIu32
           ", lost messages %" PRIu64 "\n",
           r->n_cuts, r->n_boots, r->n_outages, r->n_lost);
    printf("  readings taken %" PRIu64 ", stored %" PRIu64 " (%" PRIu64
           " came again), waiting %" PRIu64 "\n",
           r->n_taken, r->n_stored, r->n_duplicates, r->n_waiting);
    printf("  energy made %" PRId64 " mWh, by the records %" PRId64 " mWh\n", r->produced_mwh,
           r->expected_mwh);
    printf("%s\n", community_holds(r)
                       ? "It holds: every reading arrived once, no energy is missing."
                       : "It does NOT hold.");
}

int world_main(int argc, char **argv)
{
    struct world_options o = {.seed = -1,
                              .homes = COMMUNITY_HOMES_MAX,
                              .hours = 24,
                              .interval_s = 60,
                              .cuts = 12,
                              .outages = 3,
                              .loss_permille = 100,
                              .homes_dir = "sim/homes"};
    const int early = sim_options_read(&options, &o, argc, argv);
    if (early != 0) {
        return early - 1;
    }
    if (o.seed < 0) {
        o.seed = (long)(time(NULL) & INT32_MAX);
    }
    const struct community_config config = {.seed = (uint64_t)o.seed,
                                            .n_homes = (uint32_t)o.homes,
                                            .hours = (uint32_t)o.hours,
                                            .send_interval_ms = (uint32_t)o.interval_s * 1000,
                                            .power_cuts = (uint32_t)o.cuts,
                                            .outages = (uint32_t)o.outages,
                                            .loss_permille = (uint32_t)o.loss_permille,
                                            .repeat_permille = (uint32_t)o.loss_permille / 2,
                                            .delay_max_ms = 5000,
                                            .homes_dir = o.homes_dir,
                                            .story = o.quiet ? NULL : stdout};
    struct community_result result;
    const double started_s = seconds_now();
    if (community_run(&config, &result) != E_OK) {
        fprintf(stderr, "wattward-sim world: the story could not be told\n");
        return 1;
    }
    print_summary(&o, &result, seconds_now() - started_s);
    return community_holds(&result) ? 0 : 1;
}
