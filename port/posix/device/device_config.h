/* SPDX-License-Identifier: MIT
 * What a device is told in its configuration file.
 */
#ifndef DEVICE_CONFIG_H
#define DEVICE_CONFIG_H

#include <stdint.h>

#include "base/err.h"
#include "runtime/config.h"

enum device_sensor_kind { DEVICE_SENSOR_REPLAY, DEVICE_SENSOR_PZEM004T };

struct device_config {
    char device_id[65];
    char gateway_host[256];
    char ca_file[256];
    char claim_token[129];
    char ledger_key[256];
    char sensor_file[256];
    char serial_port[256];
    int64_t replay_start_ms;
    uint32_t send_interval_ms;
    uint32_t sample_interval_ms;
    uint32_t ack_timeout_ms;
    uint32_t receipt_timeout_ms;
    uint32_t provisioning_retry_ms;
    uint32_t max_power_w;
    uint32_t watchdog_ms;
    uint16_t est_port;
    uint16_t mqtt_port;
    uint16_t keepalive_s;
    uint16_t send_window;
    uint16_t max_provisioning_retries;
    uint16_t outbox_kib;
    uint8_t pzem_address;
    uint8_t pzem_channel; /* enum telemetry_channel_kind */
    uint8_t sensor;       /* enum device_sensor_kind */
    uint8_t log_level;    /* enum log_level */
};

extern const struct runtime_config_schema device_config_schema;

/* Reads a file by a schema; prints one sentence on stderr when something is wrong. */
int device_config_read(const struct runtime_config_schema *schema, void *config,
                       const char *path) MUST_USE;
/* Reads and checks the file; prints one sentence on stderr when something is wrong. */
int device_config_load(struct device_config *config, const char *path) MUST_USE;
/* The configuration that worked for a while: DIR/last_good.conf, readable by its owner alone.
 * Loading leaves `config` as it is where there is none. */
int device_config_write_good(const struct runtime_config_schema *schema, const void *config,
                             const char *dir) MUST_USE;
int device_config_save_good(const struct device_config *config, const char *dir) MUST_USE;
void device_config_load_good(struct device_config *config, const char *dir);
/* What no single key can say. E_ARG, and the sentence in `why`. */
int device_config_check(const struct device_config *config, const char **why) MUST_USE;
/* The same of the keys that every device has. */
int device_config_check_link(const struct device_config *config, const char **why) MUST_USE;

#endif
