/* SPDX-License-Identifier: MIT
 * The configuration of wattward-device: one schema, from which the parser, the error messages and
 * the reference page come.
 */
#include "device_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/pzem004t.h"
#include "device_link_keys.h"
#include "ledger/note.h"
#include "telemetry/device_id.h"

#define AT(field) RUNTIME_CONFIG_AT(struct device_config, field)

static const char *const sensor_words[] = {"replay", "pzem004t", NULL};
static const char *const channel_words[] = {"production",  "consumption",    "grid_import",
                                            "grid_export", "storage_charge", "storage_discharge",
                                            NULL};
const char *const device_log_level_words[] = {"error", "warn", "info", "debug", NULL};

static const struct runtime_config_key keys[] = {
    {.name = "device_id",
     .help = "the device's name: letters, digits, '.', '_', '-'",
     .example = "barn",
     .min = 1,
     .max = 64,
     .type = RUNTIME_CONFIG_TEXT,
     AT(device_id)},
    {.name = "ca_file",
     .help = "the certificate of the site's authority (PEM), the only one that is trusted",
     .example = "ca.pem",
     .min = 1,
     .type = RUNTIME_CONFIG_TEXT,
     AT(ca_file)},
    {.name = "max_power_w",
     .help = "an energy register that moves faster than this was replaced; 0 for no bound",
     .unit = "W",
     .fallback = "100000",
     .min = 0,
     .max = 100000000,
     .type = RUNTIME_CONFIG_INT,
     AT(max_power_w)},
    {.name = "sensor",
     .help = "where measurements come from",
     .fallback = "replay",
     .words = sensor_words,
     .type = RUNTIME_CONFIG_WORD,
     AT(sensor)},
    {.name = "sensor_file",
     .help = "for replay: hourly watts of a home, as in sim/homes",
     .fallback = "None",
     .nullable = true,
     .type = RUNTIME_CONFIG_TEXT,
     AT(sensor_file)},
    {.name = "replay_start_ms",
     .help = "for replay: the site time of the file's first row (the default is 1 August 2016, "
             "00:00 UTC-8)",
     .unit = "ms since 1970",
     .fallback = "1470038400000",
     .min = 0,
     .max = 4102444800000,
     .type = RUNTIME_CONFIG_INT,
     AT(replay_start_ms)},
    {.name = "serial_port",
     .help = "for pzem004t: the serial line, such as /dev/ttyUSB0",
     .fallback = "None",
     .nullable = true,
     .type = RUNTIME_CONFIG_TEXT,
     AT(serial_port)},
    {.name = "pzem_address",
     .help = "for pzem004t: the chip's address, or 248 for the only one on the line",
     .fallback = "248",
     .min = 1,
     .max = PZEM_ADDRESS_ANY,
     .type = RUNTIME_CONFIG_INT,
     AT(pzem_address)},
    {.name = "pzem_channel",
     .help = "for pzem004t: what its current transformer is clamped around",
     .fallback = "production",
     .words = channel_words,
     .type = RUNTIME_CONFIG_WORD,
     AT(pzem_channel)},
    DEVICE_LINK_KEYS};

const struct runtime_config_schema device_config_schema = {
    .title = "wattward-device", .keys = keys, .n_keys = sizeof keys / sizeof keys[0]};

/* Or none at all. */
static bool is_ledger_key(const char *text)
{
    struct ledger_key key;
    return text[0] == '\0' || ledger_key_parse(text, strlen(text), &key) == E_OK;
}

int device_config_check_link(const struct device_config *c, const char **why)
{
    *why = NULL;
    if (!telemetry_device_id_valid(c->device_id, strlen(c->device_id))) {
        *why = "device_id may only have letters, digits, '.', '_' and '-'";
    } else if (!is_ledger_key(c->ledger_key)) {
        *why = "ledger_key is no key of a ledger, such as `wattward device add` tells";
    } else if (c->sample_interval_ms > c->send_interval_ms) {
        *why = "sample_interval_ms is longer than send_interval_ms";
    }
    return *why == NULL ? E_OK : E_ARG;
}

int device_config_check(const struct device_config *c, const char **why)
{
    if (device_config_check_link(c, why) != E_OK) {
        return E_ARG;
    }
    if (c->sensor == DEVICE_SENSOR_REPLAY && c->sensor_file[0] == '\0') {
        *why = "sensor is replay, but there is no sensor_file";
    } else if (c->sensor == DEVICE_SENSOR_PZEM004T && c->serial_port[0] == '\0') {
        *why = "sensor is pzem004t, but there is no serial_port";
    }
    return *why == NULL ? E_OK : E_ARG;
}

/* The whole file; a configuration is small. */
static int read_file(const char *path, char *text, size_t cap, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "wattward-device: cannot read %s: %s\n", path, strerror(errno));
        return E_IO;
    }
    *len = fread(text, 1, cap, file);
    const int failed = ferror(file);
    fclose(file);
    if (failed != 0 || *len == cap) {
        fprintf(stderr, "wattward-device: %s is %s\n", path,
                failed != 0 ? "not readable" : "too long for a configuration");
        return E_IO;
    }
    return E_OK;
}

int device_config_read(const struct runtime_config_schema *schema, void *config, const char *path)
{
    char text[16384];
    size_t len = 0;
    struct runtime_config_error error;
    if (read_file(path, text, sizeof text, &len) != E_OK) {
        return E_IO;
    }
    const int result = runtime_config_parse(schema, text, len, config, &error);
    if (result != E_OK) {
        char sentence[512];
        struct wbuf out = wbuf_of(sentence, sizeof sentence - 1);
        runtime_config_write_error(&error, path, &out);
        sentence[wbuf_len(&out)] = '\0';
        fprintf(stderr, "wattward-device: %s\n", sentence);
    }
    return result;
}

int device_config_load(struct device_config *config, const char *path)
{
    const char *why = NULL;
    int result = device_config_read(&device_config_schema, config, path);
    if (result != E_OK) {
        return result;
    }
    result = device_config_check(config, &why);
    if (result != E_OK) {
        fprintf(stderr, "wattward-device: %s: %s\n", path, why);
    }
    return result;
}

int device_config_write_good(const struct runtime_config_schema *schema, const void *config,
                             const char *dir)
{
    char text[16384];
    char path[1024];
    char temporary[1032];
    struct wbuf out = wbuf_of(text, sizeof text);
    runtime_config_write_lines(schema, config, RUNTIME_CONFIG_SECRETS_SHOWN, &out);
    snprintf(path, sizeof path, "%s/last_good.conf", dir);
    snprintf(temporary, sizeof temporary, "%s.new", path);
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return E_IO;
    }
    const bool written =
        write(fd, text, wbuf_len(&out)) == (ssize_t)wbuf_len(&out) && fsync(fd) == 0;
    if (close(fd) != 0 || !written || rename(temporary, path) != 0) {
        (void)unlink(temporary);
        return E_IO;
    }
    return E_OK;
}

int device_config_save_good(const struct device_config *config, const char *dir)
{
    return device_config_write_good(&device_config_schema, config, dir);
}

void device_config_load_good(struct device_config *config, const char *dir)
{
    char path[1024];
    struct device_config good;
    snprintf(path, sizeof path, "%s/last_good.conf", dir);
    if (access(path, R_OK) == 0 && device_config_load(&good, path) == E_OK) {
        *config = good;
    }
}
