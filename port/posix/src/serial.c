/* SPDX-License-Identifier: MIT
 * A serial line by termios.
 */
#include "posix/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/assert.h"

static const struct {
    uint32_t baud;
    speed_t speed;
} speeds[] = {{1200, B1200},   {2400, B2400},   {4800, B4800},   {9600, B9600},
              {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200}};

static int speed_of(uint32_t baud, speed_t *speed)
{
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
        if (speeds[i].baud == baud) {
            *speed = speeds[i].speed;
            return E_OK;
        }
    }
    return E_ARG;
}

static int write_all(void *context, const uint8_t *bytes, size_t len)
{
    const struct posix_serial *serial = context;
    const ssize_t n = write(serial->fd, bytes, len);
    if (n == (ssize_t)len) {
        return E_OK;
    }
    if (n > 0) {
        tcflush(serial->fd, TCOFLUSH); /* half a frame is none */
    }
    return E_IO;
}

static int read_some(void *context, uint8_t *out, size_t cap)
{
    const struct posix_serial *serial = context;
    ASSERT(cap > 0); /* so that 0 from read() can only mean a line that is gone */
    const ssize_t n = read(serial->fd, out, cap);
    if (n > 0) {
        return (int)n;
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : E_IO;
}

static int configure(int fd, speed_t speed)
{
    struct termios settings;
    if (tcgetattr(fd, &settings) != 0) {
        return E_IO;
    }
    cfmakeraw(&settings);
    settings.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS | HUPCL);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cc[VMIN] = 1; /* so that "nothing came" is EAGAIN and not 0, which is "gone" */
    settings.c_cc[VTIME] = 0;
    if (cfsetispeed(&settings, speed) != 0 || cfsetospeed(&settings, speed) != 0 ||
        tcsetattr(fd, TCSANOW, &settings) != 0 || tcflush(fd, TCIOFLUSH) != 0) {
        return E_IO;
    }
    return ioctl(fd, TIOCEXCL) == 0 ? E_OK : E_IO;
}

int posix_serial_open(struct posix_serial *serial, const char *path, uint32_t baud)
{
    speed_t speed;
    if (speed_of(baud, &speed) != E_OK) {
        return E_ARG;
    }
    const int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return E_IO;
    }
    if (configure(fd, speed) != E_OK) {
        const int why = errno;
        close(fd);
        errno = why;
        return E_IO;
    }
    serial->fd = fd;
    serial->line = (struct serial){.write = write_all, .read = read_some, .context = serial};
    return E_OK;
}

void posix_serial_close(struct posix_serial *serial)
{
    ioctl(serial->fd, TIOCNXCL);
    close(serial->fd);
    serial->fd = -1;
}
