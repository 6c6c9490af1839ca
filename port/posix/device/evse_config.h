/* SPDX-License-Identifier: MIT
 * What a charger is told in its configuration file.
 */
#ifndef EVSE_CONFIG_H
#define EVSE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "device_config.h"
#include "runtime/config.h"
#include "v2g/quirk.h"

enum { EVSE_PLUGS_MAX = 4, EVSE_QUIRKS_MAX = 8, EVSE_POWER_MAX_W = 400000 };

enum evse_energy { EVSE_ENERGY_DC, EVSE_ENERGY_AC, EVSE_ENERGY_BOTH };
enum evse_power { EVSE_POWER_MODEL, EVSE_POWER_CAN };
enum evse_protocols { EVSE_PROTOCOLS_BOTH, EVSE_PROTOCOLS_DIN, EVSE_PROTOCOLS_ISO2 };

enum evse_tls { EVSE_TLS_OFF, EVSE_TLS_OFFERED, EVSE_TLS_REQUIRED };

struct evse_device_config {
    struct device_config device; /* of it the keys that every device has */
    char evse_id[38];
    char interfaces[128]; /* blanks between */
    int32_t max_mv, min_mv, max_ma, max_w;
    int32_t ac_max_ma;
    int32_t isolation_ohm;
    int32_t ramp_v_per_s;
    uint16_t tcp_port, tls_port, sdp_port;
    uint8_t tls;                                       /* enum evse_tls */
    char tls_certificate[RUNTIME_CONFIG_MAX_TEXT + 1]; /* "": none */
    char tls_key[RUNTIME_CONFIG_MAX_TEXT + 1];
    uint8_t energy;    /* enum evse_energy */
    uint8_t protocols; /* enum evse_protocols */
    uint8_t power;     /* enum evse_power */
    uint8_t can_modules;
    uint32_t can_fault_mask;
    int32_t can_ramp_v_per_s;
    char can_interfaces[128]; /* blanks between */
    bool receipts, soc_only;
    char control_socket[108];                 /* "": none */
    char quirks[RUNTIME_CONFIG_MAX_TEXT + 1]; /* rows, blanks between; see v2g/quirk.h */
};

extern const struct runtime_config_schema evse_device_config_schema;

/* Reads and checks the file; prints one sentence on stderr when something is wrong. */
int evse_device_config_load(struct evse_device_config *config, const char *path) MUST_USE;
/* The rows of `quirks`: how many; E_ARG when one is none, or there are too many. */
int evse_device_config_quirks(const struct evse_device_config *config,
                              struct v2g_quirk rows[EVSE_QUIRKS_MAX]) MUST_USE;
/* As device_config_save_good() and device_config_load_good(). */
int evse_device_config_save_good(const struct evse_device_config *config, const char *dir) MUST_USE;
void evse_device_config_load_good(struct evse_device_config *config, const char *dir);

#endif
