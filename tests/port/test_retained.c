/* SPDX-License-Identifier: MIT
 * Each run of a program is a child that dies in its own way; the parent is the run after it.
 */
#include "posix/retained.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "posix/watchdog.h"
#include "runtime/watchdog.h"

static char path[64];
static struct posix_retained retained;
static struct runtime_crash_report report;

static void set_up(void)
{
    strcpy(path, "/tmp/wattward-retained-XXXXXX");
    const int fd = mkstemp(path);
    CHECK(fd >= 0);
    close(fd);
}

/* Runs `life` in a child after a proper start; returns waitpid()'s status. */
static int run(void (*life)(void))
{
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        if (posix_retained_open(&retained, path) != E_OK) {
            _exit(99);
        }
        runtime_crash_boot(retained.crash, retained.reset, &report);
        life();
        _exit(0);
    }
    int status = 0;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

/* The reason the next start is given, and what that start reports. */
static enum runtime_reset next_start(void)
{
    memset(&report, 0, sizeof report);
    if (!CHECK_EQ(posix_retained_open(&retained, path), E_OK)) {
        return RUNTIME_RESET_UNKNOWN;
    }
    const enum runtime_reset reset = retained.reset;
    runtime_crash_boot(retained.crash, reset, &report);
    posix_retained_close(&retained);
    return reset;
}

static void end_well(void)
{
    posix_retained_close(&retained);
}

static void die_silently(void)
{
    kill(getpid(), SIGKILL);
}

static void crash(void)
{
    kill(getpid(), SIGSEGV);
}

static void the_first_start_is_a_power_up(void)
{
    set_up();
    CHECK_EQ(next_start(), RUNTIME_RESET_POWER);
    unlink(path);
    CHECK_EQ(next_start(), RUNTIME_RESET_POWER); /* also without a file */
    unlink(path);
}

static void each_way_to_end_is_told_at_the_next_start(void)
{
    set_up();
    CHECK_EQ(run(end_well), 0);
    CHECK_EQ(next_start(), RUNTIME_RESET_REQUESTED);
    CHECK(WIFSIGNALED(run(die_silently)));
    CHECK_EQ(next_start(), RUNTIME_RESET_UNKNOWN);
    const int status = run(crash);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    CHECK_EQ(next_start(), RUNTIME_RESET_PANIC);
    CHECK_EQ(report.cause, RUNTIME_CRASH_UNKNOWN);
    unlink(path);
}

static void a_machine_that_was_switched_off_has_another_boot_id(void)
{
    char bytes[64];
    set_up();
    run(die_silently);
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    const ssize_t n = pread(fd, bytes, sizeof bytes, 0);
    char *id = memchr(bytes, '-', (size_t)n); /* somewhere in the id, whatever the layout */
    if (CHECK(id != NULL)) {
        *id = '+';
        CHECK_EQ(pwrite(fd, bytes, (size_t)n, 0), n);
    }
    close(fd);
    CHECK_EQ(next_start(), RUNTIME_RESET_POWER);
    unlink(path);
}

static const struct runtime_watchdog_task tasks[] = {{.name = "meter", .deadline_ms = 20},
                                                     {.name = "net", .deadline_ms = 60000}};

static void hang(void)
{
    struct runtime_watchdog watchdog;
    const struct runtime_watchdog_config config = {.tasks = tasks,
                                                   .n_tasks = 2,
                                                   .crash = retained.crash,
                                                   .feed = posix_watchdog_feed,
                                                   .hardware_ms = 60};
    const int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(null_fd, STDERR_FILENO);
    if (posix_watchdog_open() != E_OK) {
        _exit(98);
    }
    runtime_watchdog_init(&watchdog, &config, 0);
    runtime_watchdog_note_state(&watchdog, 1, 5);
    runtime_watchdog_begin(&watchdog, 1, 1);
    for (volatile int i = 0;; i++) {
    }
}

static void a_call_that_hangs_is_ended_by_the_watchdog_and_named(void)
{
    set_up();
    const int status = run(hang);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == POSIX_WATCHDOG_EXIT_STATUS);
    CHECK_EQ(next_start(), RUNTIME_RESET_WATCHDOG);
    CHECK_EQ(report.cause, RUNTIME_CRASH_CALL_STUCK);
    CHECK_STR(report.task.name, "net");
    CHECK_EQ(report.task.state, 5);
    unlink(path);
}

static void be_fed_and_stop(void)
{
    if (posix_watchdog_open() != E_OK) {
        _exit(98);
    }
    for (int i = 0; i < 10; i++) {
        posix_watchdog_feed(NULL, 30000);
    }
    posix_watchdog_feed(NULL, 20000);
    posix_watchdog_feed(NULL, 30000);
    posix_watchdog_close();
    end_well();
}

static void a_watchdog_that_is_fed_and_closed_ends_nothing(void)
{
    set_up();
    const int status = run(be_fed_and_stop);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK_EQ(next_start(), RUNTIME_RESET_REQUESTED);
    unlink(path);
}

static void a_place_that_cannot_be_written_is_an_error(void)
{
    CHECK_EQ(posix_retained_open(&retained, "/nowhere/retained"), E_IO);
    CHECK_EQ(errno, ENOENT);
    posix_retained_note_end(RUNTIME_RESET_PANIC); /* nothing is open: no harm */
}

CHECK_MAIN(TEST(the_first_start_is_a_power_up), TEST(each_way_to_end_is_told_at_the_next_start),
           TEST(a_machine_that_was_switched_off_has_another_boot_id),
           TEST(a_call_that_hangs_is_ended_by_the_watchdog_and_named),
           TEST(a_watchdog_that_is_fed_and_closed_ends_nothing),
           TEST(a_place_that_cannot_be_written_is_an_error))
