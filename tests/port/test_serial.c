/* SPDX-License-Identifier: MIT
 * The line's other end is a pseudo terminal of this test.
 */
#include "posix/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "check.h"

static int far_end;
static char path[64];

static bool set_up(void)
{
    far_end = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    return CHECK(far_end >= 0) && CHECK(grantpt(far_end) == 0) && CHECK(unlockpt(far_end) == 0) &&
           CHECK(ptsname_r(far_end, path, sizeof path) == 0);
}

/* Through the line's own read, until `len` bytes came or two seconds passed. */
static size_t read_from_line(struct posix_serial *serial, uint8_t *out, size_t len)
{
    size_t n = 0;
    struct pollfd ready = {.fd = serial->fd, .events = POLLIN};
    while (n < len && poll(&ready, 1, 2000) == 1) {
        const int got = serial->line.read(serial->line.context, out + n, len - n);
        if (!CHECK(got >= 0)) {
            break;
        }
        n += (size_t)got;
    }
    return n;
}

static size_t read_from_far_end(uint8_t *out, size_t len)
{
    size_t n = 0;
    struct pollfd ready = {.fd = far_end, .events = POLLIN};
    while (n < len && poll(&ready, 1, 2000) == 1) {
        const ssize_t got = read(far_end, out + n, len - n);
        if (!CHECK(got > 0)) {
            break;
        }
        n += (size_t)got;
    }
    return n;
}

static void every_byte_value_passes_both_ways_unchanged(void)
{
    struct posix_serial serial;
    uint8_t all[256];
    uint8_t got[256];
    for (int i = 0; i < 256; i++) {
        all[i] = (uint8_t)i;
    }
    if (!set_up() || !CHECK_EQ(posix_serial_open(&serial, path, 9600), E_OK)) {
        return;
    }
    CHECK_EQ(serial.line.write(serial.line.context, all, sizeof all), E_OK);
    CHECK_EQ(read_from_far_end(got, sizeof got), 256);
    CHECK_BYTES(got, sizeof got, all, sizeof all);
    CHECK_EQ(write(far_end, all, sizeof all), 256);
    memset(got, 0, sizeof got);
    CHECK_EQ(read_from_line(&serial, got, sizeof got), 256);
    CHECK_BYTES(got, sizeof got, all, sizeof all);
    posix_serial_close(&serial);
    close(far_end);
}

static void reading_never_waits_and_tells_silence_from_a_line_that_is_gone(void)
{
    struct posix_serial serial;
    uint8_t byte;
    if (!set_up() || !CHECK_EQ(posix_serial_open(&serial, path, 115200), E_OK)) {
        return;
    }
    CHECK_EQ(serial.line.read(serial.line.context, &byte, 1), 0);
    close(far_end);
    CHECK_EQ(serial.line.read(serial.line.context, &byte, 1), E_IO);
    CHECK_EQ(serial.line.write(serial.line.context, &byte, 1), E_IO);
    posix_serial_close(&serial);
}

static void the_line_is_raw_at_the_speed_asked_for(void)
{
    struct posix_serial serial;
    struct termios settings;
    if (!set_up() || !CHECK_EQ(posix_serial_open(&serial, path, 9600), E_OK)) {
        return;
    }
    CHECK_EQ(tcgetattr(serial.fd, &settings), 0);
    CHECK_EQ(cfgetospeed(&settings), B9600);
    CHECK_EQ(settings.c_lflag & (tcflag_t)(ICANON | ECHO | ISIG), 0);
    CHECK_EQ(settings.c_cflag & CSIZE, CS8);
    posix_serial_close(&serial);
    close(far_end);
}

static void what_is_no_terminal_or_no_speed_is_refused(void)
{
    struct posix_serial serial;
    CHECK_EQ(posix_serial_open(&serial, "/nowhere/tty", 9600), E_IO);
    CHECK_EQ(errno, ENOENT);
    CHECK_EQ(posix_serial_open(&serial, "/dev/null", 9600), E_IO);
    CHECK_EQ(errno, ENOTTY);
    CHECK_EQ(posix_serial_open(&serial, "/dev/null", 9601), E_ARG);
}

CHECK_MAIN(TEST(every_byte_value_passes_both_ways_unchanged),
           TEST(reading_never_waits_and_tells_silence_from_a_line_that_is_gone),
           TEST(the_line_is_raw_at_the_speed_asked_for),
           TEST(what_is_no_terminal_or_no_speed_is_refused))
