/* SPDX-License-Identifier: MIT
 * wattward trust: whose readings can be believed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "operator_action.h"
#include "trust_fleet.h"
#include "trust_replay.h"
#include "trust_state.h"
#include "trust_theft.h"

static int read_theft(const struct invocation *i, const struct trust_input *in, const char *text,
                      struct trust_theft *theft)
{
    struct trust_theft_text told;
    if (text == NULL) {
        return COMMAND_DONE;
    }
    const int status = trust_theft_read(i, text, &told);
    if (status != COMMAND_DONE) {
        return status;
    }
    theft->device = trust_input_find(in, told.device);
    if (theft->device == SIZE_MAX) {
        return command_fail(i, "--inject: the device '%s' is unknown", told.device);
    }
    theft->factor_ppm = told.factor_ppm;
    theft->from_unix_s = told.from_unix_s;
    theft->wanted = true;
    return COMMAND_DONE;
}

/* KEY=VALUE,KEY=VALUE of the seed's rule. */
static int read_keys(const struct invocation *i, const char *text, struct trust_seed_config *seed)
{
    char copy[512];
    char *rest = NULL;
    if (text == NULL) {
        return COMMAND_DONE;
    }
    snprintf(copy, sizeof copy, "%s", text);
    for (char *key = strtok_r(copy, ",", &rest); key != NULL; key = strtok_r(NULL, ",", &rest)) {
        char *value = strchr(key, '=');
        if (value == NULL) {
            return command_fail(i, "--set takes KEY=VALUE, separated by commas");
        }
        *value++ = '\0';
        const int result = trust_seed_set(seed, key, value);
        if (result != E_OK) {
            return command_fail(i,
                                result == E_NOTFOUND ? "--set: there is no key %s"
                                                     : "--set: %s cannot have this value",
                                key);
        }
    }
    return COMMAND_DONE;
}

static int run_loaded(const struct invocation *i, const struct trust_input *in,
                      const struct trust_weather_file *weather)
{
    const char *rule = invocation_option(i, "--rule");
    const char *blocks = invocation_option(i, "--blocks");
    struct trust_replay replay = {.input = in, .weather = weather, .n_blocks = 3};
    trust_seed_defaults(&replay.seed);
    if (rule != NULL && strcmp(rule, "te2") != 0 && strcmp(rule, "seed") != 0) {
        return command_fail(i, "--rule is te2 or seed, not '%s'", rule);
    }
    if (blocks != NULL && strcmp(blocks, "1") != 0 && strcmp(blocks, "3") != 0) {
        return command_fail(i, "--blocks is 1 or 3, not '%s'", blocks);
    }
    replay.n_blocks = blocks != NULL && blocks[0] == '1' ? 1 : 3;
    int status = read_theft(i, in, invocation_option(i, "--inject"), &replay.theft);
    if (status == COMMAND_DONE) {
        status = read_keys(i, invocation_option(i, "--set"), &replay.seed);
    }
    if (status != COMMAND_DONE) {
        return status;
    }
    if (rule != NULL && rule[0] == 's') {
        trust_replay_seed(&replay, i->json);
    } else {
        trust_replay_te2(&replay, i->json);
    }
    if (in->n_refused > 0) {
        fprintf(stderr, "wattward: %llu faulty lines were set aside; all others were judged\n",
                (unsigned long long)in->n_refused);
        return COMMAND_FAILED;
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? COMMAND_DONE : COMMAND_FAILED;
}

/* Without files: what the gateway of --state has stored. */
static int run_replay(const struct invocation *i)
{
    static const char *const of_files[] = {"--weather", "--rule", "--blocks", "--set"};
    struct trust_input in;
    const char *devices = invocation_option(i, "--devices");
    const char *readings = invocation_option(i, "--readings");
    if ((devices == NULL) != (readings == NULL)) {
        return command_fail(i, "--devices and --readings go together");
    }
    for (size_t k = 0; devices == NULL && k < sizeof of_files / sizeof of_files[0]; k++) {
        if (invocation_option(i, of_files[k]) != NULL) {
            return command_fail(i,
                                "%s needs --devices and --readings; a gateway's history is "
                                "judged as the gateway did",
                                of_files[k]);
        }
    }
    if (devices == NULL) {
        return trust_state_replay(i);
    }
    if (!trust_input_load(&in, devices, readings)) {
        return command_fail(i, "there is nothing to judge");
    }
    const char *path = invocation_option(i, "--weather");
    struct trust_weather_file weather = {.series = {.n = 0}};
    if (path != NULL && !trust_weather_file_load(&weather, path)) {
        trust_input_free(&in);
        return command_fail(i, "the weather cannot be used");
    }
    const int status = run_loaded(i, &in, path == NULL ? NULL : &weather);
    trust_weather_file_free(&weather);
    trust_input_free(&in);
    return status;
}

static const struct command_option replay_options[] = {
    {"--devices", "FILE", "device,peak_w,tilt_deg,azimuth_deg,lat,lon; angles are optional", false},
    {"--readings", "FILE", "device,unix_s,energy_wh; unix_s is the end of the interval", false},
    {"--weather", "FILE", "an answer of Open-Meteo (JSON), for devices with angles", false},
    {"--rule", "RULE", "te2 (sequential test, the default) or seed (the original rule)", false},
    {"--blocks", "N", "judged blocks of a day, 1 or 3 (default: 3)", false},
    {"--inject", "DEVICE:FACTOR:FROM", "add a theft: its readings times FACTOR from FROM on",
     false},
    {"--set", "KEY=VALUE,...", "the seed's keys: TOLERANCE_PERCENTAGE=0.25, TRUST_PENALTY=10, ...",
     false},
    {NULL, NULL, NULL, false},
};

static const char *const id_argument[] = {"ID", NULL};
static const struct command_option reason_options[] = {
    {"--reason", "TEXT", "why, in words; kept with the time, in the ledger too", true},
    OPERATOR_KEY_OPTION,
    {NULL, NULL, NULL, false},
};

static const struct command children[] = {
    {.name = "replay",
     .summary = "Judge a history of readings and explain every decision.",
     .options = replay_options,
     .details =
         "Without files it is the history of the gateway in --state that is judged again: it\n"
         "comes to the same decisions, or says what differs and exits with 1. With --devices\n"
         "and --readings it is anyone's.\n\n"
         "Every decision is a line of JSON on stdout, then a line for each device and a\n"
         "summary. Lines of the files that cannot be right are named and set aside; the\n"
         "exit status is then 1. FROM is a date (2026-06-01) or seconds since 1970.\n",
     .run = run_replay},
    {.name = "list",
     .summary = "List the devices with their evidence and what is done about them.",
     .run = trust_fleet_list},
    {.name = "show",
     .summary = "Show what was decided about a device, when, by whom and why.",
     .arguments = id_argument,
     .run = trust_fleet_show},
    {.name = "ban",
     .summary = "Keep a device out: its session ends, it cannot connect again.",
     .arguments = id_argument,
     .options = reason_options,
     .details = "A ban holds over restarts and new enrolments until `wattward trust unban`. It is\n"
                "signed with the operator's key and stands in the ledger with the signature.\n",
     .run = trust_fleet_ban},
    {.name = "unban",
     .summary = "Let a device in again; the evidence against it is forgotten.",
     .arguments = id_argument,
     .options = reason_options,
     .run = trust_fleet_unban},
    {.name = "appeal",
     .summary = "Keep what the owner says against a decision.",
     .arguments = id_argument,
     .options = reason_options,
     .run = trust_fleet_appeal},
    {.name = NULL},
};

const struct command command_trust = {
    .name = "trust", .summary = "Whose readings can be believed, and why.", .children = children};
