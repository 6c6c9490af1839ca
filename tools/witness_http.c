/* SPDX-License-Identifier: MIT */
#include "witness_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_CAP = 24576, PATIENCE_MS = 5000, BACKLOG = 16, HEAD_CAP = 256 };

static volatile sig_atomic_t is_ending;

static void on_signal(int number)
{
    (void)number;
    is_ending = 1;
}

static bool read_address(const char *text, struct sockaddr_in *out)
{
    char host[32];
    char *end = NULL;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof host) {
        return false;
    }
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    const long port = strtol(colon + 1, &end, 10);
    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return end != colon + 1 && *end == 0 && port >= 0 && port <= 65535 &&
           inet_pton(AF_INET, host, &out->sin_addr) == 1;
}

bool witness_http_open(struct witness_http *h, const char *listen_on)
{
    const int on = 1;
    char host[32];
    struct sockaddr_in at;
    socklen_t len = sizeof at;
    if (!read_address(listen_on, &at)) {
        errno = EINVAL;
        return false;
    }
    h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (h->fd < 0 || setsockopt(h->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(h->fd, (const struct sockaddr *)&at, sizeof at) != 0 || listen(h->fd, BACKLOG) != 0 ||
        getsockname(h->fd, (struct sockaddr *)&at, &len) != 0) {
        return false;
    }
    (void)inet_ntop(AF_INET, &at.sin_addr, host, sizeof host);
    (void)snprintf(h->name, sizeof h->name, "%s:%u", host, ntohs(at.sin_port));
    const struct sigaction act = {.sa_handler = on_signal}; /* accept() is to end: no SA_RESTART */
    (void)sigaction(SIGTERM, &act, NULL);
    (void)sigaction(SIGINT, &act, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return true;
}

/* ---- one request ---- */

static long now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* More bytes behind the n that are there; their number, <= 0 when none come in time. */
static ssize_t read_more(int fd, char *request, size_t n, long until_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    const long left_ms = until_ms - now_ms();
    if (n == REQUEST_CAP || left_ms <= 0 || poll(&p, 1, (int)left_ms) != 1) {
        return 0;
    }
    return recv(fd, request + n, REQUEST_CAP - n, 0);
}

/* The value of Content-Length among the lines up to `end`; -1 without one. */
static long content_length(const char *request, const char *end)
{
    static const char name[] = "content-length:";
    for (const char *line = strstr(request, "\r\n"); line != NULL && line < end;
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, sizeof name - 1) == 0) {
            char *after = NULL;
            const long n = strtol(line + 2 + sizeof name - 1, &after, 10);
            return *after == '\r' && n >= 0 ? n : -1;
        }
    }
    return -1;
}

struct request {
    char bytes[REQUEST_CAP + 1];
    size_t n;
    const char *body; /* NULL until the head is whole */
    long body_len;
};

static bool is_whole(const struct request *r)
{
    return r->body != NULL && r->body_len >= 0 &&
           r->n >= (size_t)(r->body - r->bytes) + (size_t)r->body_len;
}

/* Finds the body once the head is whole. 0, or a status. */
static int find_body(struct request *r)
{
    const char *end = r->body == NULL ? strstr(r->bytes, "\r\n\r\n") : NULL;
    if (end == NULL) {
        return 0;
    }
    r->body = end + 4;
    r->body_len = content_length(r->bytes, end);
    if (r->body_len < 0) {
        return 411;
    }
    return r->body_len > REQUEST_CAP ? 413 : 0;
}

/* The status of a request that is not to be judged; 0 for a whole one. */
static int read_request(int fd, struct request *r)
{
    const long until_ms = now_ms() + PATIENCE_MS;
    r->n = 0;
    r->body = NULL;
    int status = 0;
    while (status == 0 && !is_whole(r)) {
        const ssize_t got = read_more(fd, r->bytes, r->n, until_ms);
        if (got <= 0) {
            return r->n == REQUEST_CAP ? 413 : 408;
        }
        r->n += (size_t)got;
        r->bytes[r->n] = 0;
        status = find_body(r);
    }
    return status;
}

static bool is_for_us(const char *request)
{
    static const char line[] = "POST /add-checkpoint HTTP/1.";
    return strncmp(request, line, sizeof line - 1) == 0;
}

static void send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        const ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return; /* whoever asked has gone */
        }
        bytes += n;
        len -= (size_t)n;
    }
}

static void answer_one(const struct witness_http *h, int fd)
{
    static struct request r;
    char head[HEAD_CAP];
    struct witness_answer a = {.status = read_request(fd, &r)};
    if (a.status == 0 && !is_for_us(r.bytes)) {
        a.status = 404;
    } else if (a.status == 0) {
        h->respond(h->context, r.body, (size_t)r.body_len, &a);
    }
    const int n =
        snprintf(head, sizeof head,
                 "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                 "Connection: close\r\n\r\n",
                 a.status, a.status == 200 ? "OK" : "No",
                 a.content_type != NULL ? a.content_type : "text/plain; charset=utf-8", a.len);
    send_all(fd, head, (size_t)n);
    send_all(fd, a.body, a.len);
}

void witness_http_serve(struct witness_http *h)
{
    while (!is_ending) {
        const int fd = accept4(h->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
            (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
            answer_one(h, fd);
            (void)close(fd);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            break;
        }
    }
    (void)close(h->fd);
}
