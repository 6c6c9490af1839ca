/* SPDX-License-Identifier: MIT
 * e-BH (Wang and Ramdas 2022): of many devices with e-values, those that may be acted on so that
 * the expected share of honest ones among them stays at or below delta, under any dependence - the
 * same cloud stands over everybody.
 */
#ifndef TRUST_FLEET_CONTROL_H
#define TRUST_FLEET_CONTROL_H

#include <stddef.h>
#include <stdint.h>

/* The least log2 e-value that may be acted on among `n` devices: n / (k * delta) for the largest k
 * that holds; delta in ppm (1 to 10^6). INT32_MAX when no device may be. */
int32_t trust_fleet_threshold(const int32_t *log_e, size_t n, uint32_t delta_ppm);

#endif
