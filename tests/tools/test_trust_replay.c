/* SPDX-License-Identifier: MIT
 * `wattward trust replay` on histories: a made fleet with faulty lines, and a year of real homes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { TEXT_CAP = 1 << 20, HOMES = 6, DAYS = 60 };

static struct {
    char dir[64];
    char out[TEXT_CAP];
    char err[TEXT_CAP];
    int status;
} run;

static FILE *file_in(const char *name, const char *mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", run.dir, name);
    FILE *file = fopen(path, mode);
    if (file == NULL) {
        exit(1);
    }
    return file;
}

static void slurp(const char *name, char *text)
{
    FILE *file = file_in(name, "r");
    text[fread(text, 1, TEXT_CAP - 1, file)] = '\0';
    fclose(file);
}

/* Six homes under the same sky: a triangle from six to eighteen at the equator, clouds by the day.
 * `line_of` may replace a line; it gets its number. */
static void make_history(const char *(*line_of)(unsigned line))
{
    snprintf(run.dir, sizeof run.dir, "/tmp/wattward-trust-XXXXXX");
    if (mkdtemp(run.dir) == NULL) {
        exit(1);
    }
    FILE *devices = file_in("devices.csv", "w");
    FILE *readings = file_in("readings.csv", "w");
    fputs("device,peak_w,lat,lon\n", devices);
    for (unsigned home = 0; home < HOMES; home++) {
        fprintf(devices, "home%u,%u,0,0\n", home, 3000 + 500 * home);
    }
    fputs("device,unix_s,energy_wh\n", readings);
    unsigned line = 1;
    for (unsigned hour = 0; hour < DAYS * 24; hour++) {
        const unsigned h = hour % 24;
        const unsigned height = h < 6 || h >= 18 ? 0 : h < 12 ? h - 5 : 18 - h;
        const unsigned cloud = 40 + (hour / 24 * 37 + h * 11) % 60;
        for (unsigned home = 0; home < HOMES; home++) {
            const char *other = line_of == NULL ? NULL : line_of(++line);
            if (other != NULL) {
                fputs(other, readings);
            } else {
                fprintf(readings, "home%u,%u,%u.5\n", home, 1767225600U + (hour + 1) * 3600,
                        (3000 + 500 * home) * height * cloud / 1000);
            }
        }
    }
    fclose(devices);
    fclose(readings);
}

static void replay(const char *options)
{
    char command[512];
    snprintf(command, sizeof command,
             "cd %s && %s trust replay --devices devices.csv --readings readings.csv %s >out 2>err",
             run.dir, WATTWARD_PROGRAM, options);
    const int status = system(command);
    run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    slurp("out", run.out);
    slurp("err", run.err);
}

static void done(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", run.dir);
    CHECK_EQ(system(command), 0);
}

static bool says(const char *text)
{
    return strstr(run.err, text) != NULL;
}

static bool prints(const char *text)
{
    return strstr(run.out, text) != NULL;
}

static void an_honest_fleet_is_armed_and_nobody_is_accused(void)
{
    make_history(NULL);
    replay("");
    CHECK_EQ(run.status, 0);
    CHECK(prints("\"devices\":6,\"armed\":6,\"readings\":8640,\"refused_lines\":0"));
    CHECK(prints("\"watch\":0,\"settle-at-expected\":0,\"quarantine\":0,\"ban\":0"));
    CHECK(!prints("\"kind\":\"action\""));
    done();
}

static void an_injected_theft_is_found_and_explained(void)
{
    make_history(NULL);
    replay("--inject home2:1.1:2026-02-05 --json");
    CHECK_EQ(run.status, 0);
    CHECK(prints("\"device\":\"home2\",\"kind\":\"action\",\"action\":\"watch\""));
    CHECK(prints("\"device\":\"home2\",\"kind\":\"action\",\"action\":\"settle-at-expected\""));
    CHECK(prints("5 neighbours predict"));
    CHECK(prints("\"layer\":\"neighbours\""));
    CHECK(prints("\"settle_after_days\":"));
    CHECK(!prints("\"settle_after_days\":null"));
    CHECK_STR(run.err, "");
    done();
}

static const char *faults(unsigned line)
{
    switch (line) {
    case 10:
        return "shed,1767232800,1\n";
    case 20:
        return "home0,1767236400,12x\n";
    case 30:
        return "home4,noon,1\n";
    case 40:
        return "home2,1767225600,1\n";
    case 50:
        return "home0,1767225600\n";
    case 300: /* a clock that jumps by a year, and back */
        return "home4,1798761600,1\n";
    default:
        return NULL;
    }
}

static void faulty_lines_are_named_and_all_others_are_judged(void)
{
    make_history(faults);
    replay("--json");
    CHECK_EQ(run.status, 1);
    CHECK(says("readings.csv:10: the device 'shed' is unknown"));
    CHECK(says("readings.csv:20: energy_wh '12x' is not a number"));
    CHECK(says("readings.csv:30: unix_s 'noon' is not a whole number"));
    CHECK(says("readings.csv:40: the time of 'home2' goes back"));
    CHECK(says("readings.csv:50: 2 fields where the first line has 3"));
    CHECK(says("readings.csv:300: the clock of 'home4' had jumped ahead"));
    CHECK(says("has a gap of 3600 s before this line; it is unknown, not zero"));
    CHECK(prints("\"armed\":6,\"readings\":8634,\"refused_lines\":6"));
    CHECK(!prints("\"kind\":\"action\""));
    done();
}

static void the_seeds_rule_is_selectable_under_its_own_keys(void)
{
    make_history(NULL);
    replay("--rule seed --json");
    CHECK_EQ(run.status, 0);
    CHECK(prints("\"rule\":\"seed\""));
    CHECK(prints("\"ban\":6")); /* clouds are enough */
    replay("--rule seed --set TOLERANCE_PERCENTAGE=10,NIGHT_ABSOLUTE_MARGIN=5000 --json");
    CHECK(prints("\"ban\":0"));
    replay("--rule seed --set K_FACTOR=1");
    CHECK_EQ(run.status, 1);
    CHECK(says("there is no key K_FACTOR"));
    done();
}

static void wrong_words_get_one_sentence(void)
{
    make_history(NULL);
    replay("--inject home9:1.1:2026-02-05");
    CHECK_EQ(run.status, 1);
    CHECK(says("the device 'home9' is unknown"));
    replay("--inject home1:1.1");
    CHECK(says("--inject takes DEVICE:FACTOR:FROM"));
    replay("--inject home1:1.1:yesterday");
    CHECK(says("neither a date"));
    replay("--rule best");
    CHECK(says("--rule is te2 or seed"));
    replay("--readings nowhere.csv");
    CHECK(says("nowhere.csv: No such file"));
    replay("--readings devices.csv");
    CHECK(says("devices.csv:1: the column 'unix_s' is missing"));
    done();
}

CHECK_MAIN(TEST(an_honest_fleet_is_armed_and_nobody_is_accused),
           TEST(an_injected_theft_is_found_and_explained),
           TEST(faulty_lines_are_named_and_all_others_are_judged),
           TEST(the_seeds_rule_is_selectable_under_its_own_keys),
           TEST(wrong_words_get_one_sentence))
