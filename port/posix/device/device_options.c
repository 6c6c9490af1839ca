/* SPDX-License-Identifier: MIT
 * The command line of wattward-device.
 */
#include "device_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "device_config.h"
#include "evse_config.h"

enum { EXIT_USAGE = 2 };

static const char usage[] =
    "Usage: wattward-device --profile meter --config FILE [--state DIR] [--clock CLOCK] [-n]\n"
    "       wattward-device --profile evse --config FILE [--state DIR] [--clock CLOCK]\n"
    "                       [--keylog FILE] [-n]\n"
    "       wattward-device [--profile evse] --print-config-reference | --print-config-example\n"
    "\n"
    "Runs a device of the site. A meter measures, signs a reading every few seconds and keeps it "
    "in\n"
    "its flash until the gateway has it, across outages and power cuts. Its key is made at the "
    "first\n"
    "start and stays in the state directory; its certificate comes from the gateway against the "
    "claim\n"
    "token that `wattward device add` prints.\n"
    "An evse is a charger: it answers cars on its network interfaces (SDP, DIN SPEC 70121,\n"
    "ISO 15118-2) and drives a power stage, a model or modules on a CAN bus. With a device_id it "
    "is a\n"
    "meter of what cars take as well, and tells the gateway how each session went.\n"
    "\n"
    "  --profile meter|evse      what kind of device this is\n"
    "  --config FILE             its configuration: `key value` lines, # for comments\n"
    "  --state DIR               its flash (default var/device); one process at a time\n"
    "  --clock REAL:SITE:RATE    a site clock that was SITE when real time was REAL (ms since "
    "1970)\n"
    "                            and runs RATE times as fast\n"
    "  --keylog FILE             an evse's TLS keys go there, so that `wattward v2g dump "
    "--keylog`\n"
    "                            reads captures of its sessions; so can whoever else has it\n"
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

static int misuse(const char *text, const char *what)
{
    fprintf(stderr, "wattward-device: %s%s; see wattward-device --help\n", text, what);
    return EXIT_USAGE;
}

static int print_schema(const struct runtime_config_schema *schema,
                        void (*write)(const struct runtime_config_schema *, struct wbuf *))
{
    static char page[32768];
    struct wbuf out = wbuf_of(page, sizeof page);
    write(schema, &out);
    ASSERT(wbuf_ok(&out));
    return fwrite(page, 1, wbuf_len(&out), stdout) == wbuf_len(&out) && fflush(stdout) == 0
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}

/* Options that print something and end: the exit status, or -1 for another argument. */
static int print_wanted(const struct device_options *o, const char *argument)
{
    const bool is_evse = o->profile != NULL && strcmp(o->profile, "evse") == 0;
    const struct runtime_config_schema *schema =
        is_evse ? &evse_device_config_schema : &device_config_schema;
    if (strcmp(argument, "-h") == 0 || strcmp(argument, "--help") == 0) {
        return fputs(usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    if (strcmp(argument, "--print-config-reference") == 0) {
        return print_schema(schema, runtime_config_write_reference);
    }
    if (strcmp(argument, "--print-config-example") == 0) {
        return print_schema(schema, runtime_config_write_example);
    }
    return -1;
}

/* The number of arguments used, 0 when it is no such option, negative when its value is missing. */
static int take_option(struct device_options *o, char **argv)
{
    const struct {
        const char *name;
        const char **value;
    } with_value[] = {{"--profile", &o->profile},
                      {"--config", &o->config},
                      {"--state", &o->state_dir},
                      {"--clock", &o->clock},
                      {"--keylog", &o->keylog}};
    if (strcmp(argv[0], "-n") == 0) {
        o->check_only = true;
        return 1;
    }
    for (size_t i = 0; i < sizeof with_value / sizeof with_value[0]; i++) {
        if (strcmp(argv[0], with_value[i].name) == 0) {
            *with_value[i].value = argv[1];
            return argv[1] == NULL ? -1 : 2;
        }
    }
    return 0;
}

static int check_options(const struct device_options *o)
{
    if (o->profile == NULL) {
        return misuse("--profile is missing", "");
    }
    if (strcmp(o->profile, "meter") != 0 && strcmp(o->profile, "evse") != 0) {
        return misuse("there is no profile ", o->profile);
    }
    return o->config == NULL ? misuse("--config is missing", "") : -1;
}

int device_options_read(struct device_options *o, char **argv)
{
    *o = (struct device_options){.state_dir = "var/device"};
    for (argv++; *argv != NULL;) {
        const int status = print_wanted(o, *argv);
        if (status >= 0) {
            return status;
        }
        const int used = take_option(o, argv);
        if (used <= 0) {
            return misuse(used < 0 ? "no value for " : "unknown option ", *argv);
        }
        argv += used;
    }
    return check_options(o);
}
