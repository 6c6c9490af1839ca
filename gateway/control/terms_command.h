/* SPDX-License-Identifier: MIT
 * The operator's commands about money and energy: each becomes an entry of the ledger.
 */
#ifndef CONTROL_TERMS_COMMAND_H
#define CONTROL_TERMS_COMMAND_H

#include "base/json_reader.h"
#include "site/site.h"

/* NULL when done, else a sentence. Members of the question: "name", "sharing", "from_unix_ms" (now
 * when absent), "import_price", "export_price", "community_price", "grid_fee". */
const char *control_tariff_set(struct site *site, const struct json_reader *in);
/* "id", "weight", "bid_price", "ask_price", "from_unix_ms". */
const char *control_member_set(struct site *site, const struct json_reader *in);
/* "from", "to", "interval_unix_ms" (that of now when absent), "interval_s" (900), "energy_wh",
 * "price". */
const char *control_ledger_transfer(struct site *site, const struct json_reader *in);
/* "entry", "channel" ("production" or "consumption"), "delta_mwh", "reason". */
const char *control_ledger_correct(struct site *site, const struct json_reader *in);

#endif
