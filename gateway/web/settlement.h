/* SPDX-License-Identifier: MIT
 * GET /api/settlement?month=YYYY-MM[&format=csv|html]: the month's statement from the ledger; the
 * month of the newest reading when none is named. GET /api/settlement/<member>?month=[&day=1..31]:
 * that of one member by day, or the day by quarter of an hour. While the ledger is still being
 * read: 202 and {"read","size"}; ask again.
 */
#ifndef WEB_SETTLEMENT_H
#define WEB_SETTLEMENT_H

#include "site/site.h"
#include "web/http.h"

#define WEB_SETTLEMENT_PATH "/api/settlement"

/* Precondition: the path starts with WEB_SETTLEMENT_PATH. */
void web_settlement_respond(struct site *site, const struct web_request *q, struct web_response *r);

#endif
