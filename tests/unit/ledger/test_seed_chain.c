/* SPDX-License-Identifier: MIT */
#include "ledger/seed_chain.h"

#include <string.h>

#include "check.h"

static const char first_hash[] = "a8559e32fffbe65d4d50003a795438dc60cfb2cafa94a55e3a85aed89a5b64e2";
static const char second_hash[] =
    "189d47d2562598a698b90ad063bab470632fb6fe44bd142db85ca9a5417a4dd1";

static void two_blocks_of_the_seed_have_their_hashes(void)
{
    char hash[LEDGER_SEED_HASH_LEN];
    const struct ledger_seed_block first = {ledger_text_of("SimMeter_0001"), ledger_text_of("grid"),
                                            ledger_text_of("1234.5"), ledger_text_of("1767225600"),
                                            ledger_text_of("aa")};
    const struct ledger_seed_block second = {ledger_text_of("SimMeter_0002"),
                                             ledger_text_of("grid"), ledger_text_of("0.0"),
                                             ledger_text_of("1767225605"), ledger_text_of("bb")};
    ledger_seed_hash(NULL, &first, hash);
    CHECK_BYTES(hash, sizeof hash, first_hash, sizeof first_hash - 1);
    ledger_seed_hash(hash, &second, hash);
    CHECK_BYTES(hash, sizeof hash, second_hash, sizeof second_hash - 1);
}

static void texts_cut_another_way_have_the_same_hash(void)
{
    char one[LEDGER_SEED_HASH_LEN];
    char other[LEDGER_SEED_HASH_LEN];
    const struct ledger_text empty = ledger_text_of("");
    const struct ledger_seed_block a = {ledger_text_of("ab"), ledger_text_of("c"), empty, empty,
                                        empty};
    const struct ledger_seed_block b = {ledger_text_of("a"), ledger_text_of("bc"), empty, empty,
                                        empty};
    ledger_seed_hash(NULL, &a, one);
    ledger_seed_hash(NULL, &b, other);
    CHECK_BYTES(one, sizeof one, other, sizeof other);
}

static void energy_is_written_as_python_writes_a_float(void)
{
    static const struct {
        int64_t mwh;
        const char *text;
    } rows[] = {{0, "0.0"},     {1234500, "1234.5"}, {1, "0.001"},
                {20, "0.02"},   {1000, "1.0"},       {-1500, "-1.5"},
                {1010, "1.01"}, {999, "0.999"},      {INT64_MAX, "9223372036854775.807"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[32];
        struct wbuf w = wbuf_of(text, sizeof text);
        ledger_seed_put_wh(&w, rows[i].mwh);
        CHECK_BYTES(text, wbuf_len(&w), rows[i].text, strlen(rows[i].text));
    }
}

CHECK_MAIN(TEST(two_blocks_of_the_seed_have_their_hashes),
           TEST(texts_cut_another_way_have_the_same_hash),
           TEST(energy_is_written_as_python_writes_a_float))
