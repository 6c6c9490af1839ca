/* SPDX-License-Identifier: MIT
 * Checkpoints (C2SP tlog-checkpoint): the text of a note that says how large a log is and what its
 * root is.
 */
#ifndef LEDGER_CHECKPOINT_H
#define LEDGER_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wbuf.h"
#include "ledger/tree.h"

struct ledger_checkpoint {
    const char *origin; /* names the log; a view after parsing */
    size_t origin_len;
    uint64_t size;
    struct ledger_hash root;
};

/* The note's text, with its last line end. */
void ledger_checkpoint_put(struct wbuf *w, const struct ledger_checkpoint *c);
/* E_MALFORMED, E_LIMIT (size). Extension lines are accepted and ignored. */
int ledger_checkpoint_parse(const char *text, size_t len, struct ledger_checkpoint *out) MUST_USE;

#endif
