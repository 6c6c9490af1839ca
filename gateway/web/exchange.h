/* SPDX-License-Identifier: MIT
 * One request and its answer on a libwebsockets connection: reading the head, writing the answer.
 */
#ifndef WEB_EXCHANGE_H
#define WEB_EXCHANGE_H

#include "base/err.h"
#include "web/api.h"
#include "web/http.h"

struct lws;

struct web_exchange {
    struct web_request request;
    struct web_response response;
    struct lws *wsi;
    size_t sent;       /* of the body */
    bool request_read; /* the head is complete and understood */
    bool awaits_body;
    bool closes;   /* after the answer */
    bool site_due; /* of an event stream */
    uint64_t seen; /* newest change of a device that the stream has sent */
    struct web_exchange *next_stream;
};

void web_exchange_begin(struct web_exchange *e, struct lws *wsi, const char *path);
/* 0, or the status to refuse the request with. */
int web_exchange_read_head(struct web_exchange *e, struct lws *wsi);
/* Status and headers. */
int web_exchange_put_head(struct web_exchange *e, bool is_est) MUST_USE;
/* The next piece of the body: 1 when that was the last, 0, or E_IO. */
int web_exchange_put_body(struct web_exchange *e) MUST_USE;
/* What changed since the last call, as much as fits one write; asks to be called again for more.
 * E_STATE once the session is over. */
int web_exchange_put_events(struct web_exchange *e, const struct web_api *api,
                            uint64_t now_ms) MUST_USE;
/* Frees what the answer held. */
void web_exchange_clear(struct web_exchange *e);

#endif
