/* SPDX-License-Identifier: MIT
 * A private Ed25519 key as a file: PKCS #8 (RFC 8410) in PEM, mode 0600, as other programs write
 * and read it too.
 */
#ifndef POSIX_KEY_FILE_H
#define POSIX_KEY_FILE_H

#include <stdint.h>

#include "base/err.h"

/* Complete and on disk, or not at all. E_IO with errno. */
int posix_key_file_write(const char *path, const uint8_t seed[32]) MUST_USE;
/* E_NOTFOUND; E_AUTH: others can read it, or it is not this user's; E_CORRUPT: no such key; E_IO
 * with errno. The caller wipes `seed`. */
int posix_key_file_read(const char *path, uint8_t seed[32]) MUST_USE;

#endif
