/* SPDX-License-Identifier: MIT
 * app/can.h over SocketCAN: an interface that is up, such as can0 or vcan0.
 */
#ifndef POSIX_CAN_H
#define POSIX_CAN_H

#include "app/can.h"
#include "base/err.h"

/* Must stay where it is while `bus` is in use. */
struct posix_can {
    struct can bus; /* what a driver is given */
    int fd;         /* to be watched for reading; private otherwise */
};

/* E_UNSUPPORTED when this kernel knows no CAN, E_NOTFOUND when it has no such interface, E_IO;
 * errno says why. */
int posix_can_open(struct posix_can *can, const char *interface) MUST_USE;
void posix_can_close(struct posix_can *can);

#endif
