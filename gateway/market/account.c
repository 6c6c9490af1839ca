/* SPDX-License-Identifier: MIT
 * What the log says about energy and prices, kept by member: counters at the ends of intervals,
 * corrections, shares; and the tariffs.
 */
#include "market/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account_parts.h"
#include "crypto/crypto.h"
#include "ledger/entry.h"
#include "telemetry/reading.h"

void *market_grow(void *list, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return list;
    }
    const size_t more = *cap * 2 + 16;
    void *grown = realloc(list, more * size);
    if (grown != NULL) {
        *cap = more;
    }
    return grown;
}

struct market_account *market_account_make(bool verifies)
{
    struct market_account *a = calloc(1, sizeof *a);
    if (a != NULL) {
        a->verifies = verifies;
    }
    return a;
}

void market_account_free(struct market_account *a)
{
    if (a == NULL) {
        return;
    }
    for (size_t i = 0; i < a->n_meters; i++) {
        free(a->meters[i].points);
        free(a->meters[i].terms);
        free(a->meters[i].corrections);
    }
    free(a->meters);
    free(a->tariffs);
    free(a->keys);
    free(a->blocks);
    free(a->transfers);
    free(a);
}

static struct market_meter *meter_of(struct market_account *a, struct ledger_text name)
{
    for (size_t i = 0; i < a->n_meters; i++) {
        if (strlen(a->meters[i].name) == name.len &&
            memcmp(a->meters[i].name, name.at, name.len) == 0) {
            return &a->meters[i];
        }
    }
    struct market_meter *more = market_grow(a->meters, a->n_meters, &a->meters_cap, sizeof *more);
    if (more == NULL) {
        return NULL;
    }
    a->meters = more;
    struct market_meter *meter = &more[a->n_meters++];
    memset(meter, 0, sizeof *meter);
    memcpy(meter->name, name.at, name.len);
    return meter;
}

/* ---- one function for each type of entry ---- */

static int take_enrolment(struct market_account *a, const struct ledger_enrolment *e)
{
    struct market_key *more = market_grow(a->keys, a->n_keys, &a->keys_cap, sizeof *more);
    if (more == NULL) {
        return E_NOSPACE;
    }
    a->keys = more;
    struct market_key *key = &more[a->n_keys++];
    memcpy(key->public_key, e->public_key, sizeof key->public_key);
    return crypto_digest(CRYPTO_SHA256, e->public_key, sizeof e->public_key, key->digest);
}

static bool is_signed(const struct market_account *a, const struct ledger_readings *b,
                      const struct telemetry_envelope *envelope)
{
    if (envelope->reading.device_id_len != b->device.len ||
        memcmp(envelope->reading.device_id, b->device.at, b->device.len) != 0) {
        return false;
    }
    for (size_t i = a->n_keys; i-- > 0;) {
        if (memcmp(a->keys[i].digest, b->key_digest, sizeof b->key_digest) == 0) {
            return telemetry_reading_verify(envelope, a->keys[i].public_key) == E_OK;
        }
    }
    return false;
}

static int add_point(struct market_account *a, size_t meter, const struct market_point *point)
{
    struct market_meter *m = &a->meters[meter];
    struct market_point *more = market_grow(m->points, m->n_points, &m->points_cap, sizeof *more);
    struct market_block *blocks =
        market_grow(a->blocks, a->n_blocks, &a->blocks_cap, sizeof *blocks);
    m->points = more != NULL ? more : m->points;
    a->blocks = blocks != NULL ? blocks : a->blocks;
    if (more == NULL || blocks == NULL) {
        return E_NOSPACE;
    }
    m->points[m->n_points++] = *point;
    a->blocks[a->n_blocks++] =
        (struct market_block){.index = a->size, .meter = meter, .interval = point->interval};
    a->newest = point->interval > a->newest ? point->interval : a->newest;
    return E_OK;
}

static int take_readings(struct market_account *a, const struct ledger_readings *b)
{
    struct telemetry_envelope envelope;
    if (b->form != LEDGER_FORM_COSE || b->interval_unix_ms == 0) {
        return E_OK; /* no counters, or no time */
    }
    if (telemetry_reading_decode(b->last, b->last_len, &envelope) != E_OK ||
        (a->verifies && !is_signed(a, b, &envelope))) {
        a->unsigned_blocks++;
        return E_OK;
    }
    const struct telemetry_reading *r = &envelope.reading;
    struct market_point point = {
        .interval = r->unix_ms / MARKET_INTERVAL_MS, .unix_ms = r->unix_ms, .energy_mwh = {-1, -1}};
    for (uint8_t i = 0; i < r->n_channels; i++) {
        if (r->channels[i].kind == TELEMETRY_PRODUCTION) {
            point.energy_mwh[LEDGER_PRODUCTION] = r->channels[i].energy_mwh;
        } else if (r->channels[i].kind == TELEMETRY_CONSUMPTION) {
            point.energy_mwh[LEDGER_CONSUMPTION] = r->channels[i].energy_mwh;
        }
    }
    if (point.energy_mwh[LEDGER_PRODUCTION] < 0 && point.energy_mwh[LEDGER_CONSUMPTION] < 0) {
        return E_OK; /* the meter at the transformer is no member */
    }
    struct market_meter *meter = meter_of(a, b->device);
    return meter == NULL ? E_NOSPACE : add_point(a, (size_t)(meter - a->meters), &point);
}

static int take_tariff(struct market_account *a, const struct ledger_tariff *t)
{
    struct market_rates *more =
        market_grow(a->tariffs, a->n_tariffs, &a->tariffs_cap, sizeof *more);
    if (more == NULL) {
        return E_NOSPACE;
    }
    a->tariffs = more;
    struct market_rates *rates = &more[a->n_tariffs++];
    *rates = (struct market_rates){.from_unix_ms = t->from_unix_ms,
                                   .tariff = {.sharing = (enum market_sharing)t->sharing,
                                              .import_price = t->import_price,
                                              .export_price = t->export_price,
                                              .community_price = t->community_price,
                                              .grid_fee = t->grid_fee}};
    memcpy(rates->name, t->name.at, t->name.len);
    return E_OK;
}

static int take_member(struct market_account *a, const struct ledger_member *e)
{
    struct market_meter *m = meter_of(a, e->device);
    struct market_terms *more =
        m == NULL ? NULL : market_grow(m->terms, m->n_terms, &m->terms_cap, sizeof *more);
    if (more == NULL) {
        return E_NOSPACE;
    }
    m->terms = more;
    more[m->n_terms++] = (struct market_terms){.from_unix_ms = e->from_unix_ms,
                                               .weight = e->weight,
                                               .bid_price = e->bid_price,
                                               .ask_price = e->ask_price};
    return E_OK;
}

/* The block with this index; blocks are in the order of the log. */
static const struct market_block *block_at(const struct market_account *a, uint64_t index)
{
    size_t low = 0;
    size_t high = a->n_blocks;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (a->blocks[middle].index < index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < a->n_blocks && a->blocks[low].index == index ? &a->blocks[low] : NULL;
}

static int take_correction(struct market_account *a, const struct ledger_correction *c)
{
    const struct market_block *block = block_at(a, c->corrected);
    if (block == NULL) {
        return E_OK; /* of something that has no energy */
    }
    struct market_meter *m = &a->meters[block->meter];
    struct market_correction *more =
        market_grow(m->corrections, m->n_corrections, &m->corrections_cap, sizeof *more);
    if (more == NULL) {
        return E_NOSPACE;
    }
    m->corrections = more;
    more[m->n_corrections++] = (struct market_correction){
        .interval = block->interval, .channel = (int)c->channel, .delta_mwh = c->delta_mwh};
    return E_OK;
}

/* Whether it can be settled: of whole intervals, between two members, at a price within bounds. */
static bool is_settled(const struct ledger_transfer *t)
{
    const int64_t length_ms = (int64_t)t->interval_s * 1000;
    const bool is_to_itself = t->from.len == t->to.len && !memcmp(t->from.at, t->to.at, t->to.len);
    return !is_to_itself && t->interval_unix_ms >= 0 &&
           t->interval_unix_ms % MARKET_INTERVAL_MS == 0 && length_ms > 0 &&
           length_ms % MARKET_INTERVAL_MS == 0 && t->price_microcent_per_kwh <= MARKET_PRICE_MAX &&
           t->price_microcent_per_kwh >= -MARKET_PRICE_MAX;
}

static int take_transfer(struct market_account *a, const struct ledger_transfer *t)
{
    if (!is_settled(t)) {
        return E_OK;
    }
    struct market_transfer *more =
        market_grow(a->transfers, a->n_transfers, &a->transfers_cap, sizeof *more);
    a->transfers = more != NULL ? more : a->transfers;
    const struct market_meter *seller = meter_of(a, t->from);
    const size_t seller_at = seller == NULL ? 0 : (size_t)(seller - a->meters);
    const struct market_meter *buyer = meter_of(a, t->to);
    if (more == NULL || seller == NULL || buyer == NULL) {
        return E_NOSPACE;
    }
    more[a->n_transfers++] =
        (struct market_transfer){.seller = seller_at,
                                 .buyer = (size_t)(buyer - a->meters),
                                 .first = t->interval_unix_ms / MARKET_INTERVAL_MS,
                                 .n = (int64_t)t->interval_s * 1000 / MARKET_INTERVAL_MS,
                                 .energy_wh = t->energy_wh,
                                 .price = t->price_microcent_per_kwh};
    return E_OK;
}

static int take(struct market_account *a, const struct ledger_entry *e)
{
    switch (e->type) {
    case LEDGER_READINGS:
        return take_readings(a, &e->readings);
    case LEDGER_ENROLMENT:
        return take_enrolment(a, &e->enrolment);
    case LEDGER_TARIFF:
        return take_tariff(a, &e->tariff);
    case LEDGER_MEMBER:
        return take_member(a, &e->member);
    case LEDGER_CORRECTION:
        return take_correction(a, &e->correction);
    case LEDGER_TRANSFER:
        return take_transfer(a, &e->transfer);
    case LEDGER_START:
    case LEDGER_REMOVAL:
    case LEDGER_BAN:
    case LEDGER_UNBAN:
    case LEDGER_STATEMENT:
    case LEDGER_APPEAL:
    case LEDGER_OPERATOR:
        break;
    }
    return E_OK;
}

int market_account_feed(struct market_account *a, const uint8_t *entry, size_t len)
{
    struct ledger_entry e;
    int result = ledger_entry_decode(entry, len, &e);
    if (result == E_OK) {
        result = take(a, &e);
    } else {
        result = result == E_UNSUPPORTED ? E_OK : E_MALFORMED;
    }
    a->size += result == E_OK;
    return result;
}

uint64_t market_account_size(const struct market_account *a)
{
    return a->size;
}

void market_account_last_month(const struct market_account *a, char out[MARKET_MONTH_CAP])
{
    out[0] = 0;
    if (a->newest > 0) {
        market_month_of(a->newest * MARKET_INTERVAL_MS, out);
    }
}
