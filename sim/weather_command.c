/* SPDX-License-Identifier: MIT */
#include "weather_command.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "posix/clock.h"
#include "weather_server.h"

struct weather_options {
    long port;
    const char *file;
    const char *homes_dir;
    const char *place;
    const char *clock;
    const char *fault;
    const char *noise;
};

static const struct sim_number_option numbers[] = {
    {"--port", offsetof(struct weather_options, port), 0, 65535},
};
static const struct sim_text_option texts[] = {
    {"--file", offsetof(struct weather_options, file)},
    {"--homes-dir", offsetof(struct weather_options, homes_dir)},
    {"--place", offsetof(struct weather_options, place)},
    {"--clock", offsetof(struct weather_options, clock)},
    {"--fault", offsetof(struct weather_options, fault)},
    {"--forecast-noise", offsetof(struct weather_options, noise)},
};

#define FAULT_LINE(name, text, what) "    " text ": " what "\n"

static const struct sim_options options = {
    .command = "wattward-sim weather",
    .usage =
        "Usage: wattward-sim weather [OPTION...]\n"
        "\n"
        "Serves Open-Meteo's interface (/v1/forecast and /v1/archive) on 127.0.0.1, without a "
        "network:\n"
        "from a file of measured weather, or from the sky under which the homes' middle roof gave\n"
        "what it gave. Ctrl-C stops it.\n"
        "\n"
        "  --port P            where to listen (default 8089; 0 is any free one)\n"
        "  --file FILE         end_unix_s,ghi_w_m2,dni_w_m2,dhi_w_m2,air_c by hour or quarter "
        "hour;\n"
        "                      an empty field is unknown\n"
        "  --homes-dir DIR     without a file: the homes (default sim/homes)\n"
        "  --place LAT,LON     where the sun is that of the data (default 34.1,-117.4)\n"
        "  --clock R:S:X       what is now: at real unix ms R it is S and runs X times as fast\n"
        "  --forecast-noise N  standard deviation of the forecast about the truth, hour by hour\n"
        "                      (default 0.05)\n"
        "  --fault NAME        what is wrong with the service:\n" WEATHER_FAULTS(FAULT_LINE),
    .numbers = numbers,
    .n_numbers = sizeof numbers / sizeof numbers[0],
    .texts = texts,
    .n_texts = sizeof texts / sizeof texts[0],
};

static int refuse(const char *why)
{
    fprintf(stderr, "wattward-sim weather: %s\n", why);
    return 2;
}

static bool read_place(const char *text, double *latitude_deg, double *longitude_deg)
{
    char *end = NULL;
    *latitude_deg = strtod(text, &end);
    if (end == text || *end != ',') {
        return false;
    }
    const char *second = end + 1;
    *longitude_deg = strtod(second, &end);
    return end != second && *end == '\0' && fabs(*latitude_deg) <= 90 &&
           fabs(*longitude_deg) <= 180;
}

static bool read_fault(const char *text, enum weather_fault *fault)
{
    for (int f = 0; f < WEATHER_FAULT_COUNT; f++) {
        if (strcmp(text, weather_fault_name((enum weather_fault)f)) == 0) {
            *fault = (enum weather_fault)f;
            return true;
        }
    }
    return false;
}

static int serve(const struct weather_options *o, const struct weather_service *service)
{
    struct posix_loop *loop = posix_loop_open();
    uint16_t port = (uint16_t)o->port;
    struct weather_server *server = loop ? weather_server_open(loop, &port, service) : NULL;
    if (server != NULL) {
        printf("ready weather=http://127.0.0.1:%u\n", port);
        fflush(stdout);
        (void)posix_loop_run(loop);
        weather_server_close(server);
    }
    if (loop != NULL) {
        posix_loop_close(loop);
    }
    return server != NULL ? 0 : 1;
}

int weather_main(int argc, char **argv)
{
    struct weather_options o = {.port = 8089,
                                .homes_dir = "sim/homes",
                                .place = "34.1,-117.4",
                                .fault = "none",
                                .noise = "0.05"};
    struct weather_sky sky;
    struct weather_service service = {.sky = &sky};
    double latitude_deg = 0;
    double longitude_deg = 0;
    char *end = NULL;
    const int early = sim_options_read(&options, &o, argc, argv);
    if (early != 0) {
        return early - 1;
    }
    if (!read_place(o.place, &latitude_deg, &longitude_deg)) {
        return refuse("--place is a latitude and a longitude, as in 44.5,11.3");
    }
    if (!read_fault(o.fault, &service.fault)) {
        return refuse("--fault is none of those that --help lists");
    }
    service.forecast_noise = strtod(o.noise, &end);
    if (end == o.noise || *end != '\0' || !(service.forecast_noise >= 0) ||
        service.forecast_noise > 1) {
        return refuse("--forecast-noise is a number from 0 to 1");
    }
    if (o.clock != NULL && posix_clock_parse_site(o.clock) != E_OK) {
        return refuse("--clock is REAL_MS:SITE_MS:RATE, with a rate from 1 to 86400");
    }
    const int opened = o.file != NULL
                           ? weather_sky_open_file(&sky, o.file, latitude_deg, longitude_deg)
                           : weather_sky_open_homes(&sky, o.homes_dir, latitude_deg, longitude_deg);
    if (opened != E_OK) {
        return 1;
    }
    const int status = serve(&o, &service);
    weather_sky_close(&sky);
    return status;
}
