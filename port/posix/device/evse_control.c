/* SPDX-License-Identifier: MIT */
#include "evse_control.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "posix/clock.h"
#include "posix/log.h"

enum { ANSWER_LEN = 1024, LIMIT_MAX_A = 500 };

static void do_suspend(struct evse *evse, int32_t a)
{
    (void)a;
    evse_suspend(evse, true);
}

static void do_resume(struct evse *evse, int32_t a)
{
    (void)a;
    evse_suspend(evse, false);
}

static void do_pause(struct evse *evse, int32_t a)
{
    (void)a;
    evse_pause(evse);
}

static void do_stop(struct evse *evse, int32_t a)
{
    (void)a;
    evse_stop(evse, 0);
}

static void do_emergency(struct evse *evse, int32_t a)
{
    (void)a;
    evse_emergency_stop(evse, posix_clock_mono_ms());
}

static void do_wake(struct evse *evse, int32_t a)
{
    (void)a;
    evse_wake(evse);
}

static void do_limit(struct evse *evse, int32_t a)
{
    evse_limit(evse, a * 1000);
}

static const struct wish {
    const char *word;
    bool has_amperes, needs_car;
    void (*run)(struct evse *evse, int32_t a);
} wishes[] = {{"suspend", false, false, do_suspend},    {"resume", false, false, do_resume},
              {"pause", false, true, do_pause},         {"stop", false, true, do_stop},
              {"wake", false, true, do_wake},           {"limit", true, true, do_limit},
              {"emergency", false, false, do_emergency}};

static void tell_status(const struct evse_control *c, char *answer)
{
    size_t len = 0;
    for (unsigned i = 0; i < c->n_plugs && len < ANSWER_LEN; i++) {
        const struct evse *evse = &c->plugs[i].evse;
        const struct v2g_supply_facts *facts = evse_facts(evse);
        const struct evse_pilot *pilot = evse_pilot(evse);
        const char *phase = evse_connected(evse) ? v2g_phase_name(evse_session(evse)->phase)
                            : evse_has_car(evse) ? "no session"
                                                 : "no car";
        len += (size_t)snprintf(answer + len, ANSWER_LEN - len,
                                "plug %u: %s, supply %s, %" PRId32 " mV, %" PRId32
                                " mA, car %d %%, fault %s, pilot %s, "
                                "offers %" PRId32 " mA%s\n",
                                i + 1, phase, v2g_supply_state_name(evse_supply_state(evse)),
                                facts->present_mv, facts->present_ma, evse_soc_pct(evse),
                                v2g_fault_name(facts->fault), evse_pilot_state_name(pilot->state),
                                v2g_pilot_ma(facts->duty_permille),
                                evse_suspended(evse) ? ", suspended" : "");
    }
}

/* The plug that a number names; NULL and a sentence. */
static struct evse *plug_of(const struct evse_control *c, const char *text, char *answer)
{
    char *end = NULL;
    const long number = text == NULL ? 0 : strtol(text, &end, 10);
    if (number < 1 || number > (long)c->n_plugs || *end != '\0') {
        snprintf(answer, ANSWER_LEN, "error: the plugs are 1 to %u\n", c->n_plugs);
        return NULL;
    }
    return &c->plugs[number - 1].evse;
}

static const char *grant(const struct wish *wish, struct evse *evse, const char *amperes)
{
    char *end = NULL;
    const long a = amperes == NULL ? -1 : strtol(amperes, &end, 10);
    if (wish->has_amperes && (a < 0 || a > LIMIT_MAX_A || *end != '\0')) {
        return "error: a limit is 0 to 500 A\n";
    }
    if (!wish->has_amperes && amperes != NULL) {
        return "error: that is more than is understood\n";
    }
    if (wish->needs_car && !evse_has_car(evse)) {
        return "error: there is no car\n";
    }
    wish->run(evse, (int32_t)a);
    return "ok\n";
}

static void obey(struct evse_control *c, char *line, char *answer)
{
    char *rest = NULL;
    const char *word = strtok_r(line, " ", &rest);
    const char *number = strtok_r(NULL, " ", &rest);
    const char *amperes = strtok_r(NULL, " ", &rest);
    snprintf(answer, ANSWER_LEN,
             "error: one of status, suspend, resume, pause, stop, wake, limit, emergency, clear\n");
    if (word != NULL && strcmp(word, "status") == 0) {
        tell_status(c, answer);
        return;
    }
    if (word != NULL && strcmp(word, "clear") == 0) {
        struct evse *evse = plug_of(c, number, answer);
        if (evse != NULL) {
            snprintf(answer, ANSWER_LEN, "%s",
                     evse_clear(evse, posix_clock_mono_ms()) == E_OK
                         ? "ok\n"
                         : "error: a car is there, or the contactor is not open\n");
        }
        return;
    }
    for (size_t i = 0; word != NULL && i < sizeof wishes / sizeof wishes[0]; i++) {
        if (strcmp(word, wishes[i].word) == 0) {
            struct evse *evse = plug_of(c, number, answer);
            if (evse != NULL) {
                snprintf(answer, ANSWER_LEN, "%s", grant(&wishes[i], evse, amperes));
                log_info("evse: the operator wants %s plug=%s", wishes[i].word, number);
            }
            return;
        }
    }
}

static void hang_up(struct evse_control *c)
{
    if (c->fd >= 0) {
        posix_loop_unwatch(c->loop, c->fd);
        close(c->fd);
        c->fd = -1;
    }
    c->line_len = 0;
}

static void on_line(void *context, int events)
{
    struct evse_control *c = context;
    char answer[ANSWER_LEN] = "";
    (void)events;
    const ssize_t n = recv(c->fd, c->line + c->line_len, sizeof c->line - 1 - c->line_len, 0);
    if (n <= 0) {
        hang_up(c);
        return;
    }
    c->line_len += (size_t)n;
    c->line[c->line_len] = '\0';
    char *end = strchr(c->line, '\n');
    if (end == NULL && c->line_len < sizeof c->line - 1) {
        return; /* the rest follows */
    }
    if (end != NULL) {
        *end = '\0';
    }
    obey(c, c->line, answer);
    (void)send(c->fd, answer, strlen(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
    hang_up(c);
}

/* One at a time: who comes next takes the place of who said nothing. */
static void on_caller(void *context, int events)
{
    struct evse_control *c = context;
    (void)events;
    const int fd = accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return;
    }
    hang_up(c);
    c->fd = fd;
    if (posix_loop_watch(c->loop, fd, POSIX_LOOP_READ, on_line, c) != E_OK) {
        close(fd);
        c->fd = -1;
    }
}

static int refuse(struct evse_control *c, const char *path)
{
    fprintf(stderr, "wattward-device: cannot listen at %s: %s\n", path, strerror(errno));
    if (c->listen_fd >= 0) {
        close(c->listen_fd);
        c->listen_fd = -1;
    }
    return E_IO;
}

int evse_control_open(struct evse_control *c, const char *path, struct posix_loop *loop,
                      struct evse_plug *plugs, unsigned n_plugs)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct stat found;
    *c = (struct evse_control){
        .loop = loop, .plugs = plugs, .n_plugs = n_plugs, .listen_fd = -1, .fd = -1};
    if (strlen(path) >= sizeof at.sun_path) {
        errno = ENAMETOOLONG;
        return refuse(c, path);
    }
    strcpy(at.sun_path, path);
    if (lstat(path, &found) == 0 && S_ISSOCK(found.st_mode)) {
        unlink(path); /* left by one that was killed */
    }
    c->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const mode_t mask = umask(0177);
    const bool bound =
        c->listen_fd >= 0 && bind(c->listen_fd, (const struct sockaddr *)&at, sizeof at) == 0;
    umask(mask);
    if (!bound || listen(c->listen_fd, 4) != 0 ||
        posix_loop_watch(loop, c->listen_fd, POSIX_LOOP_READ, on_caller, c) != E_OK) {
        return refuse(c, path);
    }
    strcpy(c->path, path);
    return E_OK;
}

void evse_control_close(struct evse_control *c)
{
    if (c->path[0] == '\0') {
        return;
    }
    hang_up(c);
    posix_loop_unwatch(c->loop, c->listen_fd);
    close(c->listen_fd);
    unlink(c->path);
    c->path[0] = '\0';
}
