/* SPDX-License-Identifier: MIT
 * Tiles.
 */
#include "ledger/tile.h"

#include "base/assert.h"
#include "ledger_text.h"

static void put_three_digits(struct wbuf *w, unsigned v)
{
    wbuf_u8(w, (uint8_t)('0' + v / 100));
    wbuf_u8(w, (uint8_t)('0' + v / 10 % 10));
    wbuf_u8(w, (uint8_t)('0' + v % 10));
}

static void put_index(struct wbuf *w, uint64_t index)
{
    uint64_t unit = 1;
    while (index / unit >= 1000) {
        unit *= 1000;
    }
    for (; unit > 1; unit /= 1000) {
        wbuf_u8(w, 'x');
        put_three_digits(w, (unsigned)(index / unit % 1000));
        wbuf_u8(w, '/');
    }
    put_three_digits(w, (unsigned)(index % 1000));
}

void ledger_tile_put_path(struct wbuf *w, const struct ledger_tile *tile)
{
    ASSERT(tile->width >= 1 && tile->width <= LEDGER_TILE_WIDTH);
    ASSERT(tile->level < LEDGER_TILE_LEVELS_MAX && (!tile->entries || tile->level == 0));
    wbuf_str(w, "tile/");
    if (tile->entries) {
        wbuf_str(w, "entries");
    } else {
        ledger_put_number(w, tile->level);
    }
    wbuf_u8(w, '/');
    put_index(w, tile->index);
    if (tile->width < LEDGER_TILE_WIDTH) {
        wbuf_str(w, ".p/");
        ledger_put_number(w, tile->width);
    }
}

unsigned ledger_tile_width(unsigned level, uint64_t index, uint64_t size)
{
    ASSERT(level < LEDGER_TILE_LEVELS_MAX);
    const uint64_t hashes = size >> (LEDGER_TILE_HEIGHT * level);
    const uint64_t first = index * LEDGER_TILE_WIDTH;
    if (index > hashes / LEDGER_TILE_WIDTH || hashes <= first) {
        return 0;
    }
    const uint64_t left = hashes - first;
    return left < LEDGER_TILE_WIDTH ? (unsigned)left : LEDGER_TILE_WIDTH;
}

struct ledger_tile_span ledger_tile_find(unsigned level, uint64_t index)
{
    ASSERT(level < LEDGER_LEVELS_MAX);
    const unsigned inside = level % LEDGER_TILE_HEIGHT;
    const uint64_t first = index << inside;
    return (struct ledger_tile_span){
        .tile = {.level = level / LEDGER_TILE_HEIGHT, .index = first / LEDGER_TILE_WIDTH},
        .first = (unsigned)(first % LEDGER_TILE_WIDTH),
        .count = 1u << inside};
}

struct ledger_hash ledger_tile_fold(const struct ledger_hash *hashes, unsigned count)
{
    ASSERT(count >= 1 && count <= LEDGER_TILE_WIDTH && (count & (count - 1)) == 0);
    /* A small tree in itself: its edge needs no more than the levels of a tile. */
    struct ledger_hash edge[LEDGER_TILE_HEIGHT + 1] = {{{0}}};
    unsigned level = 0;
    for (unsigned i = 0; i < count; i++) {
        struct ledger_hash hash = hashes[i];
        for (level = 0; (i >> level & 1) != 0; level++) {
            hash = ledger_node_hash(&edge[level], &hash);
        }
        edge[level] = hash;
    }
    return edge[level];
}
