/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <string.h>

#include "base/assert.h"
#include "entry.h"
#include "sector.h"

struct store_slot *store_slot_find(struct store_slot *slots, uint16_t n, uint16_t key)
{
    for (uint16_t i = 0; i < n; i++) {
        if (slots[i].key == key) {
            return &slots[i];
        }
    }
    return NULL;
}

static void slot_remove(struct store_slot *slots, uint16_t *n, uint16_t key)
{
    struct store_slot *slot = store_slot_find(slots, *n, key);
    if (slot != NULL) {
        size_t after = (size_t)(&slots[*n] - slot) - 1;
        memmove(slot, slot + 1, after * sizeof *slot);
        (*n)--;
    }
}

bool store_slot_set(struct store_slot *slots, uint16_t *n, struct store_slot slot)
{
    slot_remove(slots, n, slot.key);
    if (*n == STORE_KEYS_MAX) {
        return false;
    }
    slots[(*n)++] = slot;
    return true;
}

bool store_pending_apply(struct store *s)
{
    bool all = true;
    ASSERT(s->n_pending <= STORE_KEYS_MAX && s->n_slots <= STORE_KEYS_MAX);
    for (uint16_t i = 0; i < s->n_pending; i++) {
        if (s->pending[i].len == SLOT_DELETED) {
            slot_remove(s->slots, &s->n_slots, s->pending[i].key);
        } else {
            all = store_slot_set(s->slots, &s->n_slots, s->pending[i]) && all;
        }
    }
    s->n_pending = 0;
    return all;
}

/* Takes one record into the index; false for one that no store writes. */
static bool take(struct store *s, const struct entry *entry, uint32_t address, bool *committed)
{
    if ((entry->kind & RECORD_FIRST) != 0) {
        s->n_pending = 0;
    }
    if ((entry->kind & RECORD_BARE) == 0) {
        struct store_slot slot = {.address = address, .key = entry->tag, .len = entry->len};
        if ((entry->kind & RECORD_DELETE) != 0) {
            slot.len = SLOT_DELETED;
        }
        if (!store_slot_set(s->pending, &s->n_pending, slot)) {
            return false;
        }
    }
    if ((entry->kind & RECORD_LAST) != 0) {
        *committed = true;
        return store_pending_apply(s);
    }
    return true;
}

/* The sector that goes on behind the tip: E_NOTFOUND when there is none, E_CORRUPT when the one
 * that claims to does not follow what was read. */
static int find_next(const struct store *s, uint32_t *sector_idx)
{
    uint32_t idx = s->tip.sector_idx;
    int result = E_NOTFOUND;
    for (uint32_t i = 0; i < s->flash->n_sectors; i++) {
        struct sector head;
        idx = store_sector_next(s->flash, idx);
        int got = store_sector_read(s->flash, idx, SECTOR_MAGIC_STORE, &head);
        if (got == E_IO) {
            return E_IO;
        }
        if (got == E_OK && head.generation == s->tip.generation && head.index == s->tip.n_sectors) {
            if (head.link == s->tip.link) {
                *sector_idx = idx;
                return E_OK;
            }
            result = E_CORRUPT;
        }
    }
    return result;
}

static bool is_at(const struct store_tip *tip, const struct store_tip *end)
{
    return end != NULL && tip->n_sectors == end->n_sectors && tip->offset == end->offset;
}

/* Takes the records of the tip's sector, up to the first place without one. */
static int take_sector(struct store *s, const struct store_tip *end, bool *committed)
{
    struct store_tip *tip = &s->tip;
    while (tip->offset < s->flash->sector_len && !is_at(tip, end)) {
        struct entry entry;
        struct entry_place at = {store_sector_start(s->flash, tip->sector_idx) + tip->offset,
                                 tip->generation};
        int result = store_entry_read(s->flash, at, &entry);
        if (result != E_OK) {
            return result == E_NOTFOUND ? E_OK : result;
        }
        if (!take(s, &entry, at.address, committed)) {
            return E_CORRUPT;
        }
        tip->last = tip->offset;
        tip->offset += store_entry_size(s->flash, entry.len);
        tip->link = entry.crc;
    }
    return E_OK;
}

/* Loads the generation that begins in a sector. */
static int replay(struct store *s, uint32_t generation, uint32_t first_idx,
                  const struct store_tip *end)
{
    bool committed = false;
    s->n_slots = 0;
    s->n_pending = 0;
    s->tip = (struct store_tip){
        .generation = generation, .first_idx = first_idx, .sector_idx = first_idx};
    int result = E_OK;
    while (result == E_OK && s->tip.n_sectors < s->flash->n_sectors) {
        s->tip.n_sectors++;
        s->tip.offset = store_sector_body(s->flash);
        s->tip.last = 0;
        result = take_sector(s, end, &committed);
        if (result == E_OK && is_at(&s->tip, end)) {
            break;
        }
        if (result == E_OK) {
            result = find_next(s, &s->tip.sector_idx);
        }
    }
    if (result == E_IO) {
        return E_IO;
    }
    if (!committed) {
        return E_NOTFOUND;
    }
    return result == E_NOTFOUND ? E_OK : result;
}

int store_replay_until(struct store *s, const struct store_tip *end)
{
    ASSERT(end->generation != 0);
    return replay(s, end->generation, end->first_idx, end);
}

/* A generation's first sector. A sector whose head a cut left unstable may come to read like that
 * of a later generation; such a one is empty, so both are tried. */
struct candidate {
    uint32_t generation;
    uint32_t first_idx;
};

static bool is_before(struct candidate a, struct candidate b)
{
    return a.generation != b.generation ? a.generation < b.generation : a.first_idx < b.first_idx;
}

/* The newest candidate before `limit`; its generation is 0 when there is none. */
static int newest_before(struct store *s, struct candidate limit, struct candidate *newest)
{
    *newest = (struct candidate){0, 0};
    for (uint32_t idx = 0; idx < s->flash->n_sectors; idx++) {
        struct sector head;
        int result = store_sector_read(s->flash, idx, SECTOR_MAGIC_STORE, &head);
        if (result == E_IO) {
            return E_IO;
        }
        if (result != E_OK) {
            continue;
        }
        if (head.generation > s->newest_generation) {
            s->newest_generation = head.generation;
        }
        struct candidate c = {head.generation, idx};
        if (head.index == 0 && is_before(c, limit) && is_before(*newest, c)) {
            *newest = c;
        }
    }
    return E_OK;
}

int store_replay_newest(struct store *s)
{
    struct candidate c = {UINT32_MAX, UINT32_MAX};
    for (;;) {
        int result = newest_before(s, c, &c);
        if (result != E_OK) {
            return result;
        }
        if (c.generation == 0) {
            return E_NOTFOUND;
        }
        result = replay(s, c.generation, c.first_idx, NULL);
        if (result != E_NOTFOUND) {
            return result;
        }
    }
}
