/* SPDX-License-Identifier: MIT
 * Two flash memories in files.
 */
#include "device_flash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As of common NOR chips. The store's few hundred bytes of counters are written with every reading:
 * 32 sectors spread the wear (app/README.md has the years). */
enum { SECTOR_LEN = 4096, PROGRAM_LEN = 8, STORE_SECTORS = 32 };
/* Some hundred pieces of records: a weekend of charging without the gateway. */
enum { SESSIONS_SECTORS = 128 };

static int open_file(struct posix_flash_file *file, const char *dir, const char *name,
                     uint32_t n_sectors)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    const int error = posix_flash_file_open(file, path, SECTOR_LEN, n_sectors, PROGRAM_LEN);
    if (error != E_OK) {
        fprintf(stderr, "wattward-device: %s\n", posix_flash_file_error(file));
    }
    return error;
}

static int mounted(int error, const char *dir, const char *name)
{
    if (error != E_OK) {
        fprintf(stderr, "wattward-device: %s/%s holds nothing that can be used (%s)\n", dir, name,
                err_name(error));
    }
    return error;
}

struct device_flash *device_flash_open(const char *dir, uint32_t outbox_kib)
{
    struct device_flash *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return NULL;
    }
    if (open_file(&f->store_file, dir, "store.img", STORE_SECTORS) != E_OK) {
        free(f);
        return NULL;
    }
    if (open_file(&f->outbox_file, dir, "outbox.img", outbox_kib / (SECTOR_LEN / 1024)) != E_OK) {
        posix_flash_file_close(&f->store_file);
        free(f);
        return NULL;
    }
    if (mounted(store_mount(&f->store, &f->store_file.flash), dir, "store.img") != E_OK ||
        mounted(outbox_mount(&f->outbox, &f->outbox_file.flash), dir, "outbox.img") != E_OK) {
        device_flash_close(f);
        return NULL;
    }
    return f;
}

int device_flash_add_sessions(struct device_flash *f, const char *dir)
{
    const int error = open_file(&f->sessions_file, dir, "sessions.img", SESSIONS_SECTORS);
    if (error != E_OK) {
        return error;
    }
    f->has_sessions = true;
    return mounted(outbox_mount(&f->sessions, &f->sessions_file.flash), dir, "sessions.img");
}

void device_flash_close(struct device_flash *f)
{
    if (f != NULL) {
        if (f->has_sessions) {
            posix_flash_file_close(&f->sessions_file);
        }
        posix_flash_file_close(&f->store_file);
        posix_flash_file_close(&f->outbox_file);
        free(f);
    }
}

const char *device_flash_error(const struct device_flash *f)
{
    const char *error = posix_flash_file_error(&f->store_file);
    return error[0] != '\0' ? error : posix_flash_file_error(&f->outbox_file);
}
