/* SPDX-License-Identifier: MIT
 * The power fails in every flash operation of a workload, and again in every operation of the
 * recovery, each time leaving behind whatever a torn program or a half erase can leave. After every
 * mount the store must hold exactly what was committed, or that and the one transaction in flight;
 * and whatever a mount has shown must stay, however unstable bits read the next time.
 * WATTWARD_LONG=1 runs more geometries, seeds and longer random lives, WATTWARD_SEED=n other ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "sim/flash.h"
#include "store/counter.h"
#include "store/store.h"

enum {
    KEYS = 6,
    COUNTER_KEY = 100,
    COUNTER_STEP = 3,
    JOURNAL_KEY = 101,
    VALUE_MAX_LEN = 60,
    STEPS = 36,
    MEMORY_LEN = SIM_FLASH_MEMORY_LEN(1024, 8),
    MOUNTS_SEEN = 3 /* mounts that must agree after a recovery */
};

struct geometry {
    uint32_t sector_len;
    uint32_t n_sectors;
    uint32_t program_len;
    bool is_cached; /* a file: operations are durable at sync, in any order before */
};

/* What the store should hold: the version of each key's value, 0 for none. */
struct model {
    uint32_t version[KEYS];
};

/* One life: a store on a flash, what it holds and what it may hold besides. */
struct life {
    struct sim_flash *sim;
    struct store store;
    struct store_counter counter;
    struct model committed;
    struct model in_flight; /* equals committed when nothing is */
    uint64_t last_counted;
    uint32_t n_boots_written; /* as the boot journal reported */
    uint32_t n_boots_tried;
    uint64_t random;
    uint32_t version;
};

static uint32_t memory_a[MEMORY_LEN / 4];
static uint32_t memory_b[MEMORY_LEN / 4];
static uint8_t cache_a[8192];
static uint8_t cache_b[8192];
static struct sim_flash flash_a;
static struct sim_flash flash_b;

static bool is_long(void)
{
    return getenv("WATTWARD_LONG") != NULL;
}

/* Added to every seed: other lives, by WATTWARD_SEED. */
static uint64_t other_seed(void)
{
    const char *text = getenv("WATTWARD_SEED");
    return text == NULL ? 0 : strtoull(text, NULL, 10);
}

static uint32_t draw(struct life *l, uint32_t below)
{
    l->random = l->random * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(l->random >> 33) % below;
}

/* The bytes of a version of a key's value. */
static size_t value_of(uint16_t key, uint32_t version, uint8_t *out)
{
    size_t len = (version * 7 + key * 3) % VALUE_MAX_LEN;
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(version * 31 + key * 17 + i * 5);
    }
    return len;
}

/* ---- looking ---- */

static uint32_t version_in_store(struct life *l, uint16_t key, const struct model *a,
                                 const struct model *b)
{
    uint8_t got[VALUE_MAX_LEN];
    uint8_t want[VALUE_MAX_LEN];
    int len = store_get(&l->store, key, got, sizeof got);
    if (len == E_NOTFOUND) {
        return 0;
    }
    const struct model *models[] = {a, b};
    for (int i = 0; i < 2 && len >= 0; i++) {
        size_t want_len = value_of(key, models[i]->version[key], want);
        if (models[i]->version[key] != 0 && (size_t)len == want_len &&
            (len == 0 || memcmp(got, want, want_len) == 0)) {
            return models[i]->version[key];
        }
    }
    return UINT32_MAX;
}

/* Whether the store holds the one model or the other, whole; the one it holds becomes both. */
static bool holds_one(struct life *l)
{
    struct model seen;
    for (uint16_t key = 0; key < KEYS; key++) {
        seen.version[key] = version_in_store(l, key, &l->committed, &l->in_flight);
    }
    bool old = memcmp(&seen, &l->committed, sizeof seen) == 0;
    bool new = memcmp(&seen, &l->in_flight, sizeof seen) == 0;
    l->committed = seen;
    l->in_flight = seen;
    return old || new;
}

/* ---- acting ---- */

/* The boot journal: how many boots there were must never be less than was written, nor more than
 * was tried. */
static int journal(struct life *l)
{
    uint32_t n = 0;
    int result = store_get(&l->store, JOURNAL_KEY, &n, sizeof n);
    if (result < 0 && result != E_NOTFOUND) {
        return result;
    }
    CHECK(n >= l->n_boots_written && n <= l->n_boots_tried);
    n++;
    l->n_boots_tried = n;
    result = store_put(&l->store, JOURNAL_KEY, &n, sizeof n);
    if (result == E_OK) {
        l->n_boots_written = n;
    }
    return result;
}

static int start(struct life *l)
{
    int result = store_mount(&l->store, &l->sim->flash);
    if (result == E_OK) {
        result = store_counter_open(&l->counter, &l->store, COUNTER_KEY, COUNTER_STEP);
    }
    return result == E_OK ? journal(l) : result;
}

static int change(struct life *l, uint16_t key)
{
    uint8_t value[VALUE_MAX_LEN];
    if (draw(l, 6) == 0 && l->in_flight.version[key] != 0) {
        l->in_flight.version[key] = 0;
        return store_delete(&l->store, key);
    }
    l->in_flight.version[key] = ++l->version;
    size_t len = value_of(key, l->version, value);
    return store_put(&l->store, key, value, len);
}

static int change_several(struct life *l)
{
    int result = store_begin(&l->store);
    uint32_t n = 1 + draw(l, 4);
    for (uint32_t i = 0; i < n && result == E_OK; i++) {
        result = change(l, (uint16_t)draw(l, KEYS));
    }
    if (result == E_OK && draw(l, 5) == 0) {
        store_abort(&l->store);
        l->in_flight = l->committed;
        return E_OK;
    }
    if (result == E_OK) {
        result = store_commit(&l->store);
    } else {
        l->in_flight = l->committed; /* it never came to the commit: nothing of it may show */
    }
    if (result != E_OK) {
        store_abort(&l->store);
    }
    return result;
}

static int step(struct life *l)
{
    uint32_t what = draw(l, 8);
    if (what < 2) {
        uint64_t value;
        int result = store_counter_next(&l->counter, &value);
        if (result == E_OK) {
            CHECK(value > l->last_counted);
            l->last_counted = value;
        }
        return result;
    }
    int result = what < 4 ? change_several(l) : change(l, (uint16_t)draw(l, KEYS));
    if (result == E_OK) {
        l->committed = l->in_flight;
    }
    return result;
}

/* Steps until the power fails or there were n; the number of steps taken. */
static uint32_t live(struct life *l, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        int result = step(l);
        if (result == E_NOSPACE) {
            l->in_flight = l->committed;
        } else if (result != E_OK) {
            CHECK(l->sim->is_off);
            return i;
        }
    }
    return n;
}

/* Mounts again and again: what the first shows, the others must. Then it must still take writes. */
static bool recovers(struct life *l)
{
    for (int i = 0; i < MOUNTS_SEEN; i++) {
        sim_flash_power_on(l->sim);
        int result = start(l);
        if (!CHECK_EQ(result, E_OK) || !CHECK(holds_one(l))) {
            return false;
        }
    }
    uint64_t value = 0;
    bool ok =
        CHECK_EQ(store_counter_next(&l->counter, &value), E_OK) && CHECK(value > l->last_counted);
    l->last_counted = value;
    return ok && CHECK_EQ(live(l, 3), 3) && CHECK(holds_one(l));
}

static void begin(struct life *l, struct sim_flash *sim, uint32_t *memory, const struct geometry *g,
                  uint64_t seed)
{
    memset(l, 0, sizeof *l);
    sim_flash_init(sim, memory, g->sector_len, g->n_sectors, g->program_len, seed);
    if (g->is_cached) {
        sim_flash_cache(sim, memory == memory_a ? cache_a : cache_b);
    }
    l->sim = sim;
    l->random = seed;
}

/* ---- the exhaustive part ---- */

struct campaign {
    const struct geometry *geometry;
    enum sim_flash_tear tear;
    uint64_t seed;
    bool in_pairs;
    uint32_t n_cuts;
    uint32_t n_pairs;
};

static bool complain(const struct campaign *c, uint32_t first, uint32_t second)
{
    printf("  sector %u x %u, unit %u, tear %d, seed %u, cut at %u and %u\n",
           (unsigned)c->geometry->sector_len, (unsigned)c->geometry->n_sectors,
           (unsigned)c->geometry->program_len, (int)c->tear, (unsigned)c->seed, (unsigned)first,
           (unsigned)second);
    return false;
}

/* The recovery from the cut in flash_a is cut in turn, at every operation it has. */
static bool cut_recovery_everywhere(struct campaign *c, const struct life *at_cut, uint32_t first)
{
    for (uint32_t k = 0;; k++) {
        struct life l = *at_cut;
        sim_flash_copy(&flash_b, &flash_a);
        flash_b.random += k * 7919;
        l.sim = &flash_b;
        sim_flash_power_on(&flash_b);
        flash_b.cut_at = sim_flash_operations(&flash_b) + k;
        flash_b.tear = c->tear;
        int result = start(&l);
        if (result == E_OK) {
            return true; /* it has no more operations */
        }
        c->n_pairs++;
        if (!CHECK_EQ(result, E_IO) || !recovers(&l)) {
            return complain(c, first, k);
        }
    }
}

/* Cuts the workload at operation k; false when the workload has none or something is wrong. */
static bool cut_at(struct campaign *c, uint32_t k, bool *wrong)
{
    struct life l;
    begin(&l, &flash_b, memory_b, c->geometry, c->seed);
    begin(&l, &flash_a, memory_a, c->geometry, c->seed);
    flash_a.tear = c->tear;
    flash_a.cut_at = k;
    flash_a.random += k * 104729;
    if (start(&l) == E_OK) {
        (void)live(&l, STEPS);
    }
    if (!flash_a.is_off) {
        return false;
    }
    c->n_cuts++;
    if (c->in_pairs && !cut_recovery_everywhere(c, &l, k)) {
        *wrong = true;
    }
    if (!*wrong && !recovers(&l)) {
        *wrong = !complain(c, k, 0);
    }
    return !*wrong;
}

static void cut_everywhere(const struct geometry *g, uint64_t seed)
{
    struct campaign c = {.geometry = g, .seed = seed};
    bool wrong = false;
    for (int tear = 0; tear < SIM_FLASH_TEARS && !wrong; tear++) {
        c.tear = (enum sim_flash_tear)tear;
        /* Two sectors survive any single cut; a second in the recovery only if bits are stable. */
        c.in_pairs = g->n_sectors > 2 || c.tear != SIM_FLASH_WEAK;
        for (uint32_t k = 0; cut_at(&c, k, &wrong); k++) {
        }
    }
    printf("  sector %4u x %u, unit %2u%s: %u cuts, %u pairs\n", (unsigned)g->sector_len,
           (unsigned)g->n_sectors, (unsigned)g->program_len, g->is_cached ? ", cached" : "",
           (unsigned)c.n_cuts, (unsigned)c.n_pairs);
    CHECK(wrong || (c.n_cuts > 100 && c.n_pairs > 100));
}

static const struct geometry geometries[] = {
    {1024, 2, 4, false}, {512, 3, 8, false}, {512, 4, 1, false},  {1024, 3, 32, false},
    {512, 8, 4, false},  {512, 4, 8, true},  {256, 8, 16, false}, {1024, 2, 32, false},
    {512, 5, 2, false},  {1024, 2, 8, true},
};
enum { GEOMETRIES = sizeof geometries / sizeof geometries[0], GEOMETRIES_SHORT = 6 };

static void every_cut_and_every_pair_of_cuts_is_survived(void)
{
    uint32_t n = is_long() ? GEOMETRIES : GEOMETRIES_SHORT;
    for (uint32_t i = 0; i < n; i++) {
        for (uint64_t seed = 1; seed <= (is_long() ? 6U : 1U); seed++) {
            cut_everywhere(&geometries[i], seed * 1000 + i + other_seed());
        }
    }
}

/* ---- the random part ---- */

/* Many boots, each cut somewhere: in the workload, in the mount; twice in a row at most where bits
 * may be unstable, any number of times where they are not. */
static bool long_life(const struct geometry *g, uint64_t seed, uint32_t n_boots, bool is_stable)
{
    struct life l;
    begin(&l, &flash_a, memory_a, g, seed);
    uint32_t in_a_row = 0;
    for (uint32_t boot = 0; boot < n_boots; boot++) {
        sim_flash_power_on(&flash_a);
        bool may_cut = is_stable || in_a_row < (g->n_sectors > 2 ? 2U : 1U);
        do {
            flash_a.tear = (enum sim_flash_tear)draw(&l, SIM_FLASH_TEARS);
        } while (is_stable && flash_a.tear == SIM_FLASH_WEAK);
        if (may_cut) {
            flash_a.cut_at = sim_flash_operations(&flash_a) + draw(&l, 40);
        }
        int result = start(&l);
        if (result == E_IO && flash_a.is_off) {
            in_a_row++;
            continue;
        }
        if (!CHECK_EQ(result, E_OK) || !CHECK(holds_one(&l))) {
            printf("  sector %u x %u, unit %u, seed %u, boot %u\n", (unsigned)g->sector_len,
                   (unsigned)g->n_sectors, (unsigned)g->program_len, (unsigned)seed,
                   (unsigned)boot);
            return false;
        }
        in_a_row = 0;
        (void)live(&l, 60);
        in_a_row += flash_a.is_off;
    }
    return true;
}

static void long_random_lives_keep_every_promise(void)
{
    uint32_t n_lives = is_long() ? 400 : 12;
    for (uint32_t i = 0; i < n_lives; i++) {
        if (!long_life(&geometries[i % GEOMETRIES], 77 + i + other_seed(), 400, i % 3 == 0)) {
            break;
        }
    }
}

CHECK_MAIN(TEST(every_cut_and_every_pair_of_cuts_is_survived),
           TEST(long_random_lives_keep_every_promise))
