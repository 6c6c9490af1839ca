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
#include "device_options.h"
#include "posix/clock.h"
#include "posix/log.h"

static int system_random(void *context, void *out, size_t len)
{
    (void)context;
    return crypto_random(out, len);
}

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

/* In this order: the meter measures from the first moment, enrolled or not. */
static int open_parts(struct device *d, enum runtime_rung rung)
{
    struct sensor sensor = {.read = read_nothing};
    int error = identity_open(&d->identity, &d->flash->store);
    if (error != E_OK) {
        fprintf(stderr, "wattward-device: the key in flash cannot be used: %s\n", err_name(error));
        return error;
    }
    if (rung == RUNTIME_RUNG_NORMAL) {
        error = device_sensor_open(d, &sensor);
    }
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
    if (error == E_OK) {
        error = device_guard_watch(&d->guard, d->config.watchdog_ms, d->config.sample_interval_ms);
    }
    if (error != E_OK) {
        fprintf(stderr, "wattward-device: cannot start its clients: %s\n", err_name(error));
        return error;
    }
    device_link_start(d);
    return E_OK;
}

static void close_parts(struct device *d)
{
    device_enrol_close(d);
    device_link_close(d);
    device_sensor_close(d);
    identity_close(&d->identity);
}

/* Until a signal, a failure, or a rung up. Safe mode waits for the latter and touches nothing. */
static int run_at(struct device *d, enum runtime_rung rung)
{
    int status = EXIT_FAILURE;
    if (rung == RUNTIME_RUNG_SAFE_MODE) {
        (void)posix_loop_run(d->loop);
        return EXIT_SUCCESS;
    }
    if (rung == RUNTIME_RUNG_LAST_GOOD_CONFIG) {
        device_config_load_good(&d->config, d->state_dir);
    }
    if (open_parts(d, rung) == E_OK) {
        const int number = posix_loop_run(d->loop);
        log_info("device: stopping signal=%d", number);
        device_meter_drain(d);
        device_meter_close(d);
        status = d->has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    close_parts(d);
    return status;
}

static void on_healthy(void *context)
{
    struct device *d = context;
    if (runtime_ladder_rung(&d->guard.ladder) == RUNTIME_RUNG_NORMAL &&
        device_config_save_good(&d->config, d->state_dir) != E_OK) {
        log_warn("guard: the configuration that works could not be written down");
    }
}

static int run(struct device *d)
{
    int status = EXIT_FAILURE;
    d->entropy.fill = system_random;
    d->guard.healthy = on_healthy;
    d->guard.context = d;
    d->loop = posix_loop_open();
    if (d->loop == NULL) {
        fprintf(stderr, "wattward-device: the system refuses an event loop\n");
        return EXIT_FAILURE;
    }
    if (device_guard_open(&d->guard, d->loop, d->state_dir) == E_OK) {
        d->flash = device_flash_open(d->state_dir, d->config.outbox_kib);
    }
    if (d->flash != NULL) {
        status = run_at(d, device_guard_boot(&d->guard, &d->flash->store));
    }
    device_guard_close(&d->guard);
    device_flash_close(d->flash);
    posix_loop_close(d->loop);
    return status;
}

int main(int argc, char **argv)
{
    static struct device device;
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
    device.has_site_clock = options.clock != NULL;
    device.state_dir = options.state_dir;
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
    const int result = run(&device);
    close(lock_fd);
    if (result == EXIT_SUCCESS && device.guard.restart_wanted) {
        execv("/proc/self/exe", argv);
        fprintf(stderr, "wattward-device: cannot start again: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    return result;
}
