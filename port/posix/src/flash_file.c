/* SPDX-License-Identifier: MIT
 * A flash memory in a file.
 */
#include "posix/flash_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"

enum { CHUNK_LEN = 4096, PATH_LEN = 512 };

__attribute__((format(printf, 3, 4))) static int fail(struct posix_flash_file *f, int result,
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(f->error, sizeof f->error, format, arguments);
    va_end(arguments);
    return result;
}

static off_t total_len(const struct posix_flash_file *f)
{
    return (off_t)f->flash.sector_len * (off_t)f->flash.n_sectors;
}

static bool is_inside(const struct posix_flash_file *f, uint32_t address, uint32_t len)
{
    return (off_t)address + (off_t)len <= total_len(f);
}

/* ---- whole reads and writes ---- */

static int read_all(int fd, void *out, size_t len, off_t at)
{
    char *p = out;
    while (len > 0) {
        ssize_t n = pread(fd, p, len, at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? EIO : errno; /* somebody made the file shorter */
            return E_IO;
        }
        p += n;
        at += n;
        len -= (size_t)n;
    }
    return E_OK;
}

static int write_all(int fd, const void *bytes, size_t len, off_t at)
{
    const char *p = bytes;
    while (len > 0) {
        ssize_t n = pwrite(fd, p, len, at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return E_IO;
        }
        p += n;
        at += n;
        len -= (size_t)n;
    }
    return E_OK;
}

static int write_erased(int fd, off_t at, off_t len)
{
    uint8_t chunk[CHUNK_LEN];
    memset(chunk, 0xFF, sizeof chunk);
    for (off_t done = 0; done < len;) {
        size_t n = len - done < CHUNK_LEN ? (size_t)(len - done) : (size_t)CHUNK_LEN;
        if (write_all(fd, chunk, n, at + done) != E_OK) {
            return E_IO;
        }
        done += (off_t)n;
    }
    return E_OK;
}

/* ---- the operations ---- */

static int flash_read(void *context, uint32_t address, void *out, uint32_t len)
{
    struct posix_flash_file *f = context;
    ASSERT(is_inside(f, address, len));
    if (read_all(f->fd, out, len, (off_t)address) != E_OK) {
        return fail(f, E_IO, "the flash file cannot be read: %s", strerror(errno));
    }
    return E_OK;
}

static int check_erased(struct posix_flash_file *f, uint32_t address, uint32_t len)
{
    uint8_t chunk[CHUNK_LEN];
    for (uint32_t done = 0; done < len;) {
        uint32_t n = len - done < sizeof chunk ? len - done : (uint32_t)sizeof chunk;
        int result = flash_read(f, address + done, chunk, n);
        if (result != E_OK) {
            return result;
        }
        for (uint32_t i = 0; i < n; i++) {
            if (chunk[i] != 0xFF) {
                return fail(f, E_IO, "byte %u of the flash file is programmed already",
                            (unsigned)(address + done + i));
            }
        }
        done += n;
    }
    return E_OK;
}

static int flash_program(void *context, uint32_t address, const void *bytes, uint32_t len)
{
    struct posix_flash_file *f = context;
    uint32_t unit = f->flash.program_len;
    ASSERT(is_inside(f, address, len) && address % unit == 0 && len % unit == 0);
    int result = check_erased(f, address, len);
    if (result == E_OK && write_all(f->fd, bytes, len, (off_t)address) != E_OK) {
        result = fail(f, E_IO, "the flash file cannot be written: %s", strerror(errno));
    }
    return result;
}

static int flash_erase(void *context, uint32_t sector_idx)
{
    struct posix_flash_file *f = context;
    ASSERT(sector_idx < f->flash.n_sectors);
    off_t len = (off_t)f->flash.sector_len;
    if (write_erased(f->fd, (off_t)sector_idx * len, len) != E_OK) {
        return fail(f, E_IO, "the flash file cannot be written: %s", strerror(errno));
    }
    return E_OK;
}

static int flash_sync(void *context)
{
    struct posix_flash_file *f = context;
    if (fdatasync(f->fd) != 0) {
        return fail(f, E_IO, "the flash file cannot be written to disk: %s", strerror(errno));
    }
    return E_OK;
}

/* ---- opening ---- */

static bool geometry_is_possible(uint32_t sector_len, uint32_t n_sectors, uint32_t program_len)
{
    return n_sectors >= 1 && n_sectors <= UINT32_MAX / 2 / (sector_len == 0 ? 1 : sector_len) &&
           program_len >= 1 && sector_len >= program_len && sector_len % program_len == 0;
}

/* So that the name is on disk as well as the content. */
static int sync_directory(const char *path)
{
    char directory[PATH_LEN];
    (void)snprintf(directory, sizeof directory, "%s", path);
    char *slash = strrchr(directory, '/');
    if (slash == NULL) {
        (void)snprintf(directory, sizeof directory, ".");
    } else {
        slash[slash == directory ? 1 : 0] = '\0';
    }
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return E_IO;
    }
    int result = fsync(fd) == 0 ? E_OK : E_IO;
    close(fd);
    return result;
}

/* Makes the file under another name first: one that exists is always whole. */
static int create(struct posix_flash_file *f, const char *path)
{
    char draft[PATH_LEN + 8];
    (void)snprintf(draft, sizeof draft, "%s.new", path);
    int fd = open(draft, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return fail(f, E_IO, "%s cannot be made: %s", path, strerror(errno));
    }
    int result = write_erased(fd, 0, total_len(f));
    if (result == E_OK && fsync(fd) != 0) {
        result = E_IO;
    }
    int error = errno;
    if (close(fd) != 0 && result == E_OK) {
        result = E_IO;
        error = errno;
    }
    if (result == E_OK && (rename(draft, path) != 0 || sync_directory(path) != E_OK)) {
        result = E_IO;
        error = errno;
    }
    if (result != E_OK) {
        (void)unlink(draft);
        if (error == ENOSPC || error == EDQUOT) {
            return fail(f, E_NOSPACE, "the disk is full: %s needs %lld bytes", path,
                        (long long)total_len(f));
        }
        return fail(f, E_IO, "%s cannot be made: %s", path, strerror(error));
    }
    return E_OK;
}

static int check_file(struct posix_flash_file *f, const char *path)
{
    struct stat st;
    if (fstat(f->fd, &st) != 0) {
        return fail(f, E_IO, "%s cannot be read: %s", path, strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return fail(f, E_ARG, "%s is not a file", path);
    }
    if (st.st_size != total_len(f)) {
        return fail(f, E_ARG, "%s has %lld bytes, a flash of %u sectors of %u bytes has %lld", path,
                    (long long)st.st_size, (unsigned)f->flash.n_sectors,
                    (unsigned)f->flash.sector_len, (long long)total_len(f));
    }
    if (flock(f->fd, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK
                   ? fail(f, E_STATE, "%s is in use by another process", path)
                   : fail(f, E_IO, "%s cannot be locked: %s", path, strerror(errno));
    }
    return E_OK;
}

int posix_flash_file_open(struct posix_flash_file *f, const char *path, uint32_t sector_len,
                          uint32_t n_sectors, uint32_t program_len)
{
    *f = (struct posix_flash_file){.flash = {.read = flash_read,
                                             .program = flash_program,
                                             .erase = flash_erase,
                                             .sync = flash_sync,
                                             .context = f,
                                             .sector_len = sector_len,
                                             .n_sectors = n_sectors,
                                             .program_len = program_len},
                                   .fd = -1};
    if (!geometry_is_possible(sector_len, n_sectors, program_len)) {
        return fail(f, E_ARG, "a flash cannot have %u sectors of %u bytes in units of %u",
                    (unsigned)n_sectors, (unsigned)sector_len, (unsigned)program_len);
    }
    if (strlen(path) >= PATH_LEN) {
        return fail(f, E_ARG, "the name of the flash file is too long");
    }
    f->fd = open(path, O_RDWR | O_CLOEXEC);
    if (f->fd < 0 && errno == ENOENT) {
        int result = create(f, path);
        if (result != E_OK) {
            return result;
        }
        f->fd = open(path, O_RDWR | O_CLOEXEC);
    }
    if (f->fd < 0) {
        return fail(f, E_IO, "%s cannot be opened: %s", path, strerror(errno));
    }
    int result = check_file(f, path);
    if (result != E_OK) {
        posix_flash_file_close(f);
    }
    return result;
}

void posix_flash_file_close(struct posix_flash_file *f)
{
    if (f->fd >= 0) {
        close(f->fd);
        f->fd = -1;
    }
}

const char *posix_flash_file_error(const struct posix_flash_file *f)
{
    return f->error[0] != '\0' ? f->error : "no failure";
}
