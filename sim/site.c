/* SPDX-License-Identifier: MIT
 * A whole site on this machine: the gateway (which starts its signer and broker) and one meter for
 * every home, each a process of its own, kept running until a signal or the end of the time given.
 */
#include "site.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "posix/clock.h"
#include "site_car.h"
#include "site_clock.h"
#include "site_home.h"
#include "site_options.h"
#include "site_summary.h"

enum {
    GATEWAY_START_MS = 20000,
    GATEWAY_STOP_MS = 10000,
    METER_STOP_MS = 5000,
    CLOCK_SAVE_MS = 10000
};

struct site {
    struct site_options options;
    struct site_clock clock;
    char clock_text[80];
    char programs[512]; /* where wattward-gateway and the others are */
    char page[128];
    char password[64]; /* empty unless it was made just now */
    struct child gateway;
    struct child weather;
    char weather_address[64];
    bool weather_ended;
    struct site_home_setting setting;           /* of all homes */
    struct site_home homes[SITE_HOMES_MAX + 1]; /* the charger behind the homes */
    long n_devices;
    struct site_car car;
    int lock;
};

static int complain(const char *text, const char *what)
{
    fprintf(stderr, "wattward-sim site: %s%s\n", text, what);
    return 1;
}

/* The other programs lie beside this one. */
static int find_programs(struct site *s)
{
    const ssize_t len = readlink("/proc/self/exe", s->programs, sizeof s->programs - 1);
    char *slash = len <= 0 ? NULL : memrchr(s->programs, '/', (size_t)len);
    if (slash == NULL) {
        return complain("cannot find its own folder: ", strerror(errno));
    }
    *slash = '\0';
    return 0;
}

static int make_folder(const char *parent, const char *name)
{
    char path[600];
    snprintf(path, sizeof path, "%s%s%s", parent, name[0] == '\0' ? "" : "/", name);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "wattward-sim site: cannot make the folder %s: %s\n", path,
                strerror(errno));
        return 1;
    }
    return 0;
}

/* Two sites on one state would corrupt neither, but confuse everybody. */
static int lock_state(struct site *s)
{
    char path[600];
    snprintf(path, sizeof path, "%s/.lock", s->options.state_dir);
    s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock < 0) {
        return complain("cannot write to the state folder: ", strerror(errno));
    }
    if (flock(s->lock, LOCK_EX | LOCK_NB) != 0) {
        return complain("a site is already running on the state folder ", s->options.state_dir);
    }
    return 0;
}

static int port_check(long port, const char *option)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const int result = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof address);
    const int why = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (result == 0) {
        return 0;
    }
    fprintf(stderr, "wattward-sim site: port %ld on 127.0.0.1 %s; choose another with %s\n", port,
            why == EADDRINUSE ? "is taken" : strerror(why), option);
    return 1;
}

/* Keys, database and logs, and what each meter's flash takes. */
static int space_check(const struct site_options *o)
{
    enum { SITE_MIB = 32, HOME_MIB = 5 };
    struct statvfs disk;
    if (statvfs(o->state_dir, &disk) != 0) {
        return complain("cannot look at the state folder: ", strerror(errno));
    }
    const uint64_t free_mib = (uint64_t)disk.f_bavail * disk.f_frsize >> 20;
    const uint64_t needed_mib = SITE_MIB + HOME_MIB * (uint64_t)o->homes;
    if (free_mib >= needed_mib) {
        return 0;
    }
    fprintf(stderr,
            "wattward-sim site: only %" PRIu64 " MiB are free in %s; %" PRIu64 " MiB are needed\n",
            free_mib, o->state_dir, needed_mib);
    return 1;
}

static int prepare(struct site *s)
{
    const struct site_options *o = &s->options;
    if (find_programs(s) != 0 || make_folder(o->state_dir, "") != 0 || lock_state(s) != 0 ||
        space_check(o) != 0 || make_folder(o->state_dir, "log") != 0 ||
        make_folder(o->state_dir, "homes") != 0) {
        return 1;
    }
    if (site_clock_open(&s->clock, o->state_dir, o->rate) != E_OK) {
        return complain("this file is not one of ours: ", s->clock.path);
    }
    site_clock_text(&s->clock, s->clock_text, sizeof s->clock_text);
    if (port_check(o->http_port, "--port") != 0 || port_check(o->est_port, "--est-port") != 0 ||
        port_check(o->mqtt_port, "--mqtt-port") != 0) {
        return 1;
    }
    return 0;
}

/* Takes "ready page=... " and "operator-password ...". True once the gateway is up. */
static bool take_gateway_line(struct site *s, const char *line)
{
    // NOLINTNEXTLINE(cert-err34-c): text, not numbers
    if (sscanf(line, "operator-password %63s", s->password) == 1) {
        return false;
    }
    return sscanf(line, "ready page=%127s", s->page) == 1;
}

/* Our own weather service, on any free port. */
static int start_weather(struct site *s)
{
    char program[600], log[600], line[CHILD_LINE_MAX_LEN];
    snprintf(program, sizeof program, "%s/wattward-sim", s->programs);
    snprintf(log, sizeof log, "%s/log/weather.log", s->options.state_dir);
    const char *const argv[] = {program,   "weather",       "--port",      "0",
                                "--place", SITE_HOME_PLACE, "--homes-dir", s->options.homes_dir,
                                "--clock", s->clock_text,   NULL};
    if (child_start(&s->weather, argv, log) != E_OK) {
        return complain("cannot start the weather service: ", strerror(errno));
    }
    if (child_line(&s->weather, line, sizeof line, GATEWAY_START_MS) >= 0 &&
        // NOLINTNEXTLINE(cert-err34-c): text, not numbers
        sscanf(line, "ready weather=%63s", s->weather_address) == 1) {
        return 0;
    }
    child_last_words(log, line, sizeof line);
    return complain("the weather service did not start: ", line);
}

static int start_gateway(struct site *s)
{
    char program[600], log[600], http[16], est[16], mqtt[16];
    snprintf(program, sizeof program, "%s/wattward-gateway", s->programs);
    snprintf(log, sizeof log, "%s/log/gateway.log", s->options.state_dir);
    snprintf(http, sizeof http, "%ld", s->options.http_port);
    snprintf(est, sizeof est, "%ld", s->options.est_port);
    snprintf(mqtt, sizeof mqtt, "%ld", s->options.mqtt_port);
    const char *const argv[] = {program,
                                "--state",
                                s->options.state_dir,
                                "--http-port",
                                http,
                                "--est-port",
                                est,
                                "--mqtt-port",
                                mqtt,
                                "--clock",
                                s->clock_text,
                                "--utc-offset",
                                SITE_CLOCK_UTC_OFFSET_MIN,
                                "--name",
                                "Sierra Crest",
                                "--place",
                                SITE_HOME_PLACE,
                                "--weather",
                                s->weather_address,
                                NULL};
    if (child_start(&s->gateway, argv, log) != E_OK) {
        return complain("cannot start the gateway: ", strerror(errno));
    }
    char line[CHILD_LINE_MAX_LEN];
    while (child_line(&s->gateway, line, sizeof line, GATEWAY_START_MS) >= 0) {
        if (take_gateway_line(s, line)) {
            return 0;
        }
    }
    child_end(&s->gateway, 0);
    fprintf(stderr, "wattward-sim site: the gateway did not start; its log, %s, ends with:\n", log);
    child_last_words(log, line, sizeof line);
    fprintf(stderr, "  %s\n", line);
    return 1;
}

/* Prices for the first start, so that the settlement shows some; the operator may set others. */
static void set_first_tariff(const struct site *s)
{
    enum { ANSWER_MS = 10000 };
    char program[600], log[600], line[CHILD_LINE_MAX_LEN];
    struct child command;
    snprintf(program, sizeof program, "%s/wattward", s->programs);
    snprintf(log, sizeof log, "%s/log/operator.log", s->options.state_dir);
    const char *const argv[] = {
        program,    "--state", s->options.state_dir, "--json", "tariff",      "set", "Sierra 1",
        "--import", "30",      "--export",           "8",      "--community", "18",  "--fee",
        "3",        NULL};
    if (child_start(&command, argv, log) != E_OK) {
        complain("cannot set the first tariff: ", strerror(errno));
        return;
    }
    (void)child_line(&command, line, sizeof line, ANSWER_MS);
    child_end(&command, ANSWER_MS);
    if (command.status != 0) {
        complain("the first tariff was not taken; see ", "log/operator.log");
    }
}

/* Cars meet the charger at ::1. */
static bool has_loopback(void)
{
    const struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool has = fd >= 0 && bind(fd, (const struct sockaddr *)&own, sizeof own) == 0;
    if (fd >= 0) {
        close(fd);
    }
    if (!has) {
        fprintf(stderr, "wattward-sim site: there is no IPv6 here, so there is no charger\n");
    }
    return has;
}

static int start_homes(struct site *s)
{
    s->setting = (struct site_home_setting){.programs = s->programs,
                                            .state_dir = s->options.state_dir,
                                            .homes_dir = s->options.homes_dir,
                                            .clock_text = s->clock_text,
                                            .est_port = s->options.est_port,
                                            .mqtt_port = s->options.mqtt_port};
    s->n_devices = s->options.homes + (s->options.chargers > 0 && has_loopback() ? 1 : 0);
    for (long i = 0; i < s->n_devices; i++) {
        const int number = i < s->options.homes ? (int)i + 1 : SITE_HOME_CHARGER;
        if (site_home_prepare(&s->homes[i], &s->setting, number) != E_OK ||
            site_home_start(&s->homes[i], &s->setting) != E_OK) {
            return 1;
        }
    }
    site_car_init(&s->car, &s->homes[s->options.homes]);
    return 0;
}

static void greet(const struct site *s)
{
    printf("\n  The page     %s\n", s->page);
    if (s->password[0] != '\0') {
        printf(
            "  Password     %s   (shown this once; `wattward operator password` makes a new one)\n",
            s->password);
    } else {
        printf("  Password     the one of the first start; `build/bin/wattward operator password` "
               "makes a new one\n");
    }
    printf("  Homes        %ld, each a meter of its own; time runs %ld times as fast\n",
           s->options.homes, s->options.rate);
    if (s->n_devices > s->options.homes) {
        printf("  Charger      charger-1, to which a car comes now and then\n");
    }
    printf("  Logs         %s/log\n  Stop         Ctrl-C\n\n", s->options.state_dir);
    fflush(stdout);
}

/* Restarts a meter that died and writes the clock down now and then. False when the gateway died.
 */
static bool look_after(struct site *s, uint64_t *next_save_ms)
{
    char line[CHILD_LINE_MAX_LEN];
    while (child_line(&s->gateway, line, sizeof line, 0) >= 0) {
    }
    if (!child_running(&s->gateway)) {
        return false;
    }
    for (long i = 0; i < s->n_devices; i++) {
        site_home_look_after(&s->homes[i]);
    }
    if (!s->weather_ended && !child_running(&s->weather)) {
        s->weather_ended = true; /* the site goes on; the page says that weather is missing */
        complain("the weather service ended by itself; see ", "log/weather.log");
    }
    if (s->n_devices > s->options.homes) {
        site_car_look_after(&s->car);
    }
    const uint64_t now_ms = posix_clock_mono_ms();
    if (now_ms >= *next_save_ms) {
        *next_save_ms = now_ms + CLOCK_SAVE_MS;
        if (site_clock_save(&s->clock, 2 * CLOCK_SAVE_MS) != E_OK) {
            complain("cannot write the clock down: ", strerror(errno));
        }
    }
    return true;
}

/* Until a signal, the end of the time given, or the death of the gateway (then 1). */
static int keep_running(struct site *s, const sigset_t *signals)
{
    const uint64_t until_ms = s->options.minutes == 0
                                  ? UINT64_MAX
                                  : posix_clock_mono_ms() + (uint64_t)s->options.minutes * 60000;
    uint64_t next_save_ms = 0;
    while (posix_clock_mono_ms() < until_ms) {
        if (!look_after(s, &next_save_ms)) {
            return complain("the gateway ended by itself; see ", "log/gateway.log");
        }
        const struct timespec second = {.tv_sec = 1};
        const int number = sigtimedwait(signals, NULL, &second);
        if (number == SIGINT || number == SIGTERM || number == SIGHUP) {
            break;
        }
    }
    return 0;
}

static void stop(struct site *s)
{
    if (s->n_devices > s->options.homes) {
        site_car_end(&s->car, METER_STOP_MS);
    }
    for (long i = 0; i < s->n_devices; i++) {
        child_ask_to_stop(&s->homes[i].meter);
    }
    for (long i = 0; i < s->n_devices; i++) {
        site_home_end(&s->homes[i], METER_STOP_MS);
    }
    if (site_clock_save(&s->clock, 0) != E_OK) {
        complain("cannot write the clock down: ", strerror(errno));
    }
}

int site_main(int argc, char **argv)
{
    static struct site site; /* large, and there is one */
    const int early = site_options_read(&site.options, argc, argv);
    if (early != 0) {
        return early - 1;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    const uint64_t started_ms = posix_clock_mono_ms();
    if (prepare(&site) != 0) {
        return 1;
    }
    if (start_weather(&site) != 0 || start_gateway(&site) != 0) {
        child_end(&site.weather, 0);
        return 1;
    }
    if (site.password[0] != '\0') {
        set_first_tariff(&site); /* the first start */
    }
    int result = start_homes(&site);
    if (result == 0) {
        if (site.options.headless) {
            printf("Running %ld homes for %ld min ...\n", site.options.homes, site.options.minutes);
            fflush(stdout);
        } else {
            greet(&site);
        }
        result = keep_running(&site, &signals);
    }
    stop(&site);
    if (result == 0 && site.options.headless) {
        result = site_summary(site.homes, site.n_devices, site.programs, site.options.state_dir,
                              posix_clock_mono_ms() - started_ms);
    }
    child_ask_to_stop(&site.gateway);
    child_end(&site.gateway, GATEWAY_STOP_MS);
    child_ask_to_stop(&site.weather);
    child_end(&site.weather, GATEWAY_STOP_MS);
    if (!site.options.headless) {
        printf("Stopped; the next start goes on from %s.\n", site.options.state_dir);
    }
    return result;
}
