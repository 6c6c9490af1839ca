/* SPDX-License-Identifier: MIT
 * A POSIX timer as watchdog. Its signal function runs even while the program's own code hangs.
 */
#include "posix/watchdog.h"

#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "posix/retained.h"

static timer_t timer;
static bool is_open;

static void on_silence(int number)
{
    static const char message[] = "watchdog: not fed in time, the process ends\n";
    (void)number;
    posix_retained_note_end(RUNTIME_RESET_WATCHDOG);
    const ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written;
    _exit(POSIX_WATCHDOG_EXIT_STATUS);
}

int posix_watchdog_open(void)
{
    struct sigaction action = {.sa_handler = on_silence};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMAX};
    ASSERT(!is_open);
    sigfillset(&action.sa_mask);
    if (sigaction(SIGRTMAX, &action, NULL) != 0 ||
        timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) {
        return E_IO;
    }
    is_open = true;
    return E_OK;
}

static void set_timer(uint32_t within_ms)
{
    const struct itimerspec when = {
        .it_value = {.tv_sec = within_ms / 1000, .tv_nsec = (long)(within_ms % 1000) * 1000000}};
    const int result = timer_settime(timer, 0, &when, NULL);
    ASSERT(result == 0);
}

void posix_watchdog_feed(void *context, uint32_t within_ms)
{
    (void)context;
    ASSERT(is_open);
    ASSERT(within_ms > 0);
    set_timer(within_ms);
}

void posix_watchdog_close(void)
{
    if (is_open) {
        timer_delete(timer);
        is_open = false;
    }
}
