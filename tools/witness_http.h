/* SPDX-License-Identifier: MIT
 * The little of HTTP that a witness needs: POST /add-checkpoint with a length, one request a
 * connection, one after the other.
 */
#ifndef TOOLS_WITNESS_HTTP_H
#define TOOLS_WITNESS_HTTP_H

#include <stdbool.h>
#include <stddef.h>

enum { WITNESS_BODY_CAP = 1024 };

struct witness_answer {
    int status;
    const char *content_type; /* text/plain unless it is set */
    char body[WITNESS_BODY_CAP];
    size_t len;
};

struct witness_http {
    /* Judges the body of one request. */
    void (*respond)(void *context, const char *request, size_t len, struct witness_answer *answer);
    void *context;
    int fd;        /* private from here */
    char name[64]; /* ADDRESS:PORT that it listens on */
};

/* "ADDRESS:PORT" of IPv4; port 0 takes a free one. False with errno; EINVAL: not of that form. */
bool witness_http_open(struct witness_http *h, const char *listen);
/* Until SIGTERM or SIGINT. Closes. */
void witness_http_serve(struct witness_http *h);

#endif
