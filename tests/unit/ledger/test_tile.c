/* SPDX-License-Identifier: MIT */
#include "ledger/tile.h"

#include <string.h>

#include "check.h"
#include "ledger/proof.h"

static void check_path(const struct ledger_tile *tile, const char *want)
{
    char path[64];
    struct wbuf w = wbuf_of(path, sizeof path);
    ledger_tile_put_path(&w, tile);
    CHECK_BYTES(path, wbuf_len(&w), want, strlen(want));
    struct ledger_tile back;
    CHECK_EQ(ledger_tile_parse_path(want, strlen(want), &back), E_OK);
    CHECK_EQ(back.level, tile->level);
    CHECK_EQ(back.index, tile->index);
    CHECK_EQ(back.width, tile->width);
    CHECK_EQ(back.entries, tile->entries);
}

/* The example of C2SP's tlog-tiles. */
static void an_index_is_written_in_groups_of_three(void)
{
    check_path(&(struct ledger_tile){.level = 0, .index = 1234067, .width = 256},
               "tile/0/x001/x234/067");
    check_path(&(struct ledger_tile){.level = 7, .index = 0, .width = 1}, "tile/7/000.p/1");
    check_path(&(struct ledger_tile){.index = 1000, .width = 255, .entries = true},
               "tile/entries/x001/000.p/255");
}

static void paths_that_are_none_are_refused(void)
{
    static const char *const wrong[] = {
        "",
        "tile/",
        "tile/0/",
        "tile/0/1",
        "tile/0/0001",
        "tile/0/x000/001",
        "tile/8/000",
        "tile/00/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.q/1",
        "tile/0/x1/000",
        "tile/entries/000/",
        "tile/x000",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/999",
    };
    struct ledger_tile tile;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_EQ(ledger_tile_parse_path(wrong[i], strlen(wrong[i]), &tile), E_MALFORMED);
    }
}

/* "a tree of size 70,000 ..." */
static void widths_are_those_of_the_specifications_example(void)
{
    CHECK_EQ(ledger_tile_width(0, 272, 70000), 256);
    CHECK_EQ(ledger_tile_width(0, 273, 70000), 112);
    CHECK_EQ(ledger_tile_width(0, 274, 70000), 0);
    CHECK_EQ(ledger_tile_width(1, 0, 70000), 256);
    CHECK_EQ(ledger_tile_width(1, 1, 70000), 17);
    CHECK_EQ(ledger_tile_width(2, 0, 70000), 1);
    CHECK_EQ(ledger_tile_width(1, 0, 256), 1);
    CHECK_EQ(ledger_tile_width(2, 0, 256), 0);
    CHECK_EQ(ledger_tile_width(0, UINT64_MAX / 2, 70000), 0);
}

static void a_hash_between_the_levels_of_tiles_is_folded_from_one(void)
{
    struct ledger_hash leaves[16];
    struct ledger_tree t;
    ledger_tree_init(&t);
    for (uint8_t i = 0; i < 16; i++) {
        leaves[i] = ledger_leaf_hash(&i, 1);
        ledger_tree_append(&t, &leaves[i], NULL);
    }
    const struct ledger_hash folded = ledger_tile_fold(leaves, 16);
    const struct ledger_hash root = ledger_tree_root(&t);
    CHECK_BYTES(folded.bytes, 32, root.bytes, 32);
    const struct ledger_hash same = ledger_tile_fold(leaves, 1);
    CHECK_BYTES(same.bytes, 32, leaves[0].bytes, 32);
}

static void every_subtree_has_its_place_in_one_tile(void)
{
    const struct ledger_tile_span leaf = ledger_tile_find(0, 300);
    CHECK_EQ(leaf.tile.level, 0);
    CHECK_EQ(leaf.tile.index, 1);
    CHECK_EQ(leaf.first, 44);
    CHECK_EQ(leaf.count, 1);
    const struct ledger_tile_span between = ledger_tile_find(11, 33); /* 2048 leaves each */
    CHECK_EQ(between.tile.level, 1);
    CHECK_EQ(between.tile.index, 1);
    CHECK_EQ(between.first, 8);
    CHECK_EQ(between.count, 8);
}

CHECK_MAIN(TEST(an_index_is_written_in_groups_of_three), TEST(paths_that_are_none_are_refused),
           TEST(widths_are_those_of_the_specifications_example),
           TEST(a_hash_between_the_levels_of_tiles_is_folded_from_one),
           TEST(every_subtree_has_its_place_in_one_tile))
