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
#include "evse_device.h"
#include "posix/clock.h"
#include "posix/log.h"

enum { DRAIN_MS = 2000, PATH_CAP = 1024 };

/* The device of this process, and what only a process of its own has. */
struct program {
    struct device device;
    struct evse_device evse;
    bool is_evse;
    bool has_gateway; /* a meter always has one */
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
        (p->is_evse ? evse_device_config_save_good(&p->evse.config, p->state_dir)
                    : device_config_save_good(&p->device.config, p->state_dir)) != E_OK) {
        log_warn("guard: the configuration that works could not be written down");
    }
}

/* Cars are let in first: they do not need the gateway. */
static int open_parts(struct program *p, bool has_profile)
{
    static const struct sensor nothing = {.read = read_nothing};
    struct device *d = &p->device;
    const struct sensor *sensor = has_profile ? NULL : &nothing;
    struct sensor plugs;
    if (p->is_evse && has_profile) {
        const int error = evse_device_open(&p->evse, d->loop, &d->guard, d->has_site_clock);
        if (error != E_OK) {
            return error;
        }
        plugs = evse_device_sensor(&p->evse);
        sensor = &plugs;
    }
    const int error = p->has_gateway ? device_open(d, sensor) : E_OK;
    if (error == E_OK && p->is_evse && p->has_gateway) {
        evse_device_write_down(&p->evse, &d->sessions);
    }
    return error;
}

static int open_device(struct program *p, enum runtime_rung rung)
{
    struct device *d = &p->device;
    const bool has_profile = rung == RUNTIME_RUNG_NORMAL;
    const int error = open_parts(p, has_profile);
    d->guard.plugs_only = !p->has_gateway;
    /* a charger without its profile and without a gateway has nothing to watch */
    const bool is_idle = !has_profile && !p->has_gateway;
    if (error == E_OK &&
        device_guard_watch(&d->guard, is_idle ? 0 : d->config.watchdog_ms,
                           d->config.sample_interval_ms, p->is_evse && has_profile) != E_OK) {
        fprintf(stderr, "wattward-device: cannot start its watchdog: %s\n", strerror(errno));
        return E_IO;
    }
    return error;
}

/* For the owner: a text beside the flash that says how the site judges the device. */
static void write_trust(void *context, const struct device_trust *trust)
{
    const struct program *p = context;
    char path[PATH_CAP];
    char fresh[PATH_CAP];
    snprintf(path, sizeof path, "%s/trust.txt", p->state_dir);
    snprintf(fresh, sizeof fresh, "%s/trust.new", p->state_dir);
    FILE *file = fopen(fresh, "w");
    if (file == NULL) {
        log_warn("trust: %s cannot be written", path);
        return;
    }
    fprintf(file, "action %s\n", trust->action);
    if (trust->score_permille >= 0) {
        fprintf(file, "score %" PRId64 ".%" PRId64 " of 100\n", trust->score_permille / 10,
                trust->score_permille % 10);
    }
    fprintf(file, "signature %s\n", trust->is_signed ? "verified" : "unchecked");
    fprintf(file, "unix_ms %" PRId64 "\n", trust->unix_ms);
    fprintf(file, "reason %s\n", trust->reason[0] == '\0' ? "none" : trust->reason);
    if (fclose(file) != 0 || rename(fresh, path) != 0) {
        log_warn("trust: %s cannot be written", path);
    }
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

static void stop_device(struct program *p)
{
    struct device *d = &p->device;
    evse_device_stop(&p->evse);
    if (!p->has_gateway) {
        return;
    }
    if (!d->has_ended) {
        device_sessions_run(d);
        device_stop(d, DRAIN_MS);
        (void)posix_loop_run(d->loop);
    }
    device_meter_close(d);
    say_summary(d);
}

static void load_good(struct program *p)
{
    if (p->is_evse) {
        evse_device_config_load_good(&p->evse.config, p->state_dir);
        p->device.config = p->evse.config.device;
        p->has_gateway = p->device.config.device_id[0] != '\0';
    } else {
        device_config_load_good(&p->device.config, p->state_dir);
    }
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
        load_good(p);
    }
    if (open_device(p, rung) == E_OK) {
        const int number = posix_loop_run(d->loop);
        log_info("device: stopping signal=%d", number);
        stop_device(p);
        status = d->has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    evse_device_close(&p->evse);
    if (p->has_gateway) {
        device_close(d);
    }
    return status;
}

static bool open_flash(struct program *p)
{
    struct device *d = &p->device;
    p->flash = device_flash_open(p->state_dir, d->config.outbox_kib);
    if (p->flash == NULL) {
        return false;
    }
    d->store = &p->flash->store;
    d->outbox = &p->flash->outbox;
    if (p->is_evse && p->has_gateway) {
        if (device_flash_add_sessions(p->flash, p->state_dir) != E_OK) {
            return false;
        }
        d->sessions_outbox = &p->flash->sessions;
    }
    return true;
}

static int run(struct program *p)
{
    struct device *d = &p->device;
    int status = EXIT_FAILURE;
    d->owner = (struct device_owner){
        .ended = on_ended, .flash_error = flash_error, .told = write_trust, .context = p};
    d->guard.healthy = on_healthy;
    d->guard.context = p;
    d->loop = posix_loop_open();
    if (d->loop == NULL) {
        fprintf(stderr, "wattward-device: the system refuses an event loop\n");
        return EXIT_FAILURE;
    }
    if (device_guard_open(&d->guard, d->loop, p->state_dir) == E_OK && open_flash(p)) {
        status = run_at(p, device_guard_boot(&d->guard, d->store));
    }
    device_guard_close(&d->guard);
    device_flash_close(p->flash);
    posix_loop_close(d->loop);
    return status;
}

static int load_config(struct program *p, const char *path)
{
    if (!p->is_evse) {
        p->has_gateway = true;
        return device_config_load(&p->device.config, path);
    }
    const int result = evse_device_config_load(&p->evse.config, path);
    if (result != E_OK) {
        return result;
    }
    p->device.config = p->evse.config.device;
    p->has_gateway = p->device.config.device_id[0] != '\0';
    if (evse_device_name_plugs(&p->evse) != E_OK) {
        return E_ARG;
    }
    return evse_device_open_tls(&p->evse);
}

static int run_locked(struct program *p)
{
    log_open("device", (enum log_level)p->device.config.log_level);
    const int lock_fd = lock_state(p->state_dir);
    if (lock_fd < 0) {
        return EXIT_FAILURE;
    }
    const int result = run(p);
    close(lock_fd);
    return result;
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
    device->has_site_clock = options.clock != NULL;
    program.state_dir = options.state_dir;
    program.evse.keylog_path = options.keylog;
    program.is_evse = strcmp(options.profile, "evse") == 0;
    if (load_config(&program, options.config) != E_OK) {
        return EXIT_FAILURE;
    }
    const int result = options.check_only ? EXIT_SUCCESS : run_locked(&program);
    evse_device_close(&program.evse);
    if (result == EXIT_SUCCESS && device->guard.restart_wanted) {
        execv("/proc/self/exe", argv);
        fprintf(stderr, "wattward-device: cannot start again: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    return result;
}
