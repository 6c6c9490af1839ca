/* SPDX-License-Identifier: MIT
 * What the rule decides, as entries of the ledger: bans with the digest of their evidence, and
 * energy that is not credited.
 */
#ifndef LEDGER_JUDGEMENT_H
#define LEDGER_JUDGEMENT_H

#include "db/decisions.h"
#include "site/site.h"

/* Queues the entry, in the caller's transaction. What a ledger's text cannot have is written '?',
 * and the reason is cut at 255 characters; the database has it whole. */
int ledger_record_ban(struct site *site, const struct db_decision *decision, bool banned) MUST_USE;
/* Queues a correction of the device's production by -uncredited_mwh (> 0), counted from its newest
 * block on, in the caller's transaction. E_NOTFOUND when the ledger has no block of it, or stands
 * still. */
int ledger_record_uncredited(struct site *site, int64_t device, int64_t uncredited_mwh,
                             int64_t unix_ms) MUST_USE;

#endif
