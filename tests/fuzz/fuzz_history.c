/* fuzz: trust_history */
/* SPDX-License-Identifier: MIT
 * Any two tables as anyone's history: what is loaded is in order, within its ranges and belongs to
 * a device that was listed. The first empty line ends devices.csv.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trust_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* A file without a disk. */
static int file_of(const uint8_t *data, size_t len, char path[32])
{
    const int fd = memfd_create("table", 0);
    require(fd >= 0 && write(fd, data, len) == (ssize_t)len);
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

/* Complaints come by the thousand. */
static bool load_quietly(struct trust_input *in, const char *devices, const char *readings)
{
    const int told = dup(STDERR_FILENO);
    const int nowhere = open("/dev/null", O_WRONLY);
    require(told >= 0 && dup2(nowhere, STDERR_FILENO) == STDERR_FILENO);
    const bool loaded = trust_input_load(in, devices, readings);
    require(dup2(told, STDERR_FILENO) == STDERR_FILENO);
    close(told);
    close(nowhere);
    return loaded;
}

static void check(const struct trust_input *in)
{
    require(in->n_devices > 0 && in->n_devices <= TRUST_INPUT_DEVICES_MAX);
    for (size_t i = 0; i < in->n_devices; i++) {
        const struct trust_input_device *d = &in->devices[i];
        require(d->rated_w > 0 && trust_input_find(in, d->id) == i);
        require(d->latitude_deg >= -90 && d->latitude_deg <= 90);
        require(d->longitude_deg >= -180 && d->longitude_deg <= 180);
    }
    for (size_t i = 0; i < in->n_readings; i++) {
        require(in->readings[i].device < in->n_devices);
        require(i == 0 || in->readings[i - 1].end_unix_s <= in->readings[i].end_unix_s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char devices_path[32];
    char readings_path[32];
    struct trust_input in = {0};
    const uint8_t *border = size < 2 ? NULL : memmem(data, size, "\n\n", 2);
    const size_t first_len = border == NULL ? size : (size_t)(border - data) + 1;
    const int devices = file_of(data, first_len, devices_path);
    const int readings = file_of(data + first_len, size - first_len, readings_path);
    if (load_quietly(&in, devices_path, readings_path)) {
        check(&in);
    }
    trust_input_free(&in);
    close(devices);
    close(readings);
    return 0;
}
