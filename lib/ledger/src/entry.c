/* SPDX-License-Identifier: MIT
 * Entries as bytes. Each body is written and read by a pair of functions that stand together.
 */
#include "ledger/entry.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "entry_parts.h"

enum { VERSION = 1, VERSION_SIGNED = 2 };

/* ---- bodies ---- */

static void put_readings(struct wbuf *w, const struct ledger_entry *e)
{
    const struct ledger_readings *b = &e->readings;
    ASSERT(b->interval_s > 0 && b->interval_unix_ms % (b->interval_s * INT64_C(1000)) == 0);
    ASSERT(b->last_len > 0 && b->last_len <= LEDGER_READING_MAX_LEN);
    ledger_put_text(w, b->device);
    wbuf_put(w, b->key_digest, sizeof b->key_digest);
    wbuf_be64(w, (uint64_t)b->interval_unix_ms);
    wbuf_be32(w, b->interval_s);
    ledger_put_block(w, &(struct ledger_block_facts){b->count, &b->root, b->n_ranges, b->ranges});
    wbuf_u8(w, (uint8_t)b->form);
    wbuf_be16(w, (uint16_t)b->last_len);
    wbuf_put(w, b->last, b->last_len);
}

static bool take_readings(struct rbuf *r, struct ledger_entry *e)
{
    struct ledger_readings *b = &e->readings;
    const bool named = ledger_take_name(r, &b->device);
    rbuf_copy(r, b->key_digest, sizeof b->key_digest);
    b->interval_unix_ms = (int64_t)rbuf_be64(r);
    b->interval_s = rbuf_be32(r);
    const bool block_ok = ledger_take_block(r, &b->count, &b->root, &b->n_ranges, b->ranges);
    const uint8_t form = rbuf_u8(r);
    b->form = (enum ledger_form)form;
    b->last_len = rbuf_be16(r);
    b->last = rbuf_take(r, b->last_len);
    return named && block_ok && b->interval_s > 0 && b->interval_unix_ms >= 0 &&
           b->interval_unix_ms % (b->interval_s * INT64_C(1000)) == 0 && form <= LEDGER_FORM_JSON &&
           b->last_len > 0 && b->last_len <= LEDGER_READING_MAX_LEN;
}

static void put_enrolment(struct wbuf *w, const struct ledger_entry *e)
{
    ledger_put_text(w, e->enrolment.device);
    wbuf_put(w, e->enrolment.public_key, sizeof e->enrolment.public_key);
    wbuf_put(w, e->enrolment.certificate_digest, sizeof e->enrolment.certificate_digest);
    wbuf_be32(w, e->enrolment.peak_power_w);
}

static bool take_enrolment(struct rbuf *r, struct ledger_entry *e)
{
    const bool named = ledger_take_name(r, &e->enrolment.device);
    rbuf_copy(r, e->enrolment.public_key, sizeof e->enrolment.public_key);
    rbuf_copy(r, e->enrolment.certificate_digest, sizeof e->enrolment.certificate_digest);
    e->enrolment.peak_power_w = rbuf_be32(r);
    return named && e->enrolment.public_key[0] == 4;
}

static void put_judgement(struct wbuf *w, const struct ledger_entry *e)
{
    ledger_put_text(w, e->judgement.device);
    ledger_put_text(w, e->judgement.by);
    ledger_put_text(w, e->judgement.reason);
    wbuf_put(w, e->judgement.evidence_digest, sizeof e->judgement.evidence_digest);
}

static bool take_judgement(struct rbuf *r, struct ledger_entry *e)
{
    const bool named = ledger_take_name(r, &e->judgement.device);
    const bool by_ok = ledger_take_text(r, &e->judgement.by);
    const bool reason_ok = ledger_take_text(r, &e->judgement.reason);
    rbuf_copy(r, e->judgement.evidence_digest, sizeof e->judgement.evidence_digest);
    return named && by_ok && reason_ok;
}

static void put_transfer(struct wbuf *w, const struct ledger_entry *e)
{
    const struct ledger_transfer *t = &e->transfer;
    ASSERT(t->energy_wh > 0 && t->interval_s > 0);
    ledger_put_text(w, t->from);
    ledger_put_text(w, t->to);
    wbuf_be64(w, (uint64_t)t->interval_unix_ms);
    wbuf_be32(w, t->interval_s);
    wbuf_be64(w, (uint64_t)t->energy_wh);
    wbuf_be64(w, (uint64_t)t->price_microcent_per_kwh);
}

static bool take_transfer(struct rbuf *r, struct ledger_entry *e)
{
    struct ledger_transfer *t = &e->transfer;
    const bool from_ok = ledger_take_name(r, &t->from);
    const bool to_ok = ledger_take_name(r, &t->to);
    t->interval_unix_ms = (int64_t)rbuf_be64(r);
    t->interval_s = rbuf_be32(r);
    t->energy_wh = (int64_t)rbuf_be64(r);
    t->price_microcent_per_kwh = (int64_t)rbuf_be64(r);
    return from_ok && to_ok && t->interval_unix_ms >= 0 && t->interval_s > 0 && t->energy_wh > 0;
}

static void put_tariff(struct wbuf *w, const struct ledger_entry *e)
{
    const struct ledger_tariff *t = &e->tariff;
    ledger_put_text(w, t->name);
    wbuf_be64(w, (uint64_t)t->from_unix_ms);
    wbuf_u8(w, (uint8_t)t->sharing);
    wbuf_be64(w, (uint64_t)t->import_price);
    wbuf_be64(w, (uint64_t)t->export_price);
    wbuf_be64(w, (uint64_t)t->community_price);
    wbuf_be64(w, (uint64_t)t->grid_fee);
}

static bool take_tariff(struct rbuf *r, struct ledger_entry *e)
{
    struct ledger_tariff *t = &e->tariff;
    const bool named = ledger_take_name(r, &t->name);
    t->from_unix_ms = (int64_t)rbuf_be64(r);
    const uint8_t sharing = rbuf_u8(r);
    t->sharing = (enum ledger_sharing)sharing;
    t->import_price = (int64_t)rbuf_be64(r);
    t->export_price = (int64_t)rbuf_be64(r);
    t->community_price = (int64_t)rbuf_be64(r);
    t->grid_fee = (int64_t)rbuf_be64(r);
    return named && t->from_unix_ms >= 0 && sharing <= LEDGER_SHARE_AUCTION;
}

static void put_member(struct wbuf *w, const struct ledger_entry *e)
{
    ledger_put_text(w, e->member.device);
    wbuf_be64(w, (uint64_t)e->member.from_unix_ms);
    wbuf_be32(w, e->member.weight);
    wbuf_be64(w, (uint64_t)e->member.bid_price);
    wbuf_be64(w, (uint64_t)e->member.ask_price);
}

static bool take_member(struct rbuf *r, struct ledger_entry *e)
{
    const bool named = ledger_take_name(r, &e->member.device);
    e->member.from_unix_ms = (int64_t)rbuf_be64(r);
    e->member.weight = rbuf_be32(r);
    e->member.bid_price = (int64_t)rbuf_be64(r);
    e->member.ask_price = (int64_t)rbuf_be64(r);
    return named && e->member.from_unix_ms >= 0;
}

static void put_correction(struct wbuf *w, const struct ledger_entry *e)
{
    const struct ledger_correction *c = &e->correction;
    ASSERT(c->corrected < e->index);
    wbuf_be64(w, c->corrected);
    wbuf_put(w, c->leaf.bytes, sizeof c->leaf.bytes);
    wbuf_u8(w, (uint8_t)c->channel);
    wbuf_be64(w, (uint64_t)c->delta_mwh);
    ledger_put_text(w, c->by);
    ledger_put_text(w, c->reason);
}

static bool take_correction(struct rbuf *r, struct ledger_entry *e)
{
    struct ledger_correction *c = &e->correction;
    c->corrected = rbuf_be64(r);
    rbuf_copy(r, c->leaf.bytes, sizeof c->leaf.bytes);
    const uint8_t channel = rbuf_u8(r);
    c->channel = (enum ledger_channel)channel;
    c->delta_mwh = (int64_t)rbuf_be64(r);
    const bool by_ok = ledger_take_text(r, &c->by);
    const bool reason_ok = ledger_take_text(r, &c->reason);
    return by_ok && reason_ok && c->corrected < e->index && channel <= LEDGER_CONSUMPTION;
}

static void put_statement(struct wbuf *w, const struct ledger_entry *e)
{
    ledger_put_text(w, e->statement.month);
    wbuf_put(w, e->statement.digest, sizeof e->statement.digest);
}

static bool take_statement(struct rbuf *r, struct ledger_entry *e)
{
    const bool named = ledger_take_name(r, &e->statement.month);
    rbuf_copy(r, e->statement.digest, sizeof e->statement.digest);
    return named;
}

static void put_start(struct wbuf *w, const struct ledger_entry *e)
{
    ledger_put_text(w, e->origin);
}

static bool take_start(struct rbuf *r, struct ledger_entry *e)
{
    return ledger_take_name(r, &e->origin) && e->index == 0;
}

static void put_removal(struct wbuf *w, const struct ledger_entry *e)
{
    ledger_put_text(w, e->removed);
}

static bool take_removal(struct rbuf *r, struct ledger_entry *e)
{
    return ledger_take_name(r, &e->removed);
}

static void put_operator(struct wbuf *w, const struct ledger_entry *e)
{
    wbuf_put(w, e->operator_key, sizeof e->operator_key);
}

static bool take_operator(struct rbuf *r, struct ledger_entry *e)
{
    rbuf_copy(r, e->operator_key, sizeof e->operator_key);
    return true;
}

/* ---- the signature behind the body ---- */

static void put_authority(struct wbuf *w, const struct ledger_authority *a)
{
    wbuf_be64(w, a->number);
    wbuf_be64(w, (uint64_t)a->unix_ms);
    wbuf_put(w, a->signature, sizeof a->signature);
}

static bool take_authority(struct rbuf *r, struct ledger_entry *e)
{
    e->authority.present = true;
    e->authority.number = rbuf_be64(r);
    e->authority.unix_ms = (int64_t)rbuf_be64(r);
    rbuf_copy(r, e->authority.signature, sizeof e->authority.signature);
    return e->authority.unix_ms >= 0 && ledger_entry_is_action(e->type);
}

/* ---- the table ---- */

static const struct body {
    const char *name;
    void (*put)(struct wbuf *w, const struct ledger_entry *e);
    bool (*take)(struct rbuf *r, struct ledger_entry *e); /* false: not within its ranges */
    bool is_action;
} bodies[] = {
    [0] = {"none", NULL, NULL, false},
    [LEDGER_START] = {"start", put_start, take_start, false},
    [LEDGER_READINGS] = {"readings", put_readings, take_readings, false},
    [LEDGER_ENROLMENT] = {"enrolment", put_enrolment, take_enrolment, false},
    [LEDGER_REMOVAL] = {"removal", put_removal, take_removal, false},
    [LEDGER_BAN] = {"ban", put_judgement, take_judgement, true},
    [LEDGER_UNBAN] = {"unban", put_judgement, take_judgement, true},
    [LEDGER_TRANSFER] = {"transfer", put_transfer, take_transfer, true},
    [LEDGER_TARIFF] = {"tariff", put_tariff, take_tariff, true},
    [LEDGER_MEMBER] = {"member", put_member, take_member, true},
    [LEDGER_CORRECTION] = {"correction", put_correction, take_correction, true},
    [LEDGER_STATEMENT] = {"statement", put_statement, take_statement, false},
    [LEDGER_APPEAL] = {"appeal", put_judgement, take_judgement, true},
    [LEDGER_OPERATOR] = {"operator", put_operator, take_operator, true},
};
enum { TYPES = sizeof bodies / sizeof bodies[0] };

static const struct body *body_of(unsigned type)
{
    return type >= LEDGER_START && type < TYPES ? &bodies[type] : NULL;
}

const char *ledger_entry_name(enum ledger_entry_type type)
{
    const struct body *body = body_of((unsigned)type);
    return body == NULL ? "unknown" : body->name;
}

bool ledger_entry_is_action(enum ledger_entry_type type)
{
    const struct body *body = body_of((unsigned)type);
    return body != NULL && body->is_action;
}

void ledger_put_body(struct wbuf *w, const struct ledger_entry *entry)
{
    const struct body *body = body_of((unsigned)entry->type);
    ASSERT(body != NULL);
    body->put(w, entry);
}

int ledger_take_body(struct rbuf *r, struct ledger_entry *out)
{
    const struct body *body = body_of((unsigned)out->type);
    if (body == NULL) {
        return E_UNSUPPORTED;
    }
    return body->take(r, out) ? E_OK : E_MALFORMED;
}

void ledger_entry_put(struct wbuf *w, const struct ledger_entry *entry)
{
    const bool is_signed = entry->authority.present;
    ASSERT(!is_signed || ledger_entry_is_action(entry->type));
    wbuf_u8(w, is_signed ? VERSION_SIGNED : VERSION);
    wbuf_u8(w, (uint8_t)entry->type);
    wbuf_be64(w, entry->index);
    wbuf_be64(w, (uint64_t)entry->unix_ms);
    ledger_put_body(w, entry);
    if (is_signed) {
        put_authority(w, &entry->authority);
    }
}

int ledger_entry_decode(const uint8_t *in, size_t len, struct ledger_entry *out)
{
    struct rbuf r = rbuf_of(in, len);
    struct ledger_entry e;
    const uint8_t version = rbuf_u8(&r);
    const uint8_t type = rbuf_u8(&r);
    if (!rbuf_ok(&r)) {
        return E_TRUNCATED;
    }
    if (version != VERSION && version != VERSION_SIGNED) {
        return E_UNSUPPORTED;
    }
    memset(&e, 0, sizeof e);
    e.type = (enum ledger_entry_type)type;
    e.index = rbuf_be64(&r);
    e.unix_ms = (int64_t)rbuf_be64(&r);
    int result = ledger_take_body(&r, &e);
    if (result == E_UNSUPPORTED) {
        return result;
    }
    if (version == VERSION_SIGNED && !take_authority(&r, &e)) {
        result = E_MALFORMED;
    }
    if (!rbuf_ok(&r)) {
        return E_TRUNCATED;
    }
    if (result != E_OK || !rbuf_done(&r) || e.unix_ms < 0) {
        return E_MALFORMED;
    }
    *out = e;
    return E_OK;
}
