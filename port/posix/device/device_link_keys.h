/* SPDX-License-Identifier: MIT
 * The keys that every kind of device has: how it speaks to the gateway and brings itself back. A
 * configuration that has them begins with struct device_config.
 */
#ifndef DEVICE_LINK_KEYS_H
#define DEVICE_LINK_KEYS_H

#include "app/meter.h"
#include "device_config.h"

extern const char *const device_log_level_words[];

#define DEVICE_LINK_KEYS                                                                           \
    {.name = "gateway_host",                                                                       \
     .help = "name or address of the gateway",                                                     \
     .fallback = "127.0.0.1",                                                                      \
     .min = 1,                                                                                     \
     .type = RUNTIME_CONFIG_TEXT,                                                                  \
     RUNTIME_CONFIG_AT(struct device_config, gateway_host)},                                       \
        {.name = "est_port",                                                                       \
         .help = "port where the gateway enrols devices",                                          \
         .fallback = "8443",                                                                       \
         .min = 1,                                                                                 \
         .max = 65535,                                                                             \
         .type = RUNTIME_CONFIG_INT,                                                               \
         RUNTIME_CONFIG_AT(struct device_config, est_port)},                                       \
        {.name = "mqtt_port",                                                                      \
         .help = "port of the gateway's MQTT broker",                                              \
         .fallback = "8883",                                                                       \
         .min = 1,                                                                                 \
         .max = 65535,                                                                             \
         .type = RUNTIME_CONFIG_INT,                                                               \
         RUNTIME_CONFIG_AT(struct device_config, mqtt_port)},                                      \
        {.name = "claim_token",                                                                    \
         .help =                                                                                   \
             "the one-time token of `wattward device add`, needed until the device is enrolled",   \
         .fallback = "None",                                                                       \
         .nullable = true,                                                                         \
         .secret = true,                                                                           \
         .type = RUNTIME_CONFIG_TEXT,                                                              \
         RUNTIME_CONFIG_AT(struct device_config, claim_token)},                                    \
        {.name = "ledger_key",                                                                     \
         .help = "the key of the site's ledger, as `wattward device add` tells it; with it the "   \
                 "device "                                                                         \
                 "checks that no reading is left out",                                             \
         .fallback = "None",                                                                       \
         .nullable = true,                                                                         \
         .type = RUNTIME_CONFIG_TEXT,                                                              \
         RUNTIME_CONFIG_AT(struct device_config, ledger_key)},                                     \
        {.name = "max_provisioning_retries",                                                       \
         .help = "tries to enrol before waiting longer and longer",                                \
         .fallback = "3",                                                                          \
         .min = 1,                                                                                 \
         .max = 100,                                                                               \
         .type = RUNTIME_CONFIG_INT,                                                               \
         RUNTIME_CONFIG_AT(struct device_config, max_provisioning_retries)},                       \
        {.name = "provisioning_retry_ms",                                                          \
         .help = "time between these tries",                                                       \
         .unit = "ms",                                                                             \
         .fallback = "5000",                                                                       \
         .min = 100,                                                                               \
         .max = 600000,                                                                            \
         .type = RUNTIME_CONFIG_INT,                                                               \
         RUNTIME_CONFIG_AT(struct device_config, provisioning_retry_ms)},                          \
        {.name = "send_interval_ms",                                                               \
         .help = "time between two readings",                                                      \
         .unit = "ms",                                                                             \
         .fallback = "5000",                                                                       \
         .min = 100,                                                                               \
         .max = 3600000,                                                                           \
         .type = RUNTIME_CONFIG_INT,                                                               \
         RUNTIME_CONFIG_AT(struct device_config, send_interval_ms)},                               \
        {.name = "sample_interval_ms",                                                             \
         .help = "time between two looks at the sensor, at most send_interval_ms",                 \
         .unit = "ms",                                                                             \
         .fallback = "1000",                                                                       \
         .min = 50,                                                                                \
         .max = 60000,                                                                             \
         .type = RUNTIME_CONFIG_INT,                                                               \
         RUNTIME_CONFIG_AT(struct device_config, sample_interval_ms)},                             \
        {.name = "ack_timeout_ms",                                                                 \
         .help = "a reading that is not acknowledged in this time is sent again",                  \
         .unit = "ms",                                                                             \
         .fallback = "10000",                                                                      \
         .min = 500,                                                                               \
         .max = 600000,                                                                            \
         .type = RUNTIME_CONFIG_INT,                                                               \
         RUNTIME_CONFIG_AT(struct device_config, ack_timeout_ms)},                                 \
        {.name = "receipt_timeout_ms",                                                             \
         .help =                                                                                   \
             "a reading that was acknowledged and has no receipt in this time counts as left out", \
         .unit = "ms",                                                                             \
         .fallback = "600000",                                                                     \
         .min = 1000,                                                                              \
         .max = 86400000,                                                                          \
         .type = RUNTIME_CONFIG_INT,                                                               \
         RUNTIME_CONFIG_AT(struct device_config, receipt_timeout_ms)},                             \
        {.name = "send_window",                                                                    \
         .help = "readings sent and not yet acknowledged, at most",                                \
         .fallback = "32",                                                                         \
         .min = 1,                                                                                 \
         .max = METER_WINDOW_MAX,                                                                  \
         .type = RUNTIME_CONFIG_INT,                                                               \
         RUNTIME_CONFIG_AT(struct device_config, send_window)},                                    \
        {.name = "keepalive_s",                                                                    \
         .help = "a silent connection is tested after this time",                                  \
         .unit = "s",                                                                              \
         .fallback = "30",                                                                         \
         .min = 5,                                                                                 \
         .max = 3600,                                                                              \
         .type = RUNTIME_CONFIG_INT,                                                               \
         RUNTIME_CONFIG_AT(struct device_config, keepalive_s)},                                    \
        {.name = "outbox_kib",                                                                     \
         .help = "flash for readings that wait for the gateway; fixed at the first start",         \
         .unit = "KiB",                                                                            \
         .fallback = "4096",                                                                       \
         .min = 16,                                                                                \
         .max = 16384,                                                                             \
         .type = RUNTIME_CONFIG_INT,                                                               \
         RUNTIME_CONFIG_AT(struct device_config, outbox_kib)},                                     \
        {.name = "watchdog_ms",                                                                    \
         .help = "a task that is silent for longer restarts the device; 0 for no watchdog",        \
         .unit = "ms",                                                                             \
         .fallback = "15000",                                                                      \
         .min = 0,                                                                                 \
         .max = 600000,                                                                            \
         .type = RUNTIME_CONFIG_INT,                                                               \
         RUNTIME_CONFIG_AT(struct device_config, watchdog_ms)},                                    \
    {                                                                                              \
        .name = "log_level", .help = "the least important lines that are logged",                  \
        .fallback = "info", .words = device_log_level_words, .type = RUNTIME_CONFIG_WORD,          \
        RUNTIME_CONFIG_AT(struct device_config, log_level)                                         \
    }

#endif
