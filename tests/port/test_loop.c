/* SPDX-License-Identifier: MIT */
#include "posix/loop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "posix/clock.h"

static struct posix_loop *loop;
static int calls;
static int last_events;
static int pair[2];

static void set_up(void)
{
    loop = posix_loop_open();
    calls = 0;
    last_events = 0;
    CHECK(loop != NULL);
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
}

static void tear_down(void)
{
    close(pair[0]);
    close(pair[1]);
    posix_loop_close(loop);
}

static void stop_on_timer(void *context, uint64_t now_ms)
{
    (void)context;
    (void)now_ms;
    posix_loop_stop(loop);
}

/* Ends every test that waits for something that does not come. */
static void run_at_most(uint64_t limit_ms)
{
    struct runtime_timer limit = {.fire = stop_on_timer};
    runtime_timer_start(posix_loop_timers(loop), &limit, posix_clock_mono_ms() + limit_ms);
    posix_loop_run(loop);
    runtime_timer_stop(posix_loop_timers(loop), &limit);
}

static void count(void *context, int events)
{
    (void)context;
    calls++;
    last_events = events;
}

static void count_and_stop(void *context, int events)
{
    count(context, events);
    posix_loop_stop(loop);
}

static void bytes_that_arrive_make_the_descriptor_ready(void)
{
    set_up();
    CHECK_EQ(posix_loop_watch(loop, pair[0], POSIX_LOOP_READ, count_and_stop, NULL), E_OK);
    CHECK_EQ(write(pair[1], "x", 1), 1);
    run_at_most(2000);
    CHECK_EQ(calls, 1);
    CHECK_EQ(last_events, POSIX_LOOP_READ);
    tear_down();
}

static void a_hang_up_counts_as_readable_and_writable(void)
{
    set_up();
    CHECK_EQ(posix_loop_watch(loop, pair[0], POSIX_LOOP_READ, count_and_stop, NULL), E_OK);
    shutdown(pair[1], SHUT_RDWR);
    run_at_most(2000);
    CHECK_EQ(last_events, POSIX_LOOP_READ | POSIX_LOOP_WRITE);
    tear_down();
}

static void a_watch_for_no_events_is_silent_even_when_the_peer_hangs_up(void)
{
    set_up();
    CHECK_EQ(posix_loop_watch(loop, pair[0], POSIX_LOOP_READ, count, NULL), E_OK);
    CHECK_EQ(posix_loop_watch(loop, pair[0], 0, count, NULL), E_OK);
    shutdown(pair[1], SHUT_RDWR);
    run_at_most(20);
    CHECK_EQ(calls, 0);
    CHECK_EQ(posix_loop_watch(loop, pair[0], POSIX_LOOP_READ, count_and_stop, NULL), E_OK);
    run_at_most(2000);
    CHECK_EQ(calls, 1);
    tear_down();
}

static void unwatch_both(void *context, int events)
{
    count(context, events);
    posix_loop_unwatch(loop, pair[0]);
    posix_loop_unwatch(loop, pair[1]);
}

static void a_descriptor_unwatched_by_another_ones_function_is_not_called(void)
{
    set_up();
    CHECK_EQ(posix_loop_watch(loop, pair[0], POSIX_LOOP_WRITE, unwatch_both, NULL), E_OK);
    CHECK_EQ(posix_loop_watch(loop, pair[1], POSIX_LOOP_WRITE, unwatch_both, NULL), E_OK);
    run_at_most(20);
    CHECK_EQ(calls, 1);
    tear_down();
}

static void replace_the_other(void *context, int events)
{
    count(context, events);
    const int other = pair[0] == *(int *)context ? pair[1] : pair[0];
    posix_loop_unwatch(loop, *(int *)context);
    posix_loop_unwatch(loop, other);
    CHECK_EQ(posix_loop_watch(loop, other, POSIX_LOOP_READ, count, NULL), E_OK);
}

static void an_event_fetched_for_a_replaced_watch_is_dropped(void)
{
    set_up();
    CHECK_EQ(posix_loop_watch(loop, pair[0], POSIX_LOOP_WRITE, replace_the_other, &pair[0]), E_OK);
    CHECK_EQ(posix_loop_watch(loop, pair[1], POSIX_LOOP_WRITE, replace_the_other, &pair[1]), E_OK);
    run_at_most(20);
    CHECK_EQ(calls, 1); /* the new watch asked for reading, and nothing came */
    tear_down();
}

static void timers_fire_on_time_and_in_order(void)
{
    set_up();
    const uint64_t start_ms = posix_clock_mono_ms();
    run_at_most(30);
    const uint64_t took_ms = posix_clock_mono_ms() - start_ms;
    CHECK(took_ms >= 30 && took_ms < 1000);
    tear_down();
}

static void send_sigterm(void *context, uint64_t now_ms)
{
    (void)context;
    (void)now_ms;
    kill(getpid(), SIGTERM);
}

static void sigterm_stops_the_loop_and_is_named(void)
{
    set_up();
    struct runtime_timer soon = {.fire = send_sigterm};
    runtime_timer_start(posix_loop_timers(loop), &soon, posix_clock_mono_ms());
    CHECK_EQ(posix_loop_run(loop), SIGTERM);
    kill(getpid(), SIGINT); /* before the next run: not lost */
    CHECK_EQ(posix_loop_run(loop), SIGINT);
    posix_loop_stop(loop);
    CHECK_EQ(posix_loop_run(loop), 0);
    tear_down();
}

static void writing_to_a_closed_peer_is_an_error_not_a_death(void)
{
    set_up();
    close(pair[1]);
    CHECK_EQ(write(pair[0], "x", 1), -1);
    CHECK_EQ(errno, EPIPE);
    pair[1] = dup(pair[0]);
    tear_down();
}

static int child_pid;
static int child_status;

static void note_child(void *context, int pid, int status)
{
    (void)context;
    child_pid = pid;
    child_status = status;
    posix_loop_stop(loop);
}

static void a_child_that_ends_is_reported_with_its_status(void)
{
    set_up();
    posix_loop_on_child(loop, note_child, NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(7);
    }
    run_at_most(5000);
    CHECK_EQ(child_pid, pid);
    CHECK(WIFEXITED(child_status) && WEXITSTATUS(child_status) == 7);
    tear_down();
}

static void children_start_with_the_default_signals(void)
{
    set_up();
    posix_loop_on_child(loop, note_child, NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "kill -PIPE $$", (char *)NULL);
        _exit(1);
    }
    run_at_most(5000);
    CHECK_EQ(child_pid, pid);
    CHECK(WIFSIGNALED(child_status) && WTERMSIG(child_status) == SIGPIPE);
    tear_down();
}

static void spin(void *context, int events)
{
    const uint64_t start_ms = posix_clock_mono_ms();
    while (posix_clock_mono_ms() < start_ms + 3) {
    }
    count_and_stop(context, events);
}

static void a_call_over_its_budget_is_counted_with_its_descriptor(void)
{
    set_up();
    struct runtime_call_stats *stats = posix_loop_call_stats(loop);
    stats->budget_us = 1000;
    CHECK_EQ(posix_loop_watch(loop, pair[0], POSIX_LOOP_WRITE, spin, NULL), E_OK);
    run_at_most(2000);
    CHECK_EQ(stats->n_calls, 1);
    CHECK_EQ(stats->n_slow, 1);
    CHECK_EQ(stats->source_of_longest, pair[0]);
    CHECK(stats->longest_us >= 2000);
    run_at_most(1);
    tear_down();
}

CHECK_MAIN(TEST(bytes_that_arrive_make_the_descriptor_ready),
           TEST(a_hang_up_counts_as_readable_and_writable),
           TEST(a_watch_for_no_events_is_silent_even_when_the_peer_hangs_up),
           TEST(a_descriptor_unwatched_by_another_ones_function_is_not_called),
           TEST(an_event_fetched_for_a_replaced_watch_is_dropped),
           TEST(timers_fire_on_time_and_in_order), TEST(sigterm_stops_the_loop_and_is_named),
           TEST(writing_to_a_closed_peer_is_an_error_not_a_death),
           TEST(a_child_that_ends_is_reported_with_its_status),
           TEST(children_start_with_the_default_signals),
           TEST(a_call_over_its_budget_is_counted_with_its_descriptor))
