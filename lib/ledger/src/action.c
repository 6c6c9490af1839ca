/* SPDX-License-Identifier: MIT
 * Signed actions of the operator.
 */
#include "ledger/action.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "entry_parts.h"

enum { VERSION = 1, DOMAIN_LEN = sizeof LEDGER_ACTION_DOMAIN - 1, SIGNATURE_LEN = 64 };

void ledger_action_put(struct wbuf *w, struct ledger_text origin, const struct ledger_entry *entry)
{
    ASSERT(origin.len > 0);
    ASSERT(ledger_entry_is_action(entry->type));
    wbuf_put(w, LEDGER_ACTION_DOMAIN, DOMAIN_LEN);
    wbuf_u8(w, VERSION);
    ledger_put_text(w, origin);
    wbuf_be64(w, entry->authority.number);
    wbuf_be64(w, (uint64_t)entry->authority.unix_ms);
    wbuf_u8(w, (uint8_t)entry->type);
    ledger_put_body(w, entry);
}

static bool take_head(struct rbuf *r, struct ledger_action *a)
{
    struct ledger_entry *e = &a->entry;
    const bool named = ledger_take_name(r, &a->origin);
    e->authority.present = true;
    e->authority.number = rbuf_be64(r);
    e->authority.unix_ms = (int64_t)rbuf_be64(r);
    e->type = (enum ledger_entry_type)rbuf_u8(r);
    e->index = UINT64_MAX;
    e->unix_ms = e->authority.unix_ms;
    return named && e->unix_ms >= 0;
}

int ledger_action_decode(const uint8_t *in, size_t len, struct ledger_action *out)
{
    struct rbuf r = rbuf_of(in, len);
    struct ledger_action got;
    const uint8_t *domain = rbuf_take(&r, DOMAIN_LEN);
    const uint8_t version = rbuf_u8(&r);
    if (!rbuf_ok(&r)) {
        return E_TRUNCATED;
    }
    if (memcmp(domain, LEDGER_ACTION_DOMAIN, DOMAIN_LEN) != 0 || version != VERSION) {
        return E_UNSUPPORTED;
    }
    memset(&got, 0, sizeof got);
    const bool head_ok = take_head(&r, &got);
    if (rbuf_ok(&r) && !ledger_entry_is_action(got.entry.type)) {
        return E_UNSUPPORTED;
    }
    const int result = rbuf_ok(&r) ? ledger_take_body(&r, &got.entry) : E_TRUNCATED;
    rbuf_copy(&r, got.entry.authority.signature, SIGNATURE_LEN);
    if (!rbuf_ok(&r)) {
        return E_TRUNCATED;
    }
    if (result != E_OK || !head_ok || !rbuf_done(&r)) {
        return E_MALFORMED;
    }
    *out = got;
    return E_OK;
}

/* ---- who decided ---- */

static bool is_operator(struct ledger_text by)
{
    return by.len == sizeof LEDGER_BY_OPERATOR - 1 &&
           memcmp(by.at, LEDGER_BY_OPERATOR, by.len) == 0;
}

static bool is_operators_word(const struct ledger_entry *e)
{
    switch (e->type) {
    case LEDGER_UNBAN:
    case LEDGER_APPEAL:
    case LEDGER_TRANSFER:
    case LEDGER_TARIFF:
    case LEDGER_MEMBER:
        return true;
    case LEDGER_BAN: /* the rule can ban too */
        return is_operator(e->judgement.by);
    case LEDGER_CORRECTION: /* and settle at what was expected */
        return is_operator(e->correction.by);
    case LEDGER_START:
    case LEDGER_READINGS:
    case LEDGER_ENROLMENT:
    case LEDGER_REMOVAL:
    case LEDGER_STATEMENT:
    case LEDGER_OPERATOR:
        break;
    }
    return false;
}

static void follow(struct ledger_operator *o, const struct ledger_entry *entry)
{
    if (entry->type == LEDGER_OPERATOR) {
        memcpy(o->key, entry->operator_key, sizeof o->key);
        o->known = true;
    }
}

static int check_unsigned(struct ledger_operator *o, const struct ledger_entry *entry)
{
    const bool was_known = o->known;
    follow(o, entry);
    if (was_known && entry->type == LEDGER_OPERATOR) {
        return E_STATE;
    }
    return was_known && is_operators_word(entry) ? E_AUTH : E_OK;
}

int ledger_operator_check(struct ledger_operator *o, struct ledger_text origin,
                          const struct ledger_entry *entry)
{
    if (!entry->authority.present) {
        return check_unsigned(o, entry);
    }
    if (!o->known) {
        return E_AUTH;
    }
    if (entry->authority.number <= o->number) {
        return E_REPLAY;
    }
    struct wbuf w = wbuf_of(o->room, sizeof o->room);
    ledger_action_put(&w, origin, entry);
    ASSERT(wbuf_ok(&w));
    const int verified =
        crypto_ed25519_verify(o->key, o->room, wbuf_len(&w), entry->authority.signature);
    if (verified != E_OK) {
        return verified == E_ARG ? E_AUTH : verified;
    }
    o->number = entry->authority.number;
    follow(o, entry);
    return E_OK;
}
