/* SPDX-License-Identifier: MIT
 * The figures of a swarm.
 */
#include "swarm_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "posix/mqtt.h"

struct swarm_sum swarm_sum(const struct swarm_meter *meters, long n)
{
    struct swarm_sum sum = {.n_enrolled = 0};
    for (long i = 0; i < n; i++) {
        const struct device *d = &meters[i].device;
        const struct meter_counts counts = meter_counts(&d->meter);
        sum.n_enrolled += enrolment_has_certificate(&d->enrolment);
        sum.n_up += d->mqtt != NULL && posix_mqtt_is_up(d->mqtt);
        sum.n_enrol_refusals += d->counts.n_enrol_refusals;
        sum.n_lost += d->counts.n_lost;
        sum.n_taken += counts.n_taken;
        sum.n_stored += counts.n_stored;
        sum.n_refused += counts.n_refused;
        sum.n_waiting += counts.n_waiting;
        sum.n_resent += counts.n_resent;
        sum.n_unsaved += counts.n_unsaved;
    }
    return sum;
}

void swarm_report_note(struct swarm_report *r, const struct swarm_meter *meters, long n_devices,
                       long n_started, uint64_t now_ms)
{
    if (n_started < n_devices || r->steady_since_ms != 0 || r->ended_ms != 0) {
        return;
    }
    const struct swarm_sum sum = swarm_sum(meters, n_started);
    if (sum.n_up == n_devices) {
        r->steady_since_ms = now_ms;
        r->at_steady_sum = sum;
    }
}

static void print_usage(const char *name, const struct usage *from, const struct usage *to,
                        uint64_t span_ms)
{
    printf("  %-14s %6.1f %%   of a core, %.1f MiB\n", name,
           span_ms == 0 ? 0.0 : 100.0 * (double)(to->cpu_ms - from->cpu_ms) / (double)span_ms,
           (double)to->rss_kib / 1024);
}

/* Rates of a swarm that got so far that all its meters were at work. */
static void print_steady(const struct swarm_report *r, const struct latency *latency)
{
    if (r->steady_since_ms == 0) {
        printf("  never were all meters connected at once: no rates\n");
        return;
    }
    const uint64_t span_ms = r->ended_ms - r->steady_since_ms;
    const double span_s = (double)span_ms / 1000;
    const uint64_t n = r->at_end_sum.n_stored - r->at_steady_sum.n_stored;
    printf("With all of them connected, %.0f s:\n", span_s);
    printf("  %-14s %8.1f   a second\n", "readings", span_ms == 0 ? 0.0 : (double)n / span_s);
    printf("  %-14s %5u ms   median; %u ms at 99 %%, %u ms at most, from send to acknowledgement\n",
           "ack latency", latency_quantile_ms(latency, 500), latency_quantile_ms(latency, 990),
           latency->max_ms);
    print_usage("gateway", &r->at_steady.gateway, &r->at_end.gateway, span_ms);
    print_usage("broker", &r->at_steady.broker, &r->at_end.broker, span_ms);
    print_usage("signer", &r->at_steady.signer, &r->at_end.signer, span_ms);
    print_usage("the meters", &r->own_at_steady, &r->own_at_end, span_ms);
}

/* When the last meter was connected for the first time; 0 when one never was. */
static uint64_t all_connected_ms(const struct swarm_meter *meters, long n)
{
    uint64_t last_ms = 0;
    for (long i = 0; i < n; i++) {
        if (meters[i].connected_at_ms == 0) {
            return 0;
        }
        last_ms = meters[i].connected_at_ms > last_ms ? meters[i].connected_at_ms : last_ms;
    }
    return last_ms;
}

static void print_enrolment(const struct swarm_report *r, const struct swarm_sum *sum,
                            const struct swarm_meter *meters, long n_started)
{
    const uint64_t connected_ms = all_connected_ms(meters, n_started);
    printf("  %-14s %8ld   meters", "enrolled", sum->n_enrolled);
    if (connected_ms > r->began_ms) {
        const double span_s = (double)(connected_ms - r->began_ms) / 1000;
        printf(", and connected, in %.1f s: %.1f a second", span_s, (double)n_started / span_s);
    }
    printf("; %" PRIu64 " times refused or unanswered\n", sum->n_enrol_refusals);
    printf("  %-14s %8" PRIu64 "   connections, or attempts at one\n", "lost", sum->n_lost);
}

static void print_row(const char *name, uint64_t n, const char *what)
{
    printf("  %-14s %8" PRIu64 "   %s\n", name, n, what);
}

/* Where to look: some of the meters whose readings nobody acknowledged. */
static void print_held(const struct swarm_meter *meters, long n)
{
    enum { SHOWN_MAX = 5 };
    int n_shown = 0;
    for (long i = 0; i < n && n_shown < SHOWN_MAX; i++) {
        const struct device *d = &meters[i].device;
        const struct meter_counts counts = meter_counts(&d->meter);
        if (counts.n_waiting > 0) {
            n_shown++;
            printf("  %s holds %u: %s, connected %u times, %u sent, %u of them again; %s\n",
                   d->config.device_id, counts.n_waiting,
                   d->mqtt != NULL && posix_mqtt_is_up(d->mqtt) ? "connected" : "not connected",
                   d->counts.n_connected, counts.n_sent, counts.n_resent,
                   d->why_down[0] == '\0' ? "nothing is wrong" : d->why_down);
        }
    }
}

bool swarm_report_print(const struct swarm_report *r, const struct swarm_options *o,
                        const struct swarm_meter *meters, long n_started,
                        const struct latency *latency)
{
    const struct swarm_sum sum = swarm_sum(meters, n_started);
    printf("\n%ld meters, started %ld a second, a reading every %ld ms, %.0f s\n", n_started,
           o->per_second, o->interval_ms, (double)(r->ended_ms - r->began_ms) / 1000);
    print_enrolment(r, &sum, meters, n_started);
    print_row("taken", sum.n_taken, "readings, signed by the meters");
    print_row("acknowledged", sum.n_stored, "by the gateway, so on its disk");
    print_row("stored", (uint64_t)r->stored.stored, "in the gateway's database");
    print_row("refused", (uint64_t)r->stored.refused, "by the gateway");
    print_row("waiting", sum.n_waiting, "in the meters' outboxes");
    print_row("repeated", sum.n_resent, "sends, because the acknowledgement took too long");
    print_row("left out", sum.n_unsaved, "readings not taken, because the outbox was full");
    print_steady(r, latency);
    print_held(meters, n_started);
    const bool holds = sum.n_taken > 0 && sum.n_taken == sum.n_stored &&
                       r->stored.stored == (int64_t)sum.n_taken && sum.n_refused == 0 &&
                       r->stored.refused == 0 && sum.n_waiting == 0 &&
                       (r->signal != 0 || sum.n_enrolled == o->devices);
    printf("%s\n", holds ? "It holds: every reading was acknowledged, and is stored once."
                         : "It does NOT hold.");
    return holds;
}
