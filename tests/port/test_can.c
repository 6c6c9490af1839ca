/* SPDX-License-Identifier: MIT
 * SocketCAN, where the kernel has it: two sockets on a virtual bus.
 */
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "posix/can.h"

static bool has_vcan(void)
{
    const int fd = socket(PF_CAN, SOCK_RAW, 1);
    if (fd < 0) {
        check_skip("this kernel has no CAN sockets");
        return false;
    }
    close(fd);
    if (if_nametoindex("vcan0") == 0) {
        check_skip("there is no vcan0 (ip link add vcan0 type vcan; ip link set vcan0 up)");
        return false;
    }
    return true;
}

static void a_frame_crosses_the_bus_whole(void)
{
    struct posix_can a;
    struct posix_can b;
    const struct can_message sent = {
        .id = 0x0220D52C, .extended = true, .len = 8, .bytes = {1, 2, 3, 4, 5, 6, 7, 8}};
    struct can_message got = {0};
    if (!has_vcan()) {
        return;
    }
    CHECK_EQ(posix_can_open(&a, "vcan0"), E_OK);
    CHECK_EQ(posix_can_open(&b, "vcan0"), E_OK);
    CHECK_EQ(b.bus.receive(b.bus.context, &got), 0);
    CHECK_EQ(a.bus.send(a.bus.context, &sent), E_OK);
    usleep(10000);
    CHECK_EQ(b.bus.receive(b.bus.context, &got), 1);
    CHECK_EQ(got.id, sent.id);
    CHECK(got.extended);
    CHECK_BYTES(got.bytes, got.len, sent.bytes, sent.len);
    CHECK_EQ(a.bus.receive(a.bus.context, &got), 0);
    posix_can_close(&a);
    posix_can_close(&b);
}

static void an_interface_that_is_not_there_is_told(void)
{
    struct posix_can can;
    const int error = posix_can_open(&can, "no-such-bus");
    CHECK(error == E_NOTFOUND || error == E_UNSUPPORTED);
}

CHECK_MAIN(TEST(a_frame_crosses_the_bus_whole), TEST(an_interface_that_is_not_there_is_told))
