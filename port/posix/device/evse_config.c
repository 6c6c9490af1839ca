/* SPDX-License-Identifier: MIT
 * The configuration of a charger.
 */
#include "evse_config.h"

#include <stdio.h>
#include <string.h>

#include "device_config.h"

#define AT(field) RUNTIME_CONFIG_AT(struct evse_device_config, field)

static const char *const energy_words[] = {"dc", "ac", "both", NULL};
static const char *const protocol_words[] = {"both", "din", "iso2", NULL};
static const char *const tls_words[] = {"off", "offered", "required", NULL};
static const char *const level_words[] = {"error", "warn", "info", "debug", NULL};

static const struct runtime_config_key keys[] = {
    {.name = "evse_id",
     .help = "the charging point's identifier, told to the car; further plugs add /2, /3, /4",
     .example = "DE*WAT*E0001",
     .min = 7,
     .max = 35,
     .type = RUNTIME_CONFIG_TEXT,
     AT(evse_id)},
    {.name = "interfaces",
     .help = "network interfaces towards cars, blanks between: one plug each, at most 4",
     .example = "eth0",
     .min = 1,
     .type = RUNTIME_CONFIG_TEXT,
     AT(interfaces)},
    {.name = "tcp_port",
     .help = "port of sessions; 0 for any, SDP tells it",
     .fallback = "0",
     .min = 0,
     .max = 65535,
     .type = RUNTIME_CONFIG_INT,
     AT(tcp_port)},
    {.name = "tls",
     .help = "off: plain TCP; offered: TLS to cars that ask for it; required: TLS to all, so that "
             "cars without it, all of DIN SPEC 70121 among them, find no charger",
     .fallback = "off",
     .words = tls_words,
     .type = RUNTIME_CONFIG_WORD,
     AT(tls)},
    {.name = "tls_port",
     .help = "port of sessions with TLS; 0 for any, SDP tells it",
     .fallback = "0",
     .min = 0,
     .max = 65535,
     .type = RUNTIME_CONFIG_INT,
     AT(tls_port)},
    {.name = "tls_certificate",
     .help = "file with the charger's certificate and the sub-CAs' below the V2G root (PEM), as "
             "`wattward v2g pki` makes them",
     .fallback = "None",
     .min = 1,
     .nullable = true,
     .type = RUNTIME_CONFIG_TEXT,
     AT(tls_certificate)},
    {.name = "tls_key",
     .help = "file with the certificate's key (PEM), which nobody else may read",
     .fallback = "None",
     .min = 1,
     .nullable = true,
     .type = RUNTIME_CONFIG_TEXT,
     AT(tls_key)},
    {.name = "energy",
     .help = "what the plug gives; some cars cannot take the word for both of DIN SPEC 70121",
     .fallback = "dc",
     .words = energy_words,
     .type = RUNTIME_CONFIG_WORD,
     AT(energy)},
    {.name = "protocols",
     .help = "what is spoken: DIN SPEC 70121 (DC only), ISO 15118-2, or both",
     .fallback = "both",
     .words = protocol_words,
     .type = RUNTIME_CONFIG_WORD,
     AT(protocols)},
    {.name = "max_voltage_v",
     .help = "highest DC voltage",
     .unit = "V",
     .fallback = "500",
     .min = 60000,
     .max = 1000000,
     .decimals = 3,
     .type = RUNTIME_CONFIG_DECIMAL,
     AT(max_mv)},
    {.name = "min_voltage_v",
     .help = "lowest DC voltage",
     .unit = "V",
     .fallback = "150",
     .min = 0,
     .max = 1000000,
     .decimals = 3,
     .type = RUNTIME_CONFIG_DECIMAL,
     AT(min_mv)},
    {.name = "max_current_a",
     .help = "highest DC current",
     .unit = "A",
     .fallback = "125",
     .min = 1000,
     .max = 500000,
     .decimals = 3,
     .type = RUNTIME_CONFIG_DECIMAL,
     AT(max_ma)},
    {.name = "max_power_w",
     .help = "highest DC power",
     .unit = "W",
     .fallback = "50000",
     .min = 1000,
     .max = 400000,
     .type = RUNTIME_CONFIG_INT,
     AT(max_w)},
    {.name = "ac_max_current_a",
     .help = "highest AC current of a phase",
     .unit = "A",
     .fallback = "32",
     .min = 6000,
     .max = 80000,
     .decimals = 3,
     .type = RUNTIME_CONFIG_DECIMAL,
     AT(ac_max_ma)},
    {.name = "receipts",
     .help = "asks cars to confirm the meter while they charge (ISO 15118-2)",
     .fallback = "off",
     .type = RUNTIME_CONFIG_BOOL,
     AT(receipts)},
    {.name = "model_isolation_ohm",
     .help = "of the modelled output against earth; 0 for sound, less than 100 per volt is a fault",
     .unit = "ohm",
     .fallback = "0",
     .min = 0,
     .max = 10000000,
     .type = RUNTIME_CONFIG_INT,
     AT(isolation_ohm)},
    {.name = "model_ramp_v_per_s",
     .help = "how fast the modelled rectifier's voltage moves; some cars wait for a pre-charge of "
             "half a second only",
     .unit = "V/s",
     .fallback = "2000",
     .min = 100,
     .max = 100000,
     .type = RUNTIME_CONFIG_INT,
     AT(ramp_v_per_s)},
    {.name = "log_level",
     .help = "the least important lines that are logged",
     .fallback = "info",
     .words = level_words,
     .type = RUNTIME_CONFIG_WORD,
     AT(log_level)},
};

const struct runtime_config_schema evse_device_config_schema = {
    .title = "wattward-device --profile evse",
    .keys = keys,
    .n_keys = sizeof keys / sizeof keys[0]};

int evse_device_config_load(struct evse_device_config *config, const char *path)
{
    const int result = device_config_read(&evse_device_config_schema, config, path);
    if (result == E_OK && config->min_mv >= config->max_mv) {
        fprintf(stderr, "wattward-device: %s: min_voltage_v is not below max_voltage_v\n", path);
        return E_ARG;
    }
    if (result == E_OK && config->tls != EVSE_TLS_OFF &&
        (config->tls_certificate[0] == '\0' || config->tls_key[0] == '\0')) {
        fprintf(stderr, "wattward-device: %s: tls needs tls_certificate and tls_key\n", path);
        return E_ARG;
    }
    if (result == E_OK && config->tls == EVSE_TLS_REQUIRED &&
        config->protocols == EVSE_PROTOCOLS_DIN) {
        fprintf(stderr, "wattward-device: %s: DIN SPEC 70121 knows no TLS\n", path);
        return E_ARG;
    }
    if (result == E_OK && config->energy == EVSE_ENERGY_AC &&
        config->protocols == EVSE_PROTOCOLS_DIN) {
        fprintf(stderr, "wattward-device: %s: DIN SPEC 70121 knows no AC\n", path);
        return E_ARG;
    }
    return result;
}
