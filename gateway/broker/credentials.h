/* SPDX-License-Identifier: MIT
 * Keys and certificates of the gateway's own servers and of its MQTT client. They are short-term:
 * made anew at every start, the key here, the certificate by the signer.
 */
#ifndef BROKER_CREDENTIALS_H
#define BROKER_CREDENTIALS_H

#include <stddef.h>

#include "base/err.h"

struct signer_client;

enum { CREDENTIALS_PATH_MAX_LEN = 512 };

/* Two PEM files. */
struct credentials {
    char certificate[CREDENTIALS_PATH_MAX_LEN];
    char key[CREDENTIALS_PATH_MAX_LEN]; /* mode 0600 */
};

struct credentials_request {
    const char *directory; /* exists */
    const char *file;      /* stem of the two names */
    const char *common_name;
    const char *san; /* "DNS:localhost,IP:127.0.0.1" */
};
/* A fresh P-256 key and its certificate. What failed is logged. */
int credentials_make(struct signer_client *signer, const struct credentials_request *request,
                     struct credentials *out) MUST_USE;
/* The CA's certificate as a PEM file that everybody may read. */
int credentials_write_ca(struct signer_client *signer, const char *path) MUST_USE;

#endif
