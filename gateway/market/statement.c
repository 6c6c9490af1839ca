/* SPDX-License-Identifier: MIT
 * A month: every interval settled by lib/market, summed by member, rounded once.
 */
#include <stdlib.h>
#include <string.h>

#include "account_parts.h"
#include "base/assert.h"
#include "base/fixed.h"

enum { NANO = 1000000000 };

/* One settlement at work: everything by member, in the order of their names. */
struct work {
    struct market_account *account;
    struct market_window window;
    struct market_meter **meters;
    int64_t *energy_wh[MARKET_CHANNELS]; /* n * intervals */
    struct market_party *parties;
    struct market_agreement *agreements;
    size_t n_agreements;
    struct market_scratch scratch;
    struct market_statement *out;
    struct market_detail *detail; /* NULL: nobody's */
    size_t watched;               /* the place of its member */
};

static int compare_names(const void *one, const void *other)
{
    const struct market_meter *const *a = one;
    const struct market_meter *const *b = other;
    return strcmp((*a)->name, (*b)->name);
}

/* ---- terms at a time ---- */

static const struct market_rates *rates_at(const struct market_account *a, int64_t unix_ms)
{
    for (size_t i = a->n_tariffs; i-- > 0;) {
        if (a->tariffs[i].from_unix_ms <= unix_ms) {
            return &a->tariffs[i];
        }
    }
    return NULL;
}

/* Whoever has said nothing has a weight of one and trades at any price better than the grid's. */
static struct market_terms terms_at(const struct market_meter *m, const struct market_tariff *t,
                                    int64_t unix_ms)
{
    for (size_t i = m->n_terms; i-- > 0;) {
        if (m->terms[i].from_unix_ms <= unix_ms) {
            return m->terms[i];
        }
    }
    return (struct market_terms){
        .weight = 1, .bid_price = t->import_price - t->grid_fee, .ask_price = t->export_price};
}

/* ---- settling ---- */

static void add_sums(struct market_sums *to, const struct market_party *p)
{
    to->production_wh += p->production_wh;
    to->consumption_wh += p->consumption_wh;
    to->self_wh += p->self_wh;
    to->bought_wh += p->bought_wh;
    to->sold_wh += p->sold_wh;
    to->import_wh += p->import_wh;
    to->export_wh += p->export_wh;
    to->bought_cost += p->bought_cost;
    to->fee_cost += p->fee_cost;
    to->import_cost += p->import_cost;
    to->sold_credit += p->sold_credit;
    to->export_credit += p->export_credit;
    to->total += p->sold_credit + p->export_credit - p->bought_cost - p->fee_cost - p->import_cost;
}

/* The part of a transfer within its k-th interval: what has flowed at its end less what had before.
 */
static int64_t part_of(const struct market_transfer *t, int64_t k)
{
    int64_t before = 0;
    int64_t after = 0;
    if (fixed_mul_div(t->energy_wh, k, t->n, &before) != E_OK ||
        fixed_mul_div(t->energy_wh, k + 1, t->n, &after) != E_OK) {
        return 0;
    }
    return after - before < MARKET_ENERGY_MAX_WH ? after - before : MARKET_ENERGY_MAX_WH;
}

static void choose_agreements(struct work *w, int64_t interval)
{
    const struct market_account *a = w->account;
    w->n_agreements = 0;
    for (size_t i = 0; i < a->n_transfers; i++) {
        const struct market_transfer *t = &a->transfers[i];
        const uint32_t seller = a->meters[t->seller].place;
        const uint32_t buyer = a->meters[t->buyer].place;
        const int64_t k = interval - t->first;
        if (k >= 0 && k < t->n && seller != MARKET_NO_PLACE && buyer != MARKET_NO_PLACE) {
            w->agreements[w->n_agreements++] = (struct market_agreement){
                .seller = seller, .buyer = buyer, .energy_wh = part_of(t, k), .price = t->price};
        }
    }
}

/* The interval into the member's row. */
static void add_to_detail(const struct work *w, int64_t interval)
{
    struct market_detail *d = w->detail;
    const struct market_window metered = market_energy_span(w->meters[w->watched]);
    const int64_t after_ms = interval * MARKET_INTERVAL_MS - d->from_unix_ms;
    if (after_ms < 0 || (size_t)(after_ms / d->step_ms) >= d->n) {
        return;
    }
    struct market_row *row = &d->rows[after_ms / d->step_ms];
    row->metered = row->metered || (interval >= metered.first && interval < metered.end);
    add_sums(&row->sums, &w->parties[w->watched]);
    add_sums(&d->sum, &w->parties[w->watched]);
}

static void set_parties(struct work *w, const struct market_tariff *tariff, int64_t interval)
{
    const size_t n_intervals = (size_t)(w->window.end - w->window.first);
    const size_t at = (size_t)(interval - w->window.first);
    for (size_t i = 0; i < w->out->n; i++) {
        const struct market_terms terms =
            terms_at(w->meters[i], tariff, interval * MARKET_INTERVAL_MS);
        w->parties[i] = (struct market_party){
            .production_wh = w->energy_wh[0][i * n_intervals + at],
            .consumption_wh = w->energy_wh[1][i * n_intervals + at],
            .weight = terms.weight,
            .bid_price = terms.bid_price,
            .ask_price = terms.ask_price,
        };
    }
}

static int settle_interval(struct work *w, int64_t interval)
{
    static const struct market_tariff no_prices = {.sharing = MARKET_DYNAMIC};
    const struct market_rates *rates = rates_at(w->account, interval * MARKET_INTERVAL_MS);
    const struct market_tariff *tariff = rates == NULL ? &no_prices : &rates->tariff;
    struct market_outcome outcome;
    set_parties(w, tariff, interval);
    choose_agreements(w, interval);
    const struct market_interval v = {.tariff = tariff,
                                      .parties = w->parties,
                                      .n = w->out->n,
                                      .agreements = w->agreements,
                                      .n_agreements = w->n_agreements};
    const int result = market_interval_settle(&v, &w->scratch, &outcome);
    for (size_t i = 0; result == E_OK && i < w->out->n; i++) {
        add_sums(&w->out->lines[i].sums, &w->parties[i]);
        add_sums(&w->out->sum, &w->parties[i]);
    }
    if (result == E_OK && w->detail != NULL) {
        add_to_detail(w, interval);
    }
    if (rates != NULL) {
        memcpy(w->out->tariff, rates->name, sizeof w->out->tariff);
    }
    return result;
}

static int64_t floor_cents(int64_t amount)
{
    return amount / NANO - (amount % NANO < 0);
}

/* The community's total is rounded half up; the members' cents add up to it, those with the largest
 * remainders being rounded up. */
static void round_to_cents(struct market_statement *s)
{
    int64_t left = floor_cents(s->sum.total + NANO / 2);
    s->sum.total_cent = left;
    for (size_t i = 0; i < s->n; i++) {
        s->lines[i].sums.total_cent = floor_cents(s->lines[i].sums.total);
        left -= s->lines[i].sums.total_cent;
    }
    for (; left > 0; left--) {
        size_t best = 0;
        int64_t most = -1;
        for (size_t i = 0; i < s->n; i++) {
            const struct market_sums *sums = &s->lines[i].sums;
            const int64_t remainder = sums->total - sums->total_cent * NANO;
            if (remainder > most) {
                most = remainder;
                best = i;
            }
        }
        s->lines[best].sums.total_cent++;
    }
}

static int read_energy(struct work *w)
{
    const size_t n_intervals = (size_t)(w->window.end - w->window.first);
    for (size_t i = 0; i < w->out->n; i++) {
        struct market_line *line = &w->out->lines[i];
        ASSERT(w->meters[i] != NULL);
        memcpy(line->member, w->meters[i]->name, sizeof line->member);
        for (int channel = 0; channel < MARKET_CHANNELS; channel++) {
            line->jumps += market_energy_read(w->meters[i], channel, &w->window,
                                              w->energy_wh[channel] + i * n_intervals);
        }
    }
    return E_OK;
}

/* Members with readings, by name. */
static size_t choose_meters(struct work *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->account->n_meters; i++) {
        w->account->meters[i].place = MARKET_NO_PLACE;
        if (w->account->meters[i].n_points > 0) {
            w->meters[n++] = &w->account->meters[i];
        }
    }
    if (n > 0) {
        qsort(w->meters, n, sizeof *w->meters, compare_names);
    }
    for (size_t i = 0; i < n; i++) {
        w->meters[i]->place = (uint32_t)i;
    }
    return n;
}

static int find_watched(struct work *w)
{
    if (w->detail == NULL) {
        return E_OK;
    }
    for (size_t i = 0; i < w->out->n; i++) {
        if (strcmp(w->meters[i]->name, w->detail->member) == 0) {
            w->watched = i;
            return E_OK;
        }
    }
    return E_NOTFOUND;
}

static int allocate(struct work *w)
{
    const size_t n = w->account->n_meters + 1;
    const size_t n_intervals = (size_t)(w->window.end - w->window.first);
    w->meters = calloc(n, sizeof *w->meters);
    w->parties = calloc(n, sizeof *w->parties);
    w->agreements = calloc(w->account->n_transfers + 1, sizeof *w->agreements);
    w->scratch.weight = calloc(n, sizeof *w->scratch.weight);
    w->scratch.share = calloc(n, sizeof *w->scratch.share);
    w->scratch.order = calloc(n, sizeof *w->scratch.order);
    w->energy_wh[0] = calloc(n * n_intervals, sizeof(int64_t));
    w->energy_wh[1] = calloc(n * n_intervals, sizeof(int64_t));
    w->out->lines = calloc(n, sizeof *w->out->lines);
    return w->meters && w->parties && w->agreements && w->scratch.weight && w->scratch.share &&
                   w->scratch.order && w->energy_wh[0] && w->energy_wh[1] && w->out->lines
               ? E_OK
               : E_NOSPACE;
}

static void release(struct work *w)
{
    free(w->meters);
    free(w->parties);
    free(w->agreements);
    free(w->scratch.weight);
    free(w->scratch.share);
    free(w->scratch.order);
    free(w->energy_wh[0]);
    free(w->energy_wh[1]);
}

static int settle_all(struct work *w, const char *month)
{
    int result = w->account->n_meters > MARKET_PARTIES_MAX ? E_LIMIT : allocate(w);
    if (result != E_OK) {
        return result;
    }
    memcpy(w->out->month, month, sizeof w->out->month);
    w->out->entries = w->account->size;
    w->out->unsigned_blocks = w->account->unsigned_blocks;
    w->out->n = choose_meters(w);
    result = find_watched(w);
    if (result == E_OK) {
        result = read_energy(w);
    }
    for (int64_t k = w->window.first; result == E_OK && k < w->window.end; k++) {
        result = settle_interval(w, k);
    }
    return result;
}

int market_month_settle(struct market_account *a, const char *month, struct market_statement *out,
                        struct market_detail *detail)
{
    struct work w = {.account = a, .out = out, .detail = detail};
    memset(out, 0, sizeof *out);
    int result = market_month_parse(month, &w.window.first, &w.window.end);
    if (result != E_OK) {
        return result;
    }
    result = settle_all(&w, month);
    if (result != E_OK) {
        release(&w);
        market_statement_free(out);
        return result;
    }
    round_to_cents(out);
    if (detail != NULL) {
        detail->sum.total_cent = detail->day == 0 ? out->lines[w.watched].sums.total_cent : 0;
        detail->jumps = out->lines[w.watched].jumps;
    }
    release(&w);
    return E_OK;
}

int market_account_settle(struct market_account *a, const char *month, struct market_statement *out)
{
    return market_month_settle(a, month, out, NULL);
}

void market_statement_free(struct market_statement *s)
{
    free(s->lines);
    memset(s, 0, sizeof *s);
}
