/* SPDX-License-Identifier: MIT
 * The ledger's entries as JSON, by number and by search.
 *   /api/ledger/entries?from=I&count=N            {"size","entries":[...]} upwards from I
 *   /api/ledger/search?before=I&count=N           {"size","entries":[...],"next":I|null} downwards,
 *     [&type=NAME|-NAME][&device=ID]               newest first; "-NAME" is every type but NAME
 * A search looks at a bounded number of entries; "next" is where the next one goes on, null at the
 * first entry of the log. "entries" may be empty and "next" not null.
 */
#ifndef WEB_LEDGER_ENTRIES_H
#define WEB_LEDGER_ENTRIES_H

#include "ledger/log.h"
#include "web/http.h"

enum { WEB_LEDGER_ENTRIES_MAX = 100, WEB_LEDGER_SEARCH_MAX = 4000 /* entries looked at */ };

void web_ledger_entries(struct ledger_log *log, const char *query, struct web_response *r);
void web_ledger_search(struct ledger_log *log, const char *query, struct web_response *r);

#endif
