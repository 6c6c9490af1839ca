/* SPDX-License-Identifier: MIT
 * The site and a device as JSON, for the page and for the control socket.
 */
#ifndef WEB_DEVICE_JSON_H
#define WEB_DEVICE_JSON_H

#include "base/json_writer.h"
#include "site/site.h"

/* Room that is always enough. */
enum { WEB_SITE_JSON_CAP = 1024, WEB_DEVICE_JSON_CAP = 700 };

/* Members of an object that the caller opens and closes. */
void web_put_site(struct json_writer *j, const struct site *site, uint64_t now_ms);
void web_put_device(struct json_writer *j, const struct fleet_device *device, uint64_t now_ms);
/* "waiting", "active", "quarantined" or "banned" */
const char *web_device_state(const struct fleet_device *device);
/* "member" or "feeder" */
const char *web_device_role(const struct fleet_device *device);
/* null unless known */
void web_put_known_int(struct json_writer *j, const char *name, bool known, int64_t v);

#endif
