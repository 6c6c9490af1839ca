/* SPDX-License-Identifier: MIT
 * The operator's signed actions over HTTP, as over the control socket: his browser signs, we check.
 *   GET  /api/operator      what his next signature is for: {"origin","number","unix_ms","key"}
 *   POST /api/operator/act  {"action": Base64 of the action and its signature} (ledger/action.h)
 * A session alone decides nothing here.
 */
#ifndef WEB_OPERATOR_H
#define WEB_OPERATOR_H

#include "base/json_writer.h"
#include "site/site.h"
#include "web/http.h"

/* Members of an open object. Precondition: the operator is known. */
void web_put_operator_next(struct json_writer *j, struct site *site);

void web_operator_next(struct site *site, struct web_response *r);
void web_operator_act(struct site *site, const struct web_request *q, struct web_response *r);

#endif
