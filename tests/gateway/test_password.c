/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "web/password.h"

#include <string.h>

static void a_made_password_matches_its_hash_alone(void)
{
    char password[WEB_PASSWORD_CAP];
    char other[WEB_PASSWORD_CAP];
    char hash[WEB_PASSWORD_HASH_CAP];
    CHECK_EQ(web_password_make(password), E_OK);
    CHECK_EQ(strlen(password), 23);
    CHECK_EQ(web_password_make(other), E_OK);
    CHECK(strcmp(password, other) != 0);
    CHECK_EQ(web_password_hash(password, hash), E_OK);
    CHECK(web_password_matches(password, hash));
    CHECK(!web_password_matches(other, hash));
    CHECK(!web_password_matches("", hash));
    CHECK(strstr(hash, password) == NULL);
}

static void the_same_password_has_another_hash_each_time(void)
{
    char first[WEB_PASSWORD_HASH_CAP];
    char second[WEB_PASSWORD_HASH_CAP];
    CHECK_EQ(web_password_hash("x", first), E_OK);
    CHECK_EQ(web_password_hash("x", second), E_OK);
    CHECK(strcmp(first, second) != 0);
}

/* RFC 7914 section 12 has vectors for other parameters; this one was made by Python's hashlib:
 * scrypt(b"correct horse", salt=bytes(range(16)), n=16384, r=8, p=1, dklen=32, maxmem=2**26). */
static void a_hash_made_by_another_program_is_understood(void)
{
    static const char hash[] = "scrypt$16384$8$1$000102030405060708090a0b0c0d0e0f$"
                               "25b376840366f4d3b0e21e414476676e3cd0e89af4430356a234ce0b65a021b5";
    CHECK(web_password_matches("correct horse", hash));
    CHECK(!web_password_matches("correct horsf", hash));
}

static void a_hash_that_cannot_be_read_matches_nothing(void)
{
    char hash[WEB_PASSWORD_HASH_CAP];
    CHECK_EQ(web_password_hash("x", hash), E_OK);
    CHECK(!web_password_matches("x", ""));
    hash[strlen(hash) - 1] = 0;
    CHECK(!web_password_matches("x", hash));
    CHECK_EQ(web_password_hash("x", hash), E_OK);
    hash[8] = '9';
    CHECK(!web_password_matches("x", hash));
}

CHECK_MAIN(TEST(a_made_password_matches_its_hash_alone),
           TEST(the_same_password_has_another_hash_each_time),
           TEST(a_hash_made_by_another_program_is_understood),
           TEST(a_hash_that_cannot_be_read_matches_nothing))
