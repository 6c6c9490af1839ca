/* SPDX-License-Identifier: MIT
 * Enrolment on HTTP: what enrol/est.h wants to know, from a request and its TLS connection.
 */
#ifndef WEB_EST_HTTP_H
#define WEB_EST_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "web/http.h"

struct est;
struct lws;

void web_est_respond(struct est *est, struct lws *wsi, const struct web_request *q,
                     struct web_response *r);

enum { WEB_BASIC_CAP = 192 };
/* "Basic <base 64 of user:password>", both cut out of `buffer`. False when it is something else. */
bool web_basic_read(const char *authorization, char buffer[WEB_BASIC_CAP], const char **user,
                    const char **password);

#endif
