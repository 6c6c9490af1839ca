/* SPDX-License-Identifier: MIT
 * The page's API: routes to JSON. No sockets; see the README for the resources.
 */
#ifndef WEB_API_H
#define WEB_API_H

#include "site/site.h"
#include "web/http.h"
#include "web/session.h"

struct web_api {
    struct site *site;
    struct web_sessions sessions;
    struct web_throttle throttle;
    uint64_t logins;
    uint64_t login_failures;
};

/* Answers everything but files of the page, for which r->status stays 0, and curves, for which
 * r->curve is set: web_api_continue() makes the answer. */
void web_api_respond(struct web_api *api, uint64_t now_ms, const struct web_request *q,
                     struct web_response *r);
/* Works on a curve for a few milliseconds. True once the answer is complete. */
bool web_api_continue(struct web_api *api, struct web_response *r) MUST_USE;
/* True while the request's session holds: for streams that are open already. */
bool web_api_session_valid(const struct web_api *api, uint64_t now_ms, const char *cookie_header);

/* One line of the event stream each: "event: site\ndata: {...}\n\n". */
void web_api_put_site_event(const struct web_api *api, uint64_t now_ms, struct wbuf *w);
void web_api_put_device_event(const struct fleet_device *device, uint64_t now_ms, struct wbuf *w);

#endif
