/* SPDX-License-Identifier: MIT
 * The power fails in every flash operation of a queue's life, and again in every operation of the
 * recovery. After every mount each record whose append was reported is there, once and in order,
 * unless its drop was at least begun; none whose drop was reported is; and what a mount has shown
 * stays, however unstable bits read the next time. WATTWARD_LONG=1 runs more of it, WATTWARD_SEED=n
 * other lives.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "sim/flash.h"
#include "store/outbox.h"

enum {
    IDS_MAX = 60000,
    RECORD_MAX_LEN = 90,
    STEPS = 45,
    MEMORY_LEN = SIM_FLASH_MEMORY_LEN(1024, 8),
    MOUNTS_SEEN = 3
};

struct geometry {
    uint32_t sector_len;
    uint32_t n_sectors;
    uint32_t program_len;
    bool is_cached; /* a file: operations are durable at sync, in any order before */
};

enum state {
    ABSENT,
    APPENDING, /* the call failed: it may be there */
    THERE,
    DROPPING, /* the call failed: it may still be there */
    GONE
};

struct life {
    struct sim_flash *sim;
    struct outbox outbox;
    uint32_t n_ids; /* of appends tried so far */
    uint32_t low;   /* every record before it is gone for good */
    uint64_t random;
    uint8_t state[IDS_MAX];
};

static uint32_t memory_a[MEMORY_LEN / 4];
static uint32_t memory_b[MEMORY_LEN / 4];
static uint8_t cache_a[8192];
static uint8_t cache_b[8192];
static struct sim_flash flash_a;
static struct sim_flash flash_b;
static struct life life_a;
static struct life life_b;

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

static size_t record_of(uint32_t id, uint8_t *out)
{
    size_t len = 4 + (id * 29 + id / 7) % (RECORD_MAX_LEN - 4);
    memset(out, (int)(id * 3), len);
    memcpy(out, &id, 4);
    return len;
}

/* ---- looking ---- */

/* Reads the whole queue and compares; what was in doubt is settled by what is seen. */
static bool is_as_promised(struct life *l)
{
    struct outbox_cursor cursor = OUTBOX_START;
    uint8_t got[RECORD_MAX_LEN];
    uint8_t want[RECORD_MAX_LEN];
    uint32_t expected = l->low;
    uint32_t n = 0;
    for (;;) {
        int len = outbox_next(&l->outbox, &cursor, got, sizeof got);
        if (len == E_NOTFOUND) {
            break;
        }
        uint32_t id = 0;
        if (!CHECK(len >= 4)) {
            return false;
        }
        memcpy(&id, got, 4);
        if (!CHECK(id >= expected && id < l->n_ids) || !CHECK_EQ(len, record_of(id, want)) ||
            !CHECK(memcmp(got, want, (size_t)len) == 0)) {
            return false;
        }
        for (; expected < id; expected++) {
            if (!CHECK(l->state[expected] != THERE)) { /* lost */
                return false;
            }
            l->state[expected] = GONE;
        }
        if (!CHECK(l->state[id] != GONE && l->state[id] != ABSENT)) { /* came back */
            return false;
        }
        l->state[id] = THERE;
        expected = id + 1;
        n++;
    }
    for (; expected < l->n_ids; expected++) {
        if (!CHECK(l->state[expected] != THERE)) {
            return false;
        }
        l->state[expected] = GONE;
    }
    while (l->low < l->n_ids && l->state[l->low] == GONE) {
        l->low++;
    }
    return CHECK_EQ(outbox_count(&l->outbox), n);
}

/* ---- acting ---- */

static int append(struct life *l)
{
    uint8_t record[RECORD_MAX_LEN];
    if (!CHECK(l->n_ids < IDS_MAX)) {
        exit(1);
    }
    uint32_t id = l->n_ids++;
    int result = outbox_append(&l->outbox, record, record_of(id, record));
    l->state[id] = result == E_OK ? THERE : result == E_NOSPACE ? GONE : APPENDING;
    return result == E_NOSPACE ? E_OK : result;
}

/* Drops one of the first records. */
static int drop(struct life *l)
{
    struct outbox_cursor cursor = OUTBOX_START;
    uint8_t got[RECORD_MAX_LEN];
    uint32_t id = 0;
    for (uint32_t i = draw(l, 4) == 0 ? draw(l, 12) : 0; i != UINT32_MAX; i--) {
        int len = outbox_next(&l->outbox, &cursor, got, sizeof got);
        if (len < 0) {
            return len == E_NOTFOUND ? E_OK : len;
        }
        memcpy(&id, got, 4);
    }
    int result = outbox_drop(&l->outbox, &cursor);
    l->state[id] = result == E_OK ? GONE : DROPPING;
    return result;
}

/* Steps until the power fails or there were n; more appends than drops or the other way round,
 * by turns, so that the ring fills and empties. */
static uint32_t live(struct life *l, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        bool filling = l->n_ids / 40 % 2 == 0;
        int result = draw(l, 10) < (filling ? 8U : 3U) ? append(l) : drop(l);
        if (result != E_OK) {
            CHECK_EQ(result, E_IO);
            CHECK(l->sim->is_off);
            return i;
        }
    }
    return n;
}

static bool recovers(struct life *l)
{
    for (int i = 0; i < MOUNTS_SEEN; i++) {
        sim_flash_power_on(l->sim);
        if (!CHECK_EQ(outbox_mount(&l->outbox, &l->sim->flash), E_OK) || !is_as_promised(l)) {
            return false;
        }
    }
    return CHECK_EQ(live(l, 3), 3) && is_as_promised(l);
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

static void copy_life(struct life *to, const struct life *from)
{
    memcpy(to, from, offsetof(struct life, state));
    memcpy(to->state, from->state, from->n_ids);
    memset(to->state + from->n_ids, ABSENT, 64);
}

static bool cut_recovery_everywhere(struct campaign *c, uint32_t first)
{
    struct life *l = &life_b;
    for (uint32_t k = 0;; k++) {
        copy_life(l, &life_a);
        sim_flash_copy(&flash_b, &flash_a);
        flash_b.random += k * 7919;
        l->sim = &flash_b;
        sim_flash_power_on(&flash_b);
        flash_b.cut_at = sim_flash_operations(&flash_b) + k;
        flash_b.tear = c->tear;
        int result = outbox_mount(&l->outbox, &flash_b.flash);
        if (result == E_OK) {
            return true;
        }
        c->n_pairs++;
        if (!CHECK_EQ(result, E_IO) || !recovers(l)) {
            return complain(c, first, k);
        }
    }
}

static bool cut_at(struct campaign *c, uint32_t k, bool *wrong)
{
    struct life *l = &life_a;
    begin(&life_b, &flash_b, memory_b, c->geometry, c->seed);
    begin(l, &flash_a, memory_a, c->geometry, c->seed);
    flash_a.tear = c->tear;
    flash_a.cut_at = k;
    flash_a.random += k * 104729;
    if (outbox_mount(&l->outbox, &flash_a.flash) == E_OK) {
        (void)live(l, STEPS);
    }
    if (!flash_a.is_off) {
        return false;
    }
    c->n_cuts++;
    if (c->in_pairs && !cut_recovery_everywhere(c, k)) {
        *wrong = true;
    }
    if (!*wrong && !recovers(l)) {
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
    {512, 2, 4, false}, {512, 3, 8, false}, {512, 4, 1, false},  {1024, 3, 32, false},
    {512, 8, 4, false}, {512, 4, 8, true},  {512, 8, 16, false}, {1024, 8, 32, false},
    {512, 5, 2, false}, {1024, 2, 8, true},
};
enum { GEOMETRIES = sizeof geometries / sizeof geometries[0], GEOMETRIES_SHORT = 6 };

static void every_cut_and_every_pair_of_cuts_is_survived(void)
{
    uint32_t n = is_long() ? GEOMETRIES : GEOMETRIES_SHORT;
    for (uint32_t i = 0; i < n; i++) {
        for (uint64_t seed = 1; seed <= (is_long() ? 4U : 1U); seed++) {
            cut_everywhere(&geometries[i], seed * 1000 + i + other_seed());
        }
    }
}

/* ---- the random part ---- */

/* Many boots, each cut somewhere: in the workload, in the mount; twice in a row at most where bits
 * may be unstable, any number of times where they are not. */
static bool long_life(const struct geometry *g, uint64_t seed, uint32_t n_boots, bool is_stable)
{
    struct life *l = &life_a;
    begin(l, &flash_a, memory_a, g, seed);
    uint32_t in_a_row = 0;
    for (uint32_t boot = 0; boot < n_boots; boot++) {
        sim_flash_power_on(&flash_a);
        bool may_cut = is_stable || in_a_row < (g->n_sectors > 2 ? 2U : 1U);
        do {
            flash_a.tear = (enum sim_flash_tear)draw(l, SIM_FLASH_TEARS);
        } while (is_stable && flash_a.tear == SIM_FLASH_WEAK);
        if (may_cut) {
            flash_a.cut_at = sim_flash_operations(&flash_a) + draw(l, 60);
        }
        int result = outbox_mount(&l->outbox, &flash_a.flash);
        if (result == E_IO && flash_a.is_off) {
            in_a_row++;
            continue;
        }
        if (!CHECK_EQ(result, E_OK) || !is_as_promised(l)) {
            printf("  sector %u x %u, unit %u, seed %u, boot %u\n", (unsigned)g->sector_len,
                   (unsigned)g->n_sectors, (unsigned)g->program_len, (unsigned)seed,
                   (unsigned)boot);
            return false;
        }
        in_a_row = 0;
        (void)live(l, 80);
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
