/* SPDX-License-Identifier: MIT
 * Bans: the operator's word, and the list that the broker's plugin reads.
 */
#ifndef SITE_BAN_H
#define SITE_BAN_H

#include "ledger/entry.h"
#include "site/site.h"

/* Carries out LEDGER_BAN, LEDGER_UNBAN or LEDGER_APPEAL, which keeps what the owner says against a
 * decision and changes nothing else. It is stored with its time and reason, and queued for the
 * ledger with its signature, before it takes effect. E_ARG for an unknown device or no reason,
 * E_STATE when the device is in that state already. The database changes and the broker's list
 * follow each other: a crash between them is made good at the next start. Does not check the
 * signature: site/operator.h does. */
int site_judge(struct site *site, const struct ledger_entry *order,
               struct site_result *result) MUST_USE;

/* Writes the list of those whom the broker must keep out (plugin/ban_list.h). Without a path, in
 * tests, there is none. */
int site_bans_write(struct site *site) MUST_USE;

#endif
