/* SPDX-License-Identifier: MIT
 * Enrolment on HTTP: what enrol/est.h wants to know, from a request and its TLS connection.
 */
#ifndef WEB_EST_HTTP_H
#define WEB_EST_HTTP_H

#include "web/http.h"

struct est;
struct lws;

void web_est_respond(struct est *est, struct lws *wsi, const struct web_request *q,
                     struct web_response *r);

#endif
