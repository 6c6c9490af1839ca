/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "posix/clock.h"
#include "site/site.h"

static const char help[] =
    "Usage: wattward-gateway [options]\n"
    "\n"
    "Takes the signed readings of a site's devices, keeps them, and shows them on a page. Starts "
    "its\n"
    "own certificate authority (wattward-signer) and broker (mosquitto).\n"
    "\n"
    "  --state DIR      keys, certificates and the database (default var)\n"
    "  --listen ADDR    numeric address to listen on (default 127.0.0.1)\n"
    "  --http-port P    the page (default 8080)\n"
    "  --est-port P     enrolment over HTTPS (default 8443)\n"
    "  --mqtt-port P    readings over MQTT and TLS (default 8883); a port of 0 is any free one\n"
    "  --name SITE      the site's name on the page (default Wattward)\n"
    "  --utc-offset M   minutes that the site's standard time is ahead of UTC (default 0)\n"
    "  --clock R:S:X    the site clock: at real unix ms R it is S and runs X times as fast\n"
    "  --trust RULE     how readings are judged: te2 (default) or seed\n"
    "  --set KEY=VALUE  a key of the original rule: TOLERANCE_PERCENTAGE=0.25, ...; also\n"
    "                   FORECAST_CACHE_SECONDS=300, how old an answer of --weather may be\n"
    "  --place LAT,LON  where the site is, in degrees: then night and clear sky are known\n"
    "  --feeder DEVICE  the device at the transformer, behind which all others are: what they "
    "report\n"
    "                   together is compared with it\n"
    "  --weather URL    a service like Open-Meteo's to compare with, as http://host:port, or\n"
    "                   URL,URL when satellites are asked elsewhere, or open-meteo for the public\n"
    "                   one (default: none is asked)\n"
    "  --new-operator-key  make the operator a new key in STATE/operator, because the old one is "
    "lost;\n"
    "                   the ledger shows that the old one did not sign it\n"
    "  -n, --check      check the options and what is needed, start nothing\n"
    "  -v, --verbose    log more\n"
    "  -h, --help       this text\n"
    "\n"
    "When everything is up, one line starting with \"ready\" goes to standard output; before it, "
    "at\n"
    "the first start, the operator's password. The log goes to standard error. SIGTERM ends it.\n";

enum { USAGE_STATUS = 2 };

static int wrong(const char *option, const char *why)
{
    (void)fprintf(stderr, "wattward-gateway: --%s %s\n", option, why);
    return USAGE_STATUS;
}

static int read_port(const char *option, const char *text, uint16_t *port)
{
    char *end;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || *end != 0 || text[0] < '0' || text[0] > '9' || value > UINT16_MAX) {
        return wrong(option, "is a port, 0 to 65535");
    }
    *port = (uint16_t)value;
    return -1;
}

static int read_name(const char *text, const char **name)
{
    const size_t len = strlen(text);
    if (len < 1 || len >= SITE_NAME_CAP) {
        return wrong("name", "is 1 to 64 bytes long");
    }
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20) {
            return wrong("name", "holds a control character");
        }
    }
    *name = text;
    return -1;
}

static int read_utc_offset(const char *text, int *minutes)
{
    char *end;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != 0 || value < -12 * 60 || value > 14 * 60) {
        return wrong("utc-offset", "is minutes, -720 to 840");
    }
    *minutes = (int)value;
    return -1;
}

static int read_rule(const char *text, bool *seed)
{
    *seed = strcmp(text, "seed") == 0;
    return *seed || strcmp(text, "te2") == 0 ? -1 : wrong("trust", "is te2 or seed");
}

static int read_place(const char *text, struct options *o)
{
    char *end;
    const double latitude_deg = strtod(text, &end);
    const bool has_comma = end != text && *end == ',';
    const char *second = has_comma ? end + 1 : text;
    const double longitude_deg = strtod(second, &end);
    const bool good = has_comma && end != second && *end == 0 && latitude_deg >= -90.0 &&
                      latitude_deg <= 90.0 && longitude_deg >= -180.0 && longitude_deg <= 180.0;
    o->place = (struct weather_place){.known = good,
                                      .latitude_udeg = good ? (int32_t)(latitude_deg * 1e6) : 0,
                                      .longitude_udeg = good ? (int32_t)(longitude_deg * 1e6) : 0};
    return good ? -1 : wrong("place", "is a latitude and a longitude, as in 44.5,11.3");
}

/* "KEY=VALUE" */
static int read_key(const char *text, struct trust_seed_config *seed)
{
    char key[64];
    const size_t len = strcspn(text, "=");
    if (text[len] != '=' || len >= sizeof key) {
        return wrong("set", "is KEY=VALUE, as in TOLERANCE_PERCENTAGE=0.25");
    }
    memcpy(key, text, len);
    key[len] = '\0';
    const int result = trust_seed_set(seed, key, text + len + 1);
    if (result == E_OK) {
        return -1;
    }
    return wrong("set", result == E_NOTFOUND ? "names a key that there is not"
                                             : "has a value that this key cannot have");
}

static int read_weather(const char *text, struct options *o)
{
    o->has_weather = weather_bases_read(&o->weather, text) == E_OK;
    return o->has_weather
               ? -1
               : wrong("weather", "is open-meteo or an address, as in http://127.0.0.1:8089");
}

enum {
    STATE = 256,
    LISTEN,
    HTTP_PORT,
    EST_PORT,
    MQTT_PORT,
    NAME,
    UTC_OFFSET,
    CLOCK,
    TRUST,
    PLACE,
    WEATHER,
    FEEDER,
    SET,
    NEW_KEY
};

static const struct option long_options[] = {{"state", required_argument, NULL, STATE},
                                             {"listen", required_argument, NULL, LISTEN},
                                             {"http-port", required_argument, NULL, HTTP_PORT},
                                             {"est-port", required_argument, NULL, EST_PORT},
                                             {"mqtt-port", required_argument, NULL, MQTT_PORT},
                                             {"name", required_argument, NULL, NAME},
                                             {"utc-offset", required_argument, NULL, UTC_OFFSET},
                                             {"clock", required_argument, NULL, CLOCK},
                                             {"trust", required_argument, NULL, TRUST},
                                             {"place", required_argument, NULL, PLACE},
                                             {"weather", required_argument, NULL, WEATHER},
                                             {"feeder", required_argument, NULL, FEEDER},
                                             {"set", required_argument, NULL, SET},
                                             {"new-operator-key", no_argument, NULL, NEW_KEY},
                                             {"check", no_argument, NULL, 'n'},
                                             {"verbose", no_argument, NULL, 'v'},
                                             {"help", no_argument, NULL, 'h'},
                                             {NULL, 0, NULL, 0}};

static int take(struct options *o, int option)
{
    switch (option) {
    case STATE:
        o->state = optarg;
        return -1;
    case LISTEN:
        o->listen = optarg;
        return -1;
    case HTTP_PORT:
        return read_port("http-port", optarg, &o->http_port);
    case EST_PORT:
        return read_port("est-port", optarg, &o->est_port);
    case MQTT_PORT:
        return read_port("mqtt-port", optarg, &o->mqtt_port);
    case NAME:
        return read_name(optarg, &o->name);
    case UTC_OFFSET:
        return read_utc_offset(optarg, &o->utc_offset_min);
    case CLOCK:
        return posix_clock_parse_site(optarg) == E_OK
                   ? -1
                   : wrong("clock", "is REAL_MS:SITE_MS:RATE, with a rate from 1 to 86400");
    case TRUST:
        return read_rule(optarg, &o->trust_seed);
    case FEEDER:
        o->feeder = optarg;
        return -1;
    case WEATHER:
        return read_weather(optarg, o);
    case SET:
        return read_key(optarg, &o->seed);
    case PLACE:
        return read_place(optarg, o);
    case NEW_KEY:
        o->new_operator_key = true;
        return -1;
    case 'n':
        o->check_only = true;
        return -1;
    case 'v':
        o->verbose = true;
        return -1;
    case 'h':
        (void)fputs(help, stdout);
        return 0;
    default:
        (void)fputs("wattward-gateway --help lists the options.\n", stderr);
        return USAGE_STATUS;
    }
}

int options_read(struct options *o, int argc, char **argv)
{
    *o = (struct options){.state = "var",
                          .listen = "127.0.0.1",
                          .name = "Wattward",
                          .http_port = 8080,
                          .est_port = 8443,
                          .mqtt_port = 8883};
    trust_seed_defaults(&o->seed);
    int option;
    while ((option = getopt_long(argc, argv, "nvh", long_options, NULL)) != -1) {
        const int status = take(o, option);
        if (status >= 0) {
            return status;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "wattward-gateway: it takes no \"%s\"; --help lists the options\n",
                      argv[optind]);
        return USAGE_STATUS;
    }
    return -1;
}
