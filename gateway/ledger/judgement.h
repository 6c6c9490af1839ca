/* SPDX-License-Identifier: MIT
 * Bans and unbans as entries of the ledger, with the digest of their evidence.
 */
#ifndef LEDGER_JUDGEMENT_H
#define LEDGER_JUDGEMENT_H

#include "db/decisions.h"
#include "site/site.h"

/* Queues the entry, in the caller's transaction. What a ledger's text cannot have is written '?',
 * and the reason is cut at 255 characters; the database has it whole. */
int ledger_record_ban(struct site *site, const struct db_decision *decision, bool banned) MUST_USE;

#endif
