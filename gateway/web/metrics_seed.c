/* SPDX-License-Identifier: MIT
 * The seed's names, with what is counted here. Where the seed refused a message and we only set it
 * aside, the number is that of those set aside; see docs/monitoring.md.
 */
#include <inttypes.h>
#include <string.h>

#include "ledger/book.h"
#include "trust/trust_site.h"
#include "web/metrics_parts.h"
#include "web/metrics_text.h"

struct reason {
    const char *name;
    uint64_t n;
};

static void put_reasons(struct wbuf *w, const char *metric, const struct reason *reasons, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        metrics_put(w, "%s{reason=\"%s\"} %" PRIu64 "\n", metric, reasons[i].name, reasons[i].n);
    }
}

static struct trust_counts counts_of(const struct site *site)
{
    return site->trust ? *trust_site_counts(site->trust) : (struct trust_counts){.bans = 0};
}

static void put_rejected(struct wbuf *w, const struct site *site)
{
    static const char name[] = "te_messages_rejected_total";
    const struct ingest_counters *c = &site->ingest->counters;
    const struct trust_counts t = counts_of(site);
    const struct reason reasons[] = {
        {"malformed_payload", c->refused[INGEST_REFUSED_MALFORMED] - c->malformed_json},
        {"invalid_json", c->malformed_json},
        {"invalid_signature",
         c->refused[INGEST_REFUSED_BAD_SIGNATURE] + c->refused[INGEST_REFUSED_WRONG_IDENTITY]},
        {"unregistered_device", c->refused[INGEST_REFUSED_UNKNOWN_DEVICE]},
        {"banned_device", c->refused[INGEST_REFUSED_BANNED]},
        {"replay_detected", c->refused[INGEST_REFUSED_NUMBER_TAKEN] + c->duplicates},
        {"temporal_anomaly", t.untimed},
        {"trust_below_threshold", t.uncredited},
        {"system_error", c->refused[INGEST_REFUSED_RATE_LIMITED] + c->lost}};
    metrics_head(w, name, "counter", "Messages refused, or set aside, by the seed's reasons.");
    put_reasons(w, name, reasons, sizeof reasons / sizeof reasons[0]);
}

static void put_validations(struct wbuf *w, const struct site *site)
{
    static const char name[] = "te_validations_total";
    static const char penalties[] = "te_penalties_applied_total";
    const struct trust_counts t = counts_of(site);
    const uint64_t invalid = t.impossible + t.seed_deviations;
    metrics_head(w, name, "counter", "Intervals judged, by the judgement.");
    metrics_put(w, "%s{result=\"valid\",reason=\"ok_meteo\"} %" PRIu64 "\n", name,
                t.intervals > invalid ? t.intervals - invalid : 0);
    metrics_put(w, "%s{result=\"invalid\",reason=\"overproduction\"} %" PRIu64 "\n", name,
                t.impossible);
    metrics_put(w, "%s{result=\"invalid\",reason=\"meteo_anomaly\"} %" PRIu64 "\n", name,
                t.seed_deviations);
    metrics_head(w, penalties, "counter", "Penalties; a clock that is wrong costs nothing here.");
    const struct reason reasons[] = {{"meteo_anomaly", t.seed_deviations}, {"temporal_anomaly", 0}};
    put_reasons(w, penalties, reasons, sizeof reasons / sizeof reasons[0]);
}

/* A transaction of the seed is a reading here, and a block of its chain an entry of the ledger. */
static void put_chain(struct wbuf *w, const struct site *site)
{
    static const char name[] = "bc_rejected_total";
    static const struct ledger_counts none;
    const struct ledger_counts *l = site->ledger ? ledger_book_counts(site->ledger) : &none;
    const struct ingest_counters *c = &site->ingest->counters;
    const struct reason reasons[] = {
        {"invalid_signature", c->refused[INGEST_REFUSED_BAD_SIGNATURE]},
        {"node_mismatch", c->refused[INGEST_REFUSED_WRONG_IDENTITY]},
        {"invalid_payload", c->refused[INGEST_REFUSED_MALFORMED] - c->malformed_json},
        {"malformed_json", c->malformed_json}};
    metrics_counter(w, "bc_transactions_received_total",
                    "Readings and entries that the ledger took.", l->received);
    metrics_counter(w, "bc_blocks_mined_total", "Entries written into the ledger and signed.",
                    l->written);
    metrics_head(w, name, "counter", "Messages that never get into the ledger.");
    put_reasons(w, name, reasons, sizeof reasons / sizeof reasons[0]);
    metrics_histogram(w, "bc_mining_seconds", "Writing and signing one batch of the ledger.",
                      &l->batch);
}

void metrics_put_seed(struct wbuf *w, const struct site *site)
{
    const struct ingest_counters *c = &site->ingest->counters;
    metrics_counter(w, "te_messages_received_total", "As wattward_messages_received_total.",
                    c->received);
    metrics_counter(w, "te_messages_accepted_total", "As wattward_readings_stored_total.",
                    c->stored);
    put_rejected(w, site);
    metrics_histogram(w, "te_crypto_validation_seconds", "As wattward_verify_duration_seconds.",
                      &c->verify);
    metrics_histogram(w, "te_processing_seconds", "As wattward_ingest_duration_seconds.",
                      &c->whole);
    put_validations(w, site);
    put_chain(w, site);
    est_put_metrics(site->est, w);
}
