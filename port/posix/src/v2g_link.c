/* SPDX-License-Identifier: MIT
 * Connections between cars and chargers.
 */
#include "posix/v2g_link.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "posix/loop.h"
#include "posix/v2g_net.h"

void v2g_link_init(struct v2g_link *link)
{
    *link = (struct v2g_link){.fd = -1};
}

int v2g_link_open(struct v2g_link *link, int fd, struct v2g_tls *tls, uint64_t now_ms)
{
    ASSERT(fd >= 0);
    struct ssl_st *ssl = NULL;
    if (tls != NULL) {
        ssl = v2g_tls_session(tls, fd);
        if (ssl == NULL) {
            return E_NOSPACE;
        }
    }
    *link = (struct v2g_link){.fd = fd,
                              .ssl = ssl,
                              .handshaken = tls == NULL,
                              .deadline_ms = now_ms + V2G_LINK_HANDSHAKE_MS};
    return E_OK;
}

static int fail(struct v2g_link *link, int result, const char *why)
{
    link->broken = true;
    snprintf(link->error.why, sizeof link->error.why, "%s", why);
    return result;
}

/* The other's end of file, with or without a goodbye. */
static bool has_left(const struct v2g_link *link, int error)
{
    const unsigned long first = ERR_peek_error();
    return error == SSL_ERROR_ZERO_RETURN || (error == SSL_ERROR_SYSCALL && first == 0) ||
           (error == SSL_ERROR_SSL && SSL_get_shutdown(link->ssl) == 0 &&
            ERR_GET_REASON(first) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
}

static bool too_much_came(const struct v2g_link *link)
{
    return BIO_number_read(SSL_get_rbio(link->ssl)) > V2G_LINK_HANDSHAKE_LEN;
}

/* OpenSSL's verdict on a step of the handshake that did not finish it. */
static int judge_step(struct v2g_link *link, int outcome, uint64_t now_ms)
{
    const int error = SSL_get_error(link->ssl, outcome);
    link->wants_write = error == SSL_ERROR_WANT_WRITE;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        if (too_much_came(link)) {
            return fail(link, E_LIMIT, "more bytes came than a handshake has");
        }
        if (now_ms >= link->deadline_ms) {
            return fail(link, E_TIMEOUT, "the handshake took too long");
        }
        return E_STATE;
    }
    if (has_left(link, error)) {
        return fail(link, E_NOTFOUND, "the other side left during the handshake");
    }
    link->broken = true;
    return v2g_tls_explain(link->ssl, &link->error);
}

int v2g_link_handshake(struct v2g_link *link, uint64_t now_ms)
{
    ASSERT(link->fd >= 0);
    if (link->handshaken) {
        return E_OK;
    }
    if (link->broken) {
        return E_IO;
    }
    ERR_clear_error();
    const int outcome = SSL_do_handshake(link->ssl);
    if (outcome == 1) {
        link->handshaken = true;
        link->wants_write = false;
        return E_OK;
    }
    return judge_step(link, outcome, now_ms);
}

int v2g_link_waits_for(const struct v2g_link *link)
{
    return link->wants_write ? POSIX_LOOP_WRITE : POSIX_LOOP_READ;
}

int v2g_link_send(struct v2g_link *link, const uint8_t *bytes, size_t len)
{
    ASSERT(link->fd >= 0 && link->handshaken);
    ASSERT(len > 0 && len <= INT_MAX);
    if (link->broken) {
        return E_IO;
    }
    if (link->ssl == NULL) {
        return v2g_net_send(link->fd, bytes, len) == E_OK ? E_OK : fail(link, E_IO, "cannot send");
    }
    ERR_clear_error();
    return SSL_write(link->ssl, bytes, (int)len) == (int)len ? E_OK
                                                             : fail(link, E_IO, "cannot send");
}

int v2g_link_receive(struct v2g_link *link, uint8_t *out, size_t cap)
{
    ASSERT(link->fd >= 0 && link->handshaken);
    if (link->broken) {
        return E_IO;
    }
    if (cap == 0) {
        return 0;
    }
    if (link->ssl == NULL) {
        return v2g_net_receive(link->fd, out, cap);
    }
    ERR_clear_error();
    const int n = SSL_read(link->ssl, out, cap > INT_MAX ? INT_MAX : (int)cap);
    if (n > 0) {
        return n;
    }
    const int error = SSL_get_error(link->ssl, n);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        return 0;
    }
    if (error == SSL_ERROR_ZERO_RETURN) {
        return E_NOTFOUND;
    }
    if (has_left(link, error)) {
        return fail(link, E_NOTFOUND, "the other side left without a goodbye");
    }
    return fail(link, E_IO, "a record of the other side is damaged");
}

bool v2g_link_pending(const struct v2g_link *link)
{
    return link->ssl != NULL && link->handshaken && !link->broken && SSL_has_pending(link->ssl);
}

const char *v2g_link_why(const struct v2g_link *link)
{
    return link->error.why;
}

void v2g_link_describe(const struct v2g_link *link, char *out, size_t cap)
{
    if (link->ssl == NULL) {
        snprintf(out, cap, "plain");
    } else {
        snprintf(out, cap, "%s %s", SSL_get_version(link->ssl), SSL_get_cipher_name(link->ssl));
    }
}

void v2g_link_close(struct v2g_link *link)
{
    if (link->fd < 0) {
        return;
    }
    if (link->ssl != NULL) {
        if (link->handshaken && !link->broken) {
            ERR_clear_error();
            (void)SSL_shutdown(link->ssl);
        }
        SSL_free(link->ssl);
    }
    (void)shutdown(link->fd, SHUT_WR);
    close(link->fd);
    v2g_link_init(link);
}
