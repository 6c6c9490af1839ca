/* SPDX-License-Identifier: MIT
 * A CAN bus by SocketCAN.
 */
#include "posix/can.h"

#include <errno.h>
#include <linux/can.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"

static int send_frame(void *context, const struct can_message *message)
{
    const struct posix_can *can = context;
    ASSERT(message->len <= CAN_MAX_LEN && message->id <= CAN_ID_MASK);
    struct can_frame frame = {.can_id = message->id | (message->extended ? CAN_EFF_FLAG : 0),
                              .can_dlc = message->len};
    memcpy(frame.data, message->bytes, message->len);
    if (write(can->fd, &frame, sizeof frame) == (ssize_t)sizeof frame) {
        return E_OK;
    }
    return errno == EAGAIN || errno == ENOBUFS || errno == EINTR ? E_LIMIT : E_IO;
}

static int receive_frame(void *context, struct can_message *message)
{
    const struct posix_can *can = context;
    struct can_frame frame;
    for (;;) {
        const ssize_t n = read(can->fd, &frame, sizeof frame);
        if (n != (ssize_t)sizeof frame) {
            return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : E_IO;
        }
        if ((frame.can_id & (CAN_RTR_FLAG | CAN_ERR_FLAG)) == 0 && frame.can_dlc <= CAN_MAX_LEN) {
            break; /* remote requests and the controller's own notes are not for drivers */
        }
    }
    *message = (struct can_message){.id = frame.can_id & CAN_ID_MASK,
                                    .extended = (frame.can_id & CAN_EFF_FLAG) != 0,
                                    .len = frame.can_dlc};
    memcpy(message->bytes, frame.data, frame.can_dlc);
    return 1;
}

int posix_can_open(struct posix_can *can, const char *interface)
{
    const unsigned index = if_nametoindex(interface);
    const int fd = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, CAN_RAW);
    if (fd < 0) {
        return errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT ? E_UNSUPPORTED : E_IO;
    }
    if (index == 0) {
        close(fd);
        errno = ENODEV;
        return E_NOTFOUND;
    }
    const struct sockaddr_can address = {.can_family = AF_CAN, .can_ifindex = (int)index};
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        const int why = errno;
        close(fd);
        errno = why;
        return E_IO;
    }
    *can = (struct posix_can){.bus = {.send = send_frame, .receive = receive_frame, .context = can},
                              .fd = fd};
    return E_OK;
}

void posix_can_close(struct posix_can *can)
{
    close(can->fd);
    can->fd = -1;
}
