/* SPDX-License-Identifier: MIT
 * The connections of a capture file as pairs of request and response, whole frames, for replaying.
 */
#ifndef TESTS_V2G_RECORDING_H
#define TESTS_V2G_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "v2g/codec.h"

enum { RECORDING_CONNECTIONS = 8 };

struct recorded_frame {
    int64_t unix_ms;
    bool from_car;
    uint8_t *exi; /* from malloc */
    size_t len;
};

struct recording {
    struct recorded_frame *frames; /* from malloc, in their order */
    size_t n_frames, cap;
    enum v2g_protocol protocol; /* that was agreed upon; NONE: nothing was, or it is not ours */
    bool broken;                /* bytes are missing from here on */
};

/* Reads a capture of the data directory: the number of connections with V2GTP on TCP, in `out`; -1
 * when the file is not there (the test is marked skipped). */
int recording_read(const char *path, struct recording out[RECORDING_CONNECTIONS]);
void recording_free(struct recording *recording);

#endif
