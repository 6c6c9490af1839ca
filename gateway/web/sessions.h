/* SPDX-License-Identifier: MIT
 * The charging sessions of a device as JSON.
 */
#ifndef WEB_SESSIONS_H
#define WEB_SESSIONS_H

#include "site/site.h"
#include "web/http.h"

/* The newest sessions, without their rows. */
void web_sessions_respond(struct site *site, const struct fleet_device *device,
                          struct web_response *r);
/* One with everything its pieces say; 404 when this device has none of that number. */
void web_session_respond(struct site *site, const struct fleet_device *device, int64_t session,
                         struct web_response *r);

#endif
