/* SPDX-License-Identifier: MIT */
#include "broker/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "posix/clock.h"
#include "posix/log.h"
#include "posix/loop.h"
#include "posix/sandbox.h"

enum { GO = 'G', RESTART = 'R', STARTED = 'S' };
enum { LINE_CAP = 512, STOP_GRACE_MS = 2000, STOP_POLL_MS = 10 };

/* The keeper's own state, in its own process. */
struct keeper {
    struct posix_loop *loop;
    int gateway_fd;
    const char *program;
    const char *config;
    int pid; /* of the broker, 0 while there is none */
    uint64_t started_ms;
    uint32_t backoff_ms;
    struct runtime_timer again;
    struct runtime_timer kill;
    int log_fd;
    char line[LINE_CAP];
    size_t line_len;
};

uint32_t broker_backoff_ms(uint32_t last_ms, uint64_t ran_ms)
{
    if (last_ms == 0 || ran_ms >= BROKER_STEADY_MS) {
        return BROKER_BACKOFF_FIRST_MS;
    }
    return last_ms * 2 < BROKER_BACKOFF_MAX_MS ? last_ms * 2 : BROKER_BACKOFF_MAX_MS;
}

/* ---- in the broker's process, until exec ---- */

static _Noreturn void become_broker(const struct keeper *k, int log_fd, pid_t keeper_pid)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == keeper_pid && sandbox_no_privileges() == E_OK &&
        dup2(log_fd, STDERR_FILENO) >= 0 && dup2(log_fd, STDOUT_FILENO) >= 0) {
        char *arguments[] = {(char *)(uintptr_t)k->program, (char *)(uintptr_t) "-c",
                             (char *)(uintptr_t)k->config, NULL};
        (void)execv(k->program, arguments);
    }
    _exit(127);
}

/* ---- what the broker logs ---- */

/* As root it warns about its own privileges; it has none left, see become_broker(). */
static void log_line(const char *line)
{
    if (strstr(line, "should not be run as root") == NULL) {
        log_warn("broker: %s", line);
    }
}

static void take_text(struct keeper *k, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\n' && k->line_len < LINE_CAP - 1) {
            k->line[k->line_len++] = text[i];
        } else if (text[i] == '\n') {
            k->line[k->line_len] = 0;
            log_line(k->line);
            k->line_len = 0;
        }
    }
}

static void close_log(struct keeper *k)
{
    if (k->log_fd >= 0) {
        posix_loop_unwatch(k->loop, k->log_fd);
        (void)close(k->log_fd);
        k->log_fd = -1;
    }
}

static void on_log(void *context, int events)
{
    struct keeper *k = context;
    char text[LINE_CAP];
    (void)events;
    const ssize_t n = read(k->log_fd, text, sizeof text);
    if (n > 0) {
        take_text(k, text, (size_t)n);
    } else if (n == 0 || errno != EAGAIN) {
        close_log(k);
    }
}

/* ---- start, end, start again ---- */

static void tell_gateway(struct keeper *k, char news)
{
    (void)!send(k->gateway_fd, &news, 1, MSG_NOSIGNAL);
}

static void arm_again(struct keeper *k)
{
    const uint64_t now_ms = posix_clock_mono_ms();
    k->backoff_ms = broker_backoff_ms(k->backoff_ms, now_ms - k->started_ms);
    runtime_timer_start(posix_loop_timers(k->loop), &k->again, now_ms + k->backoff_ms);
}

static void start_broker(struct keeper *k)
{
    int pipe_fds[2];
    const pid_t keeper_pid = getpid();
    k->started_ms = posix_clock_mono_ms();
    close_log(k);
    if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) != 0) {
        log_error("cannot start the broker: %s", strerror(errno));
        arm_again(k);
        return;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        become_broker(k, pipe_fds[1], keeper_pid);
    }
    (void)close(pipe_fds[1]);
    k->log_fd = pipe_fds[0];
    if (posix_loop_watch(k->loop, k->log_fd, POSIX_LOOP_READ, on_log, k) != E_OK) {
        (void)close(k->log_fd);
        k->log_fd = -1;
    }
    if (pid < 0) {
        log_error("cannot start the broker: %s", strerror(errno));
        arm_again(k);
        return;
    }
    k->pid = pid;
    tell_gateway(k, STARTED);
}

static void on_again(void *context, uint64_t now_ms)
{
    (void)now_ms;
    start_broker(context);
}

static bool ending(const struct keeper *k)
{
    return k->gateway_fd < 0;
}

static void on_child(void *context, int pid, int status)
{
    struct keeper *k = context;
    if (pid != k->pid) {
        return;
    }
    k->pid = 0;
    if (ending(k)) {
        posix_loop_stop(k->loop);
        return;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        log_error("%s cannot be started", k->program);
    } else if (WIFSIGNALED(status)) {
        log_warn("the broker was ended by signal %d and is started again", WTERMSIG(status));
    } else {
        log_warn("the broker ended with status %d and is started again", WEXITSTATUS(status));
    }
    arm_again(k);
}

static void on_kill(void *context, uint64_t now_ms)
{
    struct keeper *k = context;
    (void)now_ms;
    if (k->pid > 0) {
        (void)kill(k->pid, SIGKILL);
    }
}

static void begin_end(struct keeper *k)
{
    posix_loop_unwatch(k->loop, k->gateway_fd);
    (void)close(k->gateway_fd);
    k->gateway_fd = -1;
    runtime_timer_stop(posix_loop_timers(k->loop), &k->again);
    if (k->pid == 0) {
        posix_loop_stop(k->loop);
        return;
    }
    (void)kill(k->pid, SIGTERM);
    runtime_timer_start(posix_loop_timers(k->loop), &k->kill,
                        posix_clock_mono_ms() + STOP_GRACE_MS);
}

/* One message says that the broker may start, another that it must start again; the end of the
 * socket, that the gateway has gone. */
static void on_gateway(void *context, int events)
{
    struct keeper *k = context;
    char message;
    (void)events;
    const ssize_t n = recv(k->gateway_fd, &message, 1, 0);
    if (n == 1 && message == RESTART && k->pid > 0) {
        k->backoff_ms = 0;
        (void)kill(k->pid, SIGTERM);
    } else if (n == 1 && k->pid == 0 && !runtime_timer_running(&k->again)) {
        start_broker(k);
    } else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        begin_end(k);
    }
}

/* Ctrl-C reaches every process of its group; the keeper and the broker end when the gateway does.
 */
static void leave_terminal(void)
{
    (void)setpgid(0, 0);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
}

static _Noreturn void keep(int gateway_fd, const char *program, const char *config)
{
    struct keeper k = {.loop = posix_loop_open(),
                       .gateway_fd = gateway_fd,
                       .program = program,
                       .config = config,
                       .log_fd = -1};
    k.again = (struct runtime_timer){.fire = on_again, .context = &k};
    k.kill = (struct runtime_timer){.fire = on_kill, .context = &k};
    if (!k.loop || posix_loop_watch(k.loop, gateway_fd, POSIX_LOOP_READ, on_gateway, &k) != E_OK) {
        _exit(1);
    }
    leave_terminal();
    posix_loop_on_child(k.loop, on_child, &k);
    (void)posix_loop_run(k.loop);
    _exit(0);
}

/* ---- the gateway's side ---- */

int broker_keeper_fork(struct broker_keeper *k, const char *program, const char *config)
{
    int fds[2];
    *k = (struct broker_keeper){.fd = -1};
    if (access(program, X_OK) != 0) {
        log_error("%s is not installed; the package is called mosquitto", program);
        return E_NOTFOUND;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0) {
        return E_IO;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        (void)close(fds[0]);
        keep(fds[1], program, config);
    }
    (void)close(fds[1]);
    if (pid < 0) {
        (void)close(fds[0]);
        return E_IO;
    }
    k->fd = fds[0];
    k->pid = pid;
    return E_OK;
}

static int tell_keeper(const struct broker_keeper *k, char message)
{
    return send(k->fd, &message, 1, MSG_NOSIGNAL) == 1 ? E_OK : E_IO;
}

int broker_keeper_go(struct broker_keeper *k)
{
    return tell_keeper(k, GO);
}

int broker_keeper_restart(struct broker_keeper *k)
{
    return tell_keeper(k, RESTART);
}

int broker_keeper_fd(const struct broker_keeper *k)
{
    return k->fd;
}

int broker_keeper_read(struct broker_keeper *k)
{
    char news;
    for (;;) {
        const ssize_t n = recv(k->fd, &news, 1, 0);
        if (n == 1) {
            k->starts += news == STARTED;
        } else if (n < 0 && errno == EAGAIN) {
            return E_OK;
        } else if (n == 0 || errno != EINTR) {
            return E_STATE;
        }
    }
}

static bool ended_within(int pid, unsigned limit_ms)
{
    for (unsigned waited_ms = 0; waited_ms <= limit_ms; waited_ms += STOP_POLL_MS) {
        const pid_t gone = waitpid(pid, NULL, WNOHANG);
        if (gone == pid || (gone < 0 && errno == ECHILD)) {
            return true;
        }
        (void)usleep(STOP_POLL_MS * 1000);
    }
    return false;
}

void broker_keeper_stop(struct broker_keeper *k)
{
    if (k->pid <= 0) {
        return;
    }
    (void)close(k->fd);
    if (!ended_within(k->pid, STOP_GRACE_MS + 1000)) {
        (void)kill(k->pid, SIGKILL); /* the broker follows: PR_SET_PDEATHSIG */
        (void)waitpid(k->pid, NULL, 0);
    }
    *k = (struct broker_keeper){.fd = -1};
}
