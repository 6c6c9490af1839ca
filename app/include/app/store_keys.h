/* SPDX-License-Identifier: MIT
 * The keys of a device's record store. A number is never given to another thing.
 */
#ifndef APP_STORE_KEYS_H
#define APP_STORE_KEYS_H

enum store_key {
    STORE_KEY_BOOT_EPOCH = 1,
    STORE_KEY_PRIVATE_KEY = 2, /* 32 bytes, P-256; never leaves the device */
    STORE_KEY_CERTIFICATE = 3, /* X.509 in DER */
    STORE_KEY_METER = 4,       /* counters of the meter: app/src/meter_counters.c */
    STORE_KEY_LADDER = 5,      /* the boot ladder */
    STORE_KEY_CRASH = 6        /* what the last boot died of */
};

#endif
