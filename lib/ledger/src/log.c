/* SPDX-License-Identifier: MIT
 * Only the file of the entries is synced with each batch. The others are synced every SYNC_PERIOD
 * entries, and opening makes the last PERIODS_CHECKED periods of them again; should that not lead
 * to the signed root, everything.
 */
#include "ledger/log.h"

#include <string.h>

#include "base/assert.h"
#include "base/rbuf.h"
#include "base/wbuf.h"

enum { FRAME_LEN = 2, PLACE_LEN = 8, SYNC_PERIOD = 4096, PERIODS_CHECKED = 2, PIECE_LEN = 128 };

/* ---- hashes ---- */

static int read_hash(void *context, unsigned level, uint64_t index, struct ledger_hash *out)
{
    struct ledger_log *log = context;
    const struct ledger_tile_span span = ledger_tile_find(level, index);
    const unsigned file = LEDGER_FILE_TILES + span.tile.level;
    const uint64_t first = span.tile.index * LEDGER_TILE_WIDTH + span.first;
    struct ledger_hash edge[LEDGER_TILE_HEIGHT] = {{{0}}}; /* of the tree over these hashes alone */
    unsigned height = 0;
    for (unsigned i = 0; i < span.count; i++) {
        struct ledger_hash hash;
        const int result = log->disk.read(log->disk.context, file, (first + i) * LEDGER_HASH_LEN,
                                          hash.bytes, sizeof hash.bytes);
        if (result != E_OK) {
            return result;
        }
        for (height = 0; (i >> height & 1) != 0; height++) {
            hash = ledger_node_hash(&edge[height], &hash);
        }
        ASSERT(height < LEDGER_TILE_HEIGHT);
        edge[height] = hash;
    }
    *out = edge[height];
    return E_OK;
}

struct ledger_hashes ledger_log_hashes(struct ledger_log *log)
{
    return (struct ledger_hashes){.read = read_hash, .context = log};
}

/* A hash that became final goes to its tile. */
static void keep_hash(void *context, unsigned level, uint64_t index, const struct ledger_hash *hash)
{
    struct ledger_log *log = context;
    if (log->failed || level % LEDGER_TILE_HEIGHT != 0) {
        return;
    }
    const unsigned file = LEDGER_FILE_TILES + level / LEDGER_TILE_HEIGHT;
    ASSERT(file < LEDGER_FILES);
    log->failed = log->disk.write(log->disk.context, file, index * LEDGER_HASH_LEN, hash->bytes,
                                  sizeof hash->bytes) != E_OK;
}

static int write_place(struct ledger_log *log)
{
    uint8_t place[PLACE_LEN];
    if (log->tree.size % LEDGER_TILE_WIDTH != 0) {
        return E_OK;
    }
    struct wbuf w = wbuf_of(place, sizeof place);
    wbuf_be64(&w, log->entries_len);
    return log->disk.write(log->disk.context, LEDGER_FILE_BUNDLES,
                           log->tree.size / LEDGER_TILE_WIDTH * PLACE_LEN, place, sizeof place);
}

/* The leaf is in the tree, its hashes and its place on the disk. */
static int add_leaf(struct ledger_log *log, const struct ledger_hash *leaf, size_t entry_len)
{
    const struct ledger_complete complete = {.hash = keep_hash, .context = log};
    const int result = write_place(log);
    if (result != E_OK) {
        return result;
    }
    ledger_tree_append(&log->tree, leaf, &complete);
    log->entries_len += FRAME_LEN + entry_len;
    return log->failed ? E_IO : E_OK;
}

/* ---- reading entries ---- */

static int read_entries(const struct ledger_log *log, uint64_t at, void *out, size_t len)
{
    return log->disk.read(log->disk.context, LEDGER_FILE_ENTRIES, at, out, len);
}

/* The length in the frame at `at`. */
static int read_frame(const struct ledger_log *log, uint64_t at)
{
    uint8_t frame[FRAME_LEN];
    const int result = read_entries(log, at, frame, sizeof frame);
    if (result != E_OK) {
        return result;
    }
    const int len = frame[0] << 8 | frame[1];
    return len == 0 ? E_CORRUPT : len;
}

static int place_of_bundle(const struct ledger_log *log, uint64_t bundle, uint64_t *at)
{
    uint8_t place[PLACE_LEN];
    const int result = log->disk.read(log->disk.context, LEDGER_FILE_BUNDLES, bundle * PLACE_LEN,
                                      place, sizeof place);
    if (result == E_OK) {
        struct rbuf r = rbuf_of(place, sizeof place);
        *at = rbuf_be64(&r);
    }
    return result;
}

/* Walks over frames to where the entry starts. */
static int place_of_entry(const struct ledger_log *log, uint64_t index, uint64_t *at)
{
    int result = place_of_bundle(log, index / LEDGER_TILE_WIDTH, at);
    for (uint64_t i = 0; result >= 0 && i < index % LEDGER_TILE_WIDTH; i++) {
        result = read_frame(log, *at);
        *at += FRAME_LEN + (uint64_t)(result > 0 ? result : 0);
    }
    return result < 0 ? result : E_OK;
}

/* Whether the bytes have the hash that is kept for them. A copy without hashes is not judged. */
static int check_hash(struct ledger_log *log, uint64_t index, const uint8_t *entry, size_t len)
{
    struct ledger_hash kept;
    const struct ledger_hash leaf = ledger_leaf_hash(entry, len);
    const int result = read_hash(log, 0, index, &kept);
    if (result == E_TRUNCATED) {
        return E_OK;
    }
    if (result == E_OK && memcmp(kept.bytes, leaf.bytes, sizeof leaf.bytes) != 0) {
        return E_CORRUPT;
    }
    return result;
}

int ledger_log_entry(struct ledger_log *log, uint64_t index, uint8_t *out, size_t cap)
{
    uint64_t at = 0;
    if (index >= log->tree.size) {
        return E_NOTFOUND;
    }
    const int found = place_of_entry(log, index, &at);
    const int len = found == E_OK ? read_frame(log, at) : found;
    if (len < 0) {
        return len;
    }
    if ((size_t)len > cap) {
        return E_NOSPACE;
    }
    int result = read_entries(log, at + FRAME_LEN, out, (size_t)len);
    if (result == E_OK) {
        result = check_hash(log, index, out, (size_t)len);
    }
    return result == E_OK ? len : result;
}

int ledger_log_bundle(struct ledger_log *log, uint64_t bundle, unsigned width,
                      struct ledger_place *place)
{
    ASSERT(width >= 1 && width <= LEDGER_TILE_WIDTH);
    const uint64_t end = bundle * LEDGER_TILE_WIDTH + width;
    uint64_t end_at = log->entries_len;
    if (end > log->tree.size) {
        return E_NOTFOUND;
    }
    int result = place_of_bundle(log, bundle, &place->at);
    if (result == E_OK && end < log->tree.size) {
        result = place_of_entry(log, end, &end_at);
    }
    if (result == E_OK && end_at < place->at) {
        result = E_CORRUPT;
    }
    place->len = result == E_OK ? end_at - place->at : 0;
    return result;
}

/* ---- opening ---- */

/* The leaf hash of the entry at `at`, read in pieces. */
static int hash_entry(const struct ledger_log *log, uint64_t at, size_t len,
                      struct ledger_hash *leaf)
{
    uint8_t piece[PIECE_LEN];
    struct ledger_leaf running;
    ledger_leaf_init(&running);
    for (size_t done = 0; done < len;) {
        const size_t n = len - done < sizeof piece ? len - done : sizeof piece;
        const int result = read_entries(log, at + done, piece, n);
        if (result != E_OK) {
            return result;
        }
        ledger_leaf_update(&running, piece, n);
        done += n;
    }
    *leaf = ledger_leaf_final(&running);
    return E_OK;
}

/* Goes on from the tree's size to `size`, making hashes and places again. */
static int replay(struct ledger_log *log, uint64_t size)
{
    while (log->tree.size < size) {
        struct ledger_hash leaf;
        const int len = read_frame(log, log->entries_len);
        if (len < 0) {
            return len;
        }
        int result = hash_entry(log, log->entries_len + FRAME_LEN, (size_t)len, &leaf);
        if (result == E_OK) {
            result = add_leaf(log, &leaf, (size_t)len);
        }
        if (result != E_OK) {
            return result;
        }
    }
    return E_OK;
}

/* Takes the tree of `size` entries from the hashes on the disk. */
static int resume(struct ledger_log *log, uint64_t size)
{
    size_t n = 0;
    for (unsigned level = LEDGER_LEVELS_MAX; level-- > 0;) {
        if ((size >> level & 1) == 0) {
            continue;
        }
        const uint64_t left_of_it = size >> level >> 1 << 1;
        const int result = read_hash(log, level, left_of_it, &log->edge[n++]);
        if (result != E_OK) {
            return result;
        }
    }
    return ledger_tree_resume(&log->tree, size, log->edge, n);
}

static bool is_head(const struct ledger_log *log, const struct ledger_head *head)
{
    const struct ledger_hash root = ledger_tree_root(&log->tree);
    return log->tree.size == head->size && memcmp(root.bytes, head->root.bytes, sizeof root) == 0;
}

static int open_from(struct ledger_log *log, uint64_t start, const struct ledger_head *head)
{
    ledger_tree_init(&log->tree);
    log->entries_len = 0;
    log->failed = false;
    if (start > 0) {
        int result = resume(log, start);
        if (result == E_OK) {
            result = place_of_bundle(log, start / LEDGER_TILE_WIDTH, &log->entries_len);
        }
        if (result != E_OK) {
            return result;
        }
    }
    const int result = replay(log, head->size);
    if (result != E_OK) {
        return result == E_TRUNCATED ? E_CORRUPT : result;
    }
    return is_head(log, head) ? E_OK : E_CORRUPT;
}

int ledger_log_open(struct ledger_log *log, const struct ledger_disk *disk,
                    const struct ledger_head *signed_head)
{
    const uint64_t checked = (uint64_t)SYNC_PERIOD * PERIODS_CHECKED;
    const uint64_t size = signed_head->size;
    uint64_t start = size > checked ? (size - checked) / SYNC_PERIOD * SYNC_PERIOD : 0;
    if (size >> LEDGER_LEVELS_MAX != 0) {
        return E_ARG;
    }
    memset(log, 0, sizeof *log);
    log->disk = *disk;
    struct ledger_head head = *signed_head;
    if (size == 0) {
        head.root = ledger_empty_root();
    }
    int result = open_from(log, start, &head);
    if (result != E_OK && start > 0) {
        result = open_from(log, 0, &head);
    }
    if (result == E_OK) {
        result = disk->truncate(disk->context, LEDGER_FILE_ENTRIES, log->entries_len);
    }
    if (result == E_OK) {
        ledger_log_keep(log);
    }
    return result;
}

/* ---- a batch ---- */

int ledger_log_append(struct ledger_log *log, const void *entry, size_t len)
{
    uint8_t frame[FRAME_LEN] = {(uint8_t)(len >> 8), (uint8_t)len};
    ASSERT(len >= 1 && len <= LEDGER_ENTRY_CAP);
    const uint64_t at = log->entries_len;
    if (log->failed) {
        return E_STATE;
    }
    int result = log->disk.write(log->disk.context, LEDGER_FILE_ENTRIES, at, frame, sizeof frame);
    if (result == E_OK) {
        result =
            log->disk.write(log->disk.context, LEDGER_FILE_ENTRIES, at + FRAME_LEN, entry, len);
    }
    if (result == E_OK) {
        const struct ledger_hash leaf = ledger_leaf_hash(entry, len);
        result = add_leaf(log, &leaf, len);
    }
    log->failed = result != E_OK;
    return result;
}

static struct ledger_head head_of(const struct ledger_tree *tree)
{
    return (struct ledger_head){tree->size, ledger_tree_root(tree)};
}

struct ledger_head ledger_log_head(const struct ledger_log *log)
{
    return head_of(&log->tree);
}

struct ledger_head ledger_log_kept(const struct ledger_log *log)
{
    return head_of(&log->kept);
}

int ledger_log_sync(struct ledger_log *log)
{
    int result = log->failed ? E_STATE : log->disk.sync(log->disk.context, LEDGER_FILE_ENTRIES);
    if (log->tree.size / SYNC_PERIOD != log->kept.size / SYNC_PERIOD) {
        for (unsigned file = LEDGER_FILE_BUNDLES; result == E_OK && file < LEDGER_FILES; file++) {
            result = log->disk.sync(log->disk.context, file);
        }
    }
    return result;
}

void ledger_log_keep(struct ledger_log *log)
{
    ASSERT(!log->failed);
    ASSERT(log->tree.size >= log->kept.size && log->entries_len >= log->kept_len);
    log->kept = log->tree;
    log->kept_len = log->entries_len;
}

void ledger_log_drop(struct ledger_log *log)
{
    /* What lies behind the kept entries is written over; opening cuts it off. */
    log->tree = log->kept;
    log->entries_len = log->kept_len;
    log->failed = false;
}
