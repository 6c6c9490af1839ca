/* SPDX-License-Identifier: MIT
 * What the ledger key may sign: messages whose first bytes say what they are.
 */
#ifndef SIGNER_DOMAIN_H
#define SIGNER_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when the message starts with one of our domains and goes on after it. Checkpoints are not
 * among them: they are signed only as extensions of the last one. */
bool signer_domain_known(const uint8_t *message, size_t len);
/* True for the origin line of a site's log. */
bool signer_domain_is_checkpoint(const char *origin, size_t len);

#endif
