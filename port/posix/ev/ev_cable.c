/* SPDX-License-Identifier: MIT
 * The charger at the other end.
 */
#include "ev_cable.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ev_link.h"
#include "posix/clock.h"
#include "posix/v2g_pki.h"

enum { READY_MS = 15000, STOP_MS = 10000, LINE_CAP = 512, NOT_STARTED = 127, DAY_S = 86400 };
#define CHARGER_END "plug0"

static int say(const char *what, const char *why)
{
    fprintf(stderr, "wattward-ev: %s%s%s\n", what, why[0] != '\0' ? ": " : "", why);
    return E_IO;
}

static int write_config(const struct ev_cable *cable, const char *lines)
{
    char path[64];
    snprintf(path, sizeof path, "%s/evse.conf", cable->dir);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return say("cannot write the charger's configuration", strerror(errno));
    }
    fprintf(file, "evse_id DE*WAT*E0001\ninterfaces %s\n%s", CHARGER_END, lines);
    if (cable->root[0] != '\0') {
        fprintf(file,
                "tls offered\ntls_certificate %s/pki/charger.pem\ntls_key %s/pki/charger.key\n",
                cable->dir, cable->dir);
    }
    const bool failed = ferror(file) != 0;
    return fclose(file) == 0 && !failed
               ? E_OK
               : say("cannot write the charger's configuration", strerror(errno));
}

static int make_pki(struct ev_cable *cable)
{
    char dir[48];
    struct v2g_tls_error error;
    const int64_t now_s = time(NULL);
    const struct v2g_pki_charger charger = {"charger", "CPO", now_s - DAY_S, now_s + DAY_S};
    snprintf(dir, sizeof dir, "%s/pki", cable->dir);
    if (v2g_pki_make(dir, &error) != E_OK || v2g_pki_issue(dir, &charger, &error) != E_OK) {
        return say("cannot make certificates", error.why);
    }
    snprintf(cable->root, sizeof cable->root, "%s/v2g-root.pem", dir);
    return E_OK;
}

/* ---- the child ---- */

/* Beside this program. */
static bool find_device(char *path, size_t cap)
{
    static const char name[] = "/wattward-device";
    const ssize_t n = readlink("/proc/self/exe", path, cap);
    if (n <= 0 || (size_t)n >= cap) {
        return false;
    }
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL || (size_t)(slash - path) + sizeof name > cap) {
        return false;
    }
    memcpy(slash, name, sizeof name);
    return true;
}

/* Says that its namespace is there, waits until the interface is, and becomes the charger. Its
 * words go where its log goes. */
static _Noreturn void become_charger(const struct ev_cable *cable, int talk, int log)
{
    char device[512], config[64], state[64];
    char byte = 'n';
    snprintf(config, sizeof config, "%s/evse.conf", cable->dir);
    snprintf(state, sizeof state, "%s/state", cable->dir);
    (void)dup2(log, STDERR_FILENO);
    (void)dup2(log, STDOUT_FILENO);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || unshare(CLONE_NEWNET) != 0 ||
        write(talk, &byte, 1) != 1 || read(talk, &byte, 1) != 1 || !find_device(device, 512)) {
        _exit(NOT_STARTED);
    }
    if (ev_link_up(CHARGER_END) == E_OK) {
        (void)setpgid(0, 0); /* Ctrl-C is for the car, which then asks the charger to end */
        execl(device, "wattward-device", "--profile", "evse", "--config", config, "--state", state,
              (char *)NULL);
    }
    fprintf(stderr, "cannot run %s: %s\n", device, strerror(errno));
    _exit(NOT_STARTED);
}

/* ---- the parent ---- */

static int join(const struct ev_cable *cable, int talk)
{
    char byte;
    if (read(talk, &byte, 1) != 1) {
        return say("the charger gets no network namespace of its own", "");
    }
    if (ev_link_pair(EV_CABLE_CAR_END, CHARGER_END, cable->charger) != E_OK ||
        ev_link_up(EV_CABLE_CAR_END) != E_OK) {
        return say("the kernel makes no pair of virtual interfaces (veth)", strerror(errno));
    }
    return write(talk, &byte, 1) == 1 ? E_OK : say("the charger did not start", "");
}

static int fork_charger(struct ev_cable *cable)
{
    int log[2], talk[2];
    if (pipe2(log, O_CLOEXEC) != 0) {
        return say("cannot start the charger", strerror(errno));
    }
    cable->log_fd = log[0];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk) != 0) {
        close(log[1]);
        return say("cannot start the charger", strerror(errno));
    }
    cable->charger = fork();
    if (cable->charger == 0) {
        close(talk[0]);
        become_charger(cable, talk[1], log[1]);
    }
    close(log[1]);
    close(talk[1]);
    const int result = cable->charger < 0 ? say("cannot start the charger", strerror(errno))
                                          : join(cable, talk[0]);
    close(talk[0]);
    return result;
}

/* Reads a line of the log, without its end; false when there is none in time or at its end. */
static bool read_line(int fd, char *line, size_t cap, uint64_t until_ms)
{
    size_t len = 0;
    while (len + 1 < cap) {
        const uint64_t now_ms = posix_clock_mono_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (now_ms >= until_ms || poll(&p, 1, (int)(until_ms - now_ms)) <= 0 ||
            read(fd, line + len, 1) != 1 || line[len] == '\n') {
            break;
        }
        len++;
    }
    line[len] = '\0';
    return len > 0;
}

static int wait_ready(const struct ev_cable *cable)
{
    char line[LINE_CAP] = "";
    char last[LINE_CAP] = "";
    const uint64_t until_ms = posix_clock_mono_ms() + READY_MS;
    while (read_line(cable->log_fd, line, sizeof line, until_ms)) {
        if (strstr(line, "evse: ready") != NULL) {
            return E_OK;
        }
        memcpy(last, line, sizeof last);
    }
    return say("the charger did not start", last);
}

int ev_cable_open(struct ev_cable *cable, const char *config, bool with_tls)
{
    *cable = (struct ev_cable){.dir = "/tmp/wattward-ev-XXXXXX", .log_fd = -1};
    if (mkdtemp(cable->dir) == NULL) {
        cable->dir[0] = '\0';
        return say("cannot make a folder in /tmp", strerror(errno));
    }
    if ((with_tls && make_pki(cable) != E_OK) || write_config(cable, config) != E_OK) {
        return E_IO;
    }
    if (ev_link_leave() != E_OK) {
        return say("--charger needs a network namespace, and the system gives none (be root, or "
                   "allow user namespaces)",
                   strerror(errno));
    }
    const int result = fork_charger(cable);
    return result == E_OK ? wait_ready(cable) : result;
}

/* What wattward-device leaves there. */
static void remove_dir(const char *dir)
{
    static const char *const names[] = {"evse.conf",
                                        "state/lock",
                                        "state/store.img",
                                        "state/outbox.img",
                                        "state/retained",
                                        "state/sessions.img",
                                        "state/last_good.conf",
                                        "state",
                                        "pki/v2g-root.pem",
                                        "pki/v2g-root.key",
                                        "pki/cpo-sub-ca-1.pem",
                                        "pki/cpo-sub-ca-1.key",
                                        "pki/cpo-sub-ca-2.pem",
                                        "pki/cpo-sub-ca-2.key",
                                        "pki/charger.pem",
                                        "pki/charger.key",
                                        "pki",
                                        ""};
    for (size_t i = 0; dir[0] != '\0' && i < sizeof names / sizeof names[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)remove(path);
    }
}

int ev_cable_close(struct ev_cable *cable)
{
    const uint64_t until_ms = posix_clock_mono_ms() + STOP_MS;
    int status = 0;
    if (cable->charger > 0) {
        (void)kill(cable->charger, SIGTERM);
        while (waitpid(cable->charger, &status, WNOHANG) == 0) {
            if (posix_clock_mono_ms() >= until_ms) {
                (void)kill(cable->charger, SIGKILL);
            }
            char rest[LINE_CAP]; /* a full pipe would keep it from ending */
            (void)read_line(cable->log_fd, rest, sizeof rest, posix_clock_mono_ms() + 20);
        }
    }
    if (cable->log_fd >= 0) {
        close(cable->log_fd);
    }
    remove_dir(cable->dir);
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS ? E_OK : E_IO;
}
