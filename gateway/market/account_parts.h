/* SPDX-License-Identifier: MIT
 * What the account keeps; private to gateway/market.
 */
#ifndef MARKET_ACCOUNT_PARTS_H
#define MARKET_ACCOUNT_PARTS_H

#include "market/account.h"
#include "market/interval.h"

enum { MARKET_CHANNELS = 2 /* as ledger/entry.h names them */ };
#define MARKET_NO_PLACE UINT32_MAX

/* A member's counters as of the newest reading within an interval. */
struct market_point {
    int64_t interval; /* since 1970 */
    int64_t unix_ms;
    int64_t energy_mwh[MARKET_CHANNELS]; /* -1: not measured */
};

struct market_terms {
    int64_t from_unix_ms;
    int64_t weight;
    int64_t bid_price;
    int64_t ask_price;
};

struct market_correction {
    int64_t interval;
    int channel;
    int64_t delta_mwh;
};

/* Energy that two members agreed on, in intervals [first, first + n). */
struct market_transfer {
    size_t seller; /* meter */
    size_t buyer;
    int64_t first;
    int64_t n;
    int64_t energy_wh;
    int64_t price;
};

struct market_meter {
    char name[MARKET_NAME_CAP];
    uint32_t place; /* among the members of the settlement at work; MARKET_NO_PLACE: none */
    struct market_point *points;
    size_t n_points;
    size_t points_cap;
    struct market_terms *terms;
    size_t n_terms;
    size_t terms_cap;
    struct market_correction *corrections;
    size_t n_corrections;
    size_t corrections_cap;
};

struct market_rates {
    char name[MARKET_NAME_CAP];
    int64_t from_unix_ms;
    struct market_tariff tariff;
};

struct market_key {
    uint8_t digest[32];
    uint8_t public_key[65];
};

/* Which interval of whom a block of the log is about, for corrections. */
struct market_block {
    uint64_t index;
    size_t meter;
    int64_t interval;
};

struct market_account {
    bool verifies;
    uint64_t size;
    int64_t newest; /* interval */
    uint64_t unsigned_blocks;
    struct market_meter *meters;
    size_t n_meters;
    size_t meters_cap;
    struct market_rates *tariffs;
    size_t n_tariffs;
    size_t tariffs_cap;
    struct market_key *keys;
    size_t n_keys;
    size_t keys_cap;
    struct market_block *blocks;
    size_t n_blocks;
    size_t blocks_cap;
    struct market_transfer *transfers;
    size_t n_transfers;
    size_t transfers_cap;
};

/* The list with room for one more than n, or NULL and the list is as before. */
void *market_grow(void *list, size_t n, size_t *cap, size_t size);

/* ---- months, in UTC ---- */
void market_month_of(int64_t unix_ms, char out[MARKET_MONTH_CAP]);
/* The intervals [first, end) of a month. E_ARG. */
int market_month_parse(const char *month, int64_t *first, int64_t *end) MUST_USE;

/* ---- energy ---- */
struct market_window {
    int64_t first; /* intervals [first, end) */
    int64_t end;
};
/* Wh of a member in each interval of the window, from its counters and corrections. Sorts the
 * meter's points. Returns the number of jumps. */
uint32_t market_energy_read(struct market_meter *m, int channel, const struct market_window *window,
                            int64_t *energy_wh);
/* The intervals that the meter's readings tell of, all but that of the first; none without any.
 * Precondition: its points are sorted. */
struct market_window market_energy_span(const struct market_meter *m);

/* ---- settling ---- */

/* A month; `detail` has the rows to be filled, or is NULL. Errors as market_account_settle(), and
 * E_NOTFOUND when nobody of detail->member's name has readings. */
int market_month_settle(struct market_account *a, const char *month, struct market_statement *out,
                        struct market_detail *detail) MUST_USE;

#endif
