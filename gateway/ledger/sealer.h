/* SPDX-License-Identifier: MIT
 * The signer's process as who signs the ledger.
 */
#ifndef LEDGER_SEALER_H
#define LEDGER_SEALER_H

#include "ledger/book.h"

struct signer_client;

struct ledger_sealer ledger_sealer_of(struct signer_client *signer);

#endif
