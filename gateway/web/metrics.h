/* SPDX-License-Identifier: MIT
 * Prometheus text format 0.0.4. Names start with wattward_; the names of the seed stand beside
 * them. No label names a device: a large site would drown its time-series database.
 */
#ifndef WEB_METRICS_H
#define WEB_METRICS_H

#include <stdint.h>

#include "base/wbuf.h"

struct web_api;

void web_metrics_write(struct web_api *api, uint64_t now_ms, bool with_devices, struct wbuf *w);

#endif
