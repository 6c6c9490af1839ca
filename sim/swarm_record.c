/* SPDX-License-Identifier: MIT
 * HOMES/home-01.csv to home-17.csv.
 */
#include "swarm_record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_MAX_LEN = 1 << 20 };

static int read_home(struct replay_record *record, const char *path, char *text)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "wattward-sim swarm: cannot read %s: %s\n", path, strerror(errno));
        return E_IO;
    }
    const size_t len = fread(text, 1, RECORD_MAX_LEN, file);
    size_t line = 0;
    fclose(file);
    struct replay_hour *hours = calloc(REPLAY_HOURS_MAX + 1, sizeof *hours);
    if (hours == NULL) {
        return E_NOSPACE;
    }
    const int error = replay_record_parse(record, hours, REPLAY_HOURS_MAX + 1, text, len, &line);
    if (error != E_OK) {
        fprintf(stderr, "wattward-sim swarm: %s:%zu does not hold a home's days\n", path, line);
        free(hours);
        record->hours = NULL;
    }
    return error;
}

int swarm_records_open(struct swarm_records *r, const char *homes_dir)
{
    char *text = malloc(RECORD_MAX_LEN);
    int error = text == NULL ? E_NOSPACE : E_OK;
    for (int i = 0; error == E_OK && i < SWARM_HOMES; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/home-%02d.csv", homes_dir, i + 1);
        error = read_home(&r->homes[i], path, text);
    }
    free(text);
    return error;
}

void swarm_records_close(struct swarm_records *r)
{
    for (int i = 0; i < SWARM_HOMES; i++) {
        free(r->homes[i].hours);
        r->homes[i].hours = NULL;
    }
}
