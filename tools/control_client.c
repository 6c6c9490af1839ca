/* SPDX-License-Identifier: MIT
 * One connection, one line each way.
 */
#include "control_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"

enum {
    QUESTION_MAX_LEN = 4096,
    TIMEOUT_MS = 10000,
    FIRST_CAP = 1 << 14,
    ANSWER_MAX_LEN = 1 << 27,
    FIRST_TOKENS = 1 << 10
};

static int64_t mono_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

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

static int explain_no_connection(const struct invocation *i)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED:
        return command_fail(i,
                            "no gateway is running on '%s'; start it with ./run, or name the "
                            "state of the one that is with --state DIR",
                            i->state_dir);
    case EACCES:
    case EPERM:
        return command_fail(i,
                            "'%s' belongs to another user; run this as the one who runs the "
                            "gateway",
                            i->state_dir);
    default:
        return command_fail(i, "cannot speak to the gateway on '%s': %s", i->state_dir,
                            strerror(errno));
    }
}

/* The whole line at once: a peer that answers what it has read must not find more behind it. */
static bool send_line(int fd, const char *question)
{
    char line[QUESTION_MAX_LEN + 1];
    const int len = snprintf(line, sizeof line, "%s\n", question);
    ASSERT(len > 0 && len < (int)sizeof line);
    for (int done = 0; done < len;) {
        const ssize_t n = send(fd, line + done, (size_t)(len - done), MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        done += (int)n;
    }
    return true;
}

/* A line that grows. */
struct line {
    char *text;
    size_t len;
    size_t cap;
};

/* Bytes read, or -1 with the reason in errno, 0 for the end. */
static ssize_t read_some(int fd, struct line *line, int64_t deadline_ms)
{
    const int64_t left_ms = deadline_ms - mono_ms();
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (line->len == line->cap) {
        char *larger = line->cap < ANSWER_MAX_LEN ? realloc(line->text, line->cap * 2) : NULL;
        if (larger == NULL) {
            errno = EMSGSIZE;
            return -1;
        }
        line->text = larger;
        line->cap *= 2;
    }
    if (poll(&p, 1, left_ms > 0 ? (int)left_ms : 0) == 0) {
        errno = ETIMEDOUT;
        return -1;
    }
    errno = 0;
    const ssize_t n = read(fd, line->text + line->len, line->cap - line->len);
    return n > 0 ? n : -1;
}

/* Bytes until the newline, without it, from malloc(). NULL on end, error, time-out or too long a
 * line; errno says which, 0 for the end. */
static char *receive_line(int fd)
{
    const int64_t deadline_ms = mono_ms() + TIMEOUT_MS;
    struct line line = {.text = malloc(FIRST_CAP), .cap = FIRST_CAP};
    while (line.text != NULL) {
        const ssize_t n = read_some(fd, &line, deadline_ms);
        if (n < 0) {
            break;
        }
        char *end = memchr(line.text + line.len, '\n', (size_t)n);
        if (end != NULL) {
            *end = '\0';
            return line.text;
        }
        line.len += (size_t)n;
    }
    const int why = errno;
    free(line.text);
    errno = why;
    return NULL;
}

/* Parses with as many tokens as it takes. */
static bool parse(struct control_answer *a)
{
    for (size_t n = FIRST_TOKENS; n < ANSWER_MAX_LEN; n *= 2) {
        struct json_token *larger = realloc(a->tokens, n * sizeof *larger);
        if (larger == NULL) {
            return false;
        }
        a->tokens = larger;
        const int result = json_parse(&a->json, a->text, strlen(a->text), a->tokens, n);
        if (result != E_LIMIT) {
            return result == E_OK && json_type_of(&a->json, 0) == JSON_OBJECT;
        }
    }
    return false;
}

/* What an answer that says no, or nothing that can be understood, means for the invocation. */
static int judge(const struct invocation *i, struct control_answer *a)
{
    char sentence[512];
    bool ok = false;
    if (!parse(a) || json_bool(&a->json, json_member(&a->json, 0, "ok"), &ok) != E_OK) {
        return command_fail(i,
                            "the gateway's answer cannot be understood; are both of one version?");
    }
    if (ok) {
        if (i->json) {
            printf("%s\n", a->text);
        }
        return COMMAND_DONE;
    }
    if (json_string(&a->json, json_member(&a->json, 0, "error"), sentence, sizeof sentence) < 0) {
        return command_fail(i, "the gateway refused without saying why");
    }
    return command_fail(i, "%s", sentence);
}

int control_ask(const struct invocation *i, const char *question, struct control_answer *answer)
{
    *answer = (struct control_answer){.text = NULL};
    const int fd = connect_in(i->state_dir);
    if (fd < 0) {
        return explain_no_connection(i);
    }
    if (send_line(fd, question)) {
        answer->text = receive_line(fd);
    }
    const int why = errno;
    close(fd);
    if (answer->text == NULL) {
        return why == ETIMEDOUT ? command_fail(i, "the gateway does not answer")
                                : command_fail(i, "the gateway closed the connection without an "
                                                  "answer; its log has more");
    }
    const int status = judge(i, answer);
    if (status != COMMAND_DONE) {
        control_answer_free(answer);
    }
    return status;
}

void control_answer_free(struct control_answer *answer)
{
    free(answer->text);
    free(answer->tokens);
    *answer = (struct control_answer){.text = NULL};
}
