/* SPDX-License-Identifier: MIT
 * wattward-device: a device of the site on Linux.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "device.h"
#include "device_flash.h"
#include "posix/clock.h"
#include "posix/log.h"

enum { EXIT_USAGE = 2 };

static const char usage[] =
    "Usage: wattward-device --profile meter --config FILE [--state DIR] [--clock CLOCK] [-n]\n"
    "       wattward-device --print-config-reference | --print-config-example\n"
    "\n"
    "Runs a device of the site. A meter measures, signs a reading every few seconds and keeps it "
    "in\n"
    "its flash until the gateway has it, across outages and power cuts. Its key is made at the "
    "first\n"
    "start and stays in the state directory; its certificate comes from the gateway against the "
    "claim\n"
    "token that `wattward device add` prints.\n"
    "\n"
    "  --profile meter           what kind of device this is\n"
    "  --config FILE             its configuration: `key value` lines, # for comments\n"
    "  --state DIR               its flash (default var/device); one process at a time\n"
    "  --clock REAL:SITE:RATE    a site clock that was SITE when real time was REAL (ms since "
    "1970)\n"
    "                            and runs RATE times as fast\n"
    "  -n                        check the configuration and end\n"
    "  --print-config-reference  every key with its meaning, as Markdown\n"
    "  --print-config-example    a configuration to start from\n"
    "  -h, --help                this text\n"
    "\n"
    "Stops at SIGTERM or SIGINT: what is in flight may end, the counters are written, and one "
    "line\n"
    "\"summary taken=N stored=N refused=N waiting=N\" (over the meter's whole life) goes to "
    "stdout.\n"
    "Exit status: 0 stopped by a signal, 1 failed, 2 wrong usage.\n";

struct options {
    const char *profile;
    const char *config;
    const char *state_dir;
    const char *clock;
    bool check_only;
};

static int misuse(const char *text, const char *what)
{
    fprintf(stderr, "wattward-device: %s%s; see wattward-device --help\n", text, what);
    return EXIT_USAGE;
}

static int print_schema(void (*write)(const struct runtime_config_schema *, struct wbuf *))
{
    static char page[32768];
    struct wbuf out = wbuf_of(page, sizeof page);
    write(&device_config_schema, &out);
    ASSERT(wbuf_ok(&out));
    return fwrite(page, 1, wbuf_len(&out), stdout) == wbuf_len(&out) && fflush(stdout) == 0
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}

/* Takes the value of an option that has one; the number of arguments used, 0 when it is no such
 * option, negative when its value is missing. */
static int take_option(struct options *o, char **argv)
{
    const struct {
        const char *name;
        const char **value;
    } with_value[] = {{"--profile", &o->profile},
                      {"--config", &o->config},
                      {"--state", &o->state_dir},
                      {"--clock", &o->clock}};
    for (size_t i = 0; i < sizeof with_value / sizeof with_value[0]; i++) {
        if (strcmp(argv[0], with_value[i].name) == 0) {
            *with_value[i].value = argv[1];
            return argv[1] == NULL ? -1 : 2;
        }
    }
    return 0;
}

/* Returns -1 to go on, or the exit status to end with. */
static int read_options(struct options *o, char **argv)
{
    *o = (struct options){.state_dir = "var/device"};
    for (argv++; *argv != NULL;) {
        if (strcmp(*argv, "-h") == 0 || strcmp(*argv, "--help") == 0) {
            return fputs(usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        }
        if (strcmp(*argv, "--print-config-reference") == 0) {
            return print_schema(runtime_config_write_reference);
        }
        if (strcmp(*argv, "--print-config-example") == 0) {
            return print_schema(runtime_config_write_example);
        }
        if (strcmp(*argv, "-n") == 0) {
            o->check_only = true;
            argv++;
            continue;
        }
        const int used = take_option(o, argv);
        if (used <= 0) {
            return misuse(used < 0 ? "no value for " : "unknown option ", *argv);
        }
        argv += used;
    }
    if (o->profile == NULL || strcmp(o->profile, "meter") != 0) {
        return o->profile == NULL ? misuse("--profile is missing", "")
                                  : misuse("there is no profile ", o->profile);
    }
    return o->config == NULL ? misuse("--config is missing", "") : -1;
}

static int system_random(void *context, void *out, size_t len)
{
    (void)context;
    return crypto_random(out, len);
}

/* The state directory belongs to one process: two would write each other's flash. */
static int lock_state(const char *dir)
{
    char path[1024];
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "wattward-device: cannot make %s: %s\n", dir, strerror(errno));
        return -1;
    }
    snprintf(path, sizeof path, "%s/lock", dir);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        fprintf(stderr, "wattward-device: cannot write in %s: %s\n", dir, strerror(errno));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        fprintf(stderr, "wattward-device: %s is in use by another wattward-device\n", dir);
        close(fd);
        return -1;
    }
    return fd;
}

/* In this order: the meter measures from the first moment, enrolled or not. */
static int open_parts(struct device *d)
{
    struct sensor sensor;
    int error = identity_open(&d->identity, &d->flash->store);
    if (error != E_OK) {
        fprintf(stderr, "wattward-device: the key in flash cannot be used: %s\n", err_name(error));
        return error;
    }
    error = device_sensor_open(d, &sensor);
    if (error == E_OK) {
        error = device_meter_open(d, &sensor);
    }
    if (error != E_OK) {
        return error; /* said already */
    }
    error = device_link_open(d);
    if (error == E_OK) {
        error = device_enrol_open(d);
    }
    if (error != E_OK) {
        fprintf(stderr, "wattward-device: cannot start its clients: %s\n", err_name(error));
        return error;
    }
    if (enrolment_has_certificate(&d->enrolment)) {
        device_link_renew(d);
    }
    return E_OK;
}

static int run(struct device *d, const char *state_dir)
{
    int status = EXIT_FAILURE;
    d->entropy.fill = system_random;
    d->loop = posix_loop_open();
    if (d->loop == NULL) {
        fprintf(stderr, "wattward-device: the system refuses an event loop\n");
        return EXIT_FAILURE;
    }
    d->flash = device_flash_open(state_dir, d->config.outbox_kib);
    if (d->flash != NULL && open_parts(d) == E_OK) {
        const int number = posix_loop_run(d->loop);
        log_info("device: stopping signal=%d", number);
        device_meter_drain(d);
        device_meter_close(d);
        status = EXIT_SUCCESS;
    }
    device_enrol_close(d);
    device_link_close(d);
    device_sensor_close(d);
    device_flash_close(d->flash);
    identity_close(&d->identity);
    posix_loop_close(d->loop);
    return status;
}

int main(int argc, char **argv)
{
    static struct device device;
    struct options options;
    (void)argc;
    const int status = read_options(&options, argv);
    if (status >= 0) {
        return status;
    }
    if (options.clock != NULL && posix_clock_parse_site(options.clock) != E_OK) {
        return misuse("--clock is not REAL:SITE:RATE but ", options.clock);
    }
    device.has_site_clock = options.clock != NULL;
    if (device_config_load(&device.config, options.config) != E_OK) {
        return EXIT_FAILURE;
    }
    if (options.check_only) {
        return EXIT_SUCCESS;
    }
    log_open("device", (enum log_level)device.config.log_level);
    const int lock_fd = lock_state(options.state_dir);
    if (lock_fd < 0) {
        return EXIT_FAILURE;
    }
    const int result = run(&device, options.state_dir);
    close(lock_fd);
    return result;
}
