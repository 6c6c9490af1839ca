/* SPDX-License-Identifier: MIT
 * Tiles.
 */
#include "ledger/tile.h"

#include <string.h>

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

/* ---- reading a path: whatever it says, it is right when it would be written the same ---- */

/* Takes "prefix" off the front. */
static bool take_prefix(const char **at, size_t *left, const char *prefix)
{
    const size_t n = strlen(prefix);
    if (*left < n || memcmp(*at, prefix, n) != 0) {
        return false;
    }
    *at += n;
    *left -= n;
    return true;
}

/* The digits of an index, whose other characters are 'x' and '/', up to ".p/". */
static uint64_t take_index(const char **at, size_t *left)
{
    uint64_t index = 0;
    for (; *left > 0 && **at != '.' && index < UINT64_MAX / 10 - 1; ++*at, --*left) {
        index = **at >= '0' && **at <= '9' ? index * 10 + (uint64_t)(**at - '0') : index;
    }
    return index;
}

/* "0/" to "7/"; LEDGER_TILE_LEVELS_MAX for anything else. */
static unsigned take_level(const char **at, size_t *left)
{
    if (*left < 2 || (*at)[1] != '/' || (*at)[0] < '0' ||
        (*at)[0] >= '0' + LEDGER_TILE_LEVELS_MAX) {
        return LEDGER_TILE_LEVELS_MAX;
    }
    const unsigned level = (unsigned)((*at)[0] - '0');
    *at += 2;
    *left -= 2;
    return level;
}

int ledger_tile_parse_path(const char *path, size_t len, struct ledger_tile *tile)
{
    enum { PATH_CAP = 64, WIDTH_DIGITS = 3 };
    char again[PATH_CAP];
    struct ledger_tile t = {.width = LEDGER_TILE_WIDTH};
    const char *at = path;
    size_t left = len;
    uint64_t width = 0;
    if (!take_prefix(&at, &left, "tile/")) {
        return E_MALFORMED;
    }
    t.entries = take_prefix(&at, &left, "entries/");
    if (!t.entries) {
        t.level = take_level(&at, &left);
    }
    t.index = take_index(&at, &left);
    if (take_prefix(&at, &left, ".p/")) {
        t.width = left <= WIDTH_DIGITS && ledger_take_number(at, left, &width) == E_OK
                      ? (unsigned)width
                      : 0;
    }
    if (t.level == LEDGER_TILE_LEVELS_MAX || t.width < 1 || t.width > LEDGER_TILE_WIDTH) {
        return E_MALFORMED;
    }
    struct wbuf w = wbuf_of(again, sizeof again);
    ledger_tile_put_path(&w, &t);
    if (!wbuf_ok(&w) || wbuf_len(&w) != len || memcmp(again, path, len) != 0) {
        return E_MALFORMED;
    }
    *tile = t;
    return E_OK;
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
