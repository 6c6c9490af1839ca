/* SPDX-License-Identifier: MIT */
#include "site/state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posix/log.h"

enum { CLAIM_TRIES = 20, CLAIM_PAUSE_US = 100000 };

int state_path(const char *directory, const char *name, char *out, size_t cap)
{
    const int n = snprintf(out, cap, "%s/%s", directory, name);
    if (n < 0 || (size_t)n >= cap) {
        log_error("the path of the state directory is too long");
        return E_NOSPACE;
    }
    return E_OK;
}

int state_make_directory(const char *directory)
{
    struct stat at;
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        log_error("cannot make the directory %s: %s", directory, strerror(errno));
        return E_IO;
    }
    if (stat(directory, &at) != 0 || !S_ISDIR(at.st_mode) || access(directory, W_OK | X_OK) != 0) {
        log_error("%s is not a directory that can be written", directory);
        return E_IO;
    }
    return E_OK;
}

int state_absolute(const char *directory, char *out, size_t cap)
{
    char path[PATH_MAX];
    if (!realpath(directory, path)) {
        log_error("cannot find %s: %s", directory, strerror(errno));
        return E_IO;
    }
    const int n = snprintf(out, cap, "%s", path);
    if (n < 0 || (size_t)n >= cap) {
        log_error("the path of the state directory is too long");
        return E_NOSPACE;
    }
    return E_OK;
}

int state_lock(const char *directory)
{
    char path[600];
    if (state_path(directory, "lock", path, sizeof path) != E_OK) {
        return E_NOSPACE;
    }
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        log_error("cannot open %s: %s", path, strerror(errno));
        return E_IO;
    }
    for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if (i == CLAIM_TRIES) {
            log_error("another gateway is running on %s", directory);
            (void)close(fd);
            return E_STATE;
        }
        (void)usleep(CLAIM_PAUSE_US);
    }
    return fd;
}

int state_write(const char *path, const void *bytes, size_t len)
{
    char fresh[600];
    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    const int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int written = fd >= 0 && write(fd, bytes, len) == (ssize_t)len;
    const int closed = fd >= 0 && close(fd) == 0;
    if (!written || !closed || rename(fresh, path) != 0) {
        log_error("cannot write %s: %s", path, strerror(errno));
        (void)unlink(fresh);
        return E_IO;
    }
    return E_OK;
}

/* ---- ports ---- */

union any_address {
    struct sockaddr base;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t read_address(const char *text, uint16_t port, union any_address *out)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return sizeof out->v4;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        return sizeof out->v6;
    }
    return 0;
}

/* E_OK or what bind() said; *port is the port that was bound. */
static int try_port(const char *address, uint16_t *port)
{
    const int on = 1;
    union any_address at;
    socklen_t len = read_address(address, *port, &at);
    if (len == 0) {
        return E_ARG;
    }
    const int fd = socket(at.base.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return E_IO;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int result = E_OK;
    if (bind(fd, &at.base, len) != 0 || listen(fd, 1) != 0) {
        result = errno == EADDRINUSE ? E_STATE : E_ARG;
    } else if (getsockname(fd, &at.base, &len) == 0) {
        *port = ntohs(at.base.sa_family == AF_INET ? at.v4.sin_port : at.v6.sin6_port);
    }
    (void)close(fd);
    return result;
}

int state_claim_port(const char *address, uint16_t *port)
{
    int result = try_port(address, port);
    for (int i = 0; i < CLAIM_TRIES && result == E_STATE; i++) {
        (void)usleep(CLAIM_PAUSE_US);
        result = try_port(address, port);
    }
    return result;
}
