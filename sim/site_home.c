/* SPDX-License-Identifier: MIT
 * One home of a simulated site.
 */
#include "site_home.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/json_reader.h"
#include "posix/clock.h"

#define CHARGER_PEAK_W "50000"
enum { OPERATOR_ANSWER_MS = 10000, CLAIM_TEXT_MAX_LEN = 256 };

struct claim {
    char token[CLAIM_TEXT_MAX_LEN];
    char ca[CLAIM_TEXT_MAX_LEN * 2];
    char ledger_key[CLAIM_TEXT_MAX_LEN]; /* "" when the gateway tells none */
};

static int complain(const struct site_home *h, const char *text, const char *what)
{
    fprintf(stderr, "wattward-sim site: %s: %s%s\n", h->id, text, what);
    return E_IO;
}

static bool take_claim(const char *line, struct claim *claim)
{
    struct json_token tokens[64];
    struct json_reader r;
    claim->ledger_key[0] = '\0';
    return json_parse(&r, line, strlen(line), tokens, 64) == E_OK &&
           json_string(&r, json_member(&r, 0, "token"), claim->token, sizeof claim->token) > 0 &&
           json_string(&r, json_member(&r, 0, "ca"), claim->ca, sizeof claim->ca) > 0 &&
           (json_member(&r, 0, "ledger_key") == JSON_ABSENT ||
            json_string(&r, json_member(&r, 0, "ledger_key"), claim->ledger_key,
                        sizeof claim->ledger_key) >= 0);
}

/* Asks the operator's command, as an operator would. */
static bool ask_operator(const struct site_home *h, const char *const argv[], struct claim *claim)
{
    char log[700];
    char line[CHILD_LINE_MAX_LEN];
    struct child operator_command;
    snprintf(log, sizeof log, "%s/log/operator.log", h->setting->state_dir);
    if (child_start(&operator_command, argv, log) != E_OK) {
        return false;
    }
    const int len = child_line(&operator_command, line, sizeof line, OPERATOR_ANSWER_MS);
    child_end(&operator_command, OPERATOR_ANSWER_MS);
    return len > 0 && take_claim(line, claim);
}

/* What HOMES/homes.csv says of a roof. */
struct roof {
    char peak_power_w[16];
    char tilt_deg[16]; /* "" when nobody knows */
    char azimuth_deg[16];
};

/* A device that is known already (a start that was cut off) gets a new token. */
static int get_claim(const struct site_home *h, const struct roof *roof, struct claim *claim)
{
    char program[600];
    snprintf(program, sizeof program, "%s/wattward", h->setting->programs);
    const bool has_plane = roof->tilt_deg[0] != '\0' && roof->azimuth_deg[0] != '\0';
    const char *const add[] = {program,
                               "--state",
                               h->setting->state_dir,
                               "--json",
                               "device",
                               "add",
                               h->id,
                               "--peak-power",
                               roof->peak_power_w,
                               "--place",
                               SITE_HOME_PLACE,
                               has_plane ? "--tilt" : NULL,
                               roof->tilt_deg,
                               "--azimuth",
                               roof->azimuth_deg,
                               NULL};
    const char *const renew[] = {
        program, "--state", h->setting->state_dir, "--json", "device", "token", h->id, NULL};
    if (ask_operator(h, add, claim) || ask_operator(h, renew, claim)) {
        return E_OK;
    }
    return complain(h, "the gateway gave no claim token; see log/operator.log", "");
}

/* The file appears whole or not at all: its presence says that the home is prepared. */
static int write_config(const struct site_home *h, const struct claim *claim, const char *path)
{
    char temporary[720];
    snprintf(temporary, sizeof temporary, "%s.new", path);
    FILE *file = fopen(temporary, "w");
    if (file == NULL) {
        return complain(h, "cannot write its configuration: ", strerror(errno));
    }
    fprintf(file, "# Written by wattward-sim; see wattward-device --help.\n");
    fprintf(file, "device_id %s\nclaim_token %s\nca_file %s\n", h->id, claim->token, claim->ca);
    if (claim->ledger_key[0] != '\0') {
        fprintf(file, "ledger_key %s\n", claim->ledger_key);
    }
    fprintf(file, "gateway_host 127.0.0.1\nest_port %ld\nmqtt_port %ld\n", h->setting->est_port,
            h->setting->mqtt_port);
    if (h->is_charger) {
        fprintf(file, "evse_id US*WAT*E0001\ninterfaces lo\nsdp_port %ld\nsend_interval_ms 2000\n",
                h->setting->mqtt_port);
    } else {
        fprintf(file, "sensor replay\nsensor_file %s/%s.csv\n", h->setting->homes_dir, h->id);
    }
    const bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed || rename(temporary, path) != 0) {
        (void)unlink(temporary);
        return complain(h, "cannot write its configuration: ", strerror(errno));
    }
    return E_OK;
}

/* The home's line in HOMES/homes.csv: "home-01,4000,15,255". */
static int read_roof(const struct site_home *h, struct roof *roof)
{
    char path[700];
    char line[128] = "";
    snprintf(path, sizeof path, "%s/homes.csv", h->setting->homes_dir);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return complain(h, "cannot read ", path);
    }
    const size_t id_len = strlen(h->id);
    bool found = false;
    while (!found && fgets(line, sizeof line, file) != NULL) {
        found = strncmp(line, h->id, id_len) == 0 && line[id_len] == ',';
    }
    fclose(file);
    if (!found) {
        return complain(h, "is not in ", path);
    }
    char *rest = line + id_len + 1;
    char *const out[] = {roof->peak_power_w, roof->tilt_deg, roof->azimuth_deg};
    for (size_t i = 0; i < 3; i++) {
        const char *field = strsep(&rest, ",\r\n");
        snprintf(out[i], sizeof roof->tilt_deg, "%s", field == NULL ? "" : field);
    }
    return E_OK;
}

int site_home_prepare(struct site_home *h, const struct site_home_setting *setting, int number)
{
    char path[700];
    struct claim claim;
    *h = (struct site_home){.setting = setting, .meter = {.out_fd = -1}};
    h->is_charger = number == SITE_HOME_CHARGER;
    snprintf(h->id, sizeof h->id, h->is_charger ? "charger-1" : "home-%02d", number);
    snprintf(h->folder, sizeof h->folder, "%s/homes/%s", setting->state_dir, h->id);
    if (mkdir(h->folder, 0700) != 0 && errno != EEXIST) {
        return complain(h, "cannot make its folder: ", strerror(errno));
    }
    snprintf(path, sizeof path, "%s/meter.conf", h->folder);
    if (access(path, F_OK) == 0) {
        return E_OK;
    }
    struct roof roof = {.peak_power_w = CHARGER_PEAK_W};
    int result = h->is_charger ? E_OK : read_roof(h, &roof);
    if (result == E_OK) {
        result = get_claim(h, &roof, &claim);
    }
    return result == E_OK ? write_config(h, &claim, path) : result;
}

int site_home_start(struct site_home *h, const struct site_home_setting *setting)
{
    char program[600], config[700], log[700];
    h->setting = setting;
    snprintf(program, sizeof program, "%s/wattward-device", setting->programs);
    snprintf(config, sizeof config, "%s/meter.conf", h->folder);
    snprintf(log, sizeof log, "%s/log/%s.log", setting->state_dir, h->id);
    const char *profile = h->is_charger ? "evse" : "meter";
    const char *const argv[] = {program,   "--profile", profile,   "--config",          config,
                                "--state", h->folder,   "--clock", setting->clock_text, NULL};
    h->started_ms = posix_clock_mono_ms();
    if (child_start(&h->meter, argv, log) != E_OK) {
        return complain(h, "cannot start its meter: ", strerror(errno));
    }
    return E_OK;
}

/* "summary taken=12 stored=12 refused=0 waiting=0" */
static void take_line(struct site_home *h, const char *line)
{
    struct site_home_count c;
    // NOLINTNEXTLINE(cert-err34-c): written by our own meter; a wrong count fails the summary
    if (sscanf(line,
               "summary taken=%" SCNd64 " stored=%" SCNd64 " refused=%" SCNd64 " waiting=%" SCNd64,
               &c.taken, &c.stored, &c.refused, &c.waiting) == 4) {
        h->count = c;
        h->counted = true;
    }
    // NOLINTNEXTLINE(cert-err34-c): as above
    if (sscanf(line, "receipts checked=%" SCNd64 " unchecked=%*d waiting=%*d alarms=%" SCNd64,
               &c.taken, &c.stored) == 2) {
        h->receipts = (struct site_home_receipts){.checked = c.taken, .alarms = c.stored};
    }
}

static void read_lines(struct site_home *h)
{
    char line[CHILD_LINE_MAX_LEN];
    while (child_line(&h->meter, line, sizeof line, 0) >= 0) {
        take_line(h, line);
    }
}

void site_home_look_after(struct site_home *h)
{
    enum { FIRST_PAUSE_MS = 2000, LONGEST_PAUSE_MS = 60000, GOOD_RUN_MS = 30000 };
    read_lines(h);
    if (child_running(&h->meter)) {
        return;
    }
    const uint64_t now_ms = posix_clock_mono_ms();
    if (h->restart_at_ms == 0) { /* it has just ended */
        char log[700];
        char line[CHILD_LINE_MAX_LEN];
        const bool ran_well = now_ms - h->started_ms >= GOOD_RUN_MS;
        const uint32_t doubled_ms = 2 * h->pause_ms;
        h->pause_ms = ran_well || doubled_ms == 0     ? FIRST_PAUSE_MS
                      : doubled_ms < LONGEST_PAUSE_MS ? doubled_ms
                                                      : LONGEST_PAUSE_MS;
        h->restart_at_ms = now_ms + h->pause_ms;
        snprintf(log, sizeof log, "%s/log/%s.log", h->setting->state_dir, h->id);
        child_last_words(log, line, sizeof line);
        fprintf(stderr,
                "wattward-sim site: the meter of %s ended by itself, started again in %" PRIu32
                " s; it said: %s\n",
                h->id, h->pause_ms / 1000, line);
    }
    if (now_ms >= h->restart_at_ms) {
        child_end(&h->meter, 0);
        h->restart_at_ms = 0;
        h->n_restarts++;
        (void)site_home_start(h, h->setting);
    }
}

void site_home_end(struct site_home *h, int timeout_ms)
{
    const uint64_t until_ms = posix_clock_mono_ms() + (uint64_t)timeout_ms;
    while (child_running(&h->meter) && posix_clock_mono_ms() < until_ms) {
        char line[CHILD_LINE_MAX_LEN];
        if (child_line(&h->meter, line, sizeof line, 20) >= 0) {
            take_line(h, line);
        }
    }
    read_lines(h);
    child_end(&h->meter, 0);
}
