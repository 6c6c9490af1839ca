/* SPDX-License-Identifier: MIT
 * The configuration of a charger.
 */
#include "evse_config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/power_modules.h"
#include "device_link_keys.h"

#define AT(field) RUNTIME_CONFIG_AT(struct evse_device_config, field)

static const char *const energy_words[] = {"dc", "ac", "both", NULL};
static const char *const protocol_words[] = {"both", "din", "iso2", NULL};
static const char *const tls_words[] = {"off", "offered", "required", NULL};
static const char *const power_words[] = {"model", "can", NULL};

_Static_assert(offsetof(struct evse_device_config, device) == 0, "shared keys write there");

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
     .help =
         "file with the charger's certificate, the sub-CAs' and the V2G root's (PEM), as `wattward "
         "v2g pki` makes it; blanks between several, one a root: a car is shown the one under "
         "a root it names",
     .fallback = "None",
     .min = 1,
     .nullable = true,
     .type = RUNTIME_CONFIG_TEXT,
     AT(tls_certificate)},
    {.name = "tls_key",
     .help = "file with the certificate's key (PEM), which nobody else may read; as many as "
             "certificates",
     .fallback = "None",
     .min = 1,
     .nullable = true,
     .type = RUNTIME_CONFIG_TEXT,
     AT(tls_key)},
    {.name = "sdp_port",
     .help = "UDP port where cars ask; every car of this world asks at 15118",
     .fallback = "15118",
     .min = 1,
     .max = 65535,
     .type = RUNTIME_CONFIG_INT,
     AT(sdp_port)},
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
     .max = EVSE_POWER_MAX_W,
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
    {.name = "soc_only",
     .help =
         "for energy ac: asks cars for their state of charge by a short DC dialogue, which ends "
         "before any power, and then offers ac_max_current_a by the pilot",
     .fallback = "off",
     .type = RUNTIME_CONFIG_BOOL,
     AT(soc_only)},
    {.name = "quirks",
     .help =
         "what some cars need, blanks between: the front of the car's EVCCID in hex digits (or * "
         "for every car), a colon, and words with + between: suspend_by_schedule, no_isolation, "
         "minimum_current, early_stop, suspend_by_stop, loose_profile",
     .fallback = "None",
     .nullable = true,
     .example = "0465e0:early_stop *:minimum_current",
     .type = RUNTIME_CONFIG_TEXT,
     AT(quirks)},
    {.name = "control_socket",
     .help = "a UNIX socket that the charger makes for its operator (`wattward charger`)",
     .fallback = "None",
     .nullable = true,
     .min = 1,
     .example = "charger.sock",
     .type = RUNTIME_CONFIG_TEXT,
     AT(control_socket)},
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
    {.name = "power",
     .help = "what drives the output: a model of a power stage, or modules on a CAN bus",
     .fallback = "model",
     .words = power_words,
     .type = RUNTIME_CONFIG_WORD,
     AT(power)},
    {.name = "can_interfaces",
     .help = "for can: the buses of the modules, one for each plug, blanks between",
     .fallback = "None",
     .nullable = true,
     .example = "can0",
     .type = RUNTIME_CONFIG_TEXT,
     AT(can_interfaces)},
    {.name = "can_modules",
     .help = "for can: how many modules each bus has",
     .fallback = "1",
     .min = 1,
     .max = POWER_MODULES_MAX,
     .type = RUNTIME_CONFIG_INT,
     AT(can_modules)},
    {.name = "can_ramp_v_per_s",
     .help =
         "for can: how fast the modules are led to a higher voltage; 50 is kind to them, and too "
         "slow for cars that wait 7 s for a pre-charge",
     .unit = "V/s",
     .fallback = "200",
     .min = 10,
     .max = 10000,
     .type = RUNTIME_CONFIG_INT,
     AT(can_ramp_v_per_s)},
    {.name = "can_fault_mask",
     .help = "for can: the bits of a module's status register that mean a fault, as a number",
     .fallback = "65535",
     .min = 0,
     .max = INT32_MAX,
     .type = RUNTIME_CONFIG_INT,
     AT(can_fault_mask)},
    {.name = "device_id",
     .help = "the charger's name at the gateway; None: it charges without a gateway",
     .fallback = "None",
     .nullable = true,
     .example = "charger-1",
     .max = 64,
     .type = RUNTIME_CONFIG_TEXT,
     RUNTIME_CONFIG_AT(struct device_config, device_id)},
    {.name = "ca_file",
     .help = "the certificate of the site's authority (PEM), the only one that is trusted; needed "
             "with a device_id",
     .fallback = "None",
     .nullable = true,
     .example = "ca.pem",
     .type = RUNTIME_CONFIG_TEXT,
     RUNTIME_CONFIG_AT(struct device_config, ca_file)},
    DEVICE_LINK_KEYS};

int evse_device_config_quirks(const struct evse_device_config *config,
                              struct v2g_quirk rows[EVSE_QUIRKS_MAX])
{
    char text[sizeof config->quirks];
    char *rest = NULL;
    int n = 0;
    strcpy(text, config->quirks);
    for (char *row = strtok_r(text, " ", &rest); row != NULL; row = strtok_r(NULL, " ", &rest)) {
        if (n == EVSE_QUIRKS_MAX || v2g_quirk_read(row, &rows[n]) != E_OK) {
            return E_ARG;
        }
        n++;
    }
    return n;
}

const struct runtime_config_schema evse_device_config_schema = {
    .title = "wattward-device --profile evse",
    .keys = keys,
    .n_keys = sizeof keys / sizeof keys[0]};

/* The functions below: a sentence, or NULL. */
static const char *check_tls(const struct evse_device_config *c)
{
    if (c->tls != EVSE_TLS_OFF && (c->tls_certificate[0] == '\0' || c->tls_key[0] == '\0')) {
        return "tls needs tls_certificate and tls_key";
    }
    return c->tls == EVSE_TLS_REQUIRED && c->protocols == EVSE_PROTOCOLS_DIN
               ? "DIN SPEC 70121 knows no TLS"
               : NULL;
}

static const char *check_power(const struct evse_device_config *c)
{
    if (c->min_mv >= c->max_mv) {
        return "min_voltage_v is not below max_voltage_v";
    }
    if (c->energy == EVSE_ENERGY_AC && c->protocols == EVSE_PROTOCOLS_DIN) {
        return "DIN SPEC 70121 knows no AC";
    }
    if (c->power == EVSE_POWER_CAN && c->can_interfaces[0] == '\0') {
        return "power is can, but there are no can_interfaces";
    }
    return c->power == EVSE_POWER_CAN && c->energy != EVSE_ENERGY_DC
               ? "power is can, but its modules give no AC"
               : NULL;
}

static const char *check_link(const struct evse_device_config *c)
{
    const char *why = NULL;
    if (c->device.device_id[0] == '\0') {
        return NULL; /* a charger of its own */
    }
    if (c->device.ca_file[0] == '\0') {
        return "there is a device_id, but no ca_file";
    }
    return device_config_check_link(&c->device, &why) == E_OK ? NULL : why;
}

static const char *check_cars(const struct evse_device_config *c)
{
    struct v2g_quirk rows[EVSE_QUIRKS_MAX];
    if (c->soc_only && c->energy != EVSE_ENERGY_AC) {
        return "soc_only is for energy ac";
    }
    return evse_device_config_quirks(c, rows) < 0 ? "quirks has a row that is none, or more than 8"
                                                  : NULL;
}

static const char *check(const struct evse_device_config *c)
{
    const char *why = check_power(c);
    why = why == NULL ? check_tls(c) : why;
    why = why == NULL ? check_cars(c) : why;
    return why == NULL ? check_link(c) : why;
}

int evse_device_config_load(struct evse_device_config *config, const char *path)
{
    int result = device_config_read(&evse_device_config_schema, config, path);
    const char *why = result == E_OK ? check(config) : NULL;
    if (why != NULL) {
        fprintf(stderr, "wattward-device: %s: %s\n", path, why);
        result = E_ARG;
    }
    /* the most that all plugs together can give moves the meter's register */
    config->device.max_power_w = EVSE_PLUGS_MAX * EVSE_POWER_MAX_W;
    return result;
}

int evse_device_config_save_good(const struct evse_device_config *config, const char *dir)
{
    return device_config_write_good(&evse_device_config_schema, config, dir);
}

void evse_device_config_load_good(struct evse_device_config *config, const char *dir)
{
    char path[1024];
    struct evse_device_config good;
    snprintf(path, sizeof path, "%s/last_good.conf", dir);
    if (access(path, R_OK) == 0 && evse_device_config_load(&good, path) == E_OK) {
        *config = good;
    }
}
