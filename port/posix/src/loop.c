/* SPDX-License-Identifier: MIT
 * The event loop. Watches live in a table indexed by descriptor; each has a generation, so that an
 * event already fetched for a watch that a callback has just removed is dropped.
 */
#include "posix/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "posix/clock.h"
#include "posix/log.h"

enum { BATCH = 64 };

struct watch {
    void (*ready)(void *context, int events); /* NULL = not watched */
    void *context;
    uint32_t generation;
    bool in_epoll; /* a watch for no events is kept out of it: a hang-up would spin */
};

struct posix_loop {
    int epoll_fd;
    int signal_read_fd;
    int signal_write_fd;
    int outer_signal_fd; /* of the loop that was open before this one */
    struct watch *watches;
    int n_watches;
    bool stop;
    int stop_signal;
    void (*child_exited)(void *context, int pid, int status);
    void *child_context;
    struct runtime_call_stats call_stats;
    struct runtime_timers timers;
    struct runtime_timer *slots[];
};

/* Where the signal function writes: the loop opened last. A process has one set of signals. */
static volatile sig_atomic_t signal_fd = -1;

static void on_signal(int number)
{
    const int saved_errno = errno;
    const unsigned char byte = (unsigned char)number;
    const ssize_t written = write(signal_fd, &byte, 1);
    (void)written; /* a full pipe already holds the news */
    errno = saved_errno;
}

/* A function rather than SIG_IGN, which would outlive exec() in children. */
static void on_sigpipe(int number)
{
    (void)number;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    sigaction(SIGCHLD, &action, NULL);
    action.sa_handler = on_sigpipe;
    sigaction(SIGPIPE, &action, NULL);
}

static void release_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGCHLD, SIGPIPE};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        signal(numbers[i], SIG_DFL);
    }
}

static void reap_children(struct posix_loop *loop)
{
    int status;
    pid_t pid;
    while (loop->child_exited != NULL && (pid = waitpid(-1, &status, WNOHANG)) > 0) {
        loop->child_exited(loop->child_context, pid, status);
    }
}

static void on_signals(void *context, int events)
{
    (void)events;
    struct posix_loop *loop = context;
    unsigned char numbers[64];
    ssize_t n;
    while ((n = read(loop->signal_read_fd, numbers, sizeof numbers)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            if (numbers[i] != SIGCHLD) {
                loop->stop_signal = numbers[i];
                loop->stop = true;
            }
        }
    }
    reap_children(loop); /* also when the pipe was too full for SIGCHLD itself */
}

struct posix_loop *posix_loop_open(void)
{
    return posix_loop_open_for(POSIX_LOOP_TIMERS_MAX);
}

struct posix_loop *posix_loop_open_for(uint32_t n_timers)
{
    struct posix_loop *loop = calloc(1, sizeof *loop + n_timers * sizeof(struct runtime_timer *));
    int pipe_fds[2];
    if (loop == NULL) {
        return NULL;
    }
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0) {
        free(loop);
        return NULL;
    }
    if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) != 0) {
        close(loop->epoll_fd);
        free(loop);
        return NULL;
    }
    loop->signal_read_fd = pipe_fds[0];
    loop->signal_write_fd = pipe_fds[1];
    loop->outer_signal_fd = signal_fd;
    runtime_timers_init(&loop->timers, loop->slots, n_timers);
    signal_fd = loop->signal_write_fd;
    if (posix_loop_watch(loop, loop->signal_read_fd, POSIX_LOOP_READ, on_signals, loop) != E_OK) {
        posix_loop_close(loop);
        return NULL;
    }
    catch_signals();
    return loop;
}

void posix_loop_close(struct posix_loop *loop)
{
    if (loop == NULL) {
        return;
    }
    signal_fd = loop->outer_signal_fd;
    if (signal_fd < 0) {
        release_signals();
    }
    close(loop->signal_read_fd);
    close(loop->signal_write_fd);
    close(loop->epoll_fd);
    free(loop->watches);
    free(loop);
}

static int grow_watches(struct posix_loop *loop, int fd)
{
    if (fd < loop->n_watches) {
        return E_OK;
    }
    const int n = fd + 1 > 2 * loop->n_watches ? fd + 1 : 2 * loop->n_watches;
    struct watch *grown = realloc(loop->watches, (size_t)n * sizeof *grown);
    if (grown == NULL) {
        return E_NOSPACE;
    }
    memset(grown + loop->n_watches, 0, (size_t)(n - loop->n_watches) * sizeof *grown);
    loop->watches = grown;
    loop->n_watches = n;
    return E_OK;
}

static int tell_epoll(struct posix_loop *loop, int fd, struct watch *watch, int events)
{
    if (events == 0) {
        if (watch->in_epoll) {
            epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
            watch->in_epoll = false;
        }
        return E_OK;
    }
    struct epoll_event event = {.events =
                                    ((events & POSIX_LOOP_READ) != 0 ? (uint32_t)EPOLLIN : 0u) |
                                    ((events & POSIX_LOOP_WRITE) != 0 ? (uint32_t)EPOLLOUT : 0u),
                                .data.u64 = (uint64_t)watch->generation << 32 | (uint32_t)fd};
    int result =
        epoll_ctl(loop->epoll_fd, watch->in_epoll ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    if (result != 0 && errno == ENOENT) { /* closed behind our back, and the number used again */
        result = epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
    if (result != 0) {
        return E_IO;
    }
    watch->in_epoll = true;
    return E_OK;
}

int posix_loop_watch(struct posix_loop *loop, int fd, int events,
                     void (*ready)(void *context, int events), void *context)
{
    ASSERT(fd >= 0);
    ASSERT(ready != NULL);
    ASSERT((events & ~(POSIX_LOOP_READ | POSIX_LOOP_WRITE)) == 0);
    if (grow_watches(loop, fd) != E_OK) {
        return E_NOSPACE;
    }
    struct watch *watch = &loop->watches[fd];
    if (watch->ready == NULL) {
        watch->generation++; /* the second half of a fetched batch may still name the old one */
    }
    const int result = tell_epoll(loop, fd, watch, events);
    if (result == E_OK) {
        watch->ready = ready;
        watch->context = context;
    }
    return result;
}

void posix_loop_unwatch(struct posix_loop *loop, int fd)
{
    if (fd < 0 || fd >= loop->n_watches || loop->watches[fd].ready == NULL) {
        return;
    }
    struct watch *watch = &loop->watches[fd];
    const int result = tell_epoll(loop, fd, watch, 0);
    ASSERT(result == E_OK);
    watch->ready = NULL;
    watch->context = NULL;
}

struct runtime_timers *posix_loop_timers(struct posix_loop *loop)
{
    return &loop->timers;
}

void posix_loop_on_child(struct posix_loop *loop,
                         void (*exited)(void *context, int pid, int status), void *context)
{
    loop->child_exited = exited;
    loop->child_context = context;
}

static uint64_t read_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void count_call(struct posix_loop *loop, int source, uint64_t began_us)
{
    static const struct trace_sink none = {NULL, NULL};
    const uint64_t ended_us = read_us();
    const uint64_t took_us = ended_us - began_us;
    const uint32_t counted_us = took_us > UINT32_MAX ? UINT32_MAX : (uint32_t)took_us;
    if (runtime_call_stats_add(&loop->call_stats, (uint32_t)source, counted_us, ended_us / 1000,
                               &none)) {
        log_warn("loop: call over budget source=%d took_us=%u", source, counted_us);
    }
}

struct runtime_call_stats *posix_loop_call_stats(struct posix_loop *loop)
{
    return &loop->call_stats;
}

static void dispatch(struct posix_loop *loop, const struct epoll_event *event)
{
    const int fd = (int)(uint32_t)event->data.u64;
    const uint32_t generation = (uint32_t)(event->data.u64 >> 32);
    ASSERT(fd >= 0 && fd < loop->n_watches);
    const struct watch watch = loop->watches[fd]; /* a copy: the table may move under the call */
    if (watch.ready == NULL || watch.generation != generation || !watch.in_epoll) {
        return;
    }
    int events = 0;
    if ((event->events & (uint32_t)(EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) {
        events |= POSIX_LOOP_READ;
    }
    if ((event->events & (uint32_t)(EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
        events |= POSIX_LOOP_WRITE;
    }
    const uint64_t began_us = read_us();
    watch.ready(watch.context, events);
    count_call(loop, fd, began_us);
}

static void fire_timers(struct posix_loop *loop)
{
    const uint64_t now_ms = posix_clock_mono_ms();
    if (runtime_timers_deadline(&loop->timers) <= now_ms) {
        const uint64_t began_us = read_us();
        runtime_timers_fire(&loop->timers, now_ms);
        count_call(loop, POSIX_LOOP_TIMERS, began_us);
    }
}

static int wait_ms(const struct posix_loop *loop)
{
    const uint64_t deadline_ms = runtime_timers_deadline(&loop->timers);
    if (deadline_ms == NEVER_MS) {
        return -1;
    }
    const uint64_t now_ms = posix_clock_mono_ms();
    if (deadline_ms <= now_ms) {
        return 0;
    }
    return deadline_ms - now_ms > INT_MAX ? INT_MAX : (int)(deadline_ms - now_ms);
}

int posix_loop_run(struct posix_loop *loop)
{
    reap_children(loop); /* those that ended before anybody asked */
    while (!loop->stop) {
        struct epoll_event events[BATCH];
        const int n = epoll_wait(loop->epoll_fd, events, BATCH, wait_ms(loop));
        ASSERT(n >= 0 || errno == EINTR);
        for (int i = 0; i < n && !loop->stop; i++) {
            dispatch(loop, &events[i]);
        }
        if (!loop->stop) {
            fire_timers(loop);
        }
    }
    const int number = loop->stop_signal;
    loop->stop = false;
    loop->stop_signal = 0;
    return number;
}

void posix_loop_stop(struct posix_loop *loop)
{
    loop->stop = true;
}
