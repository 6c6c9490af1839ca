/* SPDX-License-Identifier: MIT
 * Command lines as tables.
 */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELPED = 1, MISUSED = 3 };
enum taken { NOT_MINE, TAKEN, WRONG };

static enum taken take_flag(const struct sim_options *o, void *out, const char *name)
{
    for (size_t i = 0; i < o->n_flags; i++) {
        if (strcmp(name, o->flags[i].name) == 0) {
            const bool yes = true;
            memcpy((char *)out + o->flags[i].offset, &yes, sizeof yes);
            return TAKEN;
        }
    }
    return NOT_MINE;
}

static enum taken take_number(const struct sim_options *o, void *out, const char *name,
                              const char *value)
{
    for (size_t i = 0; i < o->n_numbers; i++) {
        const struct sim_number_option *option = &o->numbers[i];
        if (strcmp(name, option->name) != 0) {
            continue;
        }
        char *end = NULL;
        errno = 0;
        const long n = value == NULL ? 0 : strtol(value, &end, 10);
        if (value == NULL || end == value || *end != '\0' || errno != 0 || n < option->lowest ||
            n > option->highest) {
            fprintf(stderr, "%s: %s takes a whole number from %ld to %ld\n", o->command, name,
                    option->lowest, option->highest);
            return WRONG;
        }
        memcpy((char *)out + option->offset, &n, sizeof n);
        return TAKEN;
    }
    return NOT_MINE;
}

static enum taken take_text(const struct sim_options *o, void *out, const char *name,
                            const char *value)
{
    for (size_t i = 0; i < o->n_texts; i++) {
        if (strcmp(name, o->texts[i].name) != 0) {
            continue;
        }
        if (value == NULL || value[0] == '\0') {
            fprintf(stderr, "%s: %s needs a value\n", o->command, name);
            return WRONG;
        }
        memcpy((char *)out + o->texts[i].offset, &value, sizeof value);
        return TAKEN;
    }
    return NOT_MINE;
}

int sim_options_read(const struct sim_options *o, void *out, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(o->usage, stdout);
            return HELPED;
        }
        if (take_flag(o, out, argv[i]) == TAKEN) {
            continue;
        }
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        enum taken taken = take_number(o, out, argv[i], value);
        if (taken == NOT_MINE) {
            taken = take_text(o, out, argv[i], value);
        }
        if (taken == NOT_MINE) {
            fprintf(stderr, "%s: there is no option '%s'\n", o->command, argv[i]);
            fputs(o->usage, stderr);
        }
        if (taken != TAKEN) {
            return MISUSED;
        }
        i++;
    }
    return 0;
}
