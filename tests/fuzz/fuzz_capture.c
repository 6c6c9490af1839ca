/* fuzz: v2g_capture */
/* SPDX-License-Identifier: MIT
 * Any file as a capture, with any key log: what comes out of it is V2GTP frames in order, each
 * within its bounds, and every other thing with its words.
 *
 * Input: length (2 bytes) and text of a key log, then the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/rbuf.h"
#include "v2g/v2gtp.h"
#include "v2g_capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static uint8_t sum;

static void take(void *context, const struct capture_item *item)
{
    unsigned *n = context;
    (*n)++;
    require(item->connection <= 256 && item->address != NULL);
    if (item->kind == CAPTURE_FRAME) {
        require(item->len <= V2GTP_MAX_PAYLOAD_LEN);
        for (size_t i = 0; i < item->len; i++) {
            sum = (uint8_t)(sum + item->payload[i]);
        }
    }
    require((item->text != NULL && item->text[0] != '\0') ==
            (item->kind == CAPTURE_TLS || item->kind == CAPTURE_DAMAGE));
}

/* A file without a disk. */
static int file_of(const uint8_t *data, size_t len, char path[32])
{
    const int fd = memfd_create("capture", 0);
    require(fd >= 0 && write(fd, data, len) == (ssize_t)len);
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tls_keylog log = {.n = 0};
    struct rbuf r = rbuf_of(data, size);
    const size_t log_len = rbuf_be16(&r);
    const uint8_t *text = rbuf_take(&r, log_len);
    const size_t len = rbuf_left(&r);
    const uint8_t *bytes = rbuf_take(&r, len);
    char path[32];
    char error[320] = "";
    unsigned n_items = 0;
    if (text == NULL || bytes == NULL) {
        return 0;
    }
    tls_keylog_add(&log, (const char *)text, log_len);
    const int fd = file_of(bytes, len, path);
    (void)tls_keylog_read_capture(&log, path);
    const struct capture_source source = {.path = path, .log = &log};
    const int status = capture_read(&source, take, &n_items, error, sizeof error);
    require((status < 0) == (error[0] != '\0'));
    close(fd);
    tls_keylog_free(&log);
    return 0;
}
