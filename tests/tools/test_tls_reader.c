/* SPDX-License-Identifier: MIT
 * TLS opened with a key log: OpenSSL is both peers, over memory; what crosses is given to our
 * reader.
 */
#include "tls_reader.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { WIRE_CAP = 1 << 16, TEXT_CAP = 1 << 15 };

/* One direction: what crosses, and what the reader made of it. */
struct direction {
    uint8_t wire[WIRE_CAP];
    size_t len, read;
    uint8_t text[TEXT_CAP];
    size_t text_len;
};
static struct direction up, down;
static struct tls_reader reader;
static struct tls_keylog keylog;
static char notes[4096];
static unsigned n_damaged, n_alerts;
static char log_text[8192];

static SSL_CTX *server_context, *client_context;
static SSL *server, *client;

static void take_secret(const SSL *session, const char *line)
{
    (void)session;
    strcat(log_text, line);
    strcat(log_text, "\n");
}

static void make_server(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    server_context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(server_context, certificate);
    SSL_CTX_use_PrivateKey(server_context, key);
    SSL_CTX_set_keylog_callback(server_context, take_secret);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* `suite` in OpenSSL's words; of TLS 1.3 when it begins with TLS_. */
static void connect_peers(const char *suite, uint64_t options)
{
    const bool is_13 = strncmp(suite, "TLS_", 4) == 0;
    memset(&up, 0, sizeof up);
    memset(&down, 0, sizeof down);
    notes[0] = log_text[0] = '\0';
    n_damaged = n_alerts = 0;
    make_server();
    client_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_options(client_context, options);
    SSL_CTX_set_max_proto_version(client_context, is_13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    CHECK_EQ(is_13 ? SSL_CTX_set_ciphersuites(client_context, suite)
                   : SSL_CTX_set_cipher_list(client_context, suite),
             1);
    server = SSL_new(server_context);
    client = SSL_new(client_context);
    SSL_set_bio(server, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
}

static void part(void)
{
    SSL_free(server);
    SSL_free(client);
    SSL_CTX_free(server_context);
    SSL_CTX_free(client_context);
    tls_keylog_free(&keylog);
}

/* Carries what one side has written to the other, and keeps it. */
static bool carry(SSL *from, SSL *to, struct direction *d)
{
    const int n = BIO_read(SSL_get_wbio(from), d->wire + d->len, (int)(WIRE_CAP - d->len));
    if (n <= 0) {
        return false;
    }
    CHECK_EQ(BIO_write(SSL_get_rbio(to), d->wire + d->len, n), n);
    d->len += (size_t)n;
    return true;
}

static void note(const struct tls_item *item)
{
    n_damaged += item->found == TLS_FOUND_DAMAGE;
    n_alerts += item->found == TLS_FOUND_ALERT;
    if (item->found != TLS_FOUND_NOTHING && item->found != TLS_FOUND_TEXT) {
        strncat(notes, item->note, sizeof notes - strlen(notes) - 2);
        strcat(notes, "\n");
    }
}

static void read_wire(struct direction *d, bool from_client)
{
    int used = 1;
    while (used > 0 && d->read < d->len) {
        struct tls_item item;
        used = tls_reader_input(&reader, from_client, d->wire + d->read, d->len - d->read, &item);
        if (used > 0) {
            d->read += (size_t)used;
            note(&item);
        }
        if (used > 0 && item.found == TLS_FOUND_TEXT) {
            memcpy(d->text + d->text_len, item.plain, item.len);
            d->text_len += item.len;
        }
    }
    CHECK(used >= 0);
}

static void shake_hands(void)
{
    for (unsigned i = 0; i < 8; i++) {
        SSL_do_handshake(client);
        carry(client, server, &up);
        SSL_do_handshake(server);
        carry(server, client, &down);
    }
    CHECK(SSL_is_init_finished(client) && SSL_is_init_finished(server));
}

static void write_text(SSL *from, SSL *to, struct direction *d, const char *text)
{
    uint8_t sink[TEXT_CAP];
    CHECK_EQ(SSL_write(from, text, (int)strlen(text)), (int)strlen(text));
    carry(from, to, d);
    CHECK_EQ(SSL_read(to, sink, sizeof sink), (int)strlen(text));
}

static void talk(void)
{
    write_text(client, server, &up, "how much?");
    write_text(server, client, &down, "30 kW");
    write_text(client, server, &up, "good");
}

/* In the order of a capture, more or less: the car's hello, then the charger's, then the rest. */
static void read_all(void)
{
    tls_reader_init(&reader, &keylog);
    const size_t up_len = up.len;
    up.len = TLS_RECORD_HEAD_LEN + ((size_t)up.wire[3] << 8 | up.wire[4]);
    read_wire(&up, true);
    up.len = up_len;
    read_wire(&down, false);
    read_wire(&up, true);
}

static void check_texts(void)
{
    CHECK_BYTES(up.text, up.text_len, "how much?good", 13);
    CHECK_BYTES(down.text, down.text_len, "30 kW", 5);
    CHECK_EQ(n_damaged, 0);
    CHECK(reader.opened);
    CHECK(strstr(notes, "opened") != NULL);
}

static void open_suite(const char *suite, uint64_t options)
{
    connect_peers(suite, options);
    shake_hands();
    talk();
    CHECK(tls_keylog_add(&keylog, log_text, strlen(log_text)) > 0);
    read_all();
    check_texts();
    part();
}

static void every_suite_is_opened(void)
{
    static const char *const suites[] = {
        "ECDHE-ECDSA-AES128-SHA256",     "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
        "TLS_AES_128_GCM_SHA256",        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256"};
    for (unsigned i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        open_suite(suites[i], 0);
    }
}

static void cbc_is_opened_with_either_order_of_mac_and_encryption(void)
{
    open_suite("ECDHE-ECDSA-AES128-SHA256", 0);
    CHECK(reader.encrypt_then_mac);
    open_suite("ECDHE-ECDSA-AES128-SHA256", SSL_OP_NO_ENCRYPT_THEN_MAC);
    CHECK(!reader.encrypt_then_mac);
}

static void keys_that_are_updated_are_followed(void)
{
    connect_peers("TLS_AES_256_GCM_SHA384", 0);
    shake_hands();
    write_text(client, server, &up, "how much?");
    SSL_key_update(client, SSL_KEY_UPDATE_REQUESTED);
    write_text(client, server, &up, "good");
    write_text(server, client, &down, "30 kW");
    tls_keylog_add(&keylog, log_text, strlen(log_text));
    read_all();
    check_texts();
    part();
}

static void a_goodbye_is_seen(void)
{
    connect_peers("ECDHE-ECDSA-AES128-SHA256", 0);
    shake_hands();
    talk();
    SSL_shutdown(client);
    carry(client, server, &up);
    tls_keylog_add(&keylog, log_text, strlen(log_text));
    read_all();
    check_texts();
    CHECK_EQ(n_alerts, 1);
    CHECK(strstr(notes, "alert: close notify") != NULL);
    part();
}

static void a_session_without_its_key_stays_closed_and_says_so(void)
{
    connect_peers("ECDHE-ECDSA-AES128-SHA256", 0);
    shake_hands();
    talk();
    read_all();
    CHECK(strstr(notes, "there is no key log") != NULL);
    CHECK_EQ(up.text_len + down.text_len, 0);
    static const char other[] = "CLIENT_RANDOM "
                                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f "
                                "00000000000000000000000000000000000000000000000000000000000000000"
                                "0000000000000000000000000000000";
    CHECK_EQ(tls_keylog_add(&keylog, other, strlen(other)), 1);
    up.read = down.read = 0;
    notes[0] = '\0';
    read_all();
    CHECK(strstr(notes, "no key log has this session") != NULL);
    CHECK_EQ(up.text_len + down.text_len, 0);
    CHECK_EQ(n_damaged, 0);
    part();
}

static void a_wrong_secret_is_told(void)
{
    connect_peers("ECDHE-ECDSA-AES128-SHA256", 0);
    shake_hands();
    talk();
    char *last = log_text + strlen(log_text) - 2;
    *last = *last == '0' ? '1' : '0';
    tls_keylog_add(&keylog, log_text, strlen(log_text));
    read_all();
    CHECK(strstr(notes, "the key log has another secret") != NULL);
    CHECK_EQ(up.text_len + down.text_len, 0);
    part();
}

static void a_changed_record_is_left_out_and_the_next_is_read(void)
{
    connect_peers("ECDHE-ECDSA-AES128-SHA256", 0);
    shake_hands();
    write_text(client, server, &up, "how much?");
    const size_t changed = up.len - 1;
    write_text(client, server, &up, "good");
    up.wire[changed] ^= 1;
    tls_keylog_add(&keylog, log_text, strlen(log_text));
    read_all();
    CHECK_BYTES(up.text, up.text_len, "good", 4);
    CHECK_EQ(n_damaged, 1);
    CHECK(strstr(notes, "is left out") != NULL);
    part();
}

static void after_a_hole_the_numbers_are_found_again(void)
{
    connect_peers("ECDHE-ECDSA-AES128-GCM-SHA256", 0);
    shake_hands();
    write_text(client, server, &up, "lost");
    const size_t hole_end = up.len;
    write_text(client, server, &up, "good");
    tls_keylog_add(&keylog, log_text, strlen(log_text));
    const size_t all = up.len;
    up.len = hole_end - (TLS_RECORD_HEAD_LEN + 8 + 4 + 16);
    read_all();
    tls_reader_hole(&reader, true);
    up.len = all;
    up.read = hole_end;
    read_wire(&up, true);
    CHECK_BYTES(up.text, up.text_len, "good", 4);
    CHECK_EQ(n_damaged, 0);
    part();
}

static void a_capture_that_began_too_late_is_told_once(void)
{
    static const uint8_t record[] = {23, 3, 3, 0, 3, 1, 2, 3};
    struct tls_item item;
    tls_reader_init(&reader, &keylog);
    CHECK_EQ(tls_reader_input(&reader, true, record, sizeof record, &item), sizeof record);
    CHECK_EQ(item.found, TLS_FOUND_DAMAGE);
    CHECK(strstr(item.note, "their handshake is not in the capture") != NULL);
    CHECK_EQ(tls_reader_input(&reader, true, record, sizeof record, &item), sizeof record);
    CHECK_EQ(item.found, TLS_FOUND_NOTHING);
}

static void what_is_no_record_is_refused_and_half_a_record_waits(void)
{
    static const uint8_t v2gtp[] = {0x01, 0xFE, 0x80, 0x01, 0, 0, 0, 1, 0};
    static const uint8_t half[] = {23, 3, 3, 0, 3, 1};
    static const uint8_t huge[] = {23, 3, 3, 0xFF, 0xFF};
    struct tls_item item;
    tls_reader_init(&reader, &keylog);
    CHECK(!tls_reader_knows(v2gtp, sizeof v2gtp));
    CHECK(tls_reader_knows(half, sizeof half));
    CHECK_EQ(tls_reader_input(&reader, true, v2gtp, sizeof v2gtp, &item), -1);
    CHECK_EQ(tls_reader_input(&reader, true, half, sizeof half, &item), 0);
    CHECK_EQ(tls_reader_input(&reader, true, half, 1, &item), 0);
    CHECK_EQ(tls_reader_input(&reader, true, huge, sizeof huge, &item), -1);
}

static void lines_that_are_none_of_a_key_log_are_passed_over(void)
{
    static const char text[] =
        "# a comment\n"
        "\n"
        "CLIENT_RANDOM 00 11\n"
        "CLIENT_RANDOM "
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 0011\n"
        "EXPORTER_SECRET "
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f "
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
        "SERVER_TRAFFIC_SECRET_0 "
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F "
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\r\n"
        "CLIENT_TRAFFIC_SECRET_0 "
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f zz";
    uint8_t random[TLS_RANDOM_LEN];
    for (unsigned i = 0; i < sizeof random; i++) {
        random[i] = (uint8_t)i;
    }
    CHECK_EQ(tls_keylog_add(&keylog, text, strlen(text)), 1);
    const struct tls_secret *s = tls_keylog_find(&keylog, random, TLS_SERVER_SECRET);
    CHECK(s != NULL && s->len == 32 && memcmp(s->bytes, random, 32) == 0);
    CHECK(tls_keylog_find(&keylog, random, TLS_CLIENT_SECRET) == NULL);
    tls_keylog_free(&keylog);
}

static void a_long_key_log_is_kept_whole(void)
{
    char line[256];
    uint8_t random[TLS_RANDOM_LEN] = {0};
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(line, sizeof line,
                 "SERVER_TRAFFIC_SECRET_0 %08x%056x "
                 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
                 i, 0U);
        CHECK_EQ(tls_keylog_add(&keylog, line, strlen(line)), 1);
    }
    for (unsigned i = 0; i < 1000; i++) {
        random[2] = (uint8_t)(i >> 8);
        random[3] = (uint8_t)i;
        CHECK(tls_keylog_find(&keylog, random, TLS_SERVER_SECRET) != NULL);
    }
    tls_keylog_free(&keylog);
}

CHECK_MAIN(TEST(every_suite_is_opened), TEST(cbc_is_opened_with_either_order_of_mac_and_encryption),
           TEST(keys_that_are_updated_are_followed), TEST(a_goodbye_is_seen),
           TEST(a_session_without_its_key_stays_closed_and_says_so), TEST(a_wrong_secret_is_told),
           TEST(a_changed_record_is_left_out_and_the_next_is_read),
           TEST(after_a_hole_the_numbers_are_found_again),
           TEST(a_capture_that_began_too_late_is_told_once),
           TEST(what_is_no_record_is_refused_and_half_a_record_waits),
           TEST(lines_that_are_none_of_a_key_log_are_passed_over),
           TEST(a_long_key_log_is_kept_whole))
