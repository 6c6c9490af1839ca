/* SPDX-License-Identifier: MIT
 * Child processes of a simulated site.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/err.h"
#include "posix/clock.h"

/* In the child, between fork and exec: only async-signal-safe calls. It dies when we die, starts
 * with no signal blocked, and does not get the terminal's Ctrl-C: we stop it in order. */
static _Noreturn void become(const char *const argv[], int out, const char *log_path)
{
    sigset_t none;
    sigemptyset(&none);
    const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    char *const *arguments = NULL; /* exec takes char *const[] and does not write to it */
    memcpy(&arguments, &argv, sizeof arguments);
    if (in >= 0 && log >= 0 && prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && setpgid(0, 0) == 0 &&
        sigprocmask(SIG_SETMASK, &none, NULL) == 0 && dup2(in, STDIN_FILENO) >= 0 &&
        dup2(out, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0) {
        execv(argv[0], arguments);
    }
    _exit(127);
}

int child_start(struct child *c, const char *const argv[], const char *log_path)
{
    int ends[2];
    *c = (struct child){.out_fd = -1};
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return E_IO;
    }
    c->pid = fork();
    if (c->pid == 0) {
        become(argv, ends[1], log_path);
    }
    close(ends[1]);
    if (c->pid < 0) {
        close(ends[0]);
        c->pid = 0;
        return E_IO;
    }
    c->out_fd = ends[0];
    return E_OK;
}

/* Takes the first whole line out of what is pending; -1 when there is none. */
static int take_line(struct child *c, char *line, size_t cap)
{
    const char *end = memchr(c->pending, '\n', c->n_pending);
    if (end == NULL && c->n_pending < sizeof c->pending) {
        return -1;
    }
    const size_t len = end == NULL ? c->n_pending : (size_t)(end - c->pending);
    const size_t kept = len < cap - 1 ? len : cap - 1;
    memcpy(line, c->pending, kept);
    line[kept] = '\0';
    const size_t used = end == NULL ? len : len + 1;
    memmove(c->pending, c->pending + used, c->n_pending - used);
    c->n_pending -= used;
    return (int)kept;
}

int child_line(struct child *c, char *line, size_t cap, int timeout_ms)
{
    ASSERT(cap > 1);
    const uint64_t until_ms = posix_clock_mono_ms() + (uint64_t)timeout_ms;
    for (;;) {
        const int len = take_line(c, line, cap);
        if (len >= 0) {
            return len;
        }
        if (c->out_fd < 0) {
            return E_NOTFOUND;
        }
        const uint64_t now_ms = posix_clock_mono_ms();
        struct pollfd p = {.fd = c->out_fd, .events = POLLIN};
        const int ready = poll(&p, 1, now_ms < until_ms ? (int)(until_ms - now_ms) : 0);
        if (ready == 0 || (ready < 0 && errno != EINTR)) {
            return E_TIMEOUT;
        }
        const ssize_t n =
            read(c->out_fd, c->pending + c->n_pending, sizeof c->pending - c->n_pending);
        if (n > 0) {
            c->n_pending += (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            close(c->out_fd);
            c->out_fd = -1;
        }
    }
}

bool child_running(struct child *c)
{
    if (c->pid != 0 && waitpid(c->pid, &c->status, WNOHANG) == c->pid) {
        c->pid = 0;
    }
    return c->pid != 0;
}

void child_last_words(const char *log_path, char *line, size_t cap)
{
    char next[CHILD_LINE_MAX_LEN];
    FILE *file = fopen(log_path, "r");
    line[0] = '\0';
    while (file != NULL && fgets(next, sizeof next, file) != NULL) {
        next[strcspn(next, "\r\n")] = '\0';
        snprintf(line, cap, "%s", next);
    }
    if (file != NULL) {
        fclose(file);
    }
}

void child_ask_to_stop(struct child *c)
{
    if (child_running(c)) {
        kill(c->pid, SIGTERM);
    }
}

void child_end(struct child *c, int timeout_ms)
{
    const uint64_t until_ms = posix_clock_mono_ms() + (uint64_t)timeout_ms;
    while (child_running(c)) {
        if (posix_clock_mono_ms() >= until_ms) {
            kill(c->pid, SIGKILL);
            (void)waitpid(c->pid, &c->status, 0);
            c->pid = 0;
            break;
        }
        (void)poll(NULL, 0, 10);
    }
    if (c->out_fd >= 0) {
        close(c->out_fd);
        c->out_fd = -1;
    }
}
