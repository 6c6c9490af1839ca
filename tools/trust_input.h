/* SPDX-License-Identifier: MIT
 * Anyone's history for `wattward trust replay`: devices.csv and readings.csv, in memory and in
 * order. A faulty line is named and set aside; all others are used.
 */
#ifndef TOOLS_TRUST_INPUT_H
#define TOOLS_TRUST_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRUST_INPUT_ID_CAP = 65, TRUST_INPUT_DEVICES_MAX = 65535 };

struct trust_input_device {
    char id[TRUST_INPUT_ID_CAP];
    uint32_t rated_w;
    bool has_angles;
    double tilt_deg;
    double azimuth_deg; /* from north over east */
    double latitude_deg;
    double longitude_deg;
    uint32_t step_s; /* usual distance of its readings; 0 without readings */
    uint64_t n_readings;
    uint64_t n_gaps;
    uint64_t gap_s;
};

struct trust_input_reading {
    int64_t end_unix_s;
    int64_t energy_mwh;
    uint32_t device;
    uint32_t line;
    uint32_t span_s;
};

struct trust_input {
    struct trust_input_device *devices;
    size_t n_devices;
    struct trust_input_reading *readings; /* ordered by time, then by device */
    size_t n_readings;
    uint64_t n_refused; /* lines of either file that were set aside */
};

/* False after a complaint that leaves nothing to do. */
bool trust_input_load(struct trust_input *in, const char *devices_path, const char *readings_path);
void trust_input_free(struct trust_input *in);
/* The device of an id; SIZE_MAX when there is none. */
size_t trust_input_find(const struct trust_input *in, const char *id);

#endif
