/* SPDX-License-Identifier: MIT
 * The name of a site's log: the first line of its checkpoints and the name of its key.
 */
#ifndef LEDGER_ORIGIN_H
#define LEDGER_ORIGIN_H

enum { LEDGER_ORIGIN_CAP = 96 };

/* "wattward/ledger/<site>" with what no key's name may have written as '-'. */
void ledger_origin_of(const char *site, char out[LEDGER_ORIGIN_CAP]);

#endif
