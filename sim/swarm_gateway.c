/* SPDX-License-Identifier: MIT
 * Speaks the control protocol over one connection.
 */
#include "swarm_gateway.h"

#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    START_MS = 20000,
    STOP_MS = 20000,
    ANSWER_MS = 30000,
    QUESTION_CAP = 200,
    PEAK_POWER_W = 4000
};

static int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "wattward-sim: ");
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, two lines above
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    return E_IO;
}

/* ---- start ---- */

static int choose_state(struct swarm_gateway *g, const struct swarm_options *o)
{
    if (o->state_dir != NULL) {
        snprintf(g->state_dir, sizeof g->state_dir, "%s", o->state_dir);
        if (!o->running && mkdir(g->state_dir, 0700) != 0 && errno != EEXIST) {
            return complain("cannot make the folder %s: %s", g->state_dir, strerror(errno));
        }
        return E_OK;
    }
    const char *parent = getenv("TMPDIR");
    snprintf(g->state_dir, sizeof g->state_dir, "%s/wattward-swarm-XXXXXX",
             parent == NULL || parent[0] == '\0' ? "/tmp" : parent);
    if (mkdtemp(g->state_dir) == NULL) {
        return complain("cannot make the folder %s: %s", g->state_dir, strerror(errno));
    }
    g->is_temporary = true;
    return E_OK;
}

static bool take_ready(struct swarm_gateway *g, const char *line)
{
    // NOLINTNEXTLINE(cert-err34-c): written by our own gateway; a wrong port fails the connection
    return sscanf(line, "ready page=%*s est=https://%*[^:]:%ld mqtt=%*[^:]:%ld", &g->est_port,
                  &g->mqtt_port) == 2;
}

/* The programs lie beside this one. */
static int program_path(const char *name, char *path, size_t cap)
{
    char own[512];
    const ssize_t len = readlink("/proc/self/exe", own, sizeof own - 1);
    char *slash = len <= 0 ? NULL : memrchr(own, '/', (size_t)len);
    if (slash == NULL) {
        return complain("cannot find its own folder: %s", strerror(errno));
    }
    *slash = '\0';
    snprintf(path, cap, "%s/%s", own, name);
    return E_OK;
}

static int start(struct swarm_gateway *g, const struct swarm_options *o)
{
    char program[600], log[600], http[16], est[16], mqtt[16], line[CHILD_LINE_MAX_LEN];
    if (program_path("wattward-gateway", program, sizeof program) != E_OK) {
        return E_IO;
    }
    snprintf(log, sizeof log, "%s/gateway.log", g->state_dir);
    snprintf(http, sizeof http, "%ld", o->http_port);
    snprintf(est, sizeof est, "%ld", o->est_port);
    snprintf(mqtt, sizeof mqtt, "%ld", o->mqtt_port);
    const char *const argv[] = {program, "--state",    g->state_dir, "--http-port",
                                http,    "--est-port", est,          "--mqtt-port",
                                mqtt,    "--name",     "Swarm",      NULL};
    if (child_start(&g->process, argv, log) != E_OK) {
        return complain("cannot start the gateway: %s", strerror(errno));
    }
    g->is_ours = true;
    while (child_line(&g->process, line, sizeof line, START_MS) >= 0) {
        if (take_ready(g, line)) {
            return E_OK;
        }
    }
    g->is_temporary = false;
    return complain("the gateway did not start; its log is %s", log);
}

int swarm_gateway_open(struct swarm_gateway *g, const struct swarm_options *o)
{
    *g = (struct swarm_gateway){.est_port = o->est_port,
                                .mqtt_port = o->mqtt_port,
                                .process = {.out_fd = -1},
                                .control = {.fd = -1}};
    if (choose_state(g, o) != E_OK || (!o->running && start(g, o) != E_OK)) {
        return E_IO;
    }
    if (posix_control_line_open(&g->control, g->state_dir) != E_OK) {
        return complain("cannot speak to the gateway on %s: %s", g->state_dir, strerror(errno));
    }
    g->pid = g->is_ours ? (int)g->process.pid : posix_control_line_peer(&g->control);
    return E_OK;
}

/* ---- questions ---- */

int swarm_gateway_ask(struct swarm_gateway *g, const char *question, struct json_reader *answer,
                      struct json_token *tokens)
{
    char sentence[256];
    bool ok = false;
    const char *text = posix_control_line_ask(&g->control, question, ANSWER_MS);
    if (text == NULL) {
        return complain("the gateway does not answer: %s",
                        errno == 0 ? "it closed the connection" : strerror(errno));
    }
    if (json_parse(answer, text, strlen(text), tokens, SWARM_GATEWAY_TOKENS) != E_OK ||
        json_bool(answer, json_member(answer, 0, "ok"), &ok) != E_OK) {
        return complain("the gateway's answer cannot be understood");
    }
    if (!ok) {
        const int len =
            json_string(answer, json_member(answer, 0, "error"), sentence, sizeof sentence);
        return complain("the gateway says: %s", len < 0 ? "no" : sentence);
    }
    return E_OK;
}

static int claim_of(struct swarm_gateway *g, const char *question, const char *id,
                    struct swarm_claim *claim)
{
    struct json_reader r;
    struct json_token tokens[SWARM_GATEWAY_TOKENS];
    const int error = swarm_gateway_ask(g, question, &r, tokens);
    if (error != E_OK) {
        return error;
    }
    if (json_string(&r, json_member(&r, 0, "token"), claim->token, sizeof claim->token) <= 0 ||
        json_string(&r, json_member(&r, 0, "ca"), claim->ca_file, sizeof claim->ca_file) <= 0) {
        return complain("the gateway gave no claim token for %s", id);
    }
    return E_OK;
}

int swarm_gateway_add(struct swarm_gateway *g, const char *id, struct swarm_claim *claim)
{
    char question[QUESTION_CAP];
    snprintf(question, sizeof question, "{\"do\":\"device.add\",\"id\":\"%s\",\"peak_power_w\":%d}",
             id, PEAK_POWER_W);
    return claim_of(g, question, id, claim);
}

int swarm_gateway_token(struct swarm_gateway *g, const char *id, struct swarm_claim *claim)
{
    char question[QUESTION_CAP];
    snprintf(question, sizeof question, "{\"do\":\"device.token\",\"id\":\"%s\"}", id);
    return claim_of(g, question, id, claim);
}

static int64_t sum_of(const struct json_reader *r, int object)
{
    int64_t sum = 0;
    for (int i = json_first(r, object); i != JSON_ABSENT; i = json_next(r, i)) {
        int64_t n = 0;
        sum += json_int(r, i, &n) == E_OK ? n : 0;
    }
    return sum;
}

int swarm_gateway_counts(struct swarm_gateway *g, struct swarm_gateway_counts *counts)
{
    struct json_reader r;
    struct json_token tokens[SWARM_GATEWAY_TOKENS];
    const int error = swarm_gateway_ask(g, "{\"do\":\"status\"}", &r, tokens);
    if (error != E_OK) {
        return error;
    }
    const int readings = json_member(&r, 0, "readings");
    if (json_int(&r, json_member(&r, readings, "stored"), &counts->stored) != E_OK ||
        json_int(&r, json_member(&r, readings, "duplicates"), &counts->duplicates) != E_OK) {
        return complain("the gateway does not say what it stored");
    }
    counts->refused = sum_of(&r, json_member(&r, readings, "refused"));
    return E_OK;
}

bool swarm_gateway_died(struct swarm_gateway *g)
{
    return g->is_ours && !child_running(&g->process);
}

/* ---- end ---- */

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

void swarm_gateway_close(struct swarm_gateway *g)
{
    posix_control_line_close(&g->control);
    if (g->is_ours) {
        child_ask_to_stop(&g->process);
        child_end(&g->process, STOP_MS);
    }
    if (g->is_temporary && nftw(g->state_dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0) {
        complain("cannot remove %s: %s", g->state_dir, strerror(errno));
    }
}
