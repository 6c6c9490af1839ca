/* SPDX-License-Identifier: MIT
 * The command line of `wattward-sim site`.
 */
#include "site_options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void usage(FILE *out)
{
    fputs(
        "Usage: wattward-sim site [OPTION...]\n"
        "\n"
        "Starts the gateway, its signer and broker, and a meter for every home; Ctrl-C stops "
        "them.\n"
        "\n"
        "  --headless       no address, a summary at the end; needs --minutes\n"
        "  --minutes N      stop after N minutes; the exit status is 0 only if the summary holds\n"
        "  --homes N        how many homes, 1 to 17 (default 17)\n"
        "  --port P         the page's port on 127.0.0.1 (default 8080)\n"
        "  --est-port P     the port devices enrol at (default 8443)\n"
        "  --mqtt-port P    the broker's port (default 8883)\n"
        "  --rate R         seconds of the site in a real second, 1 to 3600 (default 60)\n"
        "  --state DIR      where keys, readings and logs are kept (default var)\n"
        "  --homes-dir DIR  the homes' production and consumption (default sim/homes)\n",
        out);
}

struct number_option {
    const char *name;
    size_t offset;
    long lowest;
    long highest;
};

#define NUMBER(name, field, lowest, highest)                                                       \
    {                                                                                              \
        (name), offsetof(struct site_options, field), (lowest), (highest)                          \
    }
static const struct number_option numbers[] = {
    NUMBER("--minutes", minutes, 1, 525600),    NUMBER("--homes", homes, 1, SITE_HOMES_MAX),
    NUMBER("--port", http_port, 1, 65535),      NUMBER("--est-port", est_port, 1, 65535),
    NUMBER("--mqtt-port", mqtt_port, 1, 65535), NUMBER("--rate", rate, 1, 3600),
};

/* 0 when `name` is no number option, 1 when it was taken, -1 after a complaint. */
static int take_number(struct site_options *o, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(name, numbers[i].name) != 0) {
            continue;
        }
        char *end = NULL;
        errno = 0;
        const long n = value == NULL ? 0 : strtol(value, &end, 10);
        if (value == NULL || end == value || *end != '\0' || errno != 0 || n < numbers[i].lowest ||
            n > numbers[i].highest) {
            fprintf(stderr, "wattward-sim site: %s takes a whole number from %ld to %ld\n", name,
                    numbers[i].lowest, numbers[i].highest);
            return -1;
        }
        memcpy((char *)o + numbers[i].offset, &n, sizeof n);
        return 1;
    }
    return 0;
}

static int take_folder(struct site_options *o, const char *name, const char *value)
{
    const char **place = strcmp(name, "--state") == 0       ? &o->state_dir
                         : strcmp(name, "--homes-dir") == 0 ? &o->homes_dir
                                                            : NULL;
    if (place == NULL) {
        return 0;
    }
    if (value == NULL || value[0] == '\0') {
        fprintf(stderr, "wattward-sim site: %s takes a folder\n", name);
        return -1;
    }
    *place = value;
    return 1;
}

int site_options_read(struct site_options *o, int argc, char **argv)
{
    *o = (struct site_options){.homes = SITE_HOMES_MAX,
                               .http_port = 8080,
                               .est_port = 8443,
                               .mqtt_port = 8883,
                               .rate = 60,
                               .state_dir = "var",
                               .homes_dir = "sim/homes"};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            usage(stdout);
            return 1;
        }
        if (strcmp(argv[i], "--headless") == 0) {
            o->headless = true;
            continue;
        }
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        int taken = take_number(o, argv[i], value);
        if (taken == 0) {
            taken = take_folder(o, argv[i], value);
        }
        if (taken == 0) {
            fprintf(stderr, "wattward-sim site: there is no option '%s'\n", argv[i]);
            usage(stderr);
        }
        if (taken <= 0) {
            return 3;
        }
        i++;
    }
    if (o->headless && o->minutes == 0) {
        fprintf(stderr, "wattward-sim site: --headless needs --minutes\n");
        return 3;
    }
    return 0;
}
