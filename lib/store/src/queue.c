/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <string.h>

#include "base/assert.h"
#include "base/rbuf.h"
#include "sector.h"

int store_queue_sector(const struct outbox *o, uint32_t idx, struct queue_sector *out,
                       uint32_t *dropped)
{
    struct sector head;
    int result = store_sector_read(o->flash, idx, SECTOR_MAGIC_OUTBOX, &head);
    if (result != E_OK) {
        return result;
    }
    struct entry entry;
    struct entry_place at = {store_sector_start(o->flash, idx) + store_sector_body(o->flash),
                             head.generation};
    result = store_entry_peek(o->flash, at.address, &entry);
    if (result != E_OK) {
        return result;
    }
    if (entry.kind != QUEUE_STATE || entry.len != QUEUE_STATE_LEN) {
        return E_NOTFOUND;
    }
    uint8_t bytes[QUEUE_STATE_LEN];
    result = store_entry_payload(o->flash, at, &entry, bytes);
    if (result != E_OK) {
        return result == E_CORRUPT ? E_NOTFOUND : result;
    }
    struct rbuf r = rbuf_of(bytes, sizeof bytes);
    *out = (struct queue_sector){.idx = idx, .generation = head.generation, .link = head.link};
    out->first = rbuf_le32(&r);
    out->low = rbuf_le32(&r);
    out->next = rbuf_le32(&r);
    for (uint32_t i = 0; dropped != NULL && i < OUTBOX_WINDOW / 32; i++) {
        dropped[i] = rbuf_le32(&r);
    }
    ASSERT(rbuf_ok(&r));
    return out->low == 0 || out->low > out->next || out->first > out->next ? E_NOTFOUND : E_OK;
}

int store_queue_find(const struct outbox *o, uint32_t generation, uint32_t near_idx,
                     struct queue_sector *out)
{
    uint32_t n = o->flash->n_sectors;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t idx = near_idx >= i ? near_idx - i : near_idx + n - i;
        int result = store_queue_sector(o, idx, out, NULL);
        if (result == E_IO || (result == E_OK && out->generation == generation)) {
            return result;
        }
    }
    return E_NOTFOUND;
}

int store_queue_successor(const struct outbox *o, uint32_t generation, struct queue_sector *out)
{
    int found = E_NOTFOUND;
    for (uint32_t idx = 0; idx < o->flash->n_sectors; idx++) {
        struct sector head;
        struct queue_sector sector;
        int result = store_sector_read(o->flash, idx, SECTOR_MAGIC_OUTBOX, &head);
        if (result == E_OK && head.link == generation && head.generation > generation &&
            head.generation <= o->head_generation) {
            result = store_queue_sector(o, idx, &sector, NULL);
            /* Of several the newest replaced the others. */
            if (result == E_OK && (found != E_OK || sector.generation > out->generation)) {
                *out = sector;
                found = E_OK;
            }
        }
        if (result == E_IO) {
            return E_IO;
        }
    }
    return found;
}

int store_queue_has(const struct outbox *o, uint32_t generation)
{
    struct queue_sector sector = {
        .idx = o->head_idx, .generation = o->head_generation, .link = o->head_link};
    for (uint32_t i = 0; i < o->flash->n_sectors; i++) {
        if (sector.generation == generation) {
            return 1;
        }
        if (sector.generation <= o->tail_generation) {
            return 0;
        }
        int result = store_queue_find(o, sector.link, sector.idx, &sector);
        if (result != E_OK) {
            return result == E_NOTFOUND ? 0 : result;
        }
    }
    return 0;
}

bool store_queue_is_live(const struct outbox *o, uint32_t sequence)
{
    if (sequence < o->low || sequence >= o->next) {
        return false;
    }
    uint32_t i = sequence - o->low;
    return i >= OUTBOX_WINDOW || (o->dropped[i / 32] >> i % 32 & 1U) == 0;
}

/* The sequence number, 0..65535 from `base` on, whose low half is `tag`. */
static uint32_t sequence_of(uint32_t base, uint16_t tag)
{
    return base + (uint16_t)(tag - base);
}

static void walk_enter(const struct outbox *o, struct queue_walk *w)
{
    w->offset = store_sector_body(o->flash);
}

int store_queue_walk_start(const struct outbox *o, struct queue_walk *w)
{
    memset(w, 0, sizeof *w);
    int result = store_queue_sector(o, o->tail_idx, &w->sector, NULL);
    walk_enter(o, w);
    return result == E_NOTFOUND ? E_CORRUPT : result;
}

/* The next entry of the sector. */
static int walk_entry(const struct outbox *o, struct queue_walk *w)
{
    bool is_head = w->sector.generation == o->head_generation;
    uint32_t end = is_head ? o->head_offset : o->flash->sector_len;
    if (w->offset >= end) {
        return E_NOTFOUND;
    }
    struct entry_place at = {store_sector_start(o->flash, w->sector.idx) + w->offset,
                             w->sector.generation};
    int result = store_entry_read(o->flash, at, &w->entry);
    if (result == E_OK) {
        w->address = at.address;
        w->offset += store_entry_size(o->flash, w->entry.len);
    }
    return result;
}

int store_queue_walk_sector(const struct outbox *o, struct queue_walk *w)
{
    for (;;) {
        int result = walk_entry(o, w);
        if (result != E_OK) {
            return result;
        }
        if (w->entry.kind == QUEUE_RECORD) {
            w->sequence = sequence_of(w->sector.first, w->entry.tag);
            return E_OK;
        }
    }
}

int store_queue_walk_live(const struct outbox *o, struct queue_walk *w)
{
    for (;;) {
        int result = store_queue_walk_sector(o, w);
        if (result == E_OK && store_queue_is_live(o, w->sequence)) {
            return E_OK;
        }
        if (result == E_NOTFOUND && w->sector.generation != o->head_generation) {
            result = store_queue_successor(o, w->sector.generation, &w->sector);
            walk_enter(o, w);
        }
        if (result != E_OK) {
            return result;
        }
    }
}

void store_queue_mark(struct outbox *o, uint32_t sequence)
{
    ASSERT(sequence >= o->low && sequence - o->low < OUTBOX_WINDOW);
    uint32_t i = sequence - o->low;
    o->dropped[i / 32] |= 1U << i % 32;
}

/* Moves the window up by one. */
static void shift(struct outbox *o)
{
    enum { N = OUTBOX_WINDOW / 32 };
    ASSERT(o->low < o->next);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t above = i + 1 < N ? o->dropped[i + 1] : 0;
        o->dropped[i] = o->dropped[i] >> 1 | above << 31;
    }
    o->low++;
}

int store_queue_advance(struct outbox *o)
{
    while (o->low < o->next && !store_queue_is_live(o, o->low)) {
        shift(o);
    }
    /* What stands first may have been lost with its sector: go on with what is there. */
    struct queue_walk w;
    int result = store_queue_walk_start(o, &w);
    if (result == E_OK) {
        result = store_queue_walk_live(o, &w);
    }
    uint32_t first = o->next;
    if (result == E_OK) {
        first = w.sequence;
    } else if (result != E_NOTFOUND) {
        return result;
    }
    if (first - o->low >= OUTBOX_WINDOW) {
        memset(o->dropped, 0, sizeof o->dropped);
        o->low = first;
    }
    while (o->low < first) {
        shift(o);
    }
    return E_OK;
}

int store_queue_recount(struct outbox *o)
{
    struct queue_walk w;
    o->n_live = 0;
    int result = store_queue_walk_start(o, &w);
    while (result == E_OK) {
        result = store_queue_walk_live(o, &w);
        o->n_live += result == E_OK;
    }
    return result == E_NOTFOUND ? E_OK : result;
}

int store_queue_trim(struct outbox *o)
{
    while (o->tail_generation != o->head_generation) {
        struct queue_sector next;
        int result = store_queue_successor(o, o->tail_generation, &next);
        if (result != E_OK) {
            return result == E_NOTFOUND ? E_CORRUPT : result;
        }
        if (next.first > o->low) {
            break;
        }
        if (o->n_used < 2) {
            return E_CORRUPT;
        }
        o->tail_idx = next.idx;
        o->tail_generation = next.generation;
        o->n_used--;
    }
    return E_OK;
}

/* ---- loading ---- */

/* The newest sector below a generation, ready or not; its generation is 0 when there is none. */
static int newest_below(struct outbox *o, uint32_t limit, struct queue_sector *newest)
{
    newest->generation = 0;
    for (uint32_t idx = 0; idx < o->flash->n_sectors; idx++) {
        struct sector head;
        struct queue_sector sector;
        int result = store_sector_read(o->flash, idx, SECTOR_MAGIC_OUTBOX, &head);
        if (result == E_OK) {
            if (head.generation > o->newest_generation) {
                o->newest_generation = head.generation;
            }
            result = store_queue_sector(o, idx, &sector, NULL);
        }
        if (result == E_IO) {
            return E_IO;
        }
        if (result == E_OK && sector.generation < limit && sector.generation > newest->generation) {
            *newest = sector;
        }
    }
    return E_OK;
}

static void take(struct outbox *o, const struct queue_walk *w)
{
    uint32_t sequence = sequence_of(w->sector.first, w->entry.tag);
    if (w->entry.kind == QUEUE_RECORD && sequence >= o->next && sequence < UINT32_MAX) {
        o->next = sequence + 1;
    }
    sequence = sequence_of(o->low, w->entry.tag);
    if (w->entry.kind == QUEUE_DROP && sequence - o->low < OUTBOX_WINDOW) {
        store_queue_mark(o, sequence);
        while (o->low < o->next && !store_queue_is_live(o, o->low)) {
            shift(o);
        }
    }
}

/* Replays a sector as the head; E_NOTFOUND when it is not ready. */
static int load_head(struct outbox *o, const struct queue_sector *sector)
{
    struct queue_walk w = {.sector = *sector};
    int result = store_queue_sector(o, sector->idx, &w.sector, o->dropped);
    walk_enter(o, &w);
    o->low = sector->low;
    o->next = sector->next;
    bool ready = false;
    while (result == E_OK) {
        result = walk_entry(o, &w);
        if (result == E_OK) {
            ready = ready || w.entry.kind == QUEUE_READY;
            take(o, &w);
        }
    }
    if (result == E_NOTFOUND && ready) {
        o->head_idx = sector->idx;
        o->head_generation = sector->generation;
        o->head_link = sector->link;
        o->head_first = sector->first;
        o->head_offset = w.offset;
        result = E_OK;
    }
    return result;
}

/* Walks back from the head to the sector of the oldest live record. */
static int find_tail(struct outbox *o)
{
    struct queue_sector sector = {.idx = o->head_idx,
                                  .generation = o->head_generation,
                                  .link = o->head_link,
                                  .first = o->head_first};
    o->n_used = 1;
    while (sector.first > o->low && sector.link != 0 && o->n_used < o->flash->n_sectors) {
        struct queue_sector before;
        int result = store_queue_find(o, sector.link, sector.idx, &before);
        if (result == E_NOTFOUND || (result == E_OK && before.first > sector.first)) {
            break; /* reused since, or lost */
        }
        if (result != E_OK) {
            return result;
        }
        sector = before;
        o->n_used++;
    }
    o->tail_idx = sector.idx;
    o->tail_generation = sector.generation;
    return E_OK;
}

int store_queue_load(struct outbox *o)
{
    struct queue_sector sector = {.generation = UINT32_MAX};
    for (;;) {
        int result = newest_below(o, sector.generation, &sector);
        if (result != E_OK) {
            return result;
        }
        if (sector.generation == 0) {
            return E_NOTFOUND;
        }
        result = load_head(o, &sector);
        if (result == E_OK) {
            return find_tail(o);
        }
        if (result != E_NOTFOUND) {
            return result;
        }
    }
}
