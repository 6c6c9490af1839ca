/* SPDX-License-Identifier: MIT
 * Entries as JSON, for people and their programs.
 */
#include <string.h>

#include "base/assert.h"
#include "ledger/proof_json.h"

static void put_text(struct json_writer *w, const char *name, struct ledger_text text)
{
    json_key(w, name);
    json_put_text(w, text.at, text.len);
}

static void put_hex(struct json_writer *w, const char *name, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * 65];
    ASSERT(2 * len <= sizeof text);
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    json_key(w, name);
    json_put_text(w, text, 2 * len);
}

static void put_readings(struct json_writer *w, const struct ledger_readings *b)
{
    put_text(w, "device", b->device);
    put_hex(w, "key_digest", b->key_digest, sizeof b->key_digest);
    json_field_int(w, "interval_unix_ms", b->interval_unix_ms);
    json_field_int(w, "interval_s", b->interval_s);
    json_field_int(w, "count", b->count);
    put_hex(w, "root", b->root.bytes, sizeof b->root.bytes);
    json_key(w, "ranges");
    json_begin_array(w);
    for (uint8_t i = 0; i < b->n_ranges; i++) {
        json_begin_array(w);
        json_put_uint(w, b->ranges[i].boot_epoch);
        json_put_uint(w, b->ranges[i].first_sequence);
        json_put_uint(w, b->ranges[i].last_sequence);
        json_end(w);
    }
    json_end(w);
    json_field_string(w, "form", b->form == LEDGER_FORM_COSE ? "cose" : "json");
}

static void put_judgement(struct json_writer *w, const struct ledger_judgement *j)
{
    put_text(w, "device", j->device);
    put_text(w, "by", j->by);
    put_text(w, "reason", j->reason);
    put_hex(w, "evidence_digest", j->evidence_digest, sizeof j->evidence_digest);
}

static void put_tariff(struct json_writer *w, const struct ledger_tariff *t)
{
    static const char *const sharing[] = {"static", "dynamic", "auction"};
    put_text(w, "name", t->name);
    json_field_int(w, "from_unix_ms", t->from_unix_ms);
    json_field_string(w, "sharing", sharing[t->sharing]);
    json_field_int(w, "import_price", t->import_price);
    json_field_int(w, "export_price", t->export_price);
    json_field_int(w, "community_price", t->community_price);
    json_field_int(w, "grid_fee", t->grid_fee);
}

static void put_transfer(struct json_writer *w, const struct ledger_transfer *t)
{
    put_text(w, "from", t->from);
    put_text(w, "to", t->to);
    json_field_int(w, "interval_unix_ms", t->interval_unix_ms);
    json_field_int(w, "interval_s", t->interval_s);
    json_field_int(w, "energy_wh", t->energy_wh);
    json_field_int(w, "price_microcent_per_kwh", t->price_microcent_per_kwh);
}

static void put_correction(struct json_writer *w, const struct ledger_correction *c)
{
    json_key(w, "corrected");
    json_put_uint(w, c->corrected);
    put_hex(w, "leaf", c->leaf.bytes, sizeof c->leaf.bytes);
    json_field_string(w, "channel", c->channel == LEDGER_PRODUCTION ? "production" : "consumption");
    json_field_int(w, "delta_mwh", c->delta_mwh);
    put_text(w, "by", c->by);
    put_text(w, "reason", c->reason);
}

static void put_others(struct json_writer *w, const struct ledger_entry *e)
{
    if (e->type == LEDGER_START) {
        put_text(w, "origin", e->origin);
    } else if (e->type == LEDGER_ENROLMENT) {
        put_text(w, "device", e->enrolment.device);
        put_hex(w, "public_key", e->enrolment.public_key, sizeof e->enrolment.public_key);
        put_hex(w, "certificate_digest", e->enrolment.certificate_digest, 32);
        json_field_int(w, "peak_power_w", e->enrolment.peak_power_w);
    } else if (e->type == LEDGER_REMOVAL) {
        put_text(w, "device", e->removed);
    } else if (e->type == LEDGER_MEMBER) {
        put_text(w, "device", e->member.device);
        json_field_int(w, "from_unix_ms", e->member.from_unix_ms);
        json_field_int(w, "weight", e->member.weight);
        json_field_int(w, "bid_price", e->member.bid_price);
        json_field_int(w, "ask_price", e->member.ask_price);
    } else if (e->type == LEDGER_STATEMENT) {
        put_text(w, "month", e->statement.month);
        put_hex(w, "digest", e->statement.digest, sizeof e->statement.digest);
    } else if (e->type == LEDGER_OPERATOR) {
        put_hex(w, "key", e->operator_key, sizeof e->operator_key);
    }
}

static void put_authority(struct json_writer *w, const struct ledger_authority *a)
{
    json_key(w, "action_number");
    json_put_uint(w, a->number);
    json_field_int(w, "signed_unix_ms", a->unix_ms);
    put_hex(w, "signature", a->signature, sizeof a->signature);
}

void ledger_entry_put_json(struct json_writer *w, const struct ledger_entry *entry)
{
    json_key(w, "index");
    json_put_uint(w, entry->index);
    json_field_string(w, "type", ledger_entry_name(entry->type));
    json_field_int(w, "unix_ms", entry->unix_ms);
    switch (entry->type) {
    case LEDGER_READINGS:
        put_readings(w, &entry->readings);
        break;
    case LEDGER_BAN:
    case LEDGER_UNBAN:
    case LEDGER_APPEAL:
        put_judgement(w, &entry->judgement);
        break;
    case LEDGER_TARIFF:
        put_tariff(w, &entry->tariff);
        break;
    case LEDGER_TRANSFER:
        put_transfer(w, &entry->transfer);
        break;
    case LEDGER_CORRECTION:
        put_correction(w, &entry->correction);
        break;
    case LEDGER_START:
    case LEDGER_ENROLMENT:
    case LEDGER_REMOVAL:
    case LEDGER_MEMBER:
    case LEDGER_STATEMENT:
    case LEDGER_OPERATOR:
        put_others(w, entry);
        break;
    }
    if (entry->authority.present) {
        put_authority(w, &entry->authority);
    }
}
