/* SPDX-License-Identifier: MIT
 * The operator's commands about money.
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

#endif
