/* SPDX-License-Identifier: MIT
 * A swarm: makes its meters known to the gateway, starts them one after the other, lets them work,
 * and compares in the end what they took with what the gateway stored.
 */
#include "swarm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/assert.h"
#include "posix/clock.h"
#include "posix/log.h"
#include "posix/loop.h"
#include "random.h"
#include "swarm_gateway.h"
#include "swarm_meter.h"
#include "swarm_options.h"
#include "swarm_record.h"
#include "swarm_report.h"

enum {
    FILES_SPARE = 512, /* ours, and those of enrolments under way */
    SECOND_MS = 1000,
    LINE_EVERY_S = 10, /* progress where nobody looks at a terminal */
    DRAIN_MS = 20000,
    /* A site's meters start by themselves on processors of their own. Here they share ours: more at
     * once would only make each other late. */
    UNDER_WAY_MAX = 128,
    UNDER_WAY_LOOK_MS = 20
};

struct swarm {
    struct swarm_options options;
    struct swarm_gateway gateway;
    struct swarm_setting setting;
    struct swarm_records records;
    struct swarm_meter *meters;
    struct posix_loop *loop;
    struct sim_random random;
    struct runtime_timer start_timer;
    struct runtime_timer second_timer;
    struct runtime_timer end_timer;
    struct swarm_report report;
    uint64_t began_ms;
    long n_started;
    long n_connected; /* for the first time */
    long n_ended;
    bool failed;
    uint32_t n_seconds;
};

static void complain(const char *text, const char *what)
{
    fprintf(stderr, "wattward-sim swarm: %s%s\n", text, what);
}

/* The broker and the gateway inherit the limit. */
static int raise_file_limit(long n_devices)
{
    struct rlimit limit;
    const rlim_t wanted = (rlim_t)n_devices * SWARM_METER_FILES + FILES_SPARE;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        complain("cannot read its limit of open files: ", strerror(errno));
        return 1;
    }
    if (wanted > limit.rlim_max) {
        fprintf(stderr,
                "wattward-sim swarm: %ld meters need %ju open files, but this process may have "
                "%ju (ulimit -Hn): at most %ju meters fit\n",
                n_devices, (uintmax_t)wanted, (uintmax_t)limit.rlim_max,
                (uintmax_t)(limit.rlim_max < FILES_SPARE
                                ? 0
                                : (limit.rlim_max - FILES_SPARE) / SWARM_METER_FILES));
        return 1;
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        complain("cannot raise its limit of open files: ", strerror(errno));
        return 1;
    }
    return 0;
}

/* ---- before ---- */

/* Names no earlier swarm on the same state has had. */
static int make_known(struct swarm *s)
{
    const uint64_t run_tag = (uint64_t)posix_clock_real_ms() / 1000;
    const uint64_t began_ms = posix_clock_mono_ms();
    for (long i = 0; i < s->options.devices; i++) {
        char id[64];
        struct swarm_claim claim;
        snprintf(id, sizeof id, "swarm-%" PRIx64 "-%05ld", run_tag, i + 1);
        if (swarm_gateway_add(&s->gateway, id, &claim) != E_OK) {
            return 1;
        }
        swarm_meter_prepare(&s->meters[i], &s->setting, id, &claim);
    }
    printf("%ld meters made known to the gateway in %.1f s\n", s->options.devices,
           (double)(posix_clock_mono_ms() - began_ms) / 1000);
    fflush(stdout);
    return 0;
}

/* ---- while it runs ---- */

static void on_meter_connected(void *context)
{
    struct swarm *s = context;
    s->n_connected++;
}

static void on_meter_ended(void *context)
{
    struct swarm *s = context;
    s->n_ended++;
    if (s->n_ended >= s->n_started) {
        posix_loop_stop(s->loop);
    }
}

/* One meter, and the time of the next: the mean is as asked for, and no two swarms beat alike. */
static void on_start_timer(void *context, uint64_t now_ms)
{
    struct swarm *s = context;
    const uint64_t rate = (uint64_t)s->options.per_second;
    while (s->n_started < s->options.devices) {
        if (s->n_started - s->n_connected >= UNDER_WAY_MAX) {
            runtime_timer_start(posix_loop_timers(s->loop), &s->start_timer,
                                now_ms + UNDER_WAY_LOOK_MS);
            return;
        }
        const uint64_t due_ms = s->began_ms + (uint64_t)s->n_started * SECOND_MS / rate +
                                sim_random_below(&s->random, (uint32_t)(SECOND_MS / rate) + 1);
        if (due_ms > now_ms) {
            runtime_timer_start(posix_loop_timers(s->loop), &s->start_timer, due_ms);
            return;
        }
        struct swarm_meter *m = &s->meters[s->n_started++];
        if (swarm_meter_start(m, swarm_records_of(&s->records, (size_t)s->n_started)) != E_OK) {
            s->failed = true;
            posix_loop_stop(s->loop);
            return;
        }
    }
}

static void show_progress(struct swarm *s, uint64_t now_ms)
{
    const struct swarm_sum sum = swarm_sum(s->meters, s->n_started);
    const bool is_terminal = isatty(STDOUT_FILENO) == 1;
    if (!is_terminal && s->n_seconds % LINE_EVERY_S != 0) {
        return;
    }
    printf("%s%4" PRIu64 " s  %ld started, %ld enrolled, %ld connected, %" PRIu64
           " readings acknowledged%s",
           is_terminal ? "\r" : "", (now_ms - s->began_ms) / SECOND_MS, s->n_started,
           sum.n_enrolled, sum.n_up, sum.n_stored, is_terminal ? "  " : "\n");
    fflush(stdout);
}

static void on_second(void *context, uint64_t now_ms)
{
    struct swarm *s = context;
    s->n_seconds++;
    show_progress(s, now_ms);
    swarm_report_note(&s->report, s->meters, s->options.devices, s->n_started, now_ms);
    if (s->report.steady_since_ms == now_ms) {
        memset(s->setting.latency, 0, sizeof *s->setting.latency);
        (void)usage_read(s->gateway.pid, &s->report.at_steady);
        s->report.own_at_steady = usage_own();
    }
    if (swarm_gateway_died(&s->gateway)) {
        complain("the gateway ended by itself; see its log in ", s->gateway.state_dir);
        s->gateway.is_temporary = false;
        s->failed = true;
        posix_loop_stop(s->loop);
        return;
    }
    runtime_timer_start(posix_loop_timers(s->loop), &s->second_timer, now_ms + SECOND_MS);
}

static void on_end_timer(void *context, uint64_t now_ms)
{
    struct swarm *s = context;
    (void)now_ms;
    posix_loop_stop(s->loop);
}

/* ---- the whole ---- */

/* No new readings; those under way may arrive. */
static void drain(struct swarm *s)
{
    struct runtime_timers *timers = posix_loop_timers(s->loop);
    runtime_timer_stop(timers, &s->start_timer);
    for (long i = 0; i < s->n_started; i++) {
        swarm_meter_stop(&s->meters[i], DRAIN_MS);
    }
    if (s->n_started > 0 && !s->failed) {
        runtime_timer_start(timers, &s->end_timer, posix_clock_mono_ms() + DRAIN_MS + SECOND_MS);
        (void)posix_loop_run(s->loop);
    }
}

static int run(struct swarm *s)
{
    struct runtime_timers *timers = posix_loop_timers(s->loop);
    struct swarm_gateway_counts before;
    if (swarm_gateway_counts(&s->gateway, &before) != E_OK) {
        return 1;
    }
    s->began_ms = posix_clock_mono_ms();
    s->report.began_ms = s->began_ms;
    s->start_timer = (struct runtime_timer){.fire = on_start_timer, .context = s};
    s->second_timer = (struct runtime_timer){.fire = on_second, .context = s};
    s->end_timer = (struct runtime_timer){.fire = on_end_timer, .context = s};
    runtime_timer_start(timers, &s->start_timer, s->began_ms);
    runtime_timer_start(timers, &s->second_timer, s->began_ms + SECOND_MS);
    runtime_timer_start(timers, &s->end_timer, s->began_ms + swarm_options_span_ms(&s->options));
    s->report.signal = posix_loop_run(s->loop);
    s->report.ended_ms = posix_clock_mono_ms();
    s->report.at_end_sum = swarm_sum(s->meters, s->n_started);
    (void)usage_read(s->gateway.pid, &s->report.at_end);
    s->report.own_at_end = usage_own();
    drain(s);
    if (s->failed || swarm_gateway_counts(&s->gateway, &s->report.stored) != E_OK) {
        return 1;
    }
    s->report.stored.stored -= before.stored;
    s->report.stored.refused -= before.refused;
    s->report.stored.duplicates -= before.duplicates;
    return swarm_report_print(&s->report, &s->options, s->meters, s->n_started, s->setting.latency)
               ? 0
               : 1;
}

static int open_swarm(struct swarm *s)
{
    const uint32_t n = (uint32_t)s->options.devices;
    s->meters = calloc(n, sizeof *s->meters);
    s->setting.latency = calloc(1, sizeof *s->setting.latency);
    s->loop = posix_loop_open_for(n * SWARM_METER_TIMERS + 16);
    if (s->meters == NULL || s->setting.latency == NULL || s->loop == NULL) {
        complain("no memory for so many meters", "");
        return 1;
    }
    if (swarm_records_open(&s->records, s->options.homes_dir) != E_OK ||
        swarm_gateway_open(&s->gateway, &s->options) != E_OK) {
        return 1;
    }
    s->setting.loop = s->loop;
    s->setting.interval_ms = s->options.interval_ms;
    s->setting.est_port = s->gateway.est_port;
    s->setting.mqtt_port = s->gateway.mqtt_port;
    s->setting.connected = on_meter_connected;
    s->setting.ended = on_meter_ended;
    s->setting.context = s;
    s->random = (struct sim_random){.state = (uint64_t)posix_clock_real_ms()};
    return make_known(s);
}

static void close_swarm(struct swarm *s)
{
    for (long i = 0; s->meters != NULL && i < s->n_started; i++) {
        swarm_meter_close(&s->meters[i]);
    }
    swarm_gateway_close(&s->gateway);
    swarm_records_close(&s->records);
    posix_loop_close(s->loop);
    free(s->setting.latency);
    free(s->meters);
}

int swarm_main(int argc, char **argv)
{
    static struct swarm swarm; /* large, and there is one */
    const int early = swarm_options_read(&swarm.options, argc, argv);
    if (early != 0) {
        return early - 1;
    }
    log_open("swarm", swarm.options.verbose ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR);
    if (raise_file_limit(swarm.options.devices) != 0) {
        return 1;
    }
    swarm.gateway = (struct swarm_gateway){.control = {.fd = -1}, .process = {.out_fd = -1}};
    int status = open_swarm(&swarm);
    if (status == 0) {
        status = run(&swarm);
    }
    close_swarm(&swarm);
    return status;
}
