/* SPDX-License-Identifier: MIT
 * The DER of an Ed25519 key without attributes is a fixed head and the seed, so no parser is
 * needed.
 */
#include "posix/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/wbuf.h"

enum {
    SEED_LEN = 32,
    HEAD_LEN = 16,
    DER_LEN = HEAD_LEN + SEED_LEN,
    FILE_CAP = 256,
    PATH_CAP = 700
};
#define FIRST_LINE "-----BEGIN PRIVATE KEY-----\n"
#define LAST_LINE  "\n-----END PRIVATE KEY-----"

/* RFC 8410 section 7. */
static const uint8_t head[HEAD_LEN] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                       0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

static bool write_synced(int fd, const char *text, size_t len)
{
    return write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
}

static int write_text(const char *path, const char *text, size_t len)
{
    char fresh[PATH_CAP];
    const int n = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (n < 0 || (size_t)n >= sizeof fresh) {
        errno = ENAMETOOLONG;
        return E_IO;
    }
    (void)unlink(fresh); /* what a power cut left */
    const int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return E_IO;
    }
    const bool written = write_synced(fd, text, len);
    if (close(fd) != 0 || !written || rename(fresh, path) != 0) {
        const int why = errno;
        (void)unlink(fresh);
        errno = why;
        return E_IO;
    }
    return E_OK;
}

int posix_key_file_write(const char *path, const uint8_t seed[32])
{
    uint8_t der[DER_LEN];
    char text[FILE_CAP];
    struct wbuf w = wbuf_of(text, sizeof text);
    memcpy(der, head, sizeof head);
    memcpy(der + HEAD_LEN, seed, SEED_LEN);
    wbuf_str(&w, FIRST_LINE);
    base64_put(&w, der, sizeof der);
    wbuf_str(&w, LAST_LINE "\n");
    const int result = wbuf_ok(&w) ? write_text(path, text, wbuf_len(&w)) : E_NOSPACE;
    explicit_bzero(der, sizeof der);
    explicit_bzero(text, sizeof text);
    return result;
}

static int parse(const char *text, size_t len, uint8_t seed[32])
{
    uint8_t der[DER_LEN];
    const size_t first = sizeof FIRST_LINE - 1;
    const size_t encoded = BASE64_LEN(DER_LEN);
    if (len < first + encoded + sizeof LAST_LINE - 1 || memcmp(text, FIRST_LINE, first) != 0 ||
        memcmp(text + first + encoded, LAST_LINE, sizeof LAST_LINE - 1) != 0) {
        return E_CORRUPT;
    }
    const int decoded = base64_decode(text + first, encoded, der, sizeof der);
    const bool holds = decoded == DER_LEN && memcmp(der, head, sizeof head) == 0;
    if (holds) {
        memcpy(seed, der + HEAD_LEN, SEED_LEN);
    }
    explicit_bzero(der, sizeof der);
    return holds ? E_OK : E_CORRUPT;
}

int posix_key_file_read(const char *path, uint8_t seed[32])
{
    char text[FILE_CAP];
    struct stat s;
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR ? E_NOTFOUND : E_IO;
    }
    int result = fstat(fd, &s) == 0 && S_ISREG(s.st_mode) ? E_OK : E_CORRUPT;
    if (result == E_OK && (s.st_uid != geteuid() || (s.st_mode & 077) != 0)) {
        result = E_AUTH;
    }
    if (result == E_OK) {
        const ssize_t n = read(fd, text, sizeof text);
        result = n < 0 ? E_IO : parse(text, (size_t)n, seed);
    }
    (void)close(fd);
    explicit_bzero(text, sizeof text);
    return result;
}
