/* SPDX-License-Identifier: MIT
 * QEMU's boards have no noise source: the host's is read through semihosting. Emulator only.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "crypto_mbedtls/entropy.h"

int crypto_mbedtls_entropy(uint8_t *out, size_t len)
{
    const int fd = open("/dev/urandom", O_RDONLY);
    if (fd < 0) {
        return E_IO;
    }
    bool more = true;
    while (len > 0 && more) {
        const ssize_t n = read(fd, out, len);
        more = n > 0;
        if (more) {
            out += n;
            len -= (size_t)n;
        }
    }
    close(fd);
    return len == 0 ? E_OK : E_IO;
}
