/* SPDX-License-Identifier: MIT
 * The flash of a device on Linux: store.img for the record store, outbox.img for what waits.
 */
#ifndef DEVICE_FLASH_H
#define DEVICE_FLASH_H

#include <stdbool.h>
#include <stdint.h>

#include "posix/flash_file.h"
#include "store/outbox.h"
#include "store/store.h"

struct device_flash {
    struct store store;
    struct outbox outbox;
    struct posix_flash_file store_file;
    struct posix_flash_file outbox_file;
    struct outbox sessions; /* of a charger, after device_flash_add_sessions() */
    struct posix_flash_file sessions_file;
    bool has_sessions;
};

/* Opens and mounts both; prints one sentence and returns NULL when that cannot be. From malloc. */
struct device_flash *device_flash_open(const char *dir, uint32_t outbox_kib);
/* A queue for the records of charging sessions: sessions.img. Prints one sentence. */
int device_flash_add_sessions(struct device_flash *f, const char *dir) MUST_USE;
void device_flash_close(struct device_flash *f);
/* What the medium says of its last failure. */
const char *device_flash_error(const struct device_flash *f);

#endif
