/* SPDX-License-Identifier: MIT
 * What a sensor driver needs of a serial line. Implemented by the port (termios on Linux) and by
 * the simulated line of the tests.
 */
#ifndef APP_SERIAL_H
#define APP_SERIAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct serial {
    /* Both never wait. `write` takes all bytes (E_OK) or none (E_IO); `read` returns how many bytes
     * came, 0 for none, E_IO when the line is gone. */
    int (*write)(void *context, const uint8_t *bytes, size_t len);
    int (*read)(void *context, uint8_t *out, size_t cap);
    void *context;
};

#endif
