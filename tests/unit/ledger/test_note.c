/* SPDX-License-Identifier: MIT */
#include "ledger/note.h"

#include <string.h>

#include "check.h"
#include "crypto/crypto.h"
#include "ledger/checkpoint.h"

/* The example of C2SP's signed-note. */
static const char example_key[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char example_note[] = "This is an example message.\n\n"
                                   "\xe2\x80\x94 example.com/foo "
                                   "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsY"
                                   "jOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

static struct ledger_key key_of(const char *text)
{
    struct ledger_key key = {.name = ""};
    CHECK_EQ(ledger_key_parse(text, strlen(text), &key), E_OK);
    return key;
}

static bool has_ed25519(void)
{
    uint8_t key[32] = {0};
    if (crypto_ed25519_public(key, key) != E_UNSUPPORTED) {
        return true;
    }
    check_skip("this backend has no Ed25519");
    return false;
}

static void the_example_of_the_specification_verifies(void)
{
    struct ledger_note note;
    if (!has_ed25519()) {
        return;
    }
    const struct ledger_key key = key_of(example_key);
    CHECK_EQ(ledger_note_parse(example_note, sizeof example_note - 1, &note), E_OK);
    CHECK_EQ(note.n_signatures, 1);
    CHECK_EQ(ledger_note_verify(&note, &key, NULL), E_OK);
    char text[128];
    struct wbuf w = wbuf_of(text, sizeof text);
    ledger_key_put(&w, &key);
    CHECK_BYTES(text, wbuf_len(&w), example_key, sizeof example_key - 1);
}

static void a_changed_text_a_stranger_and_a_changed_key_are_told_apart(void)
{
    char changed[sizeof example_note];
    if (!has_ed25519()) {
        return;
    }
    memcpy(changed, example_note, sizeof changed);
    changed[0] = 't';
    struct ledger_note note;
    struct ledger_key key = key_of(example_key);
    CHECK_EQ(ledger_note_parse(changed, sizeof changed - 1, &note), E_OK);
    CHECK_EQ(ledger_note_verify(&note, &key, NULL), E_AUTH);
    key.name[0] = 'E';
    CHECK_EQ(ledger_note_verify(&note, &key, NULL), E_NOTFOUND);
    char wrong[sizeof example_key];
    memcpy(wrong, example_key, sizeof wrong);
    wrong[sizeof wrong - 3] = '1';
    CHECK_EQ(ledger_key_parse(wrong, sizeof wrong - 1, &key), E_AUTH);
}

static void notes_that_are_none_are_refused(void)
{
    static const char *const wrong[] = {
        "",
        "\n",
        "text\n",
        "text\n\n",
        "text\n\nno dash\n",
        "text\n\n\xe2\x80\x94 name\n",
        "text\n\n\xe2\x80\x94 name \n",
        "text\n\n\xe2\x80\x94  AAAAAAAA\n",
        "text\n\n\xe2\x80\x94 na+me AAAAAAAA\n",
        "text\n\n\xe2\x80\x94 name AAAA=\n",
        "text\n\n\xe2\x80\x94 name AAAAAA==\n",
        "te\txt\n\n\xe2\x80\x94 name AAAAAAAA\n",
        "te\xfft\n\n\xe2\x80\x94 name AAAAAAAA\n",
        "text\n\n\xe2\x80\x94 name AAAAAAAA",
    };
    struct ledger_note note;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_EQ(ledger_note_parse(wrong[i], strlen(wrong[i]), &note), E_MALFORMED);
    }
}

static void sixteen_signatures_are_read_and_seventeen_refused(void)
{
    static const char line[] = "\xe2\x80\x94 name AAAAAAAA\n";
    char text[1024];
    struct ledger_note note;
    struct wbuf w = wbuf_of(text, sizeof text);
    wbuf_str(&w, "text\n\n");
    for (int i = 0; i < LEDGER_NOTE_SIGNATURES_MAX; i++) {
        wbuf_str(&w, line);
    }
    CHECK_EQ(ledger_note_parse(text, wbuf_len(&w), &note), E_OK);
    CHECK_EQ(note.n_signatures, LEDGER_NOTE_SIGNATURES_MAX);
    wbuf_str(&w, line);
    CHECK_EQ(ledger_note_parse(text, wbuf_len(&w), &note), E_LIMIT);
}

/* The example of C2SP's tlog-checkpoint, and what a witness signs of it (tlog-cosignature). */
static const char checkpoint_text[] = "example.com/behind-the-sofa\n20852163\n"
                                      "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

static void a_checkpoint_is_read_and_written_back_the_same(void)
{
    struct ledger_checkpoint c;
    char out[256];
    CHECK_EQ(ledger_checkpoint_parse(checkpoint_text, sizeof checkpoint_text - 1, &c), E_OK);
    CHECK_EQ(c.size, 20852163);
    struct wbuf w = wbuf_of(out, sizeof out);
    ledger_checkpoint_put(&w, &c);
    CHECK_BYTES(out, wbuf_len(&w), checkpoint_text, sizeof checkpoint_text - 1);
}

static void checkpoints_that_are_none_are_refused(void)
{
    static const char hash[] = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    static const char *const before[] = {"\n1\n", "o\n01\n", "o\n-1\n", "o\n\n", "o\n1 \n", "o\n"};
    struct ledger_checkpoint c;
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        char text[128];
        struct wbuf w = wbuf_of(text, sizeof text);
        wbuf_str(&w, before[i]);
        wbuf_str(&w, hash);
        wbuf_u8(&w, '\n');
        CHECK_EQ(ledger_checkpoint_parse(text, wbuf_len(&w), &c), E_MALFORMED);
    }
    static const char large[] =
        "o\n9223372036854775808\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    CHECK_EQ(ledger_checkpoint_parse(large, sizeof large - 1, &c), E_LIMIT);
    static const char empty_line[] = "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n";
    CHECK_EQ(ledger_checkpoint_parse(empty_line, sizeof empty_line - 1, &c), E_MALFORMED);
}

static void a_witness_cosigns_with_the_time_and_only_that_time_holds(void)
{
    uint8_t seed[32] = {7};
    uint8_t signature[64];
    struct ledger_key key = {.name = "witness.example/w1", .type = LEDGER_COSIGNATURE};
    if (crypto_ed25519_public(seed, key.public_key) == E_UNSUPPORTED) {
        check_skip("this backend has no Ed25519");
        return;
    }
    uint8_t message[256];
    struct wbuf m = wbuf_of(message, sizeof message);
    ledger_note_put_message(&m, &key, 1679315147, checkpoint_text, sizeof checkpoint_text - 1);
    static const char head[] = "cosignature/v1\ntime 1679315147\nexample.com/";
    CHECK(memcmp(message, head, sizeof head - 1) == 0);
    CHECK_EQ(crypto_ed25519_sign(seed, message, wbuf_len(&m), signature), E_OK);

    char text[512];
    struct wbuf w = wbuf_of(text, sizeof text);
    wbuf_str(&w, checkpoint_text);
    wbuf_u8(&w, '\n');
    ledger_note_put_signature(&w, &key, 1679315147, signature);
    struct ledger_note note;
    uint64_t unix_s = 0;
    CHECK_EQ(ledger_note_parse(text, wbuf_len(&w), &note), E_OK);
    CHECK_EQ(ledger_note_verify(&note, &key, &unix_s), E_OK);
    CHECK_EQ(unix_s, 1679315147);
    note.signatures[0].bytes[7] ^= 1; /* the time */
    CHECK_EQ(ledger_note_verify(&note, &key, NULL), E_AUTH);
}

CHECK_MAIN(TEST(the_example_of_the_specification_verifies),
           TEST(a_changed_text_a_stranger_and_a_changed_key_are_told_apart),
           TEST(notes_that_are_none_are_refused),
           TEST(sixteen_signatures_are_read_and_seventeen_refused),
           TEST(a_checkpoint_is_read_and_written_back_the_same),
           TEST(checkpoints_that_are_none_are_refused),
           TEST(a_witness_cosigns_with_the_time_and_only_that_time_holds))
