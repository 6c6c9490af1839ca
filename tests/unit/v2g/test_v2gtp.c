/* SPDX-License-Identifier: MIT
 * Frames, SDP, physical values and names.
 */
#include <string.h>

#include "check.h"
#include "v2g/protocol.h"
#include "v2g/sdp.h"
#include "v2g/sequence.h"
#include "v2g/v2gtp.h"

static void a_frame_is_found_once_it_is_complete(void)
{
    const uint8_t bytes[] = {1, 0xFE, 0x80, 0x01, 0, 0, 0, 3, 7, 8, 9, 1};
    struct v2gtp_frame frame;
    for (size_t len = 0; len < 11; len++) {
        CHECK_EQ(v2gtp_decode(bytes, len, &frame), 0);
    }
    CHECK_EQ(v2gtp_decode(bytes, sizeof bytes, &frame), 11);
    CHECK_EQ(frame.type, V2GTP_EXI);
    CHECK_BYTES(frame.payload, frame.len, bytes + 8, 3);
}

static void other_versions_and_endless_lengths_are_refused(void)
{
    const uint8_t other[] = {2, 0xFD};
    const uint8_t half[] = {1, 0xFF};
    const uint8_t endless[] = {1, 0xFE, 0x80, 0x01, 0xFF, 0xFF, 0xFF, 0xFF};
    const uint8_t largest[] = {1, 0xFE, 0x80, 0x01, 0, 0, 0x20, 0};
    const uint8_t beyond[] = {1, 0xFE, 0x80, 0x01, 0, 0, 0x20, 1};
    struct v2gtp_frame frame;
    CHECK_EQ(v2gtp_decode(other, 1, &frame), E_MALFORMED);
    CHECK_EQ(v2gtp_decode(half, 2, &frame), E_MALFORMED);
    CHECK_EQ(v2gtp_decode(endless, sizeof endless, &frame), E_LIMIT);
    CHECK_EQ(v2gtp_decode(largest, sizeof largest, &frame), 0);
    CHECK_EQ(v2gtp_decode(beyond, sizeof beyond, &frame), E_LIMIT);
}

static const struct v2g_endpoint plain = {.address = {0xFE, 0x80, 0, 1}, .port = 0xAABB};
static const struct v2g_endpoint tls = {.address = {0xFE, 0x80, 0, 1}, .port = 15119};

static int ask(const struct v2g_sdp_server *server, uint8_t security, uint8_t transport,
               uint8_t out[V2G_SDP_RESPONSE_LEN])
{
    const uint8_t request[] = {1, 0xFE, 0x90, 0, 0, 0, 0, 2, security, transport};
    return v2g_sdp_answer(server, request, sizeof request, out);
}

/* [V2G2-622, 623, 625, 626, 627, 628], [V2G20-1238] */
static void sdp_answers_by_what_both_can(void)
{
    const struct v2g_sdp_server both = {.plain = plain, .tls = tls};
    const struct v2g_sdp_server bare = {.plain = plain};
    const struct v2g_sdp_server strict = {.plain = plain, .tls = tls, .require_tls = true};
    const struct v2g_sdp_server none = {.require_tls = false};
    uint8_t out[V2G_SDP_RESPONSE_LEN];
    CHECK_EQ(ask(&both, 0x10, 0, out), V2G_SDP_RESPONSE_LEN);
    const uint8_t want[] = {1, 0xFE, 0x90, 1, 0, 0, 0, 20, 0xFE, 0x80, 0,    1,    0,    0,
                            0, 0,    0,    0, 0, 0, 0, 0,  0,    0,    0xAA, 0xBB, 0x10, 0};
    CHECK_BYTES(out, sizeof out, want, sizeof want);
    CHECK_EQ(ask(&both, 0x00, 0, out), V2G_SDP_RESPONSE_LEN);
    CHECK_EQ(out[26], 0x00);
    CHECK_EQ(out[24] << 8 | out[25], 15119);
    CHECK_EQ(ask(&bare, 0x00, 0, out), V2G_SDP_RESPONSE_LEN);
    CHECK_EQ(out[26], 0x10);
    CHECK_EQ(ask(&strict, 0x10, 0, out), V2G_SDP_RESPONSE_LEN);
    CHECK_EQ(out[26], 0x00);
    CHECK_EQ(ask(&both, 0x10, 0x10, out), 0); /* UDP */
    CHECK_EQ(ask(&none, 0x10, 0, out), 0);
}

static void sdp_does_not_answer_what_is_no_request(void)
{
    const struct v2g_sdp_server server = {.plain = plain};
    uint8_t out[V2G_SDP_RESPONSE_LEN];
    const uint8_t response[] = {1, 0xFE, 0x90, 1, 0, 0, 0, 2, 0x10, 0};
    const uint8_t lengthy[] = {1, 0xFE, 0x90, 0, 0, 0, 0, 3, 0x10, 0, 0};
    CHECK_EQ(v2g_sdp_answer(&server, response, sizeof response, out), 0);
    CHECK_EQ(v2g_sdp_answer(&server, lengthy, sizeof lengthy, out), 0);
    CHECK_EQ(v2g_sdp_answer(&server, lengthy, 4, out), 0);
    CHECK_EQ(v2g_sdp_answer(&server, NULL, 0, out), 0);
}

/* [V2G2-159, 161] */
static void the_client_asks_fifty_times_and_gives_up(void)
{
    struct v2g_sdp_client client;
    uint8_t out[32];
    v2g_sdp_client_init(&client, 1000, V2G_SECURITY_NONE);
    unsigned asked = 0;
    for (uint64_t now = 1000; now < 20000; now += 10) {
        v2g_sdp_client_tick(&client, now);
        asked += v2g_sdp_client_output(&client, out, sizeof out) == V2G_SDP_REQUEST_LEN;
    }
    CHECK_EQ(asked, V2G_SDP_MAX_TRIES);
    CHECK_EQ(client.state, V2G_SDP_FAILED);
    CHECK_EQ(v2g_sdp_client_deadline(&client), V2G_NEVER_MS);
}

static void the_client_takes_the_first_good_answer(void)
{
    const struct v2g_sdp_server server = {.plain = plain};
    struct v2g_sdp_client client;
    uint8_t request[32];
    uint8_t answer[V2G_SDP_RESPONSE_LEN];
    struct v2g_endpoint endpoint;
    enum v2g_security security;
    v2g_sdp_client_init(&client, 0, V2G_SECURITY_TLS);
    const int len = v2g_sdp_client_output(&client, request, sizeof request);
    CHECK_EQ(v2g_sdp_client_input(&client, 1, request, (size_t)len), E_MALFORMED);
    CHECK(!v2g_sdp_client_found(&client, &endpoint, &security));
    CHECK_EQ(v2g_sdp_answer(&server, request, (size_t)len, answer), V2G_SDP_RESPONSE_LEN);
    answer[25] = 0;
    answer[24] = 0;
    CHECK_EQ(v2g_sdp_client_input(&client, 2, answer, sizeof answer), E_MALFORMED);
    answer[24] = 0xAA;
    CHECK_EQ(v2g_sdp_client_input(&client, 3, answer, sizeof answer), E_OK);
    CHECK(v2g_sdp_client_found(&client, &endpoint, &security));
    CHECK_EQ(endpoint.port, 0xAA00);
    CHECK_EQ(security, V2G_SECURITY_NONE);
    CHECK_EQ(v2g_sdp_client_input(&client, 4, answer, sizeof answer), E_STATE);
}

static void every_word_has_a_name(void)
{
    for (int i = 0; i < V2G_KIND_COUNT; i++) {
        CHECK(v2g_kind_name((enum v2g_kind)i)[0] != '\0');
    }
    CHECK_STR(v2g_response_name(V2G_RESPONSE_FAILED_SEQUENCE), "FAILED_SEQUENCE");
    CHECK_STR(v2g_phase_name(V2G_PHASE_ENDED), "ENDED");
    CHECK_STR(v2g_protocol_name(V2G_PROTOCOL_ISO2), "ISO 15118-2");
}

CHECK_MAIN(TEST(a_frame_is_found_once_it_is_complete),
           TEST(other_versions_and_endless_lengths_are_refused), TEST(sdp_answers_by_what_both_can),
           TEST(sdp_does_not_answer_what_is_no_request),
           TEST(the_client_asks_fifty_times_and_gives_up),
           TEST(the_client_takes_the_first_good_answer), TEST(every_word_has_a_name))
