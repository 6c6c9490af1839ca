/* SPDX-License-Identifier: MIT */
#include "ledger/book.h"
#include "web/metrics_parts.h"
#include "web/metrics_text.h"

void metrics_put_ledger(struct wbuf *w, const struct site *site, uint64_t now_ms)
{
    if (!site->ledger) {
        return;
    }
    const struct ledger_counts *c = ledger_book_counts(site->ledger);
    const uint64_t since_ms = c->sealed_ms == 0 ? site->started_ms : c->sealed_ms;
    metrics_gauge(w, "wattward_ledger_entries", "Entries in the ledger.",
                  ledger_book_size(site->ledger));
    metrics_gauge(w, "wattward_ledger_up", "1 while the ledger can be written.",
                  ledger_book_trouble(site->ledger) == NULL);
    metrics_counter(w, "wattward_ledger_entries_written_total", "Entries written and signed.",
                    c->written);
    metrics_counter(w, "wattward_ledger_checkpoints_total", "Checkpoints signed.", c->checkpoints);
    metrics_gauge(w, "wattward_ledger_checkpoint_age_seconds",
                  "Since the last checkpoint was signed, or the start.",
                  now_ms > since_ms ? (now_ms - since_ms) / 1000 : 0);
    metrics_counter(w, "wattward_ledger_failures_total",
                    "Batches that could not be written or signed.", c->failures);
    metrics_counter(w, "wattward_ledger_receipts_total", "Receipts to devices.", c->receipts);
}
