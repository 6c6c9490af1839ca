/* SPDX-License-Identifier: MIT
 * The event loop of every Linux program here: epoll for descriptors, runtime/timer.h for time. One
 * thread; callbacks may add and remove descriptors and timers, themselves included.
 */
#ifndef POSIX_LOOP_H
#define POSIX_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "runtime/call_stats.h"
#include "runtime/timer.h"

struct posix_loop;

enum { POSIX_LOOP_READ = 1, POSIX_LOOP_WRITE = 2 };
enum { POSIX_LOOP_TIMERS_MAX = 1024 };

/* From malloc; NULL when the system refuses. Also turns SIGINT and SIGTERM into posix_loop_stop(),
 * SIGPIPE into nothing, and SIGCHLD into the function of posix_loop_on_child(). Signals go to the
 * loop opened last, so nested loops close in reverse order; children get default signals at exec.
 */
struct posix_loop *posix_loop_open(void);
/* With room for more timers. */
struct posix_loop *posix_loop_open_for(uint32_t n_timers);
void posix_loop_close(struct posix_loop *loop);

/* `events` is a set of POSIX_LOOP_*; `ready` gets those that hold (errors and hang-ups count as
 * both, whatever was asked for). Watching an fd again changes its events and function. 0 events
 * keeps it registered but silent. Unwatch before closing the fd. E_IO for what epoll refuses, such
 * as a plain file; E_NOSPACE. */
int posix_loop_watch(struct posix_loop *loop, int fd, int events,
                     void (*ready)(void *context, int events), void *context) MUST_USE;
void posix_loop_unwatch(struct posix_loop *loop, int fd);

/* Timers in posix_clock_mono_ms() time; there is room for
 * POSIX_LOOP_TIMERS_MAX unless the loop was opened for more. All that fire in one round are
 * given the time it began, which is earlier than the clock when one of them took long. */
struct runtime_timers *posix_loop_timers(struct posix_loop *loop);

/* How long the functions called took: each watch by its fd, the timers of one round together as
 * POSIX_LOOP_TIMERS. The owner may set budget_us; calls over it are logged as warnings. */
struct runtime_call_stats *posix_loop_call_stats(struct posix_loop *loop);
enum { POSIX_LOOP_TIMERS = 0x7fffffff };

/* `exited` gets every child of the process, with waitpid()'s status; NULL leaves children to their
 * owners. */
void posix_loop_on_child(struct posix_loop *loop,
                         void (*exited)(void *context, int pid, int status), void *context);

/* Runs until posix_loop_stop(), which counts also when it came first. Returns the signal that
 * stopped it, or 0. Nothing more is called once stopped; it may run again. */
int posix_loop_run(struct posix_loop *loop);
void posix_loop_stop(struct posix_loop *loop);

#endif
