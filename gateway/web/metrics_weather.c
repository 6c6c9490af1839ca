/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "posix/clock.h"
#include "trust/trust_site.h"
#include "weather/client.h"
#include "web/metrics_parts.h"
#include "web/metrics_text.h"

/* Site time since the oldest of an endpoint's good answers; negative while one never came. */
static int64_t age_s(const struct weather_client *c, enum trust_weather_endpoint endpoint)
{
    int64_t oldest_s = c->n > 0 ? 0 : -1;
    for (size_t i = 0; i < c->n && oldest_s >= 0; i++) {
        const struct weather_feed *f = &c->cells[i].feeds[endpoint];
        const int64_t own_s = (posix_clock_wall_ms() - f->good_unix_ms) / 1000;
        oldest_s = f->n_good == 0 ? -1 : own_s > oldest_s ? own_s : oldest_s;
    }
    return oldest_s;
}

static void put_feeds(struct wbuf *w, const struct weather_client *c,
                      enum trust_weather_endpoint endpoint)
{
    size_t n[WEATHER_STATE_COUNT] = {0};
    for (size_t i = 0; i < c->n; i++) {
        n[weather_feed_state(&c->cells[i].feeds[endpoint], endpoint, posix_clock_wall_ms())]++;
    }
    for (int s = 0; s < WEATHER_STATE_COUNT; s++) {
        metrics_put(w, "wattward_weather_feeds{endpoint=\"%s\",state=\"%s\"} %zu\n",
                    weather_endpoint_name(endpoint), weather_state_name((enum weather_state)s),
                    n[s]);
    }
}

static void put_age(struct wbuf *w, const struct weather_client *c,
                    enum trust_weather_endpoint endpoint)
{
    const int64_t oldest_s = age_s(c, endpoint);
    if (oldest_s >= 0) {
        metrics_put(w, "wattward_weather_age_seconds{endpoint=\"%s\"} %" PRId64 "\n",
                    weather_endpoint_name(endpoint), oldest_s);
    }
}

void metrics_put_weather(struct wbuf *w, const struct site *site)
{
    const struct weather_client *c = site->weather;
    if (!c || !site->trust) {
        return;
    }
    const struct trust_counts *counts = trust_site_counts(site->trust);
    metrics_head(w, "wattward_weather_feeds", "gauge", "Grid cells by the state of their weather.");
    put_feeds(w, c, TRUST_WEATHER_FORECAST);
    put_feeds(w, c, TRUST_WEATHER_SATELLITE);
    metrics_head(w, "wattward_weather_age_seconds", "gauge",
                 "Site time since the oldest good answer.");
    put_age(w, c, TRUST_WEATHER_FORECAST);
    put_age(w, c, TRUST_WEATHER_SATELLITE);
    metrics_head(w, "wattward_weather_requests_total", "counter",
                 "Questions to the weather service.");
    metrics_put(w, "wattward_weather_requests_total{result=\"ok\"} %" PRIu64 "\n", c->n_good);
    metrics_put(w, "wattward_weather_requests_total{result=\"failed\"} %" PRIu64 "\n", c->n_failed);
    metrics_counter(w, "wattward_weather_points_total", "Moments of weather taken.",
                    counts->weather_points);
    metrics_counter(w, "wattward_weather_comparisons_total",
                    "Hours of devices compared with weather.", counts->weather_hours);
}
