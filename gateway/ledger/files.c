/* SPDX-License-Identifier: MIT */
#include "ledger/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"

static void write_name(unsigned file, char name[16])
{
    if (file >= LEDGER_FILE_TILES) {
        (void)snprintf(name, 16, "tiles.%u", file - LEDGER_FILE_TILES);
    } else {
        (void)snprintf(name, 16, "%s", file == LEDGER_FILE_ENTRIES ? "entries" : "bundles");
    }
}

static int read_file(void *context, unsigned file, uint64_t at, void *out, size_t len)
{
    const struct ledger_files *files = context;
    size_t done = 0;
    ASSERT(file < LEDGER_FILES);
    while (done < len) {
        const ssize_t n =
            pread(files->fds[file], (uint8_t *)out + done, len - done, (off_t)(at + done));
        if (n == 0 || (n < 0 && errno == EBADF && files->fds[file] < 0)) {
            return E_TRUNCATED;
        }
        if (n < 0 && errno != EINTR) {
            return E_IO;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return E_OK;
}

static int write_file(void *context, unsigned file, uint64_t at, const void *bytes, size_t len)
{
    const struct ledger_files *files = context;
    size_t done = 0;
    ASSERT(file < LEDGER_FILES);
    while (files->writable && done < len) {
        const ssize_t n =
            pwrite(files->fds[file], (const uint8_t *)bytes + done, len - done, (off_t)(at + done));
        if (n <= 0 && errno != EINTR) {
            return errno == ENOSPC ? E_NOSPACE : E_IO;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return E_OK; /* to a log that is only read, what it would repair is not written */
}

static int sync_file(void *context, unsigned file)
{
    const struct ledger_files *files = context;
    return !files->writable || fdatasync(files->fds[file]) == 0 ? E_OK : E_IO;
}

static int truncate_file(void *context, unsigned file, uint64_t len)
{
    const struct ledger_files *files = context;
    return !files->writable || ftruncate(files->fds[file], (off_t)len) == 0 ? E_OK : E_IO;
}

int ledger_files_open(struct ledger_files *files, const char *directory, bool writable)
{
    *files = (struct ledger_files){.writable = writable};
    for (unsigned file = 0; file < LEDGER_FILES; file++) {
        files->fds[file] = -1;
    }
    files->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files->directory < 0) {
        return E_IO;
    }
    for (unsigned file = 0; file < LEDGER_FILES; file++) {
        char name[16];
        write_name(file, name);
        const int flags = writable ? O_RDWR | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC;
        files->fds[file] = openat(files->directory, name, flags, 0600);
        if (files->fds[file] < 0 && (writable || errno != ENOENT)) {
            ledger_files_close(files);
            return E_IO;
        }
    }
    if (writable && fsync(files->directory) != 0) {
        ledger_files_close(files);
        return E_IO;
    }
    return E_OK;
}

void ledger_files_close(struct ledger_files *files)
{
    for (unsigned file = 0; file < LEDGER_FILES; file++) {
        if (files->fds[file] >= 0) {
            (void)close(files->fds[file]);
        }
        files->fds[file] = -1;
    }
    if (files->directory >= 0) {
        (void)close(files->directory);
    }
    files->directory = -1;
}

struct ledger_disk ledger_files_disk(struct ledger_files *files)
{
    return (struct ledger_disk){.read = read_file,
                                .write = write_file,
                                .sync = sync_file,
                                .truncate = truncate_file,
                                .context = files};
}

uint64_t ledger_files_len(const struct ledger_files *files, unsigned file)
{
    struct stat s;
    ASSERT(file < LEDGER_FILES);
    return files->fds[file] >= 0 && fstat(files->fds[file], &s) == 0 ? (uint64_t)s.st_size : 0;
}
