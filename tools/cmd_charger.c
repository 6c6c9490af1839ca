/* SPDX-License-Identifier: MIT
 * wattward charger: what the operator of a charger may want of it, over its control socket.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "command.h"

enum { ANSWER_CAP = 2048, TIMEOUT_S = 5 };

/* The whole answer; 0, or -1 with errno. */
static int ask(const char *path, const char *line, char answer[ANSWER_CAP])
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const struct timeval timeout = {.tv_sec = TIMEOUT_S};
    if (strlen(path) >= sizeof at.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(at.sun_path, path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    size_t len = 0;
    ssize_t n = -1;
    if (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0 &&
        send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line)) {
        while (len + 1 < ANSWER_CAP && (n = recv(fd, answer + len, ANSWER_CAP - 1 - len, 0)) > 0) {
            len += (size_t)n;
        }
    }
    const int error = errno;
    answer[len] = '\0';
    close(fd);
    errno = error;
    return n < 0 || len == 0 ? -1 : 0;
}

static int run(const struct invocation *i)
{
    static const char trouble[] = "error: ";
    char line[80] = "";
    char answer[ANSWER_CAP];
    size_t len = 0;
    for (size_t k = 1; k < i->n_arguments; k++) {
        const int n =
            snprintf(line + len, sizeof line - len, "%s%s", k > 1 ? " " : "", i->arguments[k]);
        len += n < 0 ? 0 : (size_t)n;
        if (len + 1 >= sizeof line) {
            return command_fail(i, "that is more than a charger understands");
        }
    }
    line[len] = '\n';
    if (ask(i->arguments[0], line, answer) != 0) {
        return command_fail(i, "no charger answers at %s: %s", i->arguments[0], strerror(errno));
    }
    if (strncmp(answer, trouble, sizeof trouble - 1) == 0) {
        answer[strcspn(answer, "\n")] = '\0';
        return command_fail(i, "%s", answer + sizeof trouble - 1);
    }
    printf("%s", answer);
    return COMMAND_DONE;
}

static const char *const arguments[] = {"SOCKET", "WISH...", NULL};

const struct command command_charger = {
    .name = "charger",
    .summary = "ask a charger on this machine, or tell it what to do",
    .arguments = arguments,
    .details =
        "SOCKET is the charger's control_socket. A wish is `status`, or one of these and the "
        "number\n"
        "of a plug: suspend (zero power, without ending the session), resume, pause (stops, and\n"
        "keeps the session), stop, wake (a car that was stopped or paused), emergency (opens at "
        "once,\n"
        "until `clear`), clear; or `limit PLUG AMPERES`.",
    .run = run};
