/* SPDX-License-Identifier: MIT
 * app/serial.h over a Linux terminal device: raw, 8 data bits, no parity, 1 stop bit, no flow
 * control, opened for this program alone.
 */
#ifndef POSIX_SERIAL_H
#define POSIX_SERIAL_H

#include <stdint.h>

#include "app/serial.h"
#include "base/err.h"

/* Must stay where it is while `line` is in use. */
struct posix_serial {
    struct serial line; /* what a sensor driver is given */
    int fd;             /* to be watched for reading; private otherwise */
};

/* `baud` is one of 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200 (else E_ARG). E_IO when the
 * device is not there, is no terminal, or is open elsewhere; errno says which. */
int posix_serial_open(struct posix_serial *serial, const char *path, uint32_t baud) MUST_USE;
void posix_serial_close(struct posix_serial *serial);

#endif
