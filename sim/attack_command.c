/* SPDX-License-Identifier: MIT
 * The command line of `wattward-sim attack`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack.h"
#include "options.h"
#include "posix/log.h"

struct attack_options {
    const char *data;
    bool markdown;
};

static const struct sim_text_option texts[] = {{"--data", offsetof(struct attack_options, data)}};
static const struct sim_flag_option flags[] = {
    {"--markdown", offsetof(struct attack_options, markdown)}};

static const struct sim_options options = {
    .command = "wattward-sim attack",
    .usage = "Usage: wattward-sim attack NAME|all|list [OPTION...]\n"
             "\n"
             "Attacks a community of 17 real homes, or a gateway, and says what was detected, how "
             "fast, and\n"
             "what it earned until then: the sequential test beside the original rule, which here "
             "gets a\n"
             "forecast that is always right. The exit status is 0 only if every outcome is the "
             "intended one.\n"
             "\n"
             "  --data DIR    the homes b1.csv to b17.csv (default "
             "../shared/data/pv/citylearn2022)\n"
             "  --markdown    print the table of docs/attacks.md\n",
    .texts = texts,
    .n_texts = sizeof texts / sizeof texts[0],
    .flags = flags,
    .n_flags = sizeof flags / sizeof flags[0],
};

static struct fleet_year year;

static void list(const struct attack *attacks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        printf("  %-16s %s\n", attacks[i].name, attacks[i].what);
    }
}

static void print(const struct attack *a, const struct attack_outcome *o, bool markdown)
{
    if (markdown) {
        printf("| `%s` | %s | %s | %s | %s | %s |\n", a->name, a->what, o->detected, o->earned,
               o->seed_detected, o->seed_earned);
    } else {
        printf("%s: %s\n  detected   %s\n  earned     %s\n  seed rule  %s; earned %s\n%s", a->name,
               a->what, o->detected, o->earned, o->seed_detected, o->seed_earned,
               o->defended ? "" : "  NOT AS INTENDED\n");
    }
    fflush(stdout);
}

struct choice {
    const char *name;
    bool markdown;
    bool has_homes;
    unsigned n_run;
    unsigned n_failed;
};

static void run_chosen(const struct attack *attacks, size_t n, struct choice *c)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(c->name, "all") != 0 && strcmp(c->name, attacks[i].name) != 0) {
            continue;
        }
        if (attacks[i].homes != 0 && !c->has_homes) {
            fprintf(stderr, "wattward-sim attack: %s needs the homes (--data DIR)\n",
                    attacks[i].name);
            c->n_failed++;
            c->n_run++;
            continue;
        }
        struct attack_outcome outcome = {.defended = false};
        attacks[i].run(&attacks[i], &year, &outcome);
        print(&attacks[i], &outcome, c->markdown);
        c->n_run++;
        c->n_failed += !outcome.defended;
    }
}

static void print_head(void)
{
    fputs(
        "# Attacks\n\n"
        "Written by `wattward-sim attack all --markdown`; do not edit.\n\n"
        "Attacks on energy are played on a year of 17 real homes (CityLearn 2022) of which 8 can "
        "be\n"
        "judged by neighbours; days are the median of five starts a month apart, the energy is "
        "the\n"
        "mean of what the first liar was credited beyond its production within 120 days. The\n"
        "engine judges three blocks a day; `settle-at-expected` ends the gain. The original rule\n"
        "gets a forecast that is always right, which it never has: with its own it bans honest\n"
        "homes on the first day. Attacks on the protocol meet the gateway's own ingest; what the\n"
        "broker would refuse before is let through. What stands about the original rule there is\n"
        "from its text, but for the replays, which are counted.\n\n"
        "| attack | what | detected | earned | the original rule | earned |\n"
        "|---|---|---|---|---|---|\n",
        stdout);
}

int attack_main(int argc, char **argv)
{
    struct attack_options o = {.data = "../shared/data/pv/citylearn2022"};
    const bool named = argc > 1 && argv[1][0] != '-';
    const int end =
        sim_options_read(&options, &o, named ? argc - 1 : argc, named ? argv + 1 : argv);
    if (end != 0) {
        return end - 1;
    }
    if (!named || strcmp(argv[1], "list") == 0) {
        fputs(named ? "" : options.usage, named ? stdout : stderr);
        list(attack_energy, attack_energy_count);
        list(attack_protocol, attack_protocol_count);
        return named ? 0 : 2;
    }
    log_open("wattward-sim", LOG_LEVEL_ERROR);
    struct choice c = {.name = argv[1],
                       .markdown = o.markdown,
                       .has_homes = fleet_year_load(&year, o.data) == E_OK};
    if (o.markdown) {
        print_head();
    }
    run_chosen(attack_energy, attack_energy_count, &c);
    run_chosen(attack_protocol, attack_protocol_count, &c);
    if (c.n_run == 0) {
        fprintf(stderr, "wattward-sim attack: there is no attack '%s'; `attack list` names them\n",
                c.name);
        return 2;
    }
    return c.n_failed == 0 ? 0 : 1;
}
