/* SPDX-License-Identifier: MIT */
#include "tls_keylog.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rbuf.h"
#include "crypto/crypto.h"

enum {
    FILE_MAX = 1 << 24,
    BLOCK_MAX = 1 << 24,
    PCAPNG_SECTION = 0x0A0D0D0A,
    PCAPNG_SECRETS = 0x0000000A,
    PCAPNG_BYTE_ORDER = 0x1A2B3C4D,
    PCAPNG_TLS_KEY_LOG = 0x544c534b,
    BLOCK_HEAD_LEN = 12 /* type, length, and of a section the byte order */
};

/* ---- lines ---- */

static const char *const labels[] = {
    [TLS_MASTER_SECRET] = "CLIENT_RANDOM",
    [TLS_CLIENT_HANDSHAKE_SECRET] = "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    [TLS_SERVER_HANDSHAKE_SECRET] = "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    [TLS_CLIENT_SECRET] = "CLIENT_TRAFFIC_SECRET_0",
    [TLS_SERVER_SECRET] = "SERVER_TRAFFIC_SECRET_0"};

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Hex up to a blank or the end; its bytes, or 0 when it is none or too long. */
static size_t take_hex(const char **at, const char *end, uint8_t *out, size_t cap)
{
    size_t len = 0;
    while (*at < end && **at == ' ') {
        (*at)++;
    }
    while (end - *at >= 2 && digit((*at)[0]) >= 0 && digit((*at)[1]) >= 0) {
        if (len == cap) {
            return 0;
        }
        out[len++] = (uint8_t)(digit((*at)[0]) << 4 | digit((*at)[1]));
        *at += 2;
    }
    return *at == end || **at == ' ' ? len : 0;
}

static bool read_line(const char *at, const char *end, struct tls_secret *out)
{
    while (end > at && (end[-1] == '\r' || end[-1] == ' ')) {
        end--;
    }
    for (unsigned kind = 0; kind < sizeof labels / sizeof labels[0]; kind++) {
        const size_t len = strlen(labels[kind]);
        if ((size_t)(end - at) > len && at[len] == ' ' && memcmp(at, labels[kind], len) == 0) {
            at += len;
            out->kind = (enum tls_secret_kind)kind;
            const size_t random_len =
                take_hex(&at, end, out->client_random, sizeof out->client_random);
            out->len = take_hex(&at, end, out->bytes, sizeof out->bytes);
            return random_len == TLS_RANDOM_LEN && at == end &&
                   (out->len == TLS_SECRET_MAX_LEN ||
                    (kind != TLS_MASTER_SECRET && out->len == 32));
        }
    }
    return false;
}

static bool keep(struct tls_keylog *log, const struct tls_secret *secret)
{
    if (log->n == log->cap) {
        const size_t cap = log->cap == 0 ? 64 : 2 * log->cap;
        struct tls_secret *grown = calloc(cap, sizeof *grown); /* no copies left behind */
        if (grown == NULL) {
            return false;
        }
        if (log->n > 0) {
            memcpy(grown, log->secrets, log->n * sizeof *grown);
            crypto_wipe(log->secrets, log->n * sizeof *grown);
        }
        free(log->secrets);
        log->secrets = grown;
        log->cap = cap;
    }
    log->secrets[log->n++] = *secret;
    return true;
}

size_t tls_keylog_add(struct tls_keylog *log, const char *text, size_t len)
{
    const char *end = text + len;
    size_t n = 0;
    while (text < end) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        line_end = line_end == NULL ? end : line_end;
        struct tls_secret secret = {.len = 0};
        if (read_line(text, line_end, &secret) && keep(log, &secret)) {
            n++;
        }
        text = line_end < end ? line_end + 1 : end;
    }
    return n;
}

/* ---- files ---- */

int tls_keylog_read(struct tls_keylog *log, const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = file == NULL ? NULL : malloc(FILE_MAX);
    if (text == NULL) {
        if (file != NULL) {
            fclose(file);
            errno = ENOMEM;
        }
        return -1;
    }
    errno = 0;
    const size_t len = fread(text, 1, FILE_MAX, file);
    const bool failed = ferror(file) != 0;
    const size_t n = failed ? 0 : tls_keylog_add(log, text, len);
    crypto_wipe(text, len);
    free(text);
    const int why = errno;
    fclose(file);
    errno = why;
    return failed ? -1 : (int)n;
}

static uint32_t number(struct rbuf *r, bool swapped)
{
    return swapped ? rbuf_be32(r) : rbuf_le32(r);
}

/* Walks over the blocks of a section; -1 when the file ends, or is no pcapng. */
static int read_block(struct tls_keylog *log, FILE *file, bool *swapped)
{
    uint8_t head[BLOCK_HEAD_LEN];
    if (fread(head, 1, sizeof head, file) != sizeof head) {
        return -1;
    }
    struct rbuf r = rbuf_of(head, sizeof head);
    if (rbuf_le32(&r) == PCAPNG_SECTION) {
        rbuf_skip(&r, 4);
        *swapped = rbuf_le32(&r) != PCAPNG_BYTE_ORDER;
    }
    r = rbuf_of(head, sizeof head);
    const uint32_t type = number(&r, *swapped);
    const uint32_t len = number(&r, *swapped);
    const uint32_t word = number(&r, *swapped);
    if (len < BLOCK_HEAD_LEN + 4 || len > BLOCK_MAX || len % 4 != 0) {
        return -1;
    }
    const size_t rest = len - BLOCK_HEAD_LEN;
    if (type != PCAPNG_SECRETS || word != PCAPNG_TLS_KEY_LOG) {
        return fseek(file, (long)rest, SEEK_CUR) == 0 ? 0 : -1;
    }
    uint8_t *body = malloc(rest);
    int n = -1;
    if (body != NULL && fread(body, 1, rest, file) == rest) {
        r = rbuf_of(body, rest);
        const uint32_t text_len = number(&r, *swapped);
        const uint8_t *text = rbuf_take(&r, text_len);
        n = text == NULL ? -1 : (int)tls_keylog_add(log, (const char *)text, text_len);
        crypto_wipe(body, rest);
    }
    free(body);
    return n;
}

int tls_keylog_read_capture(struct tls_keylog *log, const char *path)
{
    FILE *file = fopen(path, "re");
    uint8_t magic[4] = {0};
    bool swapped = false;
    int n = 0;
    if (file == NULL) {
        return 0;
    }
    if (fread(magic, 1, sizeof magic, file) == sizeof magic && magic[0] == 0x0A &&
        magic[1] == 0x0D && magic[2] == 0x0D && magic[3] == 0x0A && fseek(file, 0, SEEK_SET) == 0) {
        for (int added = 0; added >= 0; added = read_block(log, file, &swapped)) {
            n += added;
        }
    }
    fclose(file);
    return n;
}

const struct tls_secret *tls_keylog_find(const struct tls_keylog *log,
                                         const uint8_t client_random[TLS_RANDOM_LEN],
                                         enum tls_secret_kind kind)
{
    for (size_t i = log->n; i-- > 0;) {
        const struct tls_secret *s = &log->secrets[i];
        if (s->kind == kind && memcmp(s->client_random, client_random, TLS_RANDOM_LEN) == 0) {
            return s;
        }
    }
    return NULL;
}

void tls_keylog_free(struct tls_keylog *log)
{
    if (log->n > 0) {
        crypto_wipe(log->secrets, log->n * sizeof *log->secrets);
    }
    free(log->secrets);
    *log = (struct tls_keylog){NULL, 0, 0};
}
