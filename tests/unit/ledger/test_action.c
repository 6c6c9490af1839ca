/* SPDX-License-Identifier: MIT */
#include "ledger/action.h"

#include <string.h>

#include "check.h"
#include "crypto/crypto.h"

static const uint8_t seed_of_operator[32] = {1};
static const uint8_t seed_of_thief[32] = {2};
static struct ledger_operator operator;

static struct ledger_text origin(void)
{
    return ledger_text_of("wattward/ledger/site");
}

static struct ledger_entry key_entry(const uint8_t seed[32])
{
    struct ledger_entry e = {.type = LEDGER_OPERATOR, .index = 1};
    CHECK_EQ(crypto_ed25519_public(seed, e.operator_key), E_OK);
    return e;
}

static struct ledger_entry ban_entry(uint64_t number)
{
    struct ledger_entry e = {.type = LEDGER_BAN, .index = 5, .unix_ms = 1767225600000};
    e.authority =
        (struct ledger_authority){.present = true, .number = number, .unix_ms = 1767225599000};
    e.judgement.device = ledger_text_of("barn");
    e.judgement.by = ledger_text_of(LEDGER_BY_OPERATOR);
    e.judgement.reason = ledger_text_of("seen on site");
    return e;
}

/* Writes the whole action; its length. */
static size_t sign(struct ledger_entry *e, const uint8_t seed[32],
                   uint8_t out[LEDGER_ACTION_MAX_LEN])
{
    struct wbuf w = wbuf_of(out, LEDGER_ACTION_MAX_LEN - 64);
    ledger_action_put(&w, origin(), e);
    CHECK(wbuf_ok(&w));
    const size_t len = wbuf_len(&w);
    CHECK_EQ(crypto_ed25519_sign(seed, out, len, out + len), E_OK);
    memcpy(e->authority.signature, out + len, 64);
    return len + 64;
}

/* False, and the test is skipped, where there is no Ed25519. */
static bool set_up(void)
{
    uint8_t key[32];
    memset(&operator, 0, sizeof operator);
    if (crypto_ed25519_public(seed_of_operator, key) == E_UNSUPPORTED) {
        check_skip("this backend has no Ed25519");
        return false;
    }
    const struct ledger_entry first = key_entry(seed_of_operator);
    CHECK_EQ(ledger_operator_check(&operator, origin(), &first), E_OK);
    CHECK(operator.known);
    return true;
}

static void an_action_is_read_back_and_counts_once(void)
{
    static uint8_t bytes[LEDGER_ACTION_MAX_LEN];
    struct ledger_action got;
    if (!set_up()) {
        return;
    }
    struct ledger_entry ban = ban_entry(7);
    const size_t len = sign(&ban, seed_of_operator, bytes);
    CHECK_EQ(ledger_action_decode(bytes, len, &got), E_OK);
    CHECK_EQ(got.entry.type, LEDGER_BAN);
    CHECK_EQ(got.entry.authority.number, 7);
    CHECK_EQ(got.entry.judgement.reason.len, 12);
    CHECK_EQ(ledger_operator_check(&operator, got.origin, &got.entry), E_OK);
    CHECK_EQ(operator.number, 7);
    CHECK_EQ(ledger_operator_check(&operator, got.origin, &got.entry), E_REPLAY);
    struct ledger_entry older = ban_entry(6);
    CHECK(sign(&older, seed_of_operator, bytes) > 0);
    CHECK_EQ(ledger_operator_check(&operator, origin(), &older), E_REPLAY);
}

static void the_bytes_are_those_of_the_specification(void)
{
    static uint8_t bytes[LEDGER_ACTION_MAX_LEN];
    static const uint8_t first[] = {0x48, 0x08, 0x4c, 0x68, 0xd1, 0x0f, 0x6e, 0xd2};
    if (!set_up()) {
        return;
    }
    struct ledger_entry ban = ban_entry(7);
    CHECK_EQ(sign(&ban, seed_of_operator, bytes), 178);
    CHECK_BYTES(ban.authority.signature, sizeof first, first, sizeof first);
}

static void every_changed_byte_of_an_action_is_noticed(void)
{
    static uint8_t bytes[LEDGER_ACTION_MAX_LEN];
    if (!set_up()) {
        return;
    }
    struct ledger_entry ban = ban_entry(7);
    const size_t len = sign(&ban, seed_of_operator, bytes);
    for (size_t i = 0; i < len; i++) {
        struct ledger_action got;
        bytes[i] ^= 1;
        if (ledger_action_decode(bytes, len, &got) == E_OK) {
            CHECK(ledger_operator_check(&operator, got.origin, &got.entry) == E_AUTH);
        }
        bytes[i] ^= 1;
        CHECK(ledger_action_decode(bytes, i, &got) < 0);
    }
    CHECK_EQ(operator.number, 0);
    ban.authority.signature[0] ^= 1;
    CHECK_EQ(ledger_operator_check(&operator, origin(), &ban), E_AUTH);
}

static void an_entry_carries_the_signature_and_it_holds_in_one_log_alone(void)
{
    static uint8_t action[LEDGER_ACTION_MAX_LEN];
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    struct ledger_entry got;
    if (!set_up()) {
        return;
    }
    struct ledger_entry ban = ban_entry(7);
    CHECK(sign(&ban, seed_of_operator, action) > 0);
    struct wbuf w = wbuf_of(bytes, sizeof bytes);
    ledger_entry_put(&w, &ban);
    CHECK_EQ(bytes[0], 2); /* the version of signed entries */
    CHECK_EQ(ledger_entry_decode(bytes, wbuf_len(&w), &got), E_OK);
    CHECK_EQ(ledger_operator_check(&operator, ledger_text_of("wattward/ledger/other"), &got),
             E_AUTH);
    CHECK_EQ(ledger_operator_check(&operator, origin(), &got), E_OK);
    for (size_t cut = 0; cut < wbuf_len(&w); cut++) {
        CHECK(ledger_entry_decode(bytes, cut, &got) < 0);
    }
    bytes[1] = LEDGER_REMOVAL; /* nothing that an operator signs */
    CHECK(ledger_entry_decode(bytes, wbuf_len(&w), &got) < 0);
}

static void what_the_operator_alone_decides_needs_his_signature(void)
{
    if (!set_up()) {
        return;
    }
    struct ledger_entry e = ban_entry(1);
    e.authority.present = false;
    CHECK_EQ(ledger_operator_check(&operator, origin(), &e), E_AUTH);
    e.judgement.by = ledger_text_of("engine"); /* the rule bans by itself */
    CHECK_EQ(ledger_operator_check(&operator, origin(), &e), E_OK);
    e.type = LEDGER_UNBAN; /* but never unbans */
    CHECK_EQ(ledger_operator_check(&operator, origin(), &e), E_AUTH);
    e.type = LEDGER_APPEAL;
    CHECK_EQ(ledger_operator_check(&operator, origin(), &e), E_AUTH);
    memset(&operator, 0, sizeof operator); /* a log from before there was a key */
    CHECK_EQ(ledger_operator_check(&operator, origin(), &e), E_OK);
    e = ban_entry(1);
    CHECK_EQ(ledger_operator_check(&operator, origin(), &e), E_AUTH);
}

static void a_new_key_is_followed_and_an_unsigned_one_said(void)
{
    static uint8_t bytes[LEDGER_ACTION_MAX_LEN];
    if (!set_up()) {
        return;
    }
    struct ledger_entry change = key_entry(seed_of_thief);
    change.authority = (struct ledger_authority){.present = true, .number = 1};
    CHECK(sign(&change, seed_of_thief, bytes) > 0);
    CHECK_EQ(ledger_operator_check(&operator, origin(), &change), E_AUTH);
    CHECK(sign(&change, seed_of_operator, bytes) > 0);
    CHECK_EQ(ledger_operator_check(&operator, origin(), &change), E_OK);
    struct ledger_entry ban = ban_entry(2);
    CHECK(sign(&ban, seed_of_operator, bytes) > 0);
    CHECK_EQ(ledger_operator_check(&operator, origin(), &ban), E_AUTH);
    CHECK(sign(&ban, seed_of_thief, bytes) > 0);
    CHECK_EQ(ledger_operator_check(&operator, origin(), &ban), E_OK);
    const struct ledger_entry reset = key_entry(seed_of_operator);
    CHECK_EQ(ledger_operator_check(&operator, origin(), &reset), E_STATE);
    ban = ban_entry(3);
    CHECK(sign(&ban, seed_of_operator, bytes) > 0);
    CHECK_EQ(ledger_operator_check(&operator, origin(), &ban), E_OK);
}

static void what_is_no_action_is_refused(void)
{
    static uint8_t bytes[LEDGER_ACTION_MAX_LEN];
    struct ledger_action got;
    if (!set_up()) {
        return;
    }
    struct ledger_entry ban = ban_entry(1);
    const size_t len = sign(&ban, seed_of_operator, bytes);
    const size_t type_at = sizeof LEDGER_ACTION_DOMAIN - 1 + 1 + 1 + origin().len + 16;
    bytes[len] = 0;
    CHECK_EQ(ledger_action_decode(bytes, len + 1, &got), E_MALFORMED);
    bytes[type_at] = LEDGER_READINGS;
    CHECK_EQ(ledger_action_decode(bytes, len, &got), E_UNSUPPORTED);
    bytes[0] ^= 1;
    CHECK_EQ(ledger_action_decode(bytes, len, &got), E_UNSUPPORTED);
    CHECK(!ledger_entry_is_action(LEDGER_READINGS));
    CHECK(!ledger_entry_is_action((enum ledger_entry_type)99));
}

CHECK_MAIN(TEST(an_action_is_read_back_and_counts_once),
           TEST(the_bytes_are_those_of_the_specification),
           TEST(every_changed_byte_of_an_action_is_noticed),
           TEST(an_entry_carries_the_signature_and_it_holds_in_one_log_alone),
           TEST(what_the_operator_alone_decides_needs_his_signature),
           TEST(a_new_key_is_followed_and_an_unsigned_one_said), TEST(what_is_no_action_is_refused))
