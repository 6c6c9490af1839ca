/* SPDX-License-Identifier: MIT
 * The ledger over HTTP, below /api/ledger: what a page or a program needs to check the site's
 * records by itself.
 *   /api/ledger                       {"origin","vkey","size","root","checkpoint","trouble"}
 *   /api/ledger/checkpoint            the signed note
 *   /api/ledger/tile/...              C2SP tlog-tiles: tile/<L>/<N>[.p/<W>] and
 *                                     tile/entries/<N>[.p/<W>]
 *   /api/ledger/proof?index=[&size=]  an inclusion (ledger/proof_json.h)
 *   /api/ledger/consistency?old=[&size=]
 *   /api/ledger/entries, /search      entries as JSON, see web/ledger_entries.h
 */
#ifndef WEB_LEDGER_H
#define WEB_LEDGER_H

#include "site/site.h"
#include "web/http.h"

#define WEB_LEDGER_PREFIX "/api/ledger"

void web_ledger_respond(struct site *site, const struct web_request *q, struct web_response *r);

#endif
