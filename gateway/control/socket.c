/* SPDX-License-Identifier: MIT */
#include "control/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/assert.h"
#include "control/command.h"
#include "posix/clock.h"
#include "posix/log.h"
#include "posix/loop.h"

enum { CLIENTS_MAX = 8 };

struct client {
    struct control_socket *control;
    int fd; /* -1: free */
    char line[CONTROL_LINE_MAX_LEN];
    size_t line_len;
    uint8_t *answer; /* NULL: reading */
    size_t answer_len;
    size_t sent;
};

struct control_socket {
    struct posix_loop *loop;
    struct web_api *api;
    int directory_fd;
    int listen_fd;
    bool bound;
    struct client clients[CLIENTS_MAX];
};

static void drop(struct client *c)
{
    posix_loop_unwatch(c->control->loop, c->fd);
    (void)close(c->fd);
    free(c->answer);
    c->answer = NULL;
    c->line_len = 0;
    c->fd = -1;
}

static void on_client(void *context, int events);

static void watch(struct client *c, int events)
{
    if (posix_loop_watch(c->control->loop, c->fd, events, on_client, c) != E_OK) {
        drop(c);
    }
}

static void send_answer(struct client *c)
{
    const ssize_t n =
        send(c->fd, c->answer + c->sent, c->answer_len - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        drop(c);
        return;
    }
    c->sent += n > 0 ? (size_t)n : 0;
    if (c->sent < c->answer_len) {
        watch(c, POSIX_LOOP_WRITE);
        return;
    }
    free(c->answer);
    c->answer = NULL;
    watch(c, POSIX_LOOP_READ);
}

static void answer_line(struct client *c, size_t len)
{
    struct control_socket *control = c->control;
    const size_t cap = control_answer_cap(control->api->site);
    c->answer = malloc(cap);
    if (!c->answer) {
        drop(c);
        return;
    }
    struct wbuf w = wbuf_of(c->answer, cap);
    control_command(control->api, posix_clock_mono_ms(), c->line, len, &w);
    ASSERT(wbuf_ok(&w));
    c->answer_len = wbuf_len(&w);
    c->sent = 0;
    memmove(c->line, c->line + len + 1, c->line_len - len - 1);
    c->line_len -= len + 1;
    send_answer(c);
}

/* Answers the lines that are complete, one after the other. */
static void take_lines(struct client *c)
{
    while (c->fd >= 0 && !c->answer) {
        const char *end = memchr(c->line, '\n', c->line_len);
        if (!end) {
            if (c->line_len == sizeof c->line) {
                drop(c);
            }
            return;
        }
        answer_line(c, (size_t)(end - c->line));
    }
}

static void read_more(struct client *c)
{
    const ssize_t n =
        recv(c->fd, c->line + c->line_len, sizeof c->line - c->line_len, MSG_DONTWAIT);
    if (n > 0) {
        c->line_len += (size_t)n;
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        drop(c);
    }
}

static void on_client(void *context, int events)
{
    struct client *c = context;
    (void)events;
    if (c->answer) {
        send_answer(c);
    } else {
        read_more(c);
    }
    take_lines(c);
}

/* Root, or who the gateway itself is. */
static bool may_command(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == 0 || peer.uid == getuid());
}

static void on_listen(void *context, int events)
{
    struct control_socket *control = context;
    (void)events;
    const int fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return;
    }
    for (size_t i = 0; may_command(fd) && i < CLIENTS_MAX; i++) {
        if (control->clients[i].fd < 0) {
            control->clients[i].fd = fd;
            watch(&control->clients[i], POSIX_LOOP_READ);
            return;
        }
    }
    (void)close(fd);
}

/* Through the directory's descriptor, because the path of a socket may have 107 characters only. */
static int listen_at(struct control_socket *control, const char *directory)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    control->directory_fd = open(directory, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    control->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->directory_fd < 0 || control->listen_fd < 0) {
        return E_IO;
    }
    (void)unlinkat(control->directory_fd, "control.sock", 0);
    (void)snprintf(at.sun_path, sizeof at.sun_path, "/proc/self/fd/%d/control.sock",
                   control->directory_fd);
    if (bind(control->listen_fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        return E_IO;
    }
    control->bound = true;
    if (fchmodat(control->directory_fd, "control.sock", 0600, 0) != 0 ||
        listen(control->listen_fd, CLIENTS_MAX) != 0) {
        return E_IO;
    }
    return posix_loop_watch(control->loop, control->listen_fd, POSIX_LOOP_READ, on_listen, control);
}

struct control_socket *control_socket_open(struct posix_loop *loop, struct web_api *api,
                                           const char *directory)
{
    struct control_socket *control = calloc(1, sizeof *control);
    if (!control) {
        return NULL;
    }
    control->loop = loop;
    control->api = api;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        control->clients[i] = (struct client){.control = control, .fd = -1};
    }
    if (listen_at(control, directory) != E_OK) {
        log_error("cannot listen at %s/control.sock: %s", directory, strerror(errno));
        control_socket_close(control);
        return NULL;
    }
    return control;
}

void control_socket_close(struct control_socket *control)
{
    if (!control) {
        return;
    }
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if (control->clients[i].fd >= 0) {
            drop(&control->clients[i]);
        }
    }
    if (control->listen_fd >= 0) {
        posix_loop_unwatch(control->loop, control->listen_fd);
        (void)close(control->listen_fd);
    }
    if (control->bound) {
        (void)unlinkat(control->directory_fd, "control.sock", 0);
    }
    if (control->directory_fd >= 0) {
        (void)close(control->directory_fd);
    }
    free(control);
}
