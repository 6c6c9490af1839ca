/* SPDX-License-Identifier: MIT
 * What the operator decides, signed with his own key: the entry that he wants in the log, under a
 * number that is greater than every one before, so that no action counts twice. The signature goes
 * into the log with the entry, so whoever has the log can check that it was the operator who
 * decided. The bytes are specified in docs/spec/ledger.md.
 */
#ifndef LEDGER_ACTION_H
#define LEDGER_ACTION_H

#include "ledger/entry.h"

/* What the signature covers starts with this. */
#define LEDGER_ACTION_DOMAIN "wattward/action/"

enum { LEDGER_ACTION_MAX_LEN = 1280 }; /* with its signature */

/* The bytes to sign: `origin` of the log and then the number, time, type and body of an entry that
 * may be signed (ledger_entry_is_action()). Its index does not count; its authority's number and
 * time do. In an action the signature (64 bytes of Ed25519) follows them. Check wbuf_ok(). */
void ledger_action_put(struct wbuf *w, struct ledger_text origin, const struct ledger_entry *entry);

struct ledger_action {
    struct ledger_text origin;
    struct ledger_entry entry; /* with its authority; index UINT64_MAX, unix_ms as signed */
};
/* Texts are views into `in`. Errors as ledger_entry_decode(). Does not verify. */
int ledger_action_decode(const uint8_t *in, size_t len, struct ledger_action *out) MUST_USE;

/* Who the operator is, as far as the entries say that were checked in their order. Zero it, or set
 * what is known: the gateway keeps key and number in its database. */
struct ledger_operator {
    bool known;
    uint8_t key[32];
    uint64_t number;                     /* of the last action */
    uint8_t room[LEDGER_ACTION_MAX_LEN]; /* private */
};
/* Judges the next entry of the log of `origin`, signed or not, and follows it when it is right:
 * E_OK; E_AUTH: signed by another key, or the operator's word without his signature; E_REPLAY: its
 * number was used; E_STATE: the key was replaced without a signature of the old one, which only
 * who owns the gateway's machine can do: it is followed, and should be said. */
int ledger_operator_check(struct ledger_operator *o, struct ledger_text origin,
                          const struct ledger_entry *entry) MUST_USE;

/* The name under which the operator's decisions stand in entries. */
#define LEDGER_BY_OPERATOR "operator"

#endif
