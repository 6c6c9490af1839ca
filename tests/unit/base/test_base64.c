/* SPDX-License-Identifier: MIT */
#include "base/base64.h"

#include <string.h>

#include "check.h"

/* RFC 4648 section 10. */
static const char *const pairs[][2] = {{"", ""},
                                       {"f", "Zg=="},
                                       {"fo", "Zm8="},
                                       {"foo", "Zm9v"},
                                       {"foob", "Zm9vYg=="},
                                       {"fooba", "Zm9vYmE="},
                                       {"foobar", "Zm9vYmFy"}};

static void the_vectors_of_the_rfc_hold_both_ways(void)
{
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        uint8_t out[16];
        struct wbuf w = wbuf_of(out, sizeof out);
        base64_put(&w, pairs[i][0], strlen(pairs[i][0]));
        CHECK_BYTES(out, wbuf_len(&w), pairs[i][1], strlen(pairs[i][1]));
        CHECK_EQ(BASE64_LEN(strlen(pairs[i][0])), strlen(pairs[i][1]));
        const int n = base64_decode(pairs[i][1], strlen(pairs[i][1]), out, sizeof out);
        CHECK_EQ(n, strlen(pairs[i][0]));
        CHECK_BYTES(out, (size_t)n, pairs[i][0], strlen(pairs[i][0]));
    }
}

static void every_text_but_the_one_is_refused(void)
{
    uint8_t out[16];
    static const char *const wrong[] = {"Zg=",      "Zg",     "Zh==",  "Zm9=", "Z===",   "====",
                                        "Zg==Zg==", "Zm9v\n", "Zm 9v", "Zm9-", "Zm9\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_EQ(base64_decode(wrong[i], strlen(wrong[i]), out, sizeof out), E_MALFORMED);
    }
    CHECK_EQ(base64_decode("Zm9\0", 4, out, sizeof out), E_MALFORMED);
}

static void what_does_not_fit_is_refused(void)
{
    uint8_t out[8] = {0};
    CHECK_EQ(base64_decode("Zm9vYmFy", 8, out, 5), E_NOSPACE);
    CHECK_EQ(base64_decode("Zm9vYmFy", 8, out, 6), 6);
    struct wbuf w = wbuf_of(out, 7);
    base64_put(&w, "fooba", 5);
    CHECK(!wbuf_ok(&w));
}

CHECK_MAIN(TEST(the_vectors_of_the_rfc_hold_both_ways), TEST(every_text_but_the_one_is_refused),
           TEST(what_does_not_fit_is_refused))
