/* SPDX-License-Identifier: MIT
 * The command line of `wattward-sim attack`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack.h"
#include "options.h"
#include "posix/log.h"

enum { ROW_CAP = 5 * ATTACK_TEXT_CAP };

struct attack_options {
    const char *data;
    const char *check;
    const char *multiplier;
    long injection_rate;
    bool markdown;
};

static const struct sim_text_option texts[] = {
    {"--data", offsetof(struct attack_options, data)},
    {"--check", offsetof(struct attack_options, check)},
    {"--multiplier", offsetof(struct attack_options, multiplier)}};
static const struct sim_number_option numbers[] = {
    {"--injection-rate", offsetof(struct attack_options, injection_rate), 1, 1000}};
static const struct sim_flag_option flags[] = {
    {"--markdown", offsetof(struct attack_options, markdown)}};

static const struct sim_options options = {
    .command = "wattward-sim attack",
    .usage = "Usage: wattward-sim attack NAME|all|energy|protocol|list [OPTION...]\n"
             "\n"
             "Attacks a community of 17 real homes, or a running gateway with its broker, and says "
             "what was\n"
             "detected, how fast, and what it earned until then; the same attack beside it on the "
             "original\n"
             "rule, which here gets a forecast that is always right, or on the original's gateway. "
             "`list` names\n"
             "the attacks, `energy` and `protocol` play one half of them. The exit status is 0 "
             "only if every\n"
             "outcome is the intended one.\n"
             "\n"
             "  --data DIR    the homes b1.csv to b17.csv (default "
             "../shared/data/pv/citylearn2022)\n"
             "  --injection-rate N    of `firmware`: it lies in every Nth sample (default 5)\n"
             "  --multiplier MIN:MAX  of `firmware`: by how much (default 1.01:1.05, at most 2)\n"
             "  --markdown    print the table of docs/attacks.md\n"
             "  --check FILE  each row must stand in FILE as it was measured now\n",
    .numbers = numbers,
    .n_numbers = sizeof numbers / sizeof numbers[0],
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

static void put_row(const struct attack *a, const struct attack_outcome *o, char row[ROW_CAP])
{
    (void)snprintf(row, ROW_CAP, "| `%s` | %s | %s | %s | %s | %s |", a->name, a->what, o->detected,
                   o->earned, o->seed_detected, o->seed_earned);
}

/* True when the file has the row. */
static bool stands_in(const char *path, const struct attack *a, const struct attack_outcome *o)
{
    char row[ROW_CAP];
    char line[ROW_CAP + 2];
    bool found = false;
    FILE *file = fopen(path, "r");
    put_row(a, o, row);
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        found = strcmp(line, row) == 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    if (!found) {
        fprintf(stderr, "wattward-sim attack: %s does not say what was measured: %s\n", path, row);
    }
    return found;
}

static void print(const struct attack *a, const struct attack_outcome *o, bool markdown)
{
    char row[ROW_CAP];
    if (markdown) {
        put_row(a, o, row);
        printf("%s\n", row);
    } else {
        printf("%s: %s\n  detected   %s\n  earned     %s\n  seed rule  %s; earned %s\n%s", a->name,
               a->what, o->detected, o->earned, o->seed_detected, o->seed_earned,
               o->defended ? "" : "  NOT AS INTENDED\n");
    }
    fflush(stdout);
}

struct choice {
    const char *name;
    const char *group; /* the half that is at hand */
    const char *check; /* NULL: none */
    bool markdown;
    bool has_homes;
    unsigned n_run;
    unsigned n_failed;
};

static void run_chosen(const struct attack *attacks, size_t n, struct choice *c)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(c->name, "all") != 0 && strcmp(c->name, c->group) != 0 &&
            strcmp(c->name, attacks[i].name) != 0) {
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
        const bool told = c->check == NULL || stands_in(c->check, &attacks[i], &outcome);
        c->n_failed += !outcome.defended || !told;
    }
}

static void print_head(void)
{
    fputs(
        "# Attacks\n\n"
        "Written by `make attacks` (`wattward-sim attack all --markdown`); do not edit.\n\n"
        "Attacks on energy are played on a year of 17 real homes (CityLearn 2022) of which 8 can "
        "be\n"
        "judged by neighbours; days are the median of five starts a month apart, the energy is "
        "the\n"
        "mean of what the first liar was credited beyond its production within 120 days. The\n"
        "engine judges three blocks a day; `settle-at-expected` ends the gain. The original rule\n"
        "gets a forecast that is always right, which it never has: with its own it bans honest\n"
        "homes on the first day.\n\n"
        "Attacks on the protocol are played against a running gateway with its signer and broker,\n"
        "over mutual TLS, by a thief with a certificate of its own; `detected` is what that "
        "gateway\n"
        "counted. The original's gateway beside it is a model of its text and code\n"
        "(`sim/attack_seed.h`) that gets the same attack in its own form of messages; what it "
        "earned is\n"
        "what it booked, a power in W as so many Wh, as it did.\n\n"
        "| attack | what | detected | earned | the original | earned |\n"
        "|---|---|---|---|---|---|\n",
        stdout);
}

/* "1.01" in thousandths, 0 to 2000, up to `after`; moves *text behind it. */
static bool take_permille(const char **text, char after, int64_t *out)
{
    char *end;
    const double value = strtod(*text, &end);
    if (end == *text || *end != after || !(value >= 0.0 && value <= 2.0)) {
        return false;
    }
    *out = (int64_t)(value * 1000.0 + 0.5);
    *text = end + 1;
    return true;
}

static bool set_firmware(const struct attack_options *o)
{
    struct attack_firmware f = {.injection_rate = (unsigned)o->injection_rate};
    const char *text = o->multiplier;
    if (!take_permille(&text, ':', &f.least_permille) ||
        !take_permille(&text, '\0', &f.most_permille) || f.least_permille > f.most_permille) {
        fprintf(stderr, "wattward-sim attack: --multiplier is MIN:MAX, each from 0 to 2, such as "
                        "1.01:1.05\n");
        return false;
    }
    attack_firmware_set(&f);
    return true;
}

static int play_named(const char *name, const struct attack_options *o)
{
    log_open("wattward-sim", LOG_LEVEL_ERROR);
    struct choice c = {.name = name,
                       .check = o->check,
                       .markdown = o->markdown,
                       .has_homes = fleet_year_load(&year, o->data) == E_OK};
    if (o->markdown) {
        print_head();
    }
    c.group = "energy";
    run_chosen(attack_energy, attack_energy_count, &c);
    c.group = "protocol";
    run_chosen(attack_protocol, attack_protocol_count, &c);
    attack_protocol_end();
    if (c.n_run == 0) {
        fprintf(stderr, "wattward-sim attack: there is no attack '%s'; `attack list` names them\n",
                c.name);
        return 2;
    }
    return c.n_failed == 0 ? 0 : 1;
}

int attack_main(int argc, char **argv)
{
    struct attack_options o = {
        .data = "../shared/data/pv/citylearn2022", .multiplier = "1.01:1.05", .injection_rate = 5};
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
    if (!set_firmware(&o)) {
        return 2;
    }
    return play_named(argv[1], &o);
}
