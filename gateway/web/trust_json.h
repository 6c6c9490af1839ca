/* SPDX-License-Identifier: MIT
 * How devices are judged, as JSON for the page and for the control socket.
 */
#ifndef WEB_TRUST_JSON_H
#define WEB_TRUST_JSON_H

#include "base/json_writer.h"
#include "site/site.h"

/* Room that is always enough: for a device in the fleet, and for one with its history. */
/* Besides its devices a fleet takes WEB_TRUST_FLEET_JSON_CAP, most of it for the weather. */
enum { WEB_TRUST_FLEET_JSON_CAP = 65536 };
enum { WEB_TRUST_JSON_CAP = 1700, WEB_TRUST_DEVICE_JSON_CAP = 1024 * 1024 };

/* Members of an object that the caller opens and closes. */
void web_put_trust(struct json_writer *j, const struct site *site);
void web_put_trust_device(struct json_writer *j, const struct site *site,
                          const struct fleet_device *device);

#endif
