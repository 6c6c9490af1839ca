/* SPDX-License-Identifier: MIT
 * Records of charging sessions on their way to the disk and to the page.
 */
#include "check.h"
#include "gateway_site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "db/sessions.h"
#include "web/sessions.h"

static struct test_site t;
static struct test_device charger;
static uint8_t message[TELEMETRY_PIECE_MAX_LEN];

static int n_acks;
static struct telemetry_ack_range last_ack;

static void keep_ack(void *context, const char *device_id, const uint8_t *ack, size_t len)
{
    struct telemetry_ack_range ranges[TELEMETRY_ACK_RANGES_MAX];
    (void)context;
    CHECK_STR(device_id, "charger-1");
    CHECK_EQ(telemetry_ack_decode(ack, len, ranges), 1);
    last_ack = ranges[0];
    n_acks++;
}

static void set_up(void)
{
    n_acks = 0;
    test_site_open(&t);
    t.ingest.config.send_session_ack = keep_ack;
    test_site_add(&t, &charger, "charger-1");
}

static int sign(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    (void)context;
    return crypto_ecdsa_sign(CRYPTO_P256, charger.private_key, digest, 32, signature);
}

struct piece {
    const char *id;
    uint32_t sequence, session;
    uint16_t piece;
    bool is_last;
    int32_t mv;
    int8_t soc_pct;
    const char *fault; /* or NULL */
};

static size_t make(const struct piece *p)
{
    uint8_t bytes[TELEMETRY_ROWS_MAX_LEN];
    struct wbuf w = wbuf_of(bytes, sizeof bytes);
    const struct telemetry_session_row rows[] = {
        {.kind = TELEMETRY_ROW_CAR,
         .word = {"ISO 15118-2", 11},
         .detail = {"DC", 2},
         .car_id = (const uint8_t *)"\x04\x65",
         .car_id_len = 2},
        {.kind = TELEMETRY_ROW_SAMPLE,
         .t_ms = 1000u * (p->piece + 1u),
         .mv = p->mv,
         .ma = 100000,
         .energy_mwh = 5000 * (p->piece + 1),
         .soc_pct = p->soc_pct},
        {.kind = p->fault != NULL ? TELEMETRY_ROW_FAULT : TELEMETRY_ROW_STATE,
         .t_ms = 1000u * (p->piece + 1u),
         .word = {p->fault != NULL ? p->fault : "ON", p->fault != NULL ? strlen(p->fault) : 2}},
        {.kind = TELEMETRY_ROW_END, .t_ms = 1000u * (p->piece + 1u), .word = {"STOPPED", 7}}};
    const uint16_t n = p->is_last ? 4 : 3;
    for (uint16_t i = 0; i < n; i++) {
        CHECK_EQ(telemetry_session_put_row(&w, &rows[i]), E_OK);
    }
    const struct telemetry_session_piece piece = {.device_id = p->id,
                                                  .device_id_len = strlen(p->id),
                                                  .boot_epoch = 1,
                                                  .sequence = p->sequence,
                                                  .session = p->session,
                                                  .piece = p->piece,
                                                  .is_last = p->is_last,
                                                  .plug = 1,
                                                  .start_unix_ms = 1767225600000,
                                                  .time_quality = TELEMETRY_TIME_SYNCED,
                                                  .rows = bytes,
                                                  .rows_len = wbuf_len(&w),
                                                  .n_rows = n};
    const struct telemetry_signer signer = {.sign = sign};
    const int len = telemetry_session_sign(&piece, &signer, message, sizeof message);
    CHECK(len > 0);
    return (size_t)len;
}

static void send(size_t len)
{
    const struct ingest_message m = {
        .topic = "wattward/sessions/charger-1", .payload = message, .len = len};
    ingest_message(&t.ingest, t.now_ms, &m);
}

static void publish(uint32_t sequence, uint32_t session, uint16_t piece, bool is_last)
{
    const struct piece p = {.id = "charger-1",
                            .sequence = sequence,
                            .session = session,
                            .piece = piece,
                            .is_last = is_last,
                            .mv = 400000 + piece * 1000,
                            .soc_pct = (int8_t)(30 + piece)};
    send(make(&p));
}

static struct db_session listed;
static char listed_ended[33], listed_fault[33];

static void keep_listed(void *context, const struct db_session *s)
{
    (void)context;
    listed = *s;
    snprintf(listed_ended, sizeof listed_ended, "%s", s->ended != NULL ? s->ended : "");
    snprintf(listed_fault, sizeof listed_fault, "%s", s->fault != NULL ? s->fault : "");
}

static int list(int64_t session)
{
    memset(&listed, 0, sizeof listed);
    return db_session_list(t.site.db, fleet_find(&t.site.fleet, "charger-1")->row, session, 1000,
                           keep_listed, NULL);
}

static void a_piece_is_acknowledged_when_it_is_on_disk(void)
{
    set_up();
    publish(1, 1, 0, false);
    CHECK_EQ(n_acks, 1);
    CHECK_EQ(last_ack.verdict, TELEMETRY_STORED);
    CHECK_EQ(last_ack.first_sequence, 1);
    CHECK_EQ(fleet_find(&t.site.fleet, "charger-1")->n_sessions, 1);
    test_site_reopen(&t);
    CHECK_EQ(fleet_find(&t.site.fleet, "charger-1")->n_sessions, 1);
    CHECK_EQ(list(0), 1);
    CHECK(!listed.complete);
    CHECK_STR(listed_ended, "");
    test_site_close(&t);
}

static void a_session_is_summed_up_in_whatever_order_its_pieces_come(void)
{
    set_up();
    publish(3, 1, 2, true);
    publish(1, 1, 0, false);
    CHECK_EQ(list(0), 1);
    CHECK(!listed.complete);
    publish(2, 1, 1, false);
    CHECK_EQ(list(0), 1);
    CHECK(listed.complete);
    CHECK_EQ(listed.duration_ms, 3000);
    CHECK_EQ(listed.energy_mwh, 15000);
    CHECK_EQ(listed.peak_mw, 40200000);
    CHECK_EQ(listed.soc_first_pct, 30);
    CHECK_EQ(listed.soc_last_pct, 32);
    CHECK_STR(listed_ended, "STOPPED");
    CHECK_STR(listed_fault, "");
    test_site_close(&t);
}

static void a_repetition_is_stored_once_and_costs_no_signature(void)
{
    set_up();
    const struct piece p = {.id = "charger-1", .sequence = 1, .session = 1, .soc_pct = -1};
    const size_t len = make(&p);
    send(len);
    send(len);
    CHECK_EQ(n_acks, 2);
    CHECK_EQ(last_ack.verdict, TELEMETRY_STORED);
    CHECK_EQ(list(0), 1);
    CHECK_EQ(listed.soc_first_pct, -1);
    test_site_close(&t);
}

static void other_content_under_a_name_or_a_place_is_refused(void)
{
    set_up();
    publish(1, 1, 0, false);
    publish(1, 1, 1, false); /* the same name */
    CHECK_EQ(last_ack.verdict, TELEMETRY_TOO_OLD);
    publish(2, 1, 0, true); /* the same place in the session */
    CHECK_EQ(last_ack.verdict, TELEMETRY_TOO_OLD);
    CHECK_EQ(t.ingest.counters.refused[INGEST_REFUSED_NUMBER_TAKEN], 2);
    CHECK_EQ(list(0), 1);
    CHECK_STR(listed_ended, "");
    test_site_close(&t);
}

static void what_is_not_the_devices_is_refused(void)
{
    set_up();
    const struct piece other = {.id = "charger-2", .sequence = 1, .session = 1};
    send(make(&other));
    CHECK_EQ(last_ack.verdict, TELEMETRY_WRONG_IDENTITY);
    const struct piece own = {.id = "charger-1", .sequence = 1, .session = 1};
    const size_t len = make(&own);
    message[len - 1] ^= 1;
    send(len);
    CHECK_EQ(last_ack.verdict, TELEMETRY_BAD_SIGNATURE);
    send(len - 1);
    CHECK_EQ(last_ack.verdict, TELEMETRY_MALFORMED);
    fleet_find(&t.site.fleet, "charger-1")->banned = true;
    send(make(&own));
    CHECK_EQ(last_ack.verdict, TELEMETRY_BANNED);
    CHECK_EQ(fleet_find(&t.site.fleet, "charger-1")->refused, 4);
    CHECK_EQ(list(0), 0);
    test_site_close(&t);
}

static void a_flood_of_pieces_is_held_back(void)
{
    set_up();
    const struct piece p = {.id = "charger-1", .sequence = 1, .session = 1};
    const size_t len = make(&p);
    for (int i = 0; i < 400; i++) {
        send(len);
    }
    CHECK_EQ(n_acks, 300);
    CHECK_EQ(t.ingest.counters.refused[INGEST_REFUSED_RATE_LIMITED], 100);
    t.now_ms += 1000;
    send(len);
    CHECK_EQ(n_acks, 301);
    test_site_close(&t);
}

static void readings_that_wait_are_not_disturbed(void)
{
    uint8_t reading[TELEMETRY_READING_MAX_LEN];
    set_up();
    test_publish(&t, "charger-1", reading,
                 test_reading(&charger, 1, 1, 1500, reading, sizeof reading));
    publish(1, 1, 0, false);
    CHECK_EQ(test_verdict(&t, "charger-1", 1, 1), TELEMETRY_STORED);
    CHECK_EQ(t.ingest.counters.total, 1);
    test_site_close(&t);
}

static void old_sessions_make_room(void)
{
    set_up();
    for (uint32_t i = 1; i <= DB_SESSIONS_KEPT + 5; i++) {
        publish(i, i, 0, true);
        t.now_ms += 1000;
    }
    CHECK_EQ(list(0), DB_SESSIONS_KEPT);
    CHECK_EQ(listed.session, 6); /* the oldest is listed last */
    CHECK_EQ(list(5), 0);
    CHECK_EQ(fleet_find(&t.site.fleet, "charger-1")->n_sessions, DB_SESSIONS_KEPT);
    test_site_close(&t);
}

static bool contains(const struct web_response *r, const char *text)
{
    return memmem(r->body, r->body_len, text, strlen(text)) != NULL;
}

static void the_page_gets_a_session_with_its_rows(void)
{
    set_up();
    const struct fleet_device *device = fleet_find(&t.site.fleet, "charger-1");
    const struct piece first = {
        .id = "charger-1", .sequence = 1, .session = 1, .mv = 400000, .soc_pct = 30};
    const struct piece last = {.id = "charger-1",
                               .sequence = 2,
                               .session = 1,
                               .piece = 1,
                               .is_last = true,
                               .mv = 410000,
                               .soc_pct = -1,
                               .fault = "OVER_CURRENT"};
    send(make(&first));
    send(make(&last));
    struct web_response r = {.status = 0};
    web_sessions_respond(&t.site, device, &r);
    CHECK_EQ(r.status, 200);
    CHECK(contains(&r, "{\"sessions\":[{\"session\":1,\"start_unix_ms\":1767225600000,"
                       "\"duration_ms\":2000,\"plug\":1,\"protocol\":\"ISO 15118-2\","
                       "\"energy\":\"DC\",\"car\":\"0465\",\"energy_wh\":10,\"peak_w\":41000,"
                       "\"soc_first_pct\":30,\"soc_last_pct\":30,\"ended\":\"STOPPED\","
                       "\"fault\":\"OVER_CURRENT\",\"complete\":true}]}"));
    web_session_respond(&t.site, device, 1, &r);
    CHECK_EQ(r.status, 200);
    CHECK(contains(&r, "\"samples\":[[1000,400000,100000,30],[2000,410000,100000,null]]"));
    CHECK(contains(&r, "\"states\":[{\"t_ms\":1000,\"state\":\"ON\"}]"));
    CHECK(contains(&r, "\"faults\":[{\"t_ms\":2000,\"fault\":\"OVER_CURRENT\"}]"));
    web_session_respond(&t.site, device, 2, &r);
    CHECK_EQ(r.status, 404);
    free(r.owned);
    test_site_close(&t);
}

CHECK_MAIN(TEST(a_piece_is_acknowledged_when_it_is_on_disk),
           TEST(a_session_is_summed_up_in_whatever_order_its_pieces_come),
           TEST(a_repetition_is_stored_once_and_costs_no_signature),
           TEST(other_content_under_a_name_or_a_place_is_refused),
           TEST(what_is_not_the_devices_is_refused), TEST(a_flood_of_pieces_is_held_back),
           TEST(readings_that_wait_are_not_disturbed), TEST(old_sessions_make_room),
           TEST(the_page_gets_a_session_with_its_rows))
