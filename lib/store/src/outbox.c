/* SPDX-License-Identifier: MIT
 * Records and drops are entries of one log over a ring of sectors. As in the store, nothing is ever
 * written behind a place that a cut may have touched: a mount copies the live records of the sector
 * that was being written into a fresh one, which takes its place in the queue.
 */
#include "store/outbox.h"

#include <string.h>

#include "base/assert.h"
#include "base/wbuf.h"
#include "entry.h"
#include "queue.h"
#include "sector.h"

enum { DROPS_KEPT = 16 }; /* drops there is room for behind a full queue */

static uint32_t size_of(const struct outbox *o, uint32_t len)
{
    return store_entry_size(o->flash, len);
}

/* Bytes of a sector before its first record. */
static uint32_t preamble_len(const struct outbox *o)
{
    return store_sector_body(o->flash) + size_of(o, QUEUE_STATE_LEN) + size_of(o, 0);
}

/* Sectors never taken for records, so that a mount, and one after a cut mount, find a free one. */
static uint32_t n_reserved(const struct outbox *o)
{
    return o->flash->n_sectors > 2 ? 2 : 1;
}

static bool can_grow(const struct outbox *o)
{
    return o->n_used + 1 + n_reserved(o) <= o->flash->n_sectors;
}

/* ---- opening a sector ---- */

/* The next sector of the ring that is not part of the queue. */
static int find_free(struct outbox *o)
{
    for (uint32_t i = 0; i < o->flash->n_sectors; i++) {
        o->tried_idx = store_sector_next(o->flash, o->tried_idx);
        struct queue_sector sector;
        int result = store_queue_sector(o, o->tried_idx, &sector, NULL);
        if (result == E_OK) {
            result = store_queue_has(o, sector.generation);
            if (result == 1) {
                continue;
            }
        }
        return result == E_IO ? E_IO : E_OK;
    }
    return E_NOSPACE;
}

/* A sector that is being made the head. */
struct draft {
    uint32_t idx;
    uint32_t generation;
    uint32_t offset;
};

static struct entry_place place_of(const struct outbox *o, const struct draft *d)
{
    return (struct entry_place){store_sector_start(o->flash, d->idx) + d->offset, d->generation};
}

static int draft_entry(const struct outbox *o, struct draft *d, struct entry *entry,
                       const void *payload)
{
    int result = store_entry_write(o->flash, place_of(o, d), entry, payload);
    d->offset += size_of(o, entry->len);
    return result;
}

static int draft_open(struct outbox *o, struct draft *d, uint32_t link, uint32_t first)
{
    int result = find_free(o);
    if (result != E_OK) {
        return result;
    }
    if (o->newest_generation >= UINT32_MAX - 1 || o->next >= UINT32_MAX - 1) {
        return E_LIMIT;
    }
    *d = (struct draft){o->tried_idx, ++o->newest_generation, store_sector_body(o->flash)};
    struct sector head = {SECTOR_MAGIC_OUTBOX, d->generation, link, 0};
    result = store_sector_open(o->flash, d->idx, &head);
    if (result != E_OK) {
        return result;
    }
    uint8_t bytes[QUEUE_STATE_LEN];
    struct wbuf w = wbuf_of(bytes, sizeof bytes);
    wbuf_le32(&w, first);
    wbuf_le32(&w, o->low);
    wbuf_le32(&w, o->next);
    for (uint32_t i = 0; i < OUTBOX_WINDOW / 32; i++) {
        wbuf_le32(&w, o->dropped[i]);
    }
    ASSERT(wbuf_len(&w) == sizeof bytes);
    struct entry state = {.len = sizeof bytes, .kind = QUEUE_STATE};
    return draft_entry(o, d, &state, bytes);
}

/* The draft becomes the head. */
static int draft_finish(struct outbox *o, struct draft *d, uint32_t link, uint32_t first)
{
    struct entry ready = {.len = 0, .kind = QUEUE_READY};
    int result = draft_entry(o, d, &ready, NULL);
    if (result == E_OK) {
        result = store_sector_sync(o->flash);
    }
    if (result != E_OK) {
        return result;
    }
    ASSERT(d->generation > o->head_generation && d->offset <= o->flash->sector_len);
    o->head_idx = d->idx;
    o->head_generation = d->generation;
    o->head_link = link;
    o->head_first = first;
    o->head_offset = d->offset;
    o->head_dead_len = 0;
    o->spoiled = false;
    o->n_moves++;
    return E_OK;
}

/* Opens a sector behind the head. */
static int try_grow(struct outbox *o)
{
    struct draft d;
    uint32_t link = o->head_generation;
    int result = draft_open(o, &d, link, o->next);
    if (result == E_OK) {
        result = draft_finish(o, &d, link, o->next);
    }
    if (result == E_OK) {
        o->n_used++;
        ASSERT(o->n_used < o->flash->n_sectors);
    }
    return result;
}

static int copy_live(struct outbox *o, struct draft *d)
{
    struct queue_walk w = {.offset = store_sector_body(o->flash)};
    int result = store_queue_sector(o, o->head_idx, &w.sector, NULL);
    while (result == E_OK) {
        result = store_queue_walk_sector(o, &w);
        if (result == E_OK && store_queue_is_live(o, w.sequence)) {
            struct entry_place from = {w.address, w.sector.generation};
            struct entry copy;
            result = store_entry_copy(o->flash, from, place_of(o, d), QUEUE_RECORD, &copy);
            d->offset += result == E_OK ? size_of(o, w.entry.len) : 0;
            if (result == E_CORRUPT && !o->mounted && w.offset == o->head_offset) {
                /* The last one, left unstable by a cut: it never was appended. */
                o->head_offset -= size_of(o, w.entry.len);
                result = E_IO; /* once more, without it */
            }
        }
    }
    return result == E_NOTFOUND ? E_OK : result;
}

/* Copies the live records of the head into a fresh sector that takes its place. */
static int try_settle(struct outbox *o)
{
    struct draft d;
    bool is_tail = o->tail_generation == o->head_generation;
    uint32_t link = is_tail ? 0 : o->head_link;
    uint32_t first = o->head_first > o->low ? o->head_first : o->low;
    int result = draft_open(o, &d, link, first);
    if (result == E_OK && o->head_generation != 0) {
        result = copy_live(o, &d);
    }
    if (result == E_OK) {
        result = draft_finish(o, &d, link, first);
    }
    if (result == E_OK && is_tail) {
        o->tail_idx = o->head_idx;
        o->tail_generation = o->head_generation;
    }
    return result;
}

/* A sector that fails is passed over. What failed may be complete on the medium all the same, so
 * the old head must not go on: it is spoiled. */
static int open_head(struct outbox *o, int (*attempt)(struct outbox *))
{
    int result = E_IO;
    for (uint32_t i = 0; i < o->flash->n_sectors && result == E_IO; i++) {
        result = attempt(o);
        if (result != E_OK) {
            o->spoiled = true;
            attempt = try_settle;
        }
    }
    return result;
}

/* ---- the public functions ---- */

static bool fits(const struct outbox *o, uint32_t need)
{
    return !o->spoiled && o->head_offset + need <= o->flash->sector_len;
}

/* Room for a record at the head: where it is, in another sector, or by leaving out what is dead. */
static int make_room(struct outbox *o, uint32_t len)
{
    for (int i = 0; i < 4; i++) { /* at worst: a spoiled head, a bad sector, and another one */
        uint32_t need = size_of(o, len) + (can_grow(o) ? 0 : DROPS_KEPT * size_of(o, 0));
        if (fits(o, need)) {
            return E_OK;
        }
        int result = E_NOSPACE;
        if (o->spoiled) {
            result = open_head(o, try_settle);
        } else if (can_grow(o)) {
            result = open_head(o, try_grow);
        } else if (o->head_offset - o->head_dead_len + need <= o->flash->sector_len) {
            result = open_head(o, try_settle);
        }
        if (result != E_OK) {
            return result;
        }
    }
    return E_NOSPACE;
}

static int write_head(struct outbox *o, struct entry *entry, const void *payload)
{
    struct entry_place at = {store_sector_start(o->flash, o->head_idx) + o->head_offset,
                             o->head_generation};
    int result = store_entry_write(o->flash, at, entry, payload);
    if (result == E_OK) {
        result = store_sector_sync(o->flash);
    }
    if (result != E_OK) {
        o->spoiled = true;
        return result;
    }
    o->head_offset += size_of(o, entry->len);
    ASSERT(o->head_offset <= o->flash->sector_len);
    return E_OK;
}

int outbox_append(struct outbox *o, const void *record, size_t len)
{
    if (!o->mounted) {
        return E_STATE;
    }
    if (len == 0 || len > OUTBOX_RECORD_MAX_LEN ||
        preamble_len(o) + size_of(o, (uint32_t)len) + DROPS_KEPT * size_of(o, 0) >
            o->flash->sector_len) {
        return E_ARG;
    }
    int result = make_room(o, (uint32_t)len);
    if (result != E_OK) {
        return result;
    }
    struct entry entry = {.tag = (uint16_t)o->next, .len = (uint16_t)len, .kind = QUEUE_RECORD};
    result = write_head(o, &entry, record);
    if (result == E_OK) {
        o->next++;
        o->n_live++;
    }
    return result;
}

/* Puts the walk behind the record of the cursor, where nothing moved since. */
static int walk_from_place(struct outbox *o, const struct outbox_cursor *cursor,
                           struct queue_walk *w)
{
    struct entry entry;
    uint32_t address = store_sector_start(o->flash, cursor->sector_idx) + cursor->offset;
    int result = store_entry_peek(o->flash, address, &entry);
    if (result == E_OK) {
        result = store_queue_sector(o, cursor->sector_idx, &w->sector, NULL);
        w->offset = cursor->offset + size_of(o, entry.len);
    }
    return result == E_NOTFOUND ? E_CORRUPT : result;
}

/* Puts the walk at the start of the sector the record of the cursor is in, or would be. */
static int walk_from_sequence(struct outbox *o, const struct outbox_cursor *cursor,
                              struct queue_walk *w)
{
    int result = store_queue_walk_start(o, w);
    while (result == E_OK && w->sector.generation != o->head_generation) {
        struct queue_sector next;
        result = store_queue_successor(o, w->sector.generation, &next);
        if (result != E_OK) {
            return result == E_NOTFOUND ? E_CORRUPT : result;
        }
        if (next.first > cursor->sequence) {
            break;
        }
        w->sector = next;
    }
    return result;
}

int outbox_next(struct outbox *o, struct outbox_cursor *cursor, void *record, size_t cap)
{
    if (!o->mounted) {
        return E_STATE;
    }
    struct queue_walk w;
    bool is_in_place = cursor->sequence != 0 && cursor->n_moves == o->n_moves;
    int result = is_in_place ? walk_from_place(o, cursor, &w) : walk_from_sequence(o, cursor, &w);
    do {
        if (result == E_OK) {
            result = store_queue_walk_live(o, &w);
        }
        if (result != E_OK) {
            return result;
        }
    } while (w.sequence <= cursor->sequence);
    if (w.entry.len > cap) {
        return E_NOSPACE;
    }
    struct entry_place at = {w.address, w.sector.generation};
    result = store_entry_payload(o->flash, at, &w.entry, record);
    if (result != E_OK) {
        return result;
    }
    *cursor =
        (struct outbox_cursor){w.sequence, w.sector.idx,
                               w.address - store_sector_start(o->flash, w.sector.idx), o->n_moves};
    return w.entry.len;
}

/* Makes a drop that is marked in RAM durable. */
static int write_drop(struct outbox *o, uint32_t sequence)
{
    if (fits(o, size_of(o, 0))) {
        struct entry entry = {.tag = (uint16_t)sequence, .len = 0, .kind = QUEUE_DROP};
        int result = write_head(o, &entry, NULL);
        o->head_dead_len += result == E_OK ? size_of(o, 0) : 0;
        return result;
    }
    /* The state at the start of the new sector says it. */
    return open_head(o, !o->spoiled && can_grow(o) ? try_grow : try_settle);
}

static int drop(struct outbox *o, const struct outbox_cursor *cursor)
{
    bool in_head = cursor->n_moves == o->n_moves && cursor->sector_idx == o->head_idx;
    struct entry entry = {.len = 0};
    int result = E_OK;
    if (in_head) {
        uint32_t address = store_sector_start(o->flash, o->head_idx) + cursor->offset;
        result = store_entry_peek(o->flash, address, &entry);
    }
    if (result != E_OK) {
        return result == E_NOTFOUND ? E_CORRUPT : result;
    }
    o->head_dead_len += in_head ? size_of(o, entry.len) : 0;
    ASSERT(o->n_live > 0);
    o->n_live--;
    store_queue_mark(o, cursor->sequence);
    if (cursor->sequence == o->low) {
        result = store_queue_advance(o);
    }
    if (result == E_OK) {
        result = store_queue_trim(o);
    }
    return result == E_OK ? write_drop(o, cursor->sequence) : result;
}

int outbox_drop(struct outbox *o, const struct outbox_cursor *cursor)
{
    if (!o->mounted) {
        return E_STATE;
    }
    if (!store_queue_is_live(o, cursor->sequence) || o->n_live == 0) {
        return E_NOTFOUND;
    }
    if (cursor->sequence - o->low >= OUTBOX_WINDOW) {
        return E_LIMIT;
    }
    struct outbox before = *o;
    int result = drop(o, cursor);
    if (result != E_OK) {
        before.newest_generation = o->newest_generation;
        before.tried_idx = o->tried_idx;
        before.spoiled = o->spoiled;
        *o = before;
    }
    return result;
}

/* ---- mount ---- */

static void reset(struct outbox *o, const struct flash *flash)
{
    memset(o, 0, sizeof *o);
    o->flash = flash;
    o->tried_idx = flash->n_sectors - 1;
    o->low = 1;
    o->next = 1;
    o->n_used = 1;
}

static bool geometry(const struct outbox *o)
{
    return store_sector_geometry(o->flash) &&
           preamble_len(o) + size_of(o, 1) + DROPS_KEPT * size_of(o, 0) <= o->flash->sector_len;
}

/* Opens the first sector of this mount; only then is everything stable, and counted. */
static int start(struct outbox *o)
{
    int result = open_head(o, try_settle);
    if (result == E_OK) {
        result = store_queue_recount(o);
    }
    if (result == E_OK) {
        result = store_queue_advance(o);
    }
    if (result == E_OK) {
        result = store_queue_trim(o);
    }
    o->mounted = result == E_OK;
    return result;
}

int outbox_mount(struct outbox *o, const struct flash *flash)
{
    reset(o, flash);
    if (!geometry(o)) {
        return E_ARG;
    }
    int result = store_queue_load(o);
    if (result == E_NOTFOUND) {
        result = store_sector_unused(flash, preamble_len(o));
        if (result != 1) {
            return result == 0 ? E_CORRUPT : result;
        }
        uint32_t newest = o->newest_generation; /* of what that format left behind */
        reset(o, flash);
        o->newest_generation = newest;
        return start(o);
    }
    if (result == E_OK) {
        o->tried_idx = o->head_idx;
        result = start(o);
    }
    return result;
}

int outbox_format(struct outbox *o, const struct flash *flash)
{
    reset(o, flash);
    if (!geometry(o)) {
        return E_ARG;
    }
    for (uint32_t idx = 0; idx < flash->n_sectors; idx++) {
        if (flash->erase(flash->context, idx) != E_OK) {
            return E_IO;
        }
    }
    return start(o);
}
