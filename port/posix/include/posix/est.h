/* SPDX-License-Identifier: MIT
 * Enrolment over Secure Transport (RFC 7030) as a client: simpleenroll with a one-time token,
 * simplereenroll with the certificate itself. On the event loop; never waits.
 */
#ifndef POSIX_EST_H
#define POSIX_EST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "posix/loop.h"
#include "posix/tls.h"

enum { POSIX_EST_CERTIFICATE_MAX_LEN = 1024, POSIX_EST_TIMEOUT_MS = 20000 };

struct posix_est;

struct posix_est_request {
    const char *host;
    uint16_t port;
    const char *ca_file; /* the only authority trusted, for the connection and for the answer */
    const char *device_id;
    const char *token; /* simpleenroll; NULL: simplereenroll with `identity` */
    struct posix_tls_identity identity;
    const uint8_t *csr_der;
    size_t csr_len;
    const uint8_t *public_key; /* 65 bytes: the certificate must be for it and for device_id */
};

struct posix_est_result {
    int status;             /* of HTTP; 0 when there was no answer */
    uint32_t retry_after_s; /* 0 when not said */
    size_t certificate_len; /* > 0: enrolled */
    uint8_t certificate_der[POSIX_EST_CERTIFICATE_MAX_LEN];
    char why[160]; /* one clause when there is no certificate */
};

/* From malloc; NULL when the system refuses. */
struct posix_est *posix_est_open(struct posix_loop *loop);
void posix_est_close(struct posix_est *est);
/* E_OK: `done` follows, once; the request may be dropped after the call. E_STATE while one runs. */
int posix_est_start(struct posix_est *est, const struct posix_est_request *request,
                    void (*done)(void *context, const struct posix_est_result *result),
                    void *context) MUST_USE;

#endif
