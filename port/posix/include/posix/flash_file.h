/* SPDX-License-Identifier: MIT
 * A flash memory (store/flash.h) in a file: for a device that runs on Linux. It keeps the rules of
 * NOR flash, so that what works here works on a chip. Writes are durable at sync, by fdatasync.
 */
#ifndef POSIX_FLASH_FILE_H
#define POSIX_FLASH_FILE_H

#include "store/flash.h"

struct posix_flash_file {
    struct flash flash; /* give this to store_mount or outbox_mount */
    int fd;             /* private from here */
    char error[256];
};

/* Opens the file, or makes it, erased, at that geometry (readable by its owner alone). It is locked
 * against other processes until it is closed; `f` must not move while open. E_ARG for a geometry
 * that cannot be or a file of another size, E_NOSPACE for a full disk, E_STATE when another process
 * has it open, else E_IO. */
int posix_flash_file_open(struct posix_flash_file *f, const char *path, uint32_t sector_len,
                          uint32_t n_sectors, uint32_t program_len) MUST_USE;
void posix_flash_file_close(struct posix_flash_file *f);
/* One sentence on the last failure, of opening or of any operation since; never NULL. */
const char *posix_flash_file_error(const struct posix_flash_file *f);

#endif
