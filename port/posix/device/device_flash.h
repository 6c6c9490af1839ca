/* SPDX-License-Identifier: MIT
 * The flash of a device on Linux: store.img for the record store, outbox.img for what waits.
 */
#ifndef DEVICE_FLASH_H
#define DEVICE_FLASH_H

#include <stdint.h>

#include "posix/flash_file.h"
#include "store/outbox.h"
#include "store/store.h"

struct device_flash {
    struct store store;
    struct outbox outbox;
    struct posix_flash_file store_file;
    struct posix_flash_file outbox_file;
};

/* Opens and mounts both; prints one sentence and returns NULL when that cannot be. From malloc. */
struct device_flash *device_flash_open(const char *dir, uint32_t outbox_kib);
void device_flash_close(struct device_flash *f);
/* What the medium says of its last failure. */
const char *device_flash_error(const struct device_flash *f);

#endif
