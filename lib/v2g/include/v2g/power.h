/* SPDX-License-Identifier: MIT
 * The power stage under a charger, as a contract: pilot, isolation monitor, contactors, rectifier,
 * meter. A port, a CAN module driver or the simulator implements it; supply.h uses it.
 */
#ifndef V2G_POWER_H
#define V2G_POWER_H

#include <stdbool.h>
#include <stdint.h>

/* Calls return at once. A thing that takes time is PENDING and is asked again with the same
 * arguments until it is DONE or FAILED; what the results are written to is written on DONE only. */
enum v2g_power_result { V2G_POWER_DONE, V2G_POWER_PENDING, V2G_POWER_FAILED };

/* Control pilot states of IEC 61851-1. */
enum v2g_cp { V2G_CP_A, V2G_CP_B, V2G_CP_C, V2G_CP_D, V2G_CP_E, V2G_CP_F };

struct v2g_power {
    void *context;
    enum v2g_power_result (*cp_get_state)(void *context, enum v2g_cp *state);
    /* Isolation of the energised output against earth: *ok is false when it is too low. May be
     * PENDING for seconds the first time, and is asked all the time while power flows. */
    enum v2g_power_result (*iso_monitor_ok)(void *context, bool *ok);
    /* DONE once the feedback contact agrees. */
    enum v2g_power_result (*contactor_precharge)(void *context, bool on);
    enum v2g_power_result (*contactor_main)(void *context, bool on);
    /* At the output, on the car's side of the contactor: measured, never the set point. */
    enum v2g_power_result (*measure_dc)(void *context, int32_t *mv, int32_t *ma);
    enum v2g_power_result (*set_dc_targets)(void *context, int32_t mv, int32_t ma);
    /* With the contactor commanded open: *ok is false when a pole still conducts. */
    enum v2g_power_result (*weld_detection_ok)(void *context, bool *ok);
    enum v2g_power_result (*meter_read)(void *context, int64_t *energy_mwh);
    /* The duty cycle that the pilot has from now on (v2g/pilot.h). NULL: the charger cannot choose
     * it. Said again now and then. */
    enum v2g_power_result (*cp_set_duty)(void *context, uint16_t duty_permille);
};

#endif
