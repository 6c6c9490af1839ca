/* SPDX-License-Identifier: MIT
 * Weather from a file.
 */
#include "trust_weather_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_LEN = 64 << 20 };

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    long size = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
    }
    if (size < 0 || size > FILE_MAX_LEN || fseek(file, 0, SEEK_SET) != 0) {
        fprintf(stderr, "%s: %s\n", path,
                size > FILE_MAX_LEN ? "the file is larger than 64 MB" : strerror(errno));
        if (file != NULL) {
            fclose(file);
        }
        return NULL;
    }
    char *text = malloc((size_t)size + 1);
    *len = text == NULL ? 0 : fread(text, 1, (size_t)size, file);
    fclose(file);
    return text;
}

static bool read_series(struct trust_weather_file *weather, const char *path, const char *text,
                        size_t len)
{
    struct trust_weather_fault fault = {.reason = ""};
    struct json_reader json;
    const size_t n_tokens = len / 2 + 16; /* a token takes two characters at least */
    struct json_token *tokens = malloc(n_tokens * sizeof *tokens);
    weather->series.cap = len / 2;
    weather->series.points = malloc((weather->series.cap + 1) * sizeof weather->series.points[0]);
    bool good = false;
    if (tokens == NULL || weather->series.points == NULL) {
        fprintf(stderr, "%s: out of memory\n", path);
    } else if (json_parse(&json, text, len, tokens, n_tokens) != E_OK) {
        fprintf(stderr, "%s: this is not a JSON text\n", path);
    } else if (trust_weather_read(&json, &weather->series, &fault) != E_OK) {
        fprintf(stderr, "%s: %s (point %zu)\n", path, fault.reason, fault.point);
    } else {
        good = true;
    }
    free(tokens);
    return good;
}

bool trust_weather_file_load(struct trust_weather_file *weather, const char *path)
{
    size_t len = 0;
    *weather = (struct trust_weather_file){.series = {.n = 0}};
    char *text = read_file(path, &len);
    if (text == NULL) {
        return false;
    }
    const bool good = read_series(weather, path, text, len);
    free(text);
    if (!good) {
        trust_weather_file_free(weather);
        return false;
    }
    for (size_t i = 0; i < weather->series.n && weather->series.n_missing > 0; i++) {
        if (weather->series.points[i].global_mw_m2 == TRUST_WEATHER_UNKNOWN) {
            fprintf(stderr,
                    "%s: note: %zu of %zu points have no radiation, the first at unix_s %" PRId64
                    "; those hours are unknown, not dark\n",
                    path, weather->series.n_missing, weather->series.n,
                    weather->series.points[i].end_unix_s);
            break;
        }
    }
    return true;
}

void trust_weather_file_free(struct trust_weather_file *weather)
{
    free(weather->series.points);
    weather->series.points = NULL;
}
