/* SPDX-License-Identifier: MIT
 * The store writes one log. When it reaches the end of its room, and at every mount, it starts a
 * new generation in freshly erased sectors: a copy of every live value, committed as a whole. So
 * nothing is ever written behind a place that a cut may have touched, and the generation before
 * stays as it was until the new one is complete.
 */
#include "store/store.h"

#include <string.h>

#include "base/assert.h"
#include "entry.h"
#include "replay.h"
#include "sector.h"

_Static_assert(sizeof(struct store) <= 1120, "RAM that the README states");
_Static_assert((int)STORE_VALUE_MAX_LEN == (int)ENTRY_PAYLOAD_MAX_LEN, "one limit");

/* ---- room ---- */

/* Sectors that entries take when each goes behind the one before, never across a boundary. */
struct packing {
    const struct flash *flash;
    uint32_t n_sectors;
    uint32_t offset;
};

static void pack(struct packing *p, uint32_t payload_len)
{
    uint32_t size = store_entry_size(p->flash, payload_len);
    if (p->offset + size > p->flash->sector_len) {
        p->n_sectors++;
        p->offset = store_sector_body(p->flash);
    }
    p->offset += size;
}

static void pack_slots(struct packing *p, const struct store_slot *slots, uint16_t n)
{
    for (uint16_t i = 0; i < n; i++) {
        pack(p, slots[i].len == SLOT_DELETED ? 0 : slots[i].len);
    }
}

/* Sectors of a new generation that holds everything, one more record, and its commit. */
static uint32_t sectors_with(const struct store *s, uint32_t payload_len)
{
    struct packing p = {s->flash, 1, store_sector_body(s->flash)};
    pack_slots(&p, s->slots, s->n_slots);
    pack(&p, 0);
    pack_slots(&p, s->pending, s->n_pending);
    pack(&p, payload_len);
    pack(&p, 0);
    return p.n_sectors;
}

/* New generations of n sectors that fit beside one that uses `used`: as many cuts in a row are
 * survived whatever the cells read like. */
static uint32_t spare(const struct store *s, uint32_t used, uint32_t n)
{
    ASSERT(n > 0);
    return used < s->flash->n_sectors ? (s->flash->n_sectors - used) / n : 0;
}

/* Whether a store with one more value, in whatever order they come to stand, has room for any of
 * its values to be replaced or deleted: a full store can still be written to. */
static bool keeps_room(const struct store *s, uint16_t key, uint32_t len)
{
    uint32_t cap = s->flash->sector_len - store_sector_body(s->flash);
    uint32_t largest = store_entry_size(s->flash, len);
    uint32_t total = largest + 3 * store_entry_size(s->flash, 0);
    const struct store_slot *lists[] = {s->slots, s->pending};
    const uint16_t n[] = {s->n_slots, s->n_pending};
    for (int list = 0; list < 2; list++) {
        for (uint16_t i = 0; i < n[list]; i++) {
            const struct store_slot *slot = &lists[list][i];
            if (slot->key != key && slot->len != SLOT_DELETED) {
                uint32_t size = store_entry_size(s->flash, slot->len);
                total += size;
                largest = size > largest ? size : largest;
            }
        }
    }
    total += largest;
    /* A sector is left when the next entry does not fit: it is filled but for less than the
     * largest, and two in a row hold more than one. */
    uint32_t by_largest = total / (cap - largest + 1);
    uint32_t by_pairs = 2 * total / cap;
    uint32_t n_sectors = 1 + (by_largest < by_pairs ? by_largest : by_pairs);
    return total <= cap || 2 * n_sectors <= s->flash->n_sectors;
}

/* ---- writing ---- */

static struct entry_place place_of(const struct store *s, const struct store_tip *tip)
{
    return (struct entry_place){store_sector_start(s->flash, tip->sector_idx) + tip->offset,
                                tip->generation};
}

/* The next sector of the ring that neither the store nor the draft uses; the draft's own come last
 * on the way round. After a failure the next search goes on behind it. */
static int find_free(struct store *s, const struct store_tip *draft)
{
    for (uint32_t i = 0; i < s->flash->n_sectors; i++) {
        s->tried_idx = store_sector_next(s->flash, s->tried_idx);
        if (draft->n_sectors > 0 && s->tried_idx == draft->first_idx) {
            break;
        }
        struct sector head;
        int result = store_sector_read(s->flash, s->tried_idx, SECTOR_MAGIC_STORE, &head);
        if (result == E_IO) {
            return E_IO;
        }
        if (result != E_OK || head.generation != s->tip.generation) {
            return E_OK;
        }
    }
    return E_NOSPACE;
}

static int open_sector(struct store *s, struct store_tip *draft)
{
    /* A sector must not outlive the records it goes on from. */
    if (draft->n_sectors > 0 && store_sector_sync(s->flash) != E_OK) {
        return E_IO;
    }
    int result = find_free(s, draft);
    if (result != E_OK) {
        return result;
    }
    struct sector head = {SECTOR_MAGIC_STORE, draft->generation, draft->link, draft->n_sectors};
    result = store_sector_open(s->flash, s->tried_idx, &head);
    if (result == E_OK) {
        draft->sector_idx = s->tried_idx;
        draft->first_idx = draft->n_sectors == 0 ? s->tried_idx : draft->first_idx;
        draft->offset = store_sector_body(s->flash);
        draft->last = 0;
        draft->n_sectors++;
        ASSERT(draft->n_sectors <= s->flash->n_sectors);
    }
    return result;
}

static void step(const struct store *s, struct store_tip *tip, const struct entry *entry)
{
    tip->last = tip->offset;
    tip->offset += store_entry_size(s->flash, entry->len);
    tip->link = entry->crc;
    ASSERT(tip->offset <= s->flash->sector_len);
}

static int draft_room(struct store *s, struct store_tip *draft, uint32_t payload_len)
{
    uint32_t size = store_entry_size(s->flash, payload_len);
    return draft->offset + size <= s->flash->sector_len ? E_OK : open_sector(s, draft);
}

/* Copies a record of the store into the draft, and makes its slot point there. */
static int draft_copy(struct store *s, struct store_tip *draft, struct store_slot *slot,
                      uint8_t kind)
{
    bool deleted = slot->len == SLOT_DELETED;
    int result = draft_room(s, draft, deleted ? 0 : slot->len);
    if (result != E_OK) {
        return result;
    }
    struct entry entry = {.tag = slot->key, .len = 0, .kind = kind | RECORD_DELETE};
    struct entry_place to = place_of(s, draft);
    if (deleted) {
        result = store_entry_write(s->flash, to, &entry, NULL);
    } else {
        struct entry_place from = {slot->address, s->tip.generation};
        result = store_entry_copy(s->flash, from, to, kind, &entry);
    }
    if (result == E_OK) {
        slot->address = to.address;
        step(s, draft, &entry);
    }
    return result;
}

static int draft_commit(struct store *s, struct store_tip *draft, uint8_t kind)
{
    int result = draft_room(s, draft, 0);
    if (result == E_OK) {
        struct entry entry = {.tag = 0, .len = 0, .kind = kind | RECORD_LAST | RECORD_BARE};
        result = store_entry_write(s->flash, place_of(s, draft), &entry, NULL);
        if (result == E_OK) {
            step(s, draft, &entry);
        }
    }
    return result;
}

/* Writes a whole new generation. On failure the slots may point into it: reload. */
static int write_generation(struct store *s)
{
    ASSERT(s->newest_generation >= s->tip.generation);
    if (s->newest_generation >= UINT32_MAX - 1) {
        return E_LIMIT;
    }
    struct store_tip draft = {.generation = ++s->newest_generation,
                              .offset = s->flash->sector_len}; /* so that a sector is opened */
    int result = E_OK;
    for (uint16_t i = 0; i < s->n_slots && result == E_OK; i++) {
        result = draft_copy(s, &draft, &s->slots[i], i == 0 ? RECORD_FIRST : 0);
    }
    if (result == E_OK) {
        result = draft_commit(s, &draft, s->n_slots == 0 ? RECORD_FIRST : 0);
    }
    for (uint16_t i = 0; i < s->n_pending && result == E_OK; i++) {
        result = draft_copy(s, &draft, &s->pending[i], i == 0 ? RECORD_FIRST : 0);
    }
    if (result == E_OK) {
        result = store_sector_sync(s->flash);
    }
    if (result == E_OK) {
        s->tip = draft;
        s->spoiled = false;
    }
    return result;
}

/* The index as it was before a generation that could not be written. */
static int reload(struct store *s, const struct store_tip *tip)
{
    bool has_pending = s->n_pending > 0;
    int result = tip->generation == 0 ? E_OK : store_replay_until(s, tip);
    s->tip = *tip;
    if (!has_pending) {
        s->n_pending = 0;
    }
    return result;
}

static int rotate(struct store *s)
{
    int result = E_IO;
    for (uint32_t i = 0; i < s->flash->n_sectors && result == E_IO; i++) {
        struct store_tip tip = s->tip;
        result = write_generation(s);
        if (result == E_OK) {
            return E_OK;
        }
        if (reload(s, &tip) != E_OK) {
            s->mounted = false; /* the flash no longer answers */
            return E_IO;
        }
        /* What failed may be complete on the medium: the old generation must not go on. */
        s->spoiled = true;
    }
    return result;
}

static bool fits(const struct store *s, uint32_t payload_len)
{
    return s->tip.offset + store_entry_size(s->flash, payload_len) <= s->flash->sector_len;
}

/* Cuts in a row to be ready for, behind a generation that holds n sectors: two where the flash has
 * the room, at least one. */
static uint32_t spare_wanted(const struct store *s, uint32_t n)
{
    return spare(s, n, n) < 2 ? 1 : 2;
}

/* Makes room at the tip for a record: in the sector, in another one, or in a new generation. */
static int make_room(struct store *s, uint32_t payload_len)
{
    uint32_t n = sectors_with(s, payload_len);
    if (spare(s, n, n) == 0) {
        return E_NOSPACE;
    }
    uint32_t used = s->tip.n_sectors + (fits(s, payload_len) ? 0U : 1U);
    if (!s->spoiled && spare(s, used, n) >= spare_wanted(s, n)) {
        int result = fits(s, payload_len) ? E_OK : open_sector(s, &s->tip);
        if (result != E_IO) {
            return result;
        }
        s->spoiled = true;
    }
    int result = rotate(s);
    if (result != E_OK || fits(s, payload_len)) {
        return result;
    }
    result = open_sector(s, &s->tip);
    s->spoiled = result != E_OK;
    return result;
}

/* Appends one record; *address is where it went. */
static int append(struct store *s, struct entry *entry, const void *value, uint32_t *address)
{
    int result = make_room(s, entry->len);
    if (result != E_OK) {
        return result;
    }
    struct entry_place at = place_of(s, &s->tip);
    if (s->n_pending == 0) {
        entry->kind |= RECORD_FIRST;
    }
    result = store_entry_write(s->flash, at, entry, value);
    if (result == E_OK && (entry->kind & RECORD_LAST) != 0) {
        result = store_sector_sync(s->flash);
    }
    if (result != E_OK) {
        s->spoiled = true;
        return result;
    }
    step(s, &s->tip, entry);
    *address = at.address;
    return E_OK;
}

static int record(struct store *s, struct entry *entry, const void *value)
{
    struct store_slot slot = {.key = entry->tag, .len = entry->len};
    if ((entry->kind & RECORD_DELETE) != 0) {
        slot.len = SLOT_DELETED;
    }
    if (!s->in_transaction) {
        ASSERT(s->n_pending == 0);
        entry->kind |= RECORD_LAST;
    }
    int result = append(s, entry, value, &slot.address);
    if (result == E_OK) {
        bool stored = store_slot_set(s->pending, &s->n_pending, slot);
        stored = (s->in_transaction || store_pending_apply(s)) && stored;
        ASSERT(stored); /* has_room_for_key() said so */
    }
    return result;
}

/* ---- the public functions ---- */

static bool has_room_for_key(struct store *s, uint16_t key)
{
    uint32_t n = s->n_slots;
    for (uint16_t i = 0; i < s->n_pending; i++) {
        n += store_slot_find(s->slots, s->n_slots, s->pending[i].key) == NULL;
    }
    return n < STORE_KEYS_MAX || store_slot_find(s->slots, s->n_slots, key) != NULL ||
           store_slot_find(s->pending, s->n_pending, key) != NULL;
}

/* Whether the committed value is this one already, and no other is pending. */
static int is_unchanged(struct store *s, uint16_t key, const void *value, size_t len)
{
    const struct store_slot *slot = store_slot_find(s->slots, s->n_slots, key);
    if (slot == NULL || slot->len != len ||
        store_slot_find(s->pending, s->n_pending, key) != NULL) {
        return 0;
    }
    struct entry_place at = {slot->address, s->tip.generation};
    return store_entry_equals(s->flash, at, value, slot->len);
}

int store_put(struct store *s, uint16_t key, const void *value, size_t len)
{
    if (!s->mounted) {
        return E_STATE;
    }
    if (key > STORE_KEY_MAX || len > STORE_VALUE_MAX_LEN || (len > 0 && value == NULL)) {
        return E_ARG;
    }
    if (store_sector_body(s->flash) + store_entry_size(s->flash, (uint32_t)len) >
        s->flash->sector_len) {
        return E_NOSPACE;
    }
    if (!has_room_for_key(s, key)) {
        return E_LIMIT;
    }
    int unchanged = is_unchanged(s, key, value, len);
    if (unchanged != 0) {
        return unchanged > 0 ? E_OK : unchanged;
    }
    const struct store_slot *slot = store_slot_find(s->slots, s->n_slots, key);
    if ((slot == NULL || slot->len < len) && !keeps_room(s, key, (uint32_t)len)) {
        return E_NOSPACE;
    }
    struct entry entry = {.tag = key, .len = (uint16_t)len};
    return record(s, &entry, value);
}

int store_delete(struct store *s, uint16_t key)
{
    if (!s->mounted) {
        return E_STATE;
    }
    const struct store_slot *slot = store_slot_find(s->pending, s->n_pending, key);
    if (slot == NULL) {
        slot = store_slot_find(s->slots, s->n_slots, key);
    }
    if (slot == NULL || slot->len == SLOT_DELETED) {
        return E_NOTFOUND;
    }
    struct entry entry = {.tag = key, .len = 0, .kind = RECORD_DELETE};
    return record(s, &entry, NULL);
}

int store_get(struct store *s, uint16_t key, void *out, size_t cap)
{
    if (!s->mounted) {
        return E_STATE;
    }
    const struct store_slot *slot = store_slot_find(s->slots, s->n_slots, key);
    if (slot == NULL) {
        return E_NOTFOUND;
    }
    if (slot->len > cap) {
        return E_NOSPACE;
    }
    struct entry entry;
    struct entry_place at = {slot->address, s->tip.generation};
    int result = store_entry_peek(s->flash, at.address, &entry);
    if (result != E_OK) {
        return result == E_NOTFOUND ? E_CORRUPT : result;
    }
    if (entry.tag != key || entry.len != slot->len) {
        return E_CORRUPT;
    }
    result = store_entry_payload(s->flash, at, &entry, out);
    return result == E_OK ? slot->len : result;
}

int store_begin(struct store *s)
{
    if (!s->mounted || s->in_transaction) {
        return E_STATE;
    }
    s->in_transaction = true;
    return E_OK;
}

int store_commit(struct store *s)
{
    if (!s->mounted || !s->in_transaction) {
        return E_STATE;
    }
    if (s->n_pending > 0) {
        struct entry entry = {.tag = 0, .len = 0, .kind = RECORD_LAST | RECORD_BARE};
        uint32_t address;
        int result = append(s, &entry, NULL, &address);
        if (result != E_OK) {
            return result;
        }
        bool applied = store_pending_apply(s);
        ASSERT(applied);
    }
    s->in_transaction = false;
    return E_OK;
}

void store_abort(struct store *s)
{
    s->in_transaction = false;
    s->n_pending = 0;
}

bool store_next_key(const struct store *s, uint16_t *position, uint16_t *key)
{
    if (!s->mounted || *position >= s->n_slots) {
        return false;
    }
    *key = s->slots[(*position)++].key;
    return true;
}

/* ---- mount ---- */

static void reset(struct store *s, const struct flash *flash)
{
    memset(s, 0, sizeof *s);
    s->flash = flash;
    s->tried_idx = flash->n_sectors - 1;
}

/* Writes the first generation of this mount. The last record before it may be one that a cut left
 * unstable: read as valid before, it may not be any more. Then it never was committed. */
static int start(struct store *s)
{
    int result = E_IO;
    for (uint32_t i = 0; i < s->flash->n_sectors; i++) {
        struct store_tip tip = s->tip;
        result = write_generation(s);
        if (result != E_IO && (result != E_CORRUPT || tip.last == 0)) {
            break;
        }
        if (result == E_CORRUPT) {
            tip.offset = tip.last;
        }
        if (reload(s, &tip) != E_OK) {
            break;
        }
        s->tip.last = result == E_CORRUPT ? 0 : tip.last;
        s->n_pending = 0;
    }
    s->mounted = result == E_OK;
    return result;
}

int store_mount(struct store *s, const struct flash *flash)
{
    reset(s, flash);
    if (!store_sector_geometry(flash)) {
        return E_ARG;
    }
    int result = store_replay_newest(s);
    if (result == E_NOTFOUND) {
        uint32_t preamble_len = store_sector_body(flash) + store_entry_size(flash, 0);
        result = store_sector_unused(flash, preamble_len);
        if (result != 1) {
            return result == 0 ? E_CORRUPT : result;
        }
        uint32_t newest = s->newest_generation; /* of what that format left behind */
        reset(s, flash);
        s->newest_generation = newest;
        return start(s);
    }
    if (result != E_OK) {
        return result;
    }
    s->n_pending = 0; /* a transaction that was not committed */
    s->tried_idx = s->tip.sector_idx;
    return start(s);
}

int store_format(struct store *s, const struct flash *flash)
{
    reset(s, flash);
    if (!store_sector_geometry(flash)) {
        return E_ARG;
    }
    for (uint32_t idx = 0; idx < flash->n_sectors; idx++) {
        if (flash->erase(flash->context, idx) != E_OK) {
            return E_IO;
        }
    }
    return start(s);
}
