/* SPDX-License-Identifier: MIT
 * The command line of `wattward-sim site`.
 */
#include "site_options.h"

#include <stddef.h>
#include <stdio.h>

#include "options.h"

#define NUMBER(name, field, lowest, highest)                                                       \
    {                                                                                              \
        (name), offsetof(struct site_options, field), (lowest), (highest)                          \
    }
static const struct sim_number_option numbers[] = {
    NUMBER("--minutes", minutes, 1, 525600),  NUMBER("--homes", homes, 1, SITE_HOMES_MAX),
    NUMBER("--chargers", chargers, 0, 1),     NUMBER("--port", http_port, 1, 65535),
    NUMBER("--est-port", est_port, 1, 65535), NUMBER("--mqtt-port", mqtt_port, 1, 65535),
    NUMBER("--rate", rate, 1, 3600),
};
static const struct sim_text_option texts[] = {
    {"--state", offsetof(struct site_options, state_dir)},
    {"--homes-dir", offsetof(struct site_options, homes_dir)},
};
static const struct sim_flag_option flags[] = {
    {"--headless", offsetof(struct site_options, headless)},
};

static const struct sim_options options = {
    .command = "wattward-sim site",
    .usage =
        "Usage: wattward-sim site [OPTION...]\n"
        "\n"
        "Starts the gateway, its signer and broker, and a meter for every home; Ctrl-C stops "
        "them.\n"
        "\n"
        "  --headless       no address, a summary at the end; needs --minutes\n"
        "  --minutes N      stop after N minutes; the exit status is 0 only if the summary holds\n"
        "  --homes N        how many homes, 1 to 17 (default 17)\n"
        "  --chargers N     0 or 1 (default 1): a charger to which cars come now and then\n"
        "  --port P         the page's port on 127.0.0.1 (default 8080)\n"
        "  --est-port P     the port devices enrol at (default 8443)\n"
        "  --mqtt-port P    the broker's port (default 8883)\n"
        "  --rate R         seconds of the site in a real second, 1 to 3600 (default 60)\n"
        "  --state DIR      where keys, readings and logs are kept (default var)\n"
        "  --homes-dir DIR  the homes' production and consumption (default sim/homes)\n",
    .numbers = numbers,
    .n_numbers = sizeof numbers / sizeof numbers[0],
    .texts = texts,
    .n_texts = sizeof texts / sizeof texts[0],
    .flags = flags,
    .n_flags = sizeof flags / sizeof flags[0],
};

int site_options_read(struct site_options *o, int argc, char **argv)
{
    *o = (struct site_options){.homes = SITE_HOMES_MAX,
                               .chargers = 1,
                               .http_port = 8080,
                               .est_port = 8443,
                               .mqtt_port = 8883,
                               .rate = 60,
                               .state_dir = "var",
                               .homes_dir = "sim/homes"};
    const int early = sim_options_read(&options, o, argc, argv);
    if (early == 0 && o->headless && o->minutes == 0) {
        fprintf(stderr, "wattward-sim site: --headless needs --minutes\n");
        return 3;
    }
    return early;
}
