/* SPDX-License-Identifier: MIT */
#include "weather_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "posix/clock.h"

enum { CLIENTS_MAX = 16, REQUEST_CAP = 4096, HEAD_CAP = 256, SLOW_MS = 60000 };

struct client {
    struct weather_server *server;
    int fd; /* -1: free */
    char request[REQUEST_CAP];
    size_t request_len;
    uint8_t *answer; /* NULL: reading */
    size_t answer_len;
    size_t sent;
    struct runtime_timer later; /* a slow answer */
};

struct weather_server {
    struct posix_loop *loop;
    const struct weather_service *service;
    int listen_fd;
    struct client clients[CLIENTS_MAX];
};

static void drop(struct client *c)
{
    runtime_timer_stop(posix_loop_timers(c->server->loop), &c->later);
    posix_loop_unwatch(c->server->loop, c->fd);
    (void)close(c->fd);
    free(c->answer);
    c->answer = NULL;
    c->request_len = c->answer_len = c->sent = 0;
    c->fd = -1;
}

static void on_client(void *context, int events);

static void watch(struct client *c, int events)
{
    if (posix_loop_watch(c->server->loop, c->fd, events, on_client, c) != E_OK) {
        drop(c);
    }
}

static void send_some(struct client *c)
{
    while (c->sent < c->answer_len) {
        const ssize_t n =
            send(c->fd, c->answer + c->sent, c->answer_len - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            c->sent += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            watch(c, POSIX_LOOP_WRITE);
            return;
        } else if (n == 0 || errno != EINTR) {
            break;
        }
    }
    drop(c);
}

static const char *status_text(int status)
{
    return status == 200   ? "OK"
           : status == 429 ? "Too Many Requests"
           : status == 500 ? "Internal Server Error"
                           : "Bad Request";
}

static void make_answer(struct client *c, const char *target)
{
    char head[HEAD_CAP];
    uint8_t *body = malloc(WEATHER_BODY_CAP);
    c->answer = malloc(HEAD_CAP + WEATHER_BODY_CAP);
    if (body == NULL || c->answer == NULL) {
        free(body);
        drop(c);
        return;
    }
    struct wbuf w = wbuf_of(body, WEATHER_BODY_CAP);
    const int status =
        weather_service_answer(c->server->service, target, posix_clock_wall_ms() / 1000, &w);
    const int head_len =
        snprintf(head, sizeof head,
                 "HTTP/1.1 %d %s\r\nContent-Type: application/json; charset=utf-8\r\n"
                 "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                 status, status_text(status), wbuf_len(&w));
    memcpy(c->answer, head, (size_t)head_len);
    memcpy(c->answer + head_len, body, wbuf_len(&w));
    c->answer_len = (size_t)head_len + wbuf_len(&w);
    free(body);
}

static void on_later(void *context, uint64_t now_ms)
{
    (void)now_ms;
    send_some(context);
}

/* "GET /v1/forecast?... HTTP/1.1" */
static void take_request(struct client *c)
{
    char *space = strchr(c->request, ' ');
    char *end = space == NULL ? NULL : strpbrk(space + 1, " \r\n");
    if (strncmp(c->request, "GET ", 4) != 0 || end == NULL) {
        drop(c);
        return;
    }
    *end = '\0';
    make_answer(c, space + 1);
    if (c->fd < 0) {
        return;
    }
    if (c->server->service->fault == WEATHER_FAULT_SLOW) {
        watch(c, 0);
        runtime_timer_start(posix_loop_timers(c->server->loop), &c->later,
                            posix_clock_mono_ms() + SLOW_MS);
        return;
    }
    send_some(c);
}

static void on_client(void *context, int events)
{
    struct client *c = context;
    if (c->answer != NULL) {
        if ((events & POSIX_LOOP_WRITE) != 0) {
            send_some(c);
        }
        return;
    }
    const ssize_t n =
        recv(c->fd, c->request + c->request_len, REQUEST_CAP - 1 - c->request_len, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        drop(c);
        return;
    }
    c->request_len += (size_t)n;
    c->request[c->request_len] = '\0';
    if (strstr(c->request, "\r\n\r\n") != NULL) {
        take_request(c);
    } else if (c->request_len == REQUEST_CAP - 1) {
        drop(c);
    }
}

static void on_listen(void *context, int events)
{
    struct weather_server *s = context;
    (void)events;
    const int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return;
    }
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if (s->clients[i].fd < 0) {
            s->clients[i].fd = fd;
            watch(&s->clients[i], POSIX_LOOP_READ);
            return;
        }
    }
    (void)close(fd); /* as many as fit are served */
}

static int listen_on(uint16_t *port)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 64) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        *port = ntohs(address.sin_port);
        return fd;
    }
    fprintf(stderr, "wattward-sim weather: cannot listen on 127.0.0.1 port %u: %s\n", *port,
            strerror(errno));
    if (fd >= 0) {
        (void)close(fd);
    }
    return -1;
}

struct weather_server *weather_server_open(struct posix_loop *loop, uint16_t *port,
                                           const struct weather_service *service)
{
    struct weather_server *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    s->loop = loop;
    s->service = service;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        s->clients[i] = (struct client){.server = s, .fd = -1};
        s->clients[i].later = (struct runtime_timer){.fire = on_later, .context = &s->clients[i]};
    }
    s->listen_fd = listen_on(port);
    if (s->listen_fd < 0 ||
        posix_loop_watch(loop, s->listen_fd, POSIX_LOOP_READ, on_listen, s) != E_OK) {
        free(s);
        return NULL;
    }
    return s;
}

void weather_server_close(struct weather_server *s)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if (s->clients[i].fd >= 0) {
            drop(&s->clients[i]);
        }
    }
    posix_loop_unwatch(s->loop, s->listen_fd);
    (void)close(s->listen_fd);
    free(s);
}
