/* SPDX-License-Identifier: MIT
 * Base 64 and certificate requests in their envelopes.
 */
#include <string.h>

#include "check.h"
#include "enrol/base64_lines.h"
#include "enrol/csr_text.h"

static int decode(const char *text, uint8_t out[64])
{
    return base64_lines_decode(text, strlen(text), out, 64);
}

static void the_vectors_of_rfc4648_hold_both_ways(void)
{
    static const char *const vectors[][2] = {{"", ""},
                                             {"f", "Zg=="},
                                             {"fo", "Zm8="},
                                             {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg=="},
                                             {"fooba", "Zm9vYmE="},
                                             {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t out[64];
        char text[64];
        const char *plain = vectors[i][0];
        const int len = decode(vectors[i][1], out);
        CHECK_BYTES(out, (size_t)len, plain, strlen(plain));
        struct wbuf w = wbuf_of(text, sizeof text);
        base64_lines_put(&w, (const uint8_t *)plain, strlen(plain));
        const size_t want = strlen(vectors[i][1]) + (*plain != '\0'); /* and a newline */
        CHECK_EQ(wbuf_len(&w), want);
        CHECK(memcmp(text, vectors[i][1], strlen(vectors[i][1])) == 0);
    }
}

static void lines_have_64_characters_and_none_is_empty(void)
{
    uint8_t data[96] = {0};
    char text[256];
    for (size_t len = 1; len <= sizeof data; len++) {
        struct wbuf w = wbuf_of(text, sizeof text);
        base64_lines_put(&w, data, len);
        size_t column = 0;
        for (size_t i = 0; i < wbuf_len(&w); i++) {
            CHECK(text[i] != '\n' || column > 0);
            column = text[i] == '\n' ? 0 : column + 1;
            CHECK(column <= 64);
        }
        CHECK_EQ(column, 0);
    }
}

static void line_breaks_of_any_kind_are_skipped(void)
{
    uint8_t out[64];
    CHECK_EQ(decode("Zm9v\r\nYmFy\n", out), 6);
    CHECK_EQ(decode(" Z m 9 v Y m F y ", out), 6);
    CHECK_BYTES(out, 6, "foobar", 6);
}

static void what_is_no_base64_is_malformed(void)
{
    static const char *const bad[] = {"Z", "Zg",   "Zg=",  "Zg===",  "Zm8",   "Z===", "====",
                                      "=", "Zh==", "Zm9=", "Zg==Zg", "Zm9v!", "Zm9-", "Zm8=Z"};
    uint8_t out[64];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_EQ(decode(bad[i], out), E_MALFORMED);
    }
    CHECK_EQ(base64_lines_decode("Zm\0v", 4, out, sizeof out), E_MALFORMED);
}

static void what_does_not_fit_is_said_to_and_not_cut(void)
{
    uint8_t out[5];
    CHECK_EQ(base64_lines_decode("Zm9vYmFy", 8, out, sizeof out), E_NOSPACE);
    CHECK_EQ(base64_lines_decode("Zm9vYmE=", 8, out, sizeof out), 5);
}

static int csr(const char *text, uint8_t out[64])
{
    return csr_text_decode((const uint8_t *)text, strlen(text), out, 64);
}

static void a_request_is_taken_from_any_envelope(void)
{
    static const uint8_t der[] = {0x30, 0x03, 0x02, 0x01, 0x00};
    static const char *const texts[] = {
        "MAMCAQA=", "MAMC\nAQA=\n",
        "-----BEGIN CERTIFICATE REQUEST-----\nMAMCAQA=\n-----END CERTIFICATE REQUEST-----\n",
        "-----BEGIN NEW CERTIFICATE REQUEST-----\r\nMAMCAQA=\r\n"
        "-----END NEW CERTIFICATE REQUEST-----\r\n",
        "Certificate Request:\n    Data:\n-----BEGIN CERTIFICATE REQUEST-----\nMAMCAQA=\n"
        "-----END CERTIFICATE REQUEST-----"};
    uint8_t out[64];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const int len = csr(texts[i], out);
        if (CHECK(len > 0)) {
            CHECK_BYTES(out, (size_t)len, der, sizeof der);
        }
    }
    CHECK_EQ(csr_text_decode(der, sizeof der, out, sizeof out), (int)sizeof der);
    CHECK_BYTES(out, sizeof der, der, sizeof der);
}

static void a_broken_envelope_is_malformed(void)
{
    uint8_t out[64];
    CHECK_EQ(csr("", out), E_MALFORMED);
    CHECK_EQ(csr("-----BEGIN CERTIFICATE REQUEST-----\nMAMCAQA=\n", out), E_MALFORMED);
    CHECK_EQ(csr("-----END CERTIFICATE REQUEST-----\nMAMCAQA=\n"
                 "-----BEGIN CERTIFICATE REQUEST-----\n",
                 out),
             E_MALFORMED);
    CHECK_EQ(csr("-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n", out),
             E_MALFORMED);
}

CHECK_MAIN(TEST(the_vectors_of_rfc4648_hold_both_ways),
           TEST(lines_have_64_characters_and_none_is_empty),
           TEST(line_breaks_of_any_kind_are_skipped), TEST(what_is_no_base64_is_malformed),
           TEST(what_does_not_fit_is_said_to_and_not_cut),
           TEST(a_request_is_taken_from_any_envelope), TEST(a_broken_envelope_is_malformed))
