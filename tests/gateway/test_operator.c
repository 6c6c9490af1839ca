/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "gateway_site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "crypto/crypto.h"
#include "posix/key_file.h"
#include "site/operator.h"
#include "web/operator.h"

static struct test_site t;
static struct test_device meter;
static char directory[96];
static char key_path[128];
static struct site_result result;

static void set_up(void)
{
    test_site_open(&t);
    test_site_add(&t, &meter, "roof-1");
    (void)snprintf(directory, sizeof directory, "%s/operator", t.directory);
    (void)snprintf(key_path, sizeof key_path, "%s/" SITE_OPERATOR_KEY_FILE, directory);
    CHECK_EQ(site_operator_open(&t.site, directory, false), E_OK);
    memset(&result, 0, sizeof result);
}

static void tear_down(void)
{
    (void)unlink(key_path);
    (void)rmdir(directory);
    test_site_close(&t);
}

/* A restart: what is known of the operator is read again. */
static void restart(void)
{
    test_site_reopen(&t);
    memset(&t.site.operator, 0, sizeof t.site.operator);
    CHECK_EQ(site_operator_open(&t.site, directory, false), E_OK);
}

static struct ledger_entry word(enum ledger_entry_type type, uint64_t number)
{
    struct ledger_entry e = {.type = type};
    e.authority = (struct ledger_authority){.present = true, .number = number};
    e.judgement.device = ledger_text_of("roof-1");
    e.judgement.by = ledger_text_of(LEDGER_BY_OPERATOR);
    e.judgement.reason = ledger_text_of("seen on site");
    return e;
}

static size_t sign(const struct ledger_entry *e, const char *origin, const uint8_t seed[32],
                   uint8_t action[LEDGER_ACTION_MAX_LEN])
{
    struct wbuf w = wbuf_of(action, LEDGER_ACTION_MAX_LEN - 64);
    ledger_action_put(&w, ledger_text_of(origin), e);
    const size_t len = wbuf_len(&w);
    CHECK_EQ(crypto_ed25519_sign(seed, action, len, action + len), E_OK);
    return len + 64;
}

static int act(const struct ledger_entry *e, const char *origin, const uint8_t seed[32])
{
    uint8_t action[LEDGER_ACTION_MAX_LEN];
    return site_operator_act(&t.site, action, sign(e, origin, seed, action), &result);
}

static int act_as_operator(enum ledger_entry_type type, uint64_t number)
{
    uint8_t seed[32];
    const struct ledger_entry e = word(type, number);
    CHECK_EQ(posix_key_file_read(key_path, seed), E_OK);
    return act(&e, site_operator_origin(&t.site), seed);
}

static bool is_banned(void)
{
    return fleet_find(&t.site.fleet, "roof-1")->banned;
}

static void the_first_start_makes_a_key_that_only_its_owner_reads(void)
{
    struct stat s;
    set_up();
    CHECK_EQ(stat(key_path, &s), 0);
    CHECK_EQ(s.st_mode & 0777, 0600);
    uint8_t key[32];
    memcpy(key, t.site.operator.key, sizeof key);
    restart();
    CHECK_BYTES(t.site.operator.key, 32, key, 32);
    CHECK_EQ(site_operator_open(&t.site, directory, true), E_OK); /* it was lost */
    CHECK(memcmp(t.site.operator.key, key, sizeof key) != 0);
    tear_down();
}

static void a_signed_ban_is_carried_out_once_also_after_a_restart(void)
{
    set_up();
    CHECK_EQ(act_as_operator(LEDGER_BAN, 1), E_OK);
    CHECK(is_banned());
    CHECK_EQ(act_as_operator(LEDGER_UNBAN, 2), E_OK);
    CHECK(!is_banned());
    CHECK_EQ(act_as_operator(LEDGER_BAN, 1), E_REPLAY);
    restart();
    CHECK_EQ(act_as_operator(LEDGER_BAN, 1), E_REPLAY);
    CHECK_EQ(act_as_operator(LEDGER_BAN, 2), E_REPLAY);
    CHECK(strstr(result.why, "already") != NULL);
    CHECK(!is_banned());
    tear_down();
}

static void nobody_elses_signature_counts(void)
{
    const uint8_t thief[32] = {9};
    const struct ledger_entry e = word(LEDGER_UNBAN, 2);
    uint8_t seed[32];
    set_up();
    CHECK_EQ(act_as_operator(LEDGER_BAN, 1), E_OK);
    CHECK_EQ(act(&e, site_operator_origin(&t.site), thief), E_AUTH);
    CHECK_EQ(posix_key_file_read(key_path, seed), E_OK);
    CHECK_EQ(act(&e, "wattward/ledger/other", seed), E_AUTH);
    CHECK(is_banned());
    CHECK_EQ(site_operator_act(&t.site, seed, sizeof seed, &result), E_UNSUPPORTED);
    tear_down();
}

static int order(struct ledger_entry *e)
{
    static uint64_t number;
    uint8_t seed[32];
    e->authority = (struct ledger_authority){.present = true, .number = ++number};
    CHECK_EQ(posix_key_file_read(key_path, seed), E_OK);
    return act(e, site_operator_origin(&t.site), seed);
}

static void terms_are_orders_too(void)
{
    static struct test_device other;
    set_up();
    test_site_add(&t, &other, "flat");
    struct ledger_entry e = {.type = LEDGER_TARIFF};
    e.tariff.name = ledger_text_of("summer");
    e.tariff.import_price = 30000000;
    CHECK_EQ(order(&e), E_OK);
    e.tariff.import_price = INT64_MAX;
    CHECK_EQ(order(&e), E_ARG);
    e = (struct ledger_entry){.type = LEDGER_MEMBER};
    e.member = (struct ledger_member){.device = ledger_text_of("flat"), .weight = 3};
    CHECK_EQ(order(&e), E_OK);
    e.member.weight = 1000001;
    CHECK_EQ(order(&e), E_ARG);
    e.member = (struct ledger_member){.device = ledger_text_of("nobody"), .weight = 3};
    CHECK_EQ(order(&e), E_ARG);
    CHECK(strstr(result.why, "no device") != NULL);
    tear_down();
}

static void a_transfer_is_between_two_devices_and_of_whole_quarters(void)
{
    static struct test_device other;
    set_up();
    test_site_add(&t, &other, "flat");
    struct ledger_entry e = {.type = LEDGER_TRANSFER};
    const struct ledger_transfer good = {.from = ledger_text_of("roof-1"),
                                         .to = ledger_text_of("flat"),
                                         .interval_unix_ms = 1767225600000,
                                         .interval_s = 1800,
                                         .energy_wh = 500};
    e.transfer = good;
    CHECK_EQ(order(&e), E_OK);
    e.transfer.to = ledger_text_of("roof-1");
    CHECK_EQ(order(&e), E_ARG);
    e.transfer = good;
    e.transfer.from = ledger_text_of("nobody");
    CHECK_EQ(order(&e), E_ARG);
    e.transfer = good;
    e.transfer.interval_s = 1000;
    CHECK_EQ(order(&e), E_ARG);
    e.transfer = good;
    e.transfer.interval_unix_ms += 1;
    CHECK_EQ(order(&e), E_ARG);
    e.transfer = good;
    e.transfer.energy_wh = INT64_C(20000000);
    CHECK_EQ(order(&e), E_ARG);
    tear_down();
}

static void a_correction_needs_a_ledger_to_correct(void)
{
    struct ledger_entry e = {.type = LEDGER_CORRECTION, .index = UINT64_MAX};
    set_up();
    e.correction = (struct ledger_correction){.corrected = 1,
                                              .delta_mwh = 5,
                                              .by = ledger_text_of(LEDGER_BY_OPERATOR),
                                              .reason = ledger_text_of("clamp turned around")};
    CHECK_EQ(order(&e), E_ARG);
    tear_down();
}

static void a_refused_action_does_not_use_its_number(void)
{
    set_up();
    CHECK_EQ(act_as_operator(LEDGER_UNBAN, 1), E_STATE);
    CHECK_EQ(act_as_operator(LEDGER_BAN, 1), E_OK);
    tear_down();
}

static void a_word_that_is_not_in_the_operators_name_is_refused(void)
{
    uint8_t seed[32];
    set_up();
    struct ledger_entry e = word(LEDGER_BAN, 1);
    CHECK_EQ(posix_key_file_read(key_path, seed), E_OK);
    e.judgement.by = ledger_text_of("engine");
    CHECK_EQ(act(&e, site_operator_origin(&t.site), seed), E_ARG);
    tear_down();
}

static void a_new_key_voids_the_old_one(void)
{
    const uint8_t next[32] = {5};
    uint8_t seed[32];
    set_up();
    struct ledger_entry e = {.type = LEDGER_OPERATOR};
    e.authority = (struct ledger_authority){.present = true, .number = 1};
    CHECK_EQ(crypto_ed25519_public(next, e.operator_key), E_OK);
    CHECK_EQ(posix_key_file_read(key_path, seed), E_OK);
    CHECK_EQ(act(&e, site_operator_origin(&t.site), seed), E_OK);
    CHECK_EQ(act_as_operator(LEDGER_BAN, 2), E_AUTH);
    restart();
    CHECK_EQ(act_as_operator(LEDGER_BAN, 2), E_AUTH);
    e = word(LEDGER_BAN, 2);
    CHECK_EQ(act(&e, site_operator_origin(&t.site), next), E_OK);
    tear_down();
}

static void a_key_file_that_others_can_read_or_that_is_no_key_is_refused(void)
{
    uint8_t seed[32];
    set_up();
    CHECK_EQ(chmod(key_path, 0640), 0);
    CHECK_EQ(posix_key_file_read(key_path, seed), E_AUTH);
    CHECK_EQ(chmod(key_path, 0600), 0);
    CHECK_EQ(truncate(key_path, 60), 0);
    CHECK_EQ(posix_key_file_read(key_path, seed), E_CORRUPT);
    CHECK_EQ(posix_key_file_read("/nonexistent/key", seed), E_NOTFOUND);
    CHECK_EQ(posix_key_file_write("/nonexistent/key", seed), E_IO);
    tear_down();
}

/* ---- over HTTP ---- */

static struct web_request request;

static int post(void)
{
    struct web_response r = {0};
    web_operator_act(&t.site, &request, &r);
    free(r.owned);
    return r.status;
}

static int post_signed(enum ledger_entry_type type, uint64_t number, const uint8_t seed[32])
{
    uint8_t action[LEDGER_ACTION_MAX_LEN];
    const struct ledger_entry e = word(type, number);
    const size_t len = sign(&e, site_operator_origin(&t.site), seed, action);
    struct wbuf w = wbuf_of(request.body, sizeof request.body);
    wbuf_str(&w, "{\"action\":\"");
    base64_put(&w, action, len);
    wbuf_str(&w, "\"}");
    CHECK(wbuf_ok(&w));
    request.body_len = wbuf_len(&w);
    return post();
}

static void a_browser_may_send_what_the_operator_signed_and_nothing_else(void)
{
    static const uint8_t stranger[32] = {7};
    uint8_t seed[32];
    set_up();
    CHECK_EQ(posix_key_file_read(key_path, seed), E_OK);
    CHECK_EQ(post_signed(LEDGER_BAN, 1, stranger), 403);
    CHECK(!is_banned());
    CHECK_EQ(post_signed(LEDGER_BAN, 1, seed), 204);
    CHECK(is_banned());
    CHECK_EQ(post(), 409); /* the same once more */
    CHECK_EQ(post_signed(LEDGER_BAN, 2, seed), 409);
    CHECK_EQ(post_signed(LEDGER_UNBAN, 2, seed), 204);
    CHECK(!is_banned());
    memcpy(request.body, "{\"action\":\"AAAA\"}", 18);
    request.body_len = 18;
    CHECK_EQ(post(), 400);
    request.body_len = 5;
    CHECK_EQ(post(), 400);
    tear_down();
}

static void a_browser_is_told_what_the_next_signature_is_for(void)
{
    struct web_response r = {0};
    set_up();
    CHECK_EQ(act_as_operator(LEDGER_BAN, 41), E_OK);
    web_operator_next(&t.site, &r);
    CHECK_EQ(r.status, 200);
    CHECK(memmem(r.body, r.body_len, "\"number\":42,", 12) != NULL);
    free(r.owned);
    r = (struct web_response){0};
    t.site.operator.known = false;
    web_operator_next(&t.site, &r);
    CHECK_EQ(r.status, 404);
    free(r.owned);
    tear_down();
}

CHECK_MAIN(TEST(the_first_start_makes_a_key_that_only_its_owner_reads),
           TEST(a_signed_ban_is_carried_out_once_also_after_a_restart),
           TEST(nobody_elses_signature_counts), TEST(terms_are_orders_too),
           TEST(a_transfer_is_between_two_devices_and_of_whole_quarters),
           TEST(a_correction_needs_a_ledger_to_correct),
           TEST(a_refused_action_does_not_use_its_number),
           TEST(a_word_that_is_not_in_the_operators_name_is_refused),
           TEST(a_new_key_voids_the_old_one),
           TEST(a_key_file_that_others_can_read_or_that_is_no_key_is_refused),
           TEST(a_browser_may_send_what_the_operator_signed_and_nothing_else),
           TEST(a_browser_is_told_what_the_next_signature_is_for))
