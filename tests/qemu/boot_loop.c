/* SPDX-License-Identifier: MIT
 * A machine that hangs in the same call at every start, on a board whose watchdog really resets it:
 * three resets a rung down to safe mode, where the report names the culprit. The ladder's record is
 * a file of the host, as flash would keep it; the crash area is RAM that the start-up code leaves
 * alone. Exit status 0 when safe mode is reached with the right story.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "qemu/mps2.h"
#include "runtime/crash.h"
#include "runtime/ladder.h"
#include "runtime/watchdog.h"

#define RECORD_FILE "boot_loop.record"

enum { SENSOR, RADIO, N_TASKS, CONNECTING = 3, HARDWARE_MS = 40, RUN_MARK = 0x52554e21 };

static struct runtime_crash_area area __attribute__((section(".preserve")));
static uint32_t ran_before __attribute__((section(".preserve")));

static struct runtime_crash_report report;
static struct runtime_ladder ladder;
static struct runtime_watchdog watchdog;

_Noreturn void panic(const char *file, int line)
{
    printf("FAIL assertion at %s:%d\n", file, line);
    exit(1);
}

static int load(void *context, uint8_t record[RUNTIME_LADDER_RECORD_LEN])
{
    (void)context;
    FILE *file = fopen(RECORD_FILE, "rb");
    if (file == NULL) {
        return E_NOTFOUND;
    }
    const size_t n = fread(record, 1, RUNTIME_LADDER_RECORD_LEN, file);
    fclose(file);
    return n == RUNTIME_LADDER_RECORD_LEN ? E_OK : E_IO;
}

static int save(void *context, const uint8_t record[RUNTIME_LADDER_RECORD_LEN])
{
    (void)context;
    FILE *file = fopen(RECORD_FILE, "wb");
    if (file == NULL) {
        return E_IO;
    }
    const size_t n = fwrite(record, 1, RUNTIME_LADDER_RECORD_LEN, file);
    return fclose(file) == 0 && n == RUNTIME_LADDER_RECORD_LEN ? E_OK : E_IO;
}

static const struct runtime_ladder_config ladder_config = {.crashes_per_rung = 3,
                                                           .healthy_after_ms = 60000,
                                                           .climb_after_ms = 600000,
                                                           .store = {.load = load, .save = save}};

/* RAM is blank when the emulator starts, and only then. */
static enum runtime_reset reset_reason(void)
{
    if (ran_before == RUN_MARK) {
        return RUNTIME_RESET_WATCHDOG;
    }
    ran_before = RUN_MARK;
    remove(RECORD_FILE);
    return RUNTIME_RESET_POWER;
}

static _Noreturn void hang_in_the_radio(void)
{
    static const struct runtime_watchdog_task tasks[N_TASKS] = {
        [SENSOR] = {.name = "sensor", .deadline_ms = 10000},
        [RADIO] = {.name = "radio", .deadline_ms = 10000, .max_block_ms = 1000}};
    const struct runtime_watchdog_config config = {.tasks = tasks,
                                                   .n_tasks = N_TASKS,
                                                   .crash = &area,
                                                   .feed = mps2_watchdog_feed,
                                                   .hardware_ms = HARDWARE_MS,
                                                   .trace = runtime_crash_sink(&area)};
    runtime_watchdog_init(&watchdog, &config, mps2_now_ms());
    runtime_watchdog_note_state(&watchdog, RADIO, CONNECTING);
    runtime_watchdog_begin(&watchdog, RADIO, mps2_now_ms());
    runtime_watchdog_may_block(&watchdog, RADIO, mps2_now_ms(), 10, "connect");
    for (;;) {
    }
}

static int judge_story(void)
{
    static char text[2048];
    struct wbuf out = wbuf_of(text, sizeof text - 1);
    const struct runtime_ladder_counts counts = runtime_ladder_counts(&ladder);
    runtime_crash_write_json(&report, &out);
    text[wbuf_len(&out)] = '\0';
    const bool right =
        report.cause == RUNTIME_CRASH_CALL_STUCK && strcmp(report.task.name, "radio") == 0 &&
        strcmp(report.task.why, "connect") == 0 && report.task.state == CONNECTING &&
        report.n_traces == 1 && counts.crashes == 9 && counts.boots == 10 && counts.power_cuts == 0;
    printf("safe mode reached after %u watchdog resets: %s\n", (unsigned)counts.crashes, text);
    printf("%d passed, %d failed, 0 skipped\n", right ? 1 : 0, right ? 0 : 1);
    remove(RECORD_FILE);
    return right ? 0 : 1;
}

int main(void)
{
    const enum runtime_reset reset = reset_reason();
    runtime_crash_boot(&area, reset, &report);
    const enum runtime_rung rung = runtime_ladder_boot(&ladder, &ladder_config, reset, 0);
    if (rung == RUNTIME_RUNG_SAFE_MODE) {
        return judge_story();
    }
    hang_in_the_radio();
}
