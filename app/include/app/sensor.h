/* SPDX-License-Identifier: MIT
 * What the meter needs of a sensor. Implemented by app/pzem004t.h (a metering chip on a serial
 * line) and app/replay.h (the recorded power of a real home).
 */
#ifndef APP_SENSOR_H
#define APP_SENSOR_H

#include <stdint.h>

#include "app/site_time.h"
#include "base/err.h"
#include "telemetry/reading.h"

#define SENSOR_NO_REGISTER (-1)

struct sensor_channel {
    enum telemetry_channel_kind kind; /* each at most once, ascending */
    int32_t power_mw;                 /* >= 0: direction is the kind's business */
    int32_t voltage_mv;               /* RMS */
    int32_t current_ma;               /* RMS */
    int32_t frequency_millihz;
    /* The sensor's own energy register, or SENSOR_NO_REGISTER. It grows as long as the sensor
     * lives, with the meter off too; when it falls, the sensor was reset or replaced. */
    int64_t register_mwh;
};

struct sensor_sample {
    uint8_t n_channels; /* 1..TELEMETRY_CHANNELS_MAX */
    struct sensor_channel channels[TELEMETRY_CHANNELS_MAX];
};

struct sensor {
    /* Takes the measurement at this time. Never waits: E_STATE when none is ready yet, E_TIMEOUT
     * when the sensor does not answer, another error when it answers wrongly. */
    int (*read)(void *context, const struct site_time *time, struct sensor_sample *out);
    void *context;
};

#endif
