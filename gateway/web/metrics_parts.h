/* SPDX-License-Identifier: MIT
 * What /metrics says of the parts of a site that are not ingest.
 */
#ifndef WEB_METRICS_PARTS_H
#define WEB_METRICS_PARTS_H

#include "base/wbuf.h"
#include "site/site.h"

/* Devices that have series of their own; a site with more is watched by its sums. */
enum { METRICS_DEVICES_MAX = 1000 };

/* Under the names of the seed: te_, bc_, prov_. */
void metrics_put_seed(struct wbuf *w, const struct site *site);
/* `with_devices`: also what is said of each one. */
void metrics_put_trust(struct wbuf *w, const struct site *site, bool with_devices);
void metrics_put_weather(struct wbuf *w, const struct site *site);
void metrics_put_ledger(struct wbuf *w, const struct site *site, uint64_t now_ms);

#endif
