/* SPDX-License-Identifier: MIT
 * One question at a time.
 */
#include "posix/control_line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/assert.h"
#include "posix/clock.h"

enum { FIRST_CAP = 1 << 14 };

/* A socket's path has 107 bytes at most; by way of its open directory it is always short enough. */
static int connect_in(const char *state_dir)
{
    char path[4096];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (snprintf(path, sizeof path, "%s/gateway", state_dir) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    const int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        return -1;
    }
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/control.sock", dir);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        const int why = errno;
        close(fd);
        fd = -1;
        errno = why;
    }
    const int why = errno;
    close(dir);
    errno = why;
    return fd;
}

int posix_control_line_open(struct posix_control_line *c, const char *state_dir)
{
    *c = (struct posix_control_line){.fd = connect_in(state_dir)};
    return c->fd < 0 ? E_IO : E_OK;
}

void posix_control_line_close(struct posix_control_line *c)
{
    if (c->fd >= 0) {
        close(c->fd);
    }
    free(c->text);
    *c = (struct posix_control_line){.fd = -1};
}

/* The whole line at once: a peer that answers what it has read must not find more behind it. */
static bool send_line(int fd, const char *question)
{
    char line[POSIX_CONTROL_QUESTION_MAX_LEN + 2];
    const int len = snprintf(line, sizeof line, "%s\n", question);
    ASSERT(len > 0 && len < (int)sizeof line);
    for (int done = 0; done < len;) {
        const ssize_t n = send(fd, line + done, (size_t)(len - done), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        done += (int)n;
    }
    return true;
}

static bool make_room(struct posix_control_line *c)
{
    if (c->len < c->cap) {
        return true;
    }
    const size_t cap = c->cap == 0 ? FIRST_CAP : c->cap * 2;
    char *larger = cap <= POSIX_CONTROL_ANSWER_MAX_LEN ? realloc(c->text, cap) : NULL;
    if (larger == NULL) {
        errno = EMSGSIZE;
        return false;
    }
    c->text = larger;
    c->cap = cap;
    return true;
}

/* Bytes read, or -1 with the reason in errno, 0 for the end. */
static ssize_t read_some(struct posix_control_line *c, uint64_t until_ms)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    int ready = -1;
    errno = EINTR;
    while (ready < 0 && errno == EINTR) {
        const uint64_t now_ms = posix_clock_mono_ms();
        ready = poll(&p, 1, now_ms < until_ms ? (int)(until_ms - now_ms) : 0);
    }
    if (ready == 0) {
        errno = ETIMEDOUT;
        return -1;
    }
    errno = 0;
    const ssize_t n = read(c->fd, c->text + c->len, c->cap - c->len);
    return n > 0 ? n : -1;
}

const char *posix_control_line_ask(struct posix_control_line *c, const char *question,
                                   int timeout_ms)
{
    const uint64_t until_ms = posix_clock_mono_ms() + (uint64_t)timeout_ms;
    c->len = 0;
    if (!send_line(c->fd, question)) {
        return NULL;
    }
    while (make_room(c)) {
        const ssize_t n = read_some(c, until_ms);
        if (n < 0) {
            return NULL;
        }
        char *end = memchr(c->text + c->len, '\n', (size_t)n);
        c->len += (size_t)n;
        if (end != NULL) {
            *end = '\0';
            return c->text;
        }
    }
    return NULL;
}

char *posix_control_line_take(struct posix_control_line *c)
{
    char *text = c->text;
    c->text = NULL;
    c->len = 0;
    c->cap = 0;
    return text;
}

int posix_control_line_peer(const struct posix_control_line *c)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 ? (int)peer.pid : 0;
}
