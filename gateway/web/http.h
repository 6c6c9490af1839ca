/* SPDX-License-Identifier: MIT
 * A request and its answer as plain data; the server turns sockets into these and back.
 */
#ifndef WEB_HTTP_H
#define WEB_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wbuf.h"
#include "web/routes.h"
#include "web/throttle.h"

enum {
    WEB_PATH_CAP = 256,
    WEB_QUERY_CAP = 256,
    WEB_COOKIE_CAP = 1024,
    WEB_AUTHORIZATION_CAP = 256,
    WEB_ETAG_CAP = 72,
    WEB_BODY_MAX_LEN = 8192
};

struct web_request {
    enum web_method method;
    char path[WEB_PATH_CAP]; /* decoded, without the query */
    char query[WEB_QUERY_CAP];
    char cookie[WEB_COOKIE_CAP];
    char authorization[WEB_AUTHORIZATION_CAP];
    char if_none_match[WEB_ETAG_CAP];
    bool accepts_gzip;
    bool names_what_it_accepts; /* has a header Accept */
    bool from_page; /* has the header X-Wattward, which other sites' pages cannot send */
    char peer[WEB_PEER_CAP];
    uint8_t body[WEB_BODY_MAX_LEN];
    size_t body_len;
};

struct web_curve;

struct web_response {
    int status;
    const char *content_type; /* a literal; NULL without a body */
    const uint8_t *body;
    size_t body_len;
    uint8_t *owned;          /* freed after sending: the body or NULL */
    struct web_curve *curve; /* an answer that is still being made */
    const char *etag;
    bool gzip;
    bool may_be_cached; /* else no-store */
    bool is_stream;     /* an event stream; there is no body */
    uint32_t retry_after_s;
    char set_cookie[160];
    char authenticate[64];
    const char *allow; /* of 405 */
    bool content_is_base64;
};

/* {"error": sentence} */
void web_answer_error(struct web_response *r, int status, const char *sentence);
/* Room for `cap` bytes in r->owned. On failure the response is an error 503 and the buffer failed.
 */
struct wbuf web_answer_begin(struct web_response *r, size_t cap);
/* What was written becomes the body; a buffer that was too small becomes an error 500. */
void web_answer_end(struct web_response *r, const struct wbuf *w, int status,
                    const char *content_type);

#endif
