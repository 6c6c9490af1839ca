/* SPDX-License-Identifier: MIT
 * wattward-device: a device of the site on Linux.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device.h"
#include "device_flash.h"
#include "device_options.h"
#include "evse_plug.h"
#include "posix/clock.h"
#include "posix/log.h"

enum { DRAIN_MS = 2000 };

/* The device of this process, and what only a process of its own has. */
struct program {
    struct device device;
    struct device_flash *flash;
    const char *state_dir;
};

/* With its parents. */
static int make_directory(const char *dir)
{
    char path[1024];
    const int len = snprintf(path, sizeof path, "%s", dir);
    if (len < 0 || (size_t)len >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return -1;
        }
        *slash = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

/* The state directory belongs to one process: two would write each other's flash. */
static int lock_state(const char *dir)
{
    char path[1024];
    if (make_directory(dir) != 0) {
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

/* Stands in for the sensor while the profile is off: the outbox is still emptied. */
static int read_nothing(void *context, const struct site_time *time, struct sensor_sample *out)
{
    (void)context;
    (void)time;
    (void)out;
    return E_STATE;
}

static void on_ended(void *context)
{
    struct program *p = context;
    posix_loop_stop(p->device.loop);
}

static const char *flash_error(void *context)
{
    const struct program *p = context;
    return device_flash_error(p->flash);
}

static void on_healthy(void *context)
{
    const struct program *p = context;
    if (runtime_ladder_rung(&p->device.guard.ladder) == RUNTIME_RUNG_NORMAL &&
        device_config_save_good(&p->device.config, p->state_dir) != E_OK) {
        log_warn("guard: the configuration that works could not be written down");
    }
}

static int open_device(struct device *d, enum runtime_rung rung)
{
    static const struct sensor nothing = {.read = read_nothing};
    const int error = device_open(d, rung == RUNTIME_RUNG_NORMAL ? NULL : &nothing);
    if (error == E_OK && device_guard_watch(&d->guard, d->config.watchdog_ms,
                                            d->config.sample_interval_ms) != E_OK) {
        fprintf(stderr, "wattward-device: cannot start its watchdog: %s\n", strerror(errno));
        return E_IO;
    }
    return error;
}

static void say_summary(const struct device *d)
{
    const struct meter_counts counts = meter_counts(&d->meter);
    printf("summary taken=%" PRIu64 " stored=%" PRIu64 " refused=%" PRIu64 " waiting=%u\n",
           counts.n_taken, counts.n_stored, counts.n_refused, counts.n_waiting);
    if (d->leaves != NULL) {
        const struct receipts_counts receipts = receipts_counts(&d->receipts);
        printf("receipts checked=%" PRIu64 " unchecked=%" PRIu64 " waiting=%zu alarms=%" PRIu64
               "\n",
               receipts.n_receipted, receipts.n_unchecked, receipts.n_waiting, receipts.n_alarms);
    }
    fflush(stdout);
}

/* Until a signal, a failure, or a rung up. Safe mode waits for the latter and touches nothing. */
static int run_at(struct program *p, enum runtime_rung rung)
{
    struct device *d = &p->device;
    int status = EXIT_FAILURE;
    if (rung == RUNTIME_RUNG_SAFE_MODE) {
        (void)posix_loop_run(d->loop);
        return EXIT_SUCCESS;
    }
    if (rung == RUNTIME_RUNG_LAST_GOOD_CONFIG) {
        device_config_load_good(&d->config, p->state_dir);
    }
    if (open_device(d, rung) == E_OK) {
        const int number = posix_loop_run(d->loop);
        log_info("device: stopping signal=%d", number);
        if (!d->has_ended) {
            device_stop(d, DRAIN_MS);
            (void)posix_loop_run(d->loop);
        }
        device_meter_close(d);
        say_summary(d);
        status = d->has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    device_close(d);
    return status;
}

static int run(struct program *p)
{
    struct device *d = &p->device;
    int status = EXIT_FAILURE;
    d->owner = (struct device_owner){.ended = on_ended, .flash_error = flash_error, .context = p};
    d->guard.healthy = on_healthy;
    d->guard.context = p;
    d->loop = posix_loop_open();
    if (d->loop == NULL) {
        fprintf(stderr, "wattward-device: the system refuses an event loop\n");
        return EXIT_FAILURE;
    }
    if (device_guard_open(&d->guard, d->loop, p->state_dir) == E_OK) {
        p->flash = device_flash_open(p->state_dir, d->config.outbox_kib);
    }
    if (p->flash != NULL) {
        d->store = &p->flash->store;
        d->outbox = &p->flash->outbox;
        status = run_at(p, device_guard_boot(&d->guard, d->store));
    }
    device_guard_close(&d->guard);
    device_flash_close(p->flash);
    posix_loop_close(d->loop);
    return status;
}

int main(int argc, char **argv)
{
    static struct program program;
    struct device *device = &program.device;
    struct device_options options;
    (void)argc;
    const int status = device_options_read(&options, argv);
    if (status >= 0) {
        return status;
    }
    if (options.clock != NULL && posix_clock_parse_site(options.clock) != E_OK) {
        fprintf(stderr,
                "wattward-device: --clock is not REAL:SITE:RATE but %s; see wattward-device "
                "--help\n",
                options.clock);
        return 2;
    }
    if (strcmp(options.profile, "evse") == 0) {
        return evse_device_run(options.config, options.check_only, options.keylog);
    }
    device->has_site_clock = options.clock != NULL;
    program.state_dir = options.state_dir;
    if (device_config_load(&device->config, options.config) != E_OK) {
        return EXIT_FAILURE;
    }
    if (options.check_only) {
        return EXIT_SUCCESS;
    }
    log_open("device", (enum log_level)device->config.log_level);
    const int lock_fd = lock_state(options.state_dir);
    if (lock_fd < 0) {
        return EXIT_FAILURE;
    }
    const int result = run(&program);
    close(lock_fd);
    if (result == EXIT_SUCCESS && device->guard.restart_wanted) {
        execv("/proc/self/exe", argv);
        fprintf(stderr, "wattward-device: cannot start again: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    return result;
}
