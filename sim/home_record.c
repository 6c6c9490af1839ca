/* SPDX-License-Identifier: MIT
 * Reads a home's record.
 */
#include "home_record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_LEN = 1 << 18 };

static int parse(struct replay_record *record, const char *path, const char *text, size_t len)
{
    size_t line = 0;
    struct replay_hour *hours = calloc(REPLAY_HOURS_MAX + 1, sizeof *hours);
    if (hours == NULL) {
        return E_IO;
    }
    const int result = replay_record_parse(record, hours, REPLAY_HOURS_MAX + 1, text, len, &line);
    if (result != E_OK) {
        fprintf(stderr, "%s:%zu: not a record of hours (%s)\n", path, line, err_name(result));
        free(hours);
    }
    return result;
}

int sim_home_record_load(struct replay_record *record, const char *folder, const char *id)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.csv", folder, id);
    FILE *file = fopen(path, "rb");
    char *text = file == NULL ? NULL : malloc(TEXT_MAX_LEN);
    if (text == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        if (file != NULL) {
            fclose(file);
        }
        return E_IO;
    }
    const size_t len = fread(text, 1, TEXT_MAX_LEN, file);
    fclose(file);
    const int result = parse(record, path, text, len);
    free(text);
    return result;
}

void sim_home_record_free(struct replay_record *record)
{
    free(record->hours);
    record->hours = NULL;
}
