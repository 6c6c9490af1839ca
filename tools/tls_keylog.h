/* SPDX-License-Identifier: MIT
 * Secrets of TLS sessions as programs log them (SSLKEYLOGFILE): a file, or the secrets that a
 * capture carries itself (Decryption Secrets Block of pcapng).
 */
#ifndef TOOLS_TLS_KEYLOG_H
#define TOOLS_TLS_KEYLOG_H

#include <stddef.h>
#include <stdint.h>

enum { TLS_RANDOM_LEN = 32, TLS_SECRET_MAX_LEN = 48 };

enum tls_secret_kind {
    TLS_MASTER_SECRET, /* of TLS 1.2 */
    TLS_CLIENT_HANDSHAKE_SECRET,
    TLS_SERVER_HANDSHAKE_SECRET,
    TLS_CLIENT_SECRET,
    TLS_SERVER_SECRET
};

struct tls_secret {
    enum tls_secret_kind kind;
    uint8_t client_random[TLS_RANDOM_LEN];
    uint8_t bytes[TLS_SECRET_MAX_LEN];
    size_t len;
};

struct tls_keylog {
    struct tls_secret *secrets; /* all private; zeroed is empty */
    size_t n, cap;
};

/* Adds the lines of a text; what is no line of a key log is passed over. How many were added. */
size_t tls_keylog_add(struct tls_keylog *log, const char *text, size_t len);
/* How many were added; -1 with errno when it cannot be read. */
int tls_keylog_read(struct tls_keylog *log, const char *path);
/* The same of a pcapng file's own secrets; 0 for other files. */
int tls_keylog_read_capture(struct tls_keylog *log, const char *path);
const struct tls_secret *tls_keylog_find(const struct tls_keylog *log,
                                         const uint8_t client_random[TLS_RANDOM_LEN],
                                         enum tls_secret_kind kind);
/* Wipes and frees. */
void tls_keylog_free(struct tls_keylog *log);

#endif
