/* SPDX-License-Identifier: MIT
 * TLS between a car and a charger, over a socket pair: who is let in, who is not and why, and what
 * silence, floods, cuts and changed bytes do.
 */
#include "posix/v2g_link.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "posix/loop.h"
#include "posix/v2g_pki.h"

enum { DAY_S = 86400, PATH_CAP = 200 };

static char dir[PATH_CAP];
static struct v2g_tls_error error;

static const char *in_dir(const char *name)
{
    static char paths[8][2 * PATH_CAP];
    static unsigned n;
    char *path = paths[n++ % 8];
    snprintf(path, 2 * PATH_CAP, "%s/%s", dir, name);
    return path;
}

/* A directory of its own, with a PKI and a charger called "good". */
static void begin(void)
{
    const int64_t now_s = time(NULL);
    const struct v2g_pki_charger good = {"good", "CPO", now_s - DAY_S, now_s + DAY_S};
    signal(SIGPIPE, SIG_IGN); /* posix_loop_open() does that for programs */
    strcpy(dir, "/tmp/wattward-link-XXXXXX");
    CHECK(mkdtemp(dir) != NULL);
    CHECK_EQ(v2g_pki_make(dir, &error), E_OK);
    CHECK_EQ(v2g_pki_issue(dir, &good, &error), E_OK);
}

static void finish(void)
{
    char command[PATH_CAP + 16];
    snprintf(command, sizeof command, "rm -r '%s'", dir);
    CHECK_EQ(system(command), 0);
}

static void issue(const char *name, const char *domain, int64_t from_s, int64_t to_s)
{
    const int64_t now_s = time(NULL);
    const struct v2g_pki_charger charger = {name, domain, now_s + from_s, now_s + to_s};
    CHECK_EQ(v2g_pki_issue(dir, &charger, &error), E_OK);
}

static struct v2g_tls *open_charger(const char *name)
{
    char chain[80];
    char key[80];
    snprintf(chain, sizeof chain, "%s.pem", name);
    snprintf(key, sizeof key, "%s.key", name);
    return v2g_tls_charger(in_dir(chain), in_dir(key), &error);
}

static struct v2g_tls *open_car(void)
{
    return v2g_tls_car(in_dir("v2g-root.pem"), &error);
}

struct pair {
    struct v2g_tls *car_tls, *charger_tls;
    struct v2g_link car, charger;
};

static void connect_pair(struct pair *p, const char *charger)
{
    int fds[2];
    p->car_tls = open_car();
    p->charger_tls = open_charger(charger);
    CHECK(p->car_tls != NULL && p->charger_tls != NULL);
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    CHECK_EQ(v2g_link_open(&p->car, fds[0], p->car_tls, 1000), E_OK);
    CHECK_EQ(v2g_link_open(&p->charger, fds[1], p->charger_tls, 1000), E_OK);
}

static void part(struct pair *p)
{
    v2g_link_close(&p->car);
    v2g_link_close(&p->charger);
    v2g_tls_free(p->car_tls);
    v2g_tls_free(p->charger_tls);
}

/* The results of both when neither goes on. */
static void shake_hands(struct pair *p, int *car, int *charger)
{
    *car = *charger = E_STATE;
    for (unsigned i = 0; i < 8; i++) {
        *car = *car == E_STATE ? v2g_link_handshake(&p->car, 1000) : *car;
        *charger = *charger == E_STATE ? v2g_link_handshake(&p->charger, 1000) : *charger;
    }
}

static void connect_well(struct pair *p)
{
    int car, charger;
    connect_pair(p, "good");
    shake_hands(p, &car, &charger);
    CHECK_EQ(car, E_OK);
    CHECK_EQ(charger, E_OK);
}

static void what_one_says_the_other_hears(void)
{
    struct pair p;
    uint8_t bytes[16];
    char text[64];
    begin();
    connect_well(&p);
    CHECK(v2g_link_is_tls(&p.car) && v2g_link_is_open(&p.car));
    v2g_link_describe(&p.car, text, sizeof text);
    CHECK_STR(text, "TLSv1.2 ECDHE-ECDSA-AES128-SHA256");
    CHECK_EQ(v2g_link_receive(&p.charger, bytes, sizeof bytes), 0);
    CHECK_EQ(v2g_link_send(&p.car, (const uint8_t *)"hello", 5), E_OK);
    CHECK_EQ(v2g_link_receive(&p.charger, bytes, 2), 2);
    CHECK(v2g_link_pending(&p.charger));
    CHECK_EQ(v2g_link_receive(&p.charger, bytes + 2, 14), 3);
    CHECK(!v2g_link_pending(&p.charger));
    CHECK_BYTES(bytes, 5, "hello", 5);
    CHECK_EQ(v2g_link_send(&p.charger, (const uint8_t *)"yes", 3), E_OK);
    CHECK_EQ(v2g_link_receive(&p.car, bytes, sizeof bytes), 3);
    part(&p);
    CHECK(!v2g_link_is_open(&p.car));
    finish();
}

static void a_plain_link_is_the_same_to_its_user(void)
{
    struct v2g_link a, b;
    int fds[2];
    uint8_t bytes[16];
    char text[64];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    CHECK_EQ(v2g_link_open(&a, fds[0], NULL, 0), E_OK);
    CHECK_EQ(v2g_link_open(&b, fds[1], NULL, 0), E_OK);
    CHECK_EQ(v2g_link_handshake(&a, 0), E_OK);
    CHECK_EQ(v2g_link_send(&a, (const uint8_t *)"hello", 5), E_OK);
    CHECK_EQ(v2g_link_receive(&b, bytes, sizeof bytes), 5);
    CHECK_EQ(v2g_link_receive(&b, bytes, sizeof bytes), 0);
    v2g_link_describe(&a, text, sizeof text);
    CHECK_STR(text, "plain");
    v2g_link_close(&a);
    CHECK_EQ(v2g_link_receive(&b, bytes, sizeof bytes), E_NOTFOUND);
    CHECK_STR(v2g_link_why(&b), "");
    v2g_link_close(&b);
    v2g_link_close(&b);
}

/* The car refuses `name` with these words, and the charger is told by an alert. */
static void check_refusal(const char *name, const char *words, const char *alert)
{
    struct pair p;
    int car, charger;
    connect_pair(&p, name);
    shake_hands(&p, &car, &charger);
    CHECK_EQ(car, E_AUTH);
    CHECK_STR(v2g_link_why(&p.car), words);
    CHECK_EQ(charger, E_IO);
    CHECK(strstr(v2g_link_why(&p.charger), alert) != NULL);
    part(&p);
}

static void an_expired_certificate_is_refused(void)
{
    begin();
    issue("old", "CPO", -10 * DAY_S, -1);
    check_refusal("old", "a certificate of the charger has expired", "certificate expired");
    finish();
}

static void a_certificate_of_tomorrow_is_refused(void)
{
    begin();
    issue("young", "CPO", DAY_S, 2 * DAY_S);
    check_refusal("young", "a certificate of the charger is not valid yet", "alert");
    finish();
}

static void a_certificate_that_is_not_an_operators_is_refused(void)
{
    begin();
    issue("foreign", "MO", -DAY_S, DAY_S);
    check_refusal("foreign",
                  "the charger's certificate is not a charge point operator's (no DC=CPO)",
                  "handshake failure");
    finish();
}

static void move(const char *from, const char *to)
{
    CHECK_EQ(rename(in_dir(from), in_dir(to)), 0);
}

static void a_root_that_the_car_does_not_know_is_refused(void)
{
    begin();
    move("good.pem", "kept.pem");
    move("good.key", "kept.key");
    static const char *const authorities[] = {"v2g-root", "cpo-sub-ca-1", "cpo-sub-ca-2"};
    for (unsigned i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s.pem", authorities[i]);
        CHECK_EQ(unlink(in_dir(name)), 0);
        snprintf(name, sizeof name, "%s.key", authorities[i]);
        CHECK_EQ(unlink(in_dir(name)), 0);
    }
    CHECK_EQ(v2g_pki_make(dir, &error), E_OK); /* others of the same names */
    check_refusal("kept", "the charger's certificate leads to no V2G root that this car knows",
                  "alert");
    finish();
}

/* A car that trusts `car_dir`'s root meets a charger with certificates of both. */
static void check_choice(const char *car_dir, const char *first_dir, const char *second_dir)
{
    struct pair p;
    int fds[2];
    int car, charger;
    strcpy(dir, first_dir);
    p.charger_tls = open_charger("good");
    strcpy(dir, second_dir);
    CHECK_EQ(v2g_tls_add_identity(p.charger_tls, in_dir("good.pem"), in_dir("good.key"), &error),
             E_OK);
    strcpy(dir, car_dir);
    p.car_tls = open_car();
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    CHECK_EQ(v2g_link_open(&p.car, fds[0], p.car_tls, 1000), E_OK);
    CHECK_EQ(v2g_link_open(&p.charger, fds[1], p.charger_tls, 1000), E_OK);
    shake_hands(&p, &car, &charger);
    CHECK_EQ(car, E_OK);
    CHECK_EQ(charger, E_OK);
    part(&p);
}

static void a_charger_shows_the_certificate_under_a_root_that_the_car_names(void)
{
    char one[PATH_CAP];
    char other[PATH_CAP];
    begin();
    strcpy(one, dir);
    begin();
    strcpy(other, dir);
    check_choice(one, one, other);
    check_choice(one, other, one);
    check_choice(other, one, other);
    finish();
    strcpy(dir, one);
    finish();
}

/* What a client of OpenSSL's own making puts into trusted_ca_keys. */
static struct {
    uint8_t bytes[512];
    size_t len;
} named;

static int give_named(SSL *session, unsigned kind, const unsigned char **out, size_t *len,
                      int *alert, void *context)
{
    (void)session;
    (void)kind;
    (void)alert;
    (void)context;
    *out = named.bytes;
    *len = named.len;
    return 1;
}

static void name_root(uint8_t kind, const uint8_t *value, size_t len)
{
    uint8_t *at = named.bytes + 2;
    *at++ = kind;
    if (kind == 2) {
        *at++ = (uint8_t)(len >> 8);
        *at++ = (uint8_t)len;
    }
    memcpy(at, value, len);
    named.len = (size_t)(at - named.bytes) + len;
    named.bytes[0] = (uint8_t)((named.len - 2) >> 8);
    named.bytes[1] = (uint8_t)(named.len - 2);
}

/* The root whose certificate is shown to such a client, 0 or 1; -1: the hello is refused. */
static int shown_root(X509 *const roots[2], struct v2g_tls *charger_tls)
{
    struct v2g_link charger;
    int fds[2];
    int result = E_STATE;
    int shown = -1;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    CHECK_EQ(SSL_CTX_add_client_custom_ext(context, 3, give_named, NULL, NULL, NULL, NULL), 1);
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    CHECK_EQ(v2g_link_open(&charger, fds[1], charger_tls, 1000), E_OK);
    SSL *client = SSL_new(context);
    SSL_set_fd(client, fds[0]);
    SSL_set_connect_state(client);
    for (unsigned i = 0; i < 8 && result == E_STATE; i++) {
        SSL_do_handshake(client);
        result = v2g_link_handshake(&charger, 1000);
    }
    SSL_do_handshake(client);
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(client);
    if (result == E_OK && CHECK_EQ(sk_X509_num(chain), 3)) {
        X509 *top = sk_X509_value(chain, 2);
        shown = X509_verify(top, X509_get0_pubkey(roots[0])) == 1   ? 0
                : X509_verify(top, X509_get0_pubkey(roots[1])) == 1 ? 1
                                                                    : -1;
    }
    SSL_free(client);
    SSL_CTX_free(context);
    v2g_link_close(&charger);
    close(fds[0]);
    return shown;
}

static X509 *read_root(void)
{
    FILE *file = fopen(in_dir("v2g-root.pem"), "r");
    X509 *root = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    return root;
}

static void roots_are_named_by_hash_of_key_by_name_or_by_hash_of_certificate(void)
{
    X509 *roots[2];
    char one[PATH_CAP];
    uint8_t value[EVP_MAX_MD_SIZE] = {0};
    unsigned char *name = NULL;
    begin();
    strcpy(one, dir);
    roots[0] = read_root();
    struct v2g_tls *tls = open_charger("good");
    begin();
    roots[1] = read_root();
    CHECK_EQ(v2g_tls_add_identity(tls, in_dir("good.pem"), in_dir("good.key"), &error), E_OK);
    X509_pubkey_digest(roots[1], EVP_sha1(), value, NULL);
    name_root(1, value, 20);
    CHECK_EQ(shown_root(roots, tls), 1);
    X509_digest(roots[1], EVP_sha1(), value, NULL);
    name_root(3, value, 20);
    CHECK_EQ(shown_root(roots, tls), 1);
    value[0] ^= 1; /* of nobody: the first is shown */
    name_root(3, value, 20);
    CHECK_EQ(shown_root(roots, tls), 0);
    const int len = i2d_X509_NAME(X509_get_subject_name(roots[0]), &name); /* both have it */
    name_root(2, name, (size_t)len);
    CHECK_EQ(shown_root(roots, tls), 0);
    named.bytes[1]++; /* one byte too few */
    CHECK_EQ(shown_root(roots, tls), -1);
    name_root(3, value, 19);
    CHECK_EQ(shown_root(roots, tls), -1);
    OPENSSL_free(name);
    X509_free(roots[0]);
    X509_free(roots[1]);
    v2g_tls_free(tls);
    finish();
    strcpy(dir, one);
    finish();
}

static void append(const char *from, const char *to)
{
    char bytes[8192];
    FILE *in = fopen(in_dir(from), "r");
    FILE *out = fopen(in_dir(to), "a");
    const size_t len = fread(bytes, 1, sizeof bytes, in);
    CHECK_EQ(fwrite(bytes, 1, len, out), len);
    fclose(in);
    fclose(out);
}

static void a_charger_without_a_good_certificate_and_key_does_not_start(void)
{
    begin();
    issue("other", "CPO", -DAY_S, DAY_S);
    CHECK(v2g_tls_charger(in_dir("none.pem"), in_dir("good.key"), &error) == NULL);
    CHECK(strstr(error.why, "none.pem cannot be read: No such file") != NULL);
    CHECK(v2g_tls_charger(in_dir("good.pem"), in_dir("other.key"), &error) == NULL);
    CHECK(strstr(error.why, "is not the key of the charger's certificate") != NULL);
    CHECK(v2g_tls_charger(in_dir("good.key"), in_dir("good.key"), &error) == NULL);
    CHECK(strstr(error.why, "has no certificate") != NULL);
    CHECK(v2g_tls_charger(in_dir("good.pem"), in_dir("good.pem"), &error) == NULL);
    CHECK_EQ(chmod(in_dir("good.pem"), 0600), 0);
    CHECK(v2g_tls_charger(in_dir("good.pem"), in_dir("good.pem"), &error) == NULL);
    CHECK(strstr(error.why, "has no private key") != NULL);
    CHECK_EQ(chmod(in_dir("good.key"), 0640), 0);
    CHECK(open_charger("good") == NULL);
    CHECK(strstr(error.why, "can be read by others") != NULL);
    append("cpo-sub-ca-1.pem", "other.pem");
    CHECK(open_charger("other") == NULL);
    CHECK(strstr(error.why, "more certificates than one, two sub-CAs and the root") != NULL);
    finish();
}

static void a_car_without_roots_does_not_start(void)
{
    begin();
    CHECK(v2g_tls_car(in_dir("none.pem"), &error) == NULL);
    CHECK(strstr(error.why, "No such file") != NULL);
    CHECK(v2g_tls_car(in_dir("good.key"), &error) == NULL);
    CHECK(strstr(error.why, "has no V2G root certificate") != NULL);
    finish();
}

static void keys_are_private_and_a_pki_goes_on(void)
{
    static const char *const keys[] = {"v2g-root.key", "cpo-sub-ca-1.key", "cpo-sub-ca-2.key",
                                       "good.key"};
    struct stat before, after;
    begin();
    for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        CHECK_EQ(stat(in_dir(keys[i]), &after), 0);
        CHECK_EQ(after.st_mode & 0777, 0600);
    }
    CHECK_EQ(stat(in_dir("v2g-root.pem"), &before), 0);
    CHECK_EQ(v2g_pki_make(dir, &error), E_OK);
    CHECK_EQ(stat(in_dir("v2g-root.pem"), &after), 0);
    CHECK_EQ(before.st_ino, after.st_ino);
    static const char *const bad[] = {"", "../x", ".hidden", "a b", "v2g-root"};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct v2g_pki_charger charger = {bad[i], "CPO", 0, DAY_S};
        CHECK(v2g_pki_issue(dir, &charger, &error) != E_OK);
        CHECK(strstr(error.why, "is no name for a charger") != NULL);
    }
    CHECK_EQ(unlink(in_dir("cpo-sub-ca-1.key")), 0);
    CHECK(v2g_pki_make(dir, &error) != E_OK);
    CHECK(strstr(error.why, "has a certificate whose key is missing") != NULL);
    finish();
}

static void a_silent_client_is_dropped_in_time(void)
{
    struct pair p;
    begin();
    connect_pair(&p, "good");
    CHECK_EQ(v2g_link_handshake(&p.charger, 1000), E_STATE);
    CHECK_EQ(v2g_link_waits_for(&p.charger), POSIX_LOOP_READ);
    CHECK_EQ(v2g_link_deadline(&p.charger), 1000 + V2G_LINK_HANDSHAKE_MS);
    CHECK_EQ(v2g_link_handshake(&p.charger, 999 + V2G_LINK_HANDSHAKE_MS), E_STATE);
    CHECK_EQ(v2g_link_handshake(&p.charger, 1000 + V2G_LINK_HANDSHAKE_MS), E_TIMEOUT);
    CHECK_STR(v2g_link_why(&p.charger), "the handshake took too long");
    CHECK_EQ(v2g_link_handshake(&p.charger, 1000), E_IO);
    part(&p);
    finish();
}

/* A hello of 64 KB, in records of 4 KB. */
static void more_bytes_than_a_handshake_has_are_refused(void)
{
    static const uint8_t head[] = {22, 3, 1, 0x10, 0};
    static uint8_t body[4096] = {1, 0, 0xFF, 0xFF};
    struct pair p;
    int result = E_STATE;
    begin();
    connect_pair(&p, "good");
    for (unsigned i = 0; i < 8 && result == E_STATE; i++) {
        CHECK_EQ(write(p.car.fd, head, sizeof head), sizeof head);
        CHECK_EQ(write(p.car.fd, body, sizeof body), sizeof body);
        memset(body, 0, sizeof body);
        result = v2g_link_handshake(&p.charger, 1000);
    }
    CHECK_EQ(result, E_LIMIT);
    CHECK_STR(v2g_link_why(&p.charger), "more bytes came than a handshake has");
    part(&p);
    finish();
}

static void what_is_not_tls_is_refused(void)
{
    static const uint8_t v2gtp[] = {0x01, 0xFE, 0x80, 0x01, 0, 0, 0, 4, 1, 2, 3, 4};
    struct pair p;
    begin();
    connect_pair(&p, "good");
    CHECK_EQ(write(p.car.fd, v2gtp, sizeof v2gtp), sizeof v2gtp);
    CHECK_EQ(v2g_link_handshake(&p.charger, 1000), E_IO);
    CHECK(strstr(v2g_link_why(&p.charger), "the TLS handshake failed") != NULL);
    part(&p);
    finish();
}

static void who_leaves_during_the_handshake_is_seen(void)
{
    struct pair p;
    begin();
    connect_pair(&p, "good");
    v2g_link_close(&p.car);
    CHECK_EQ(v2g_link_handshake(&p.charger, 1000), E_NOTFOUND);
    CHECK_STR(v2g_link_why(&p.charger), "the other side left during the handshake");
    part(&p);
    finish();
}

static void a_goodbye_differs_from_a_cut(void)
{
    struct pair p;
    uint8_t bytes[16];
    begin();
    connect_well(&p);
    v2g_link_close(&p.car);
    CHECK_EQ(v2g_link_receive(&p.charger, bytes, sizeof bytes), E_NOTFOUND);
    CHECK_STR(v2g_link_why(&p.charger), "");
    part(&p);
    connect_well(&p);
    CHECK_EQ(shutdown(p.car.fd, SHUT_WR), 0);
    CHECK_EQ(v2g_link_receive(&p.charger, bytes, sizeof bytes), E_NOTFOUND);
    CHECK_STR(v2g_link_why(&p.charger), "the other side left without a goodbye");
    CHECK_EQ(v2g_link_send(&p.charger, bytes, 1), E_IO);
    part(&p);
    finish();
}

/* Takes what the car's end wrote, changes a bit, and gives it to the charger. */
static void a_changed_record_ends_the_connection(void)
{
    struct pair p;
    int fds[2];
    uint8_t bytes[256];
    begin();
    connect_well(&p);
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    CHECK_EQ(v2g_link_send(&p.car, (const uint8_t *)"hello", 5), E_OK);
    const ssize_t n = recv(p.charger.fd, bytes, sizeof bytes, 0);
    CHECK(n > 20);
    bytes[n - 1] ^= 1;
    CHECK_EQ(write(fds[0], bytes, (size_t)n), n);
    CHECK_EQ(dup2(fds[1], p.charger.fd), p.charger.fd);
    CHECK_EQ(v2g_link_receive(&p.charger, bytes, sizeof bytes), E_IO);
    CHECK_STR(v2g_link_why(&p.charger), "a record of the other side is damaged");
    close(fds[0]);
    close(fds[1]);
    part(&p);
    finish();
}

/* Of a client of OpenSSL's own making: what the profile does not name is refused. */
static void check_client(int version, const char *suites, const char *groups, bool agreed)
{
    struct pair p;
    int result = E_STATE;
    connect_pair(&p, "good");
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    CHECK_EQ(SSL_CTX_set_min_proto_version(context, version), 1);
    CHECK_EQ(SSL_CTX_set_max_proto_version(context, version), 1);
    CHECK_EQ(SSL_CTX_set_cipher_list(context, suites), 1);
    char list[16];
    strcpy(list, groups);
    CHECK_EQ(SSL_CTX_set1_groups_list(context, list), 1);
    SSL *client = SSL_new(context);
    SSL_set_fd(client, p.car.fd);
    SSL_set_connect_state(client);
    for (unsigned i = 0; i < 8 && result == E_STATE; i++) {
        SSL_do_handshake(client);
        result = v2g_link_handshake(&p.charger, 1000);
    }
    CHECK_EQ(result, agreed ? E_OK : E_IO);
    if (agreed) { /* and then nothing is negotiated anew */
        uint8_t bytes[16];
        SSL_do_handshake(client);
        SSL_renegotiate(client);
        SSL_do_handshake(client);
        CHECK(v2g_link_receive(&p.charger, bytes, sizeof bytes) <= 0);
        CHECK_EQ(SSL_session_reused(client), 0);
    }
    SSL_free(client);
    SSL_CTX_free(context);
    part(&p);
}

static void only_what_the_standard_names_is_spoken(void)
{
    begin();
    check_client(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256", "P-256", true);
    check_client(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256", "P-384", false);
    check_client(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", "P-256", false);
    check_client(TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384", "P-256", false);
    check_client(TLS1_1_VERSION, "ALL:@SECLEVEL=0", "P-256", false);
    check_client(TLS1_VERSION, "ALL:@SECLEVEL=0", "P-256", false);
    check_client(TLS1_3_VERSION, "ALL", "P-256", false);
    finish();
}

static void a_key_log_is_private_and_no_link_is_followed(void)
{
    struct pair p;
    int car, charger;
    struct stat status;
    begin();
    connect_pair(&p, "good");
    CHECK_EQ(v2g_tls_keylog(p.car_tls, in_dir("keylog")), E_OK);
    CHECK_EQ(symlink(in_dir("good.key"), in_dir("link")), 0);
    CHECK_EQ(v2g_tls_keylog(p.charger_tls, in_dir("link")), E_IO);
    shake_hands(&p, &car, &charger);
    CHECK_EQ(car, E_OK);
    CHECK_EQ(stat(in_dir("keylog"), &status), 0);
    CHECK_EQ(status.st_mode & 0777, 0600);
    CHECK_EQ(status.st_size, strlen("CLIENT_RANDOM ") + 64 + 1 + 96 + 1);
    part(&p);
    finish();
}

CHECK_MAIN(TEST(what_one_says_the_other_hears), TEST(a_plain_link_is_the_same_to_its_user),
           TEST(an_expired_certificate_is_refused), TEST(a_certificate_of_tomorrow_is_refused),
           TEST(a_certificate_that_is_not_an_operators_is_refused),
           TEST(a_root_that_the_car_does_not_know_is_refused),
           TEST(a_charger_shows_the_certificate_under_a_root_that_the_car_names),
           TEST(roots_are_named_by_hash_of_key_by_name_or_by_hash_of_certificate),
           TEST(a_charger_without_a_good_certificate_and_key_does_not_start),
           TEST(a_car_without_roots_does_not_start), TEST(keys_are_private_and_a_pki_goes_on),
           TEST(a_silent_client_is_dropped_in_time),
           TEST(more_bytes_than_a_handshake_has_are_refused), TEST(what_is_not_tls_is_refused),
           TEST(who_leaves_during_the_handshake_is_seen), TEST(a_goodbye_differs_from_a_cut),
           TEST(a_changed_record_ends_the_connection), TEST(only_what_the_standard_names_is_spoken),
           TEST(a_key_log_is_private_and_no_link_is_followed))
