/* SPDX-License-Identifier: MIT
 * The real wattward-signer over its socket pair, in a directory of its own.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "check.h"
#include "requests.h"
#include "signer/signer_client.h"

/* ---- a place ---- */

struct place {
    char dir[64];
    struct signer_client signer;
};

static void place_open(struct place *p)
{
    snprintf(p->dir, sizeof p->dir, "/tmp/wattward-signer-XXXXXX");
    if (mkdtemp(p->dir) == NULL ||
        signer_start_program(&p->signer, SIGNER_PROGRAM, p->dir) != E_OK) {
        printf("cannot start %s in %s\n", SIGNER_PROGRAM, p->dir);
        exit(1);
    }
}

static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *e; folder != NULL && (e = readdir(folder)) != NULL;) {
        if (e->d_name[0] != '.') {
            unlinkat(dirfd(folder), e->d_name, 0);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
    rmdir(path);
}

static void path_of(const struct place *p, const char *name, char *out, size_t cap)
{
    snprintf(out, cap, "%s/signer/%s", p->dir, name);
}

static void place_close(struct place *p)
{
    char path[128];
    signer_stop(&p->signer);
    path_of(p, "", path, sizeof path);
    remove_folder(path);
    rmdir(p->dir);
}

static bool starts(struct place *p)
{
    return signer_start_program(&p->signer, SIGNER_PROGRAM, p->dir) == E_OK;
}

/* ---- certificates ---- */

static X509 *parse(const uint8_t *der, int len)
{
    if (len <= 0) {
        return NULL;
    }
    const uint8_t *end = der;
    X509 *certificate = d2i_X509(NULL, &end, len);
    CHECK(certificate != NULL && end == der + len);
    return certificate;
}

static X509 *ca_of(struct place *p)
{
    uint8_t der[SIGNER_CERT_MAX_LEN];
    return parse(der, signer_ca_certificate(&p->signer, der, sizeof der));
}

static X509 *device_of(struct place *p, const char *name)
{
    uint8_t csr[REQUEST_CAP];
    uint8_t der[SIGNER_CERT_MAX_LEN];
    const size_t len = request_for(name, csr);
    return parse(der, signer_issue_device(&p->signer, name, csr, len, der, sizeof der));
}

static X509 *server_of(struct place *p, const char *name, const char *san)
{
    uint8_t csr[REQUEST_CAP];
    uint8_t der[SIGNER_CERT_MAX_LEN];
    const struct signer_server_names names = {name, san};
    const size_t len = request_for(name, csr);
    return parse(der, signer_issue_server(&p->signer, &names, csr, len, der, sizeof der));
}

/* What a TLS peer does: a chain to this CA, for this purpose. */
static bool chains(X509 *ca, X509 *leaf, int purpose)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE_add_cert(store, ca);
    X509_STORE_CTX_init(context, store, leaf, NULL);
    X509_STORE_CTX_set_purpose(context, purpose);
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), X509_V_FLAG_X509_STRICT);
    const bool good = X509_verify_cert(context) == 1;
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return good;
}

/* ---- the tests ---- */

static void the_ca_is_a_strict_self_signed_p256_ca_of_ten_years(void)
{
    struct place p;
    place_open(&p);
    X509 *ca = ca_of(&p);
    int days = 0;
    int seconds = 0;
    CHECK_EQ(X509_check_ca(ca), 1);
    CHECK_EQ(X509_self_signed(ca, 1), 1);
    CHECK_EQ(X509_get_pathlen(ca), 0);
    CHECK_EQ(X509_get_key_usage(ca), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    CHECK(X509_get0_subject_key_id(ca) != NULL);
    CHECK_EQ(EVP_PKEY_get_bits(X509_get0_pubkey(ca)), 256);
    ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(ca));
    CHECK(days >= 3649 && days <= 3650);
    X509_free(ca);
    place_close(&p);
}

static void a_device_gets_a_client_certificate_in_its_name(void)
{
    struct place p;
    char name[80] = "";
    place_open(&p);
    X509 *ca = ca_of(&p);
    X509 *leaf = device_of(&p, "barn");
    X509_NAME_get_text_by_NID(X509_get_subject_name(leaf), NID_commonName, name, sizeof name);
    CHECK_STR(name, "barn");
    CHECK_EQ(X509_NAME_entry_count(X509_get_subject_name(leaf)), 1);
    CHECK(chains(ca, leaf, X509_PURPOSE_SSL_CLIENT));
    CHECK(!chains(ca, leaf, X509_PURPOSE_SSL_SERVER));
    CHECK_EQ(X509_get_key_usage(leaf), KU_DIGITAL_SIGNATURE);
    CHECK_EQ(X509_get_extended_key_usage(leaf), XKU_SSL_CLIENT);
    CHECK_EQ(X509_check_ca(leaf), 0);
    CHECK(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(leaf), X509_get0_subject_key_id(ca)) ==
          0);
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    if (CHECK(names != NULL && sk_GENERAL_NAME_num(names) == 1)) {
        const GENERAL_NAME *uri = sk_GENERAL_NAME_value(names, 0);
        CHECK_EQ(uri->type, GEN_URI);
        CHECK_STR((const char *)ASN1_STRING_get0_data(uri->d.uniformResourceIdentifier),
                  "wattward:device:barn");
    }
    GENERAL_NAMES_free(names);
    X509_free(leaf);
    X509_free(ca);
    place_close(&p);
}

static void a_device_certificate_lasts_a_year_and_begins_a_little_ago(void)
{
    struct place p;
    int days = 0;
    int seconds = 0;
    place_open(&p);
    X509 *leaf = device_of(&p, "barn");
    ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(leaf), NULL);
    CHECK_EQ(days, 0);
    CHECK(seconds >= SIGNER_BACKDATE_S && seconds < SIGNER_BACKDATE_S + 60);
    ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(leaf));
    CHECK(days >= 364 && days <= 365);
    X509_free(leaf);
    place_close(&p);
}

static void serial_numbers_have_128_random_bits(void)
{
    struct place p;
    int top_bit = 0;
    place_open(&p);
    X509 *first = device_of(&p, "barn");
    for (int i = 0; i < 40; i++) {
        X509 *next = device_of(&p, "barn");
        const ASN1_INTEGER *serial = X509_get0_serialNumber(next);
        CHECK(ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(first)) != 0);
        CHECK_EQ(ASN1_STRING_type(serial), V_ASN1_INTEGER); /* not negative */
        CHECK(ASN1_STRING_length(serial) >= 14 && ASN1_STRING_length(serial) <= 16);
        top_bit += ASN1_STRING_length(serial) == 16 && ASN1_STRING_get0_data(serial)[0] >= 0x80;
        X509_free(next);
    }
    CHECK(top_bit > 5 && top_bit < 35);
    X509_free(first);
    place_close(&p);
}

static void a_server_certificate_names_hosts_and_addresses(void)
{
    struct place p;
    place_open(&p);
    X509 *ca = ca_of(&p);
    X509 *leaf = server_of(&p, "site", "DNS:localhost,DNS:gw.example,IP:127.0.0.1,IP:::1");
    CHECK(chains(ca, leaf, X509_PURPOSE_SSL_SERVER));
    CHECK(!chains(ca, leaf, X509_PURPOSE_SSL_CLIENT));
    CHECK_EQ(X509_check_host(leaf, "localhost", 0, 0, NULL), 1);
    CHECK_EQ(X509_check_host(leaf, "gw.example", 0, 0, NULL), 1);
    CHECK_EQ(X509_check_host(leaf, "site", 0, 0, NULL), 0);
    CHECK_EQ(X509_check_ip_asc(leaf, "127.0.0.1", 0), 1);
    CHECK_EQ(X509_check_ip_asc(leaf, "::1", 0), 1);
    CHECK_EQ(X509_check_ip_asc(leaf, "127.0.0.2", 0), 0);
    X509_free(leaf);
    X509_free(ca);
    place_close(&p);
}

static void only_the_gateway_is_server_and_client(void)
{
    struct place p;
    place_open(&p);
    X509 *ca = ca_of(&p);
    X509 *leaf = server_of(&p, SIGNER_GATEWAY_NAME, "DNS:localhost");
    CHECK(chains(ca, leaf, X509_PURPOSE_SSL_SERVER));
    CHECK(chains(ca, leaf, X509_PURPOSE_SSL_CLIENT));
    X509_free(leaf);
    CHECK(device_of(&p, SIGNER_GATEWAY_NAME) == NULL);
    CHECK_EQ(signer_refusal(&p.signer), SIGNER_REFUSED_NAME_RESERVED);
    X509_free(ca);
    place_close(&p);
}

static void alternative_names_that_are_no_names_are_refused(void)
{
    static const char *const bad[] = {
        "localhost", "DNS:",        "DNS:a,",      "DNS:a,,DNS:b",     "IP:1.2.3",
        "IP:",       "DNS:a b",     "DNS:-a",      "email:a@b",        "otherName:1.2;UTF8:x",
        "@section",  "DNS:a\nCA:x", "dns:a",       "DNS:a,IP:1.2.3.x", "URI:http://x",
        "DNS:*.com", "DNS:.a",      "IP:1.2.3.4/8"};
    struct place p;
    place_open(&p);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(server_of(&p, "site", bad[i]) == NULL);
        CHECK_EQ(signer_refusal(&p.signer), SIGNER_REFUSED_SAN);
    }
    place_close(&p);
}

static void sixteen_alternative_names_fit_and_seventeen_do_not(void)
{
    struct place p;
    char list[SIGNER_SAN_MAX_LEN + 1] = "DNS:n0";
    place_open(&p);
    for (int i = 1; i < SIGNER_SAN_MAX_ENTRIES; i++) {
        strcat(list, ",DNS:n");
    }
    X509 *leaf = server_of(&p, "site", list);
    CHECK(leaf != NULL);
    X509_free(leaf);
    strcat(list, ",DNS:n");
    CHECK(server_of(&p, "site", list) == NULL);
    CHECK_EQ(signer_refusal(&p.signer), SIGNER_REFUSED_SAN);
    place_close(&p);
}

static void a_refused_request_says_why_and_the_signer_goes_on(void)
{
    struct place p;
    uint8_t csr[REQUEST_CAP];
    uint8_t der[SIGNER_CERT_MAX_LEN];
    place_open(&p);
    const size_t len = request_for("roof", csr);
    CHECK_EQ(signer_issue_device(&p.signer, "barn", csr, len, der, sizeof der), E_MALFORMED);
    CHECK_EQ(signer_refusal(&p.signer), SIGNER_REFUSED_CSR_NAME);
    CHECK_EQ(signer_issue_device(&p.signer, "b/rn", csr, len, der, sizeof der), E_MALFORMED);
    CHECK_EQ(signer_refusal(&p.signer), SIGNER_REFUSED_NAME);
    CHECK_EQ(signer_issue_device(&p.signer, "roof", csr, 0, der, sizeof der), E_MALFORMED);
    CHECK_EQ(signer_refusal(&p.signer), SIGNER_REFUSED_CSR_SIZE);
    CHECK_EQ(signer_issue_device(&p.signer, "roof", csr, REQUEST_CAP, der, sizeof der),
             E_MALFORMED);
    CHECK_EQ(signer_refusal(&p.signer), SIGNER_REFUSED_CSR_SIZE);
    CHECK_EQ(signer_issue_device(&p.signer, "roof", csr, len, der, 100), E_NOSPACE);
    CHECK(signer_issue_device(&p.signer, "roof", csr, len, der, sizeof der) > 300);
    CHECK_EQ(signer_refusal(&p.signer), SIGNER_REFUSED_NONE);
    place_close(&p);
}

static void the_ledger_key_signs_what_says_what_it_is(void)
{
    static const uint8_t checkpoint[] = "wattward/receipt/test\n1\nAAAA\n";
    struct place p;
    uint8_t public_key[32];
    uint8_t signature[64];
    place_open(&p);
    CHECK_EQ(signer_ledger_public(&p.signer, public_key), E_OK);
    CHECK_EQ(signer_ledger_sign(&p.signer, checkpoint, sizeof checkpoint - 1, signature), E_OK);
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, NULL, NULL, NULL, key);
    CHECK_EQ(EVP_DigestVerify(context, signature, 64, checkpoint, sizeof checkpoint - 1), 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    place_close(&p);
}

static void the_ledger_key_signs_nothing_else(void)
{
    static const char *const bad[] = {"hello", "wattward/receipt/", "wattward/other/1",
                                      " wattward/receipt/x", "wattward/ledger/test\n1\nAAAA\n"};
    struct place p;
    uint8_t signature[64];
    place_open(&p);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_EQ(signer_ledger_sign(&p.signer, (const uint8_t *)bad[i], strlen(bad[i]), signature),
                 E_MALFORMED);
        CHECK_EQ(signer_refusal(&p.signer), SIGNER_REFUSED_MESSAGE_DOMAIN);
    }
    place_close(&p);
}

static void the_keys_survive_a_restart(void)
{
    struct place p;
    uint8_t first[32];
    uint8_t second[32];
    place_open(&p);
    X509 *ca = ca_of(&p);
    X509 *leaf = device_of(&p, "barn");
    CHECK_EQ(signer_ledger_public(&p.signer, first), E_OK);
    signer_stop(&p.signer);
    CHECK(starts(&p));
    X509 *again = ca_of(&p);
    CHECK_EQ(signer_ledger_public(&p.signer, second), E_OK);
    CHECK_BYTES(second, 32, first, 32);
    CHECK_EQ(X509_cmp(ca, again), 0);
    CHECK(chains(again, leaf, X509_PURPOSE_SSL_CLIENT));
    X509_free(again);
    X509_free(leaf);
    X509_free(ca);
    place_close(&p);
}

static void the_files_are_private_and_complete(void)
{
    static const char *const names[] = {"ca.key", "ca.pem", "ledger.key", "issued.log"};
    struct place p;
    char path[128];
    struct stat s;
    place_open(&p);
    path_of(&p, "", path, sizeof path);
    CHECK(stat(path, &s) == 0 && (s.st_mode & 0777) == 0700);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        path_of(&p, names[i], path, sizeof path);
        CHECK(stat(path, &s) == 0 && (s.st_mode & 0777) == 0600);
    }
    path_of(&p, "ca.key.new", path, sizeof path);
    CHECK(stat(path, &s) != 0);
    place_close(&p);
}

static void every_certificate_is_noted_before_it_leaves(void)
{
    struct place p;
    char path[128];
    char text[512] = "";
    place_open(&p);
    X509 *leaf = device_of(&p, "barn");
    X509 *server = server_of(&p, "site", "DNS:localhost");
    path_of(&p, "issued.log", path, sizeof path);
    FILE *log = fopen(path, "r");
    if (CHECK(log != NULL)) {
        CHECK(fread(text, 1, sizeof text - 1, log) > 0);
        fclose(log);
    }
    CHECK(strstr(text, " device barn ") != NULL);
    CHECK(strstr(text, " server site ") != NULL);
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(leaf), NULL);
    char *serial = BN_bn2hex(number);
    CHECK(strstr(text, serial) != NULL);
    OPENSSL_free(serial);
    BN_free(number);
    X509_free(server);
    X509_free(leaf);
    place_close(&p);
}

static void a_key_without_its_certificate_gets_one(void)
{
    /* What a power cut between the two leaves. */
    struct place p;
    char path[128];
    place_open(&p);
    X509 *ca = ca_of(&p);
    signer_stop(&p.signer);
    path_of(&p, "ca.pem", path, sizeof path);
    CHECK_EQ(unlink(path), 0);
    CHECK(starts(&p));
    X509 *again = ca_of(&p);
    CHECK_EQ(EVP_PKEY_eq(X509_get0_pubkey(ca), X509_get0_pubkey(again)), 1);
    CHECK_EQ(X509_NAME_cmp(X509_get_subject_name(ca), X509_get_subject_name(again)), 0);
    X509_free(again);
    X509_free(ca);
    place_close(&p);
}

static void a_certificate_without_its_key_is_not_replaced(void)
{
    struct place p;
    char path[128];
    struct stat s;
    place_open(&p);
    signer_stop(&p.signer);
    path_of(&p, "ca.key", path, sizeof path);
    CHECK_EQ(unlink(path), 0);
    CHECK(!starts(&p));
    CHECK(stat(path, &s) != 0);
    place_close(&p);
}

static void a_damaged_or_foreign_key_stops_the_start(void)
{
    struct place p;
    char path[128];
    char other[128];
    place_open(&p);
    signer_stop(&p.signer);
    path_of(&p, "ledger.key", path, sizeof path);
    path_of(&p, "ca.key", other, sizeof other);
    CHECK_EQ(truncate(path, 40), 0);
    CHECK(!starts(&p));
    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(link(other, path), 0); /* a P-256 key where an Ed25519 key belongs */
    CHECK(!starts(&p));
    CHECK_EQ(unlink(path), 0);
    CHECK(starts(&p));
    place_close(&p);
}

static void a_key_that_others_can_read_stops_the_start(void)
{
    struct place p;
    char path[128];
    place_open(&p);
    signer_stop(&p.signer);
    path_of(&p, "ca.key", path, sizeof path);
    CHECK_EQ(chmod(path, 0640), 0);
    CHECK(!starts(&p));
    CHECK_EQ(chmod(path, 0600), 0);
    CHECK(starts(&p));
    place_close(&p);
}

static void two_signers_never_share_a_directory(void)
{
    struct place p;
    struct signer_client second;
    place_open(&p);
    CHECK_EQ(signer_start_program(&second, SIGNER_PROGRAM, p.dir), E_IO);
    X509 *ca = ca_of(&p);
    CHECK(ca != NULL);
    X509_free(ca);
    place_close(&p);
}

static int64_t mono_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void a_dead_signer_is_an_error_and_not_a_hang(void)
{
    struct place p;
    uint8_t der[SIGNER_CERT_MAX_LEN];
    place_open(&p);
    kill(p.signer.pid, SIGKILL);
    const int64_t began_ms = mono_ms();
    CHECK_EQ(signer_ca_certificate(&p.signer, der, sizeof der), E_IO);
    CHECK_EQ(signer_ca_certificate(&p.signer, der, sizeof der), E_IO);
    CHECK(mono_ms() - began_ms < 1000);
    signer_stop(&p.signer);
    CHECK_EQ(signer_ca_certificate(&p.signer, der, sizeof der), E_IO);
    CHECK(starts(&p));
    place_close(&p);
}

static void a_silent_signer_is_a_timeout_and_its_late_answer_is_not_taken_for_another(void)
{
    struct place p;
    uint8_t der[SIGNER_CERT_MAX_LEN];
    uint8_t public_key[32];
    place_open(&p);
    kill(p.signer.pid, SIGSTOP);
    CHECK_EQ(signer_ca_certificate(&p.signer, der, sizeof der), E_TIMEOUT);
    kill(p.signer.pid, SIGCONT);
    CHECK_EQ(signer_ledger_public(&p.signer, public_key), E_OK);
    place_close(&p);
}

static void signals_to_the_whole_site_leave_the_signer_to_the_gateway(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    struct place p;
    uint8_t public_key[32];
    place_open(&p);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        kill(p.signer.pid, signals[i]);
        CHECK_EQ(signer_ledger_public(&p.signer, public_key), E_OK);
    }
    place_close(&p);
}

static void the_signer_ends_when_its_parent_is_gone(void)
{
    struct place p;
    place_open(&p);
    const int pid = p.signer.pid;
    close(p.signer.fd); /* as the kernel does for a gateway that was killed */
    p.signer.fd = -1;
    const struct timespec step = {.tv_nsec = 10000000};
    bool ended = false;
    for (int i = 0; i < 300 && !ended; i++) {
        char path[64];
        char text[256] = "";
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        FILE *file = fopen(path, "r");
        ended = file == NULL ||
                (fgets(text, sizeof text, file) != NULL && strstr(text, ") Z ") != NULL);
        if (file != NULL) {
            fclose(file);
        }
        nanosleep(&step, NULL);
    }
    CHECK(ended);
    place_close(&p);
}

static bool status_has(int pid, const char *line)
{
    char path[64];
    char text[4096];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return strstr(text, line) != NULL;
}

static void the_signer_has_no_privilege_and_a_filter(void)
{
    struct place p;
    place_open(&p);
    CHECK(status_has(p.signer.pid, "NoNewPrivs:\t1"));
    CHECK(status_has(p.signer.pid, "Seccomp:\t2"));
    CHECK(status_has(p.signer.pid, "CapEff:\t0000000000000000"));
    CHECK(status_has(p.signer.pid, "CapBnd:\t0000000000000000") || geteuid() != 0);
    place_close(&p);
}

CHECK_MAIN(
    TEST(the_ca_is_a_strict_self_signed_p256_ca_of_ten_years),
    TEST(a_device_gets_a_client_certificate_in_its_name),
    TEST(a_device_certificate_lasts_a_year_and_begins_a_little_ago),
    TEST(serial_numbers_have_128_random_bits), TEST(a_server_certificate_names_hosts_and_addresses),
    TEST(only_the_gateway_is_server_and_client),
    TEST(alternative_names_that_are_no_names_are_refused),
    TEST(sixteen_alternative_names_fit_and_seventeen_do_not),
    TEST(a_refused_request_says_why_and_the_signer_goes_on),
    TEST(the_ledger_key_signs_what_says_what_it_is), TEST(the_ledger_key_signs_nothing_else),
    TEST(the_keys_survive_a_restart), TEST(the_files_are_private_and_complete),
    TEST(every_certificate_is_noted_before_it_leaves), TEST(a_key_without_its_certificate_gets_one),
    TEST(a_certificate_without_its_key_is_not_replaced),
    TEST(a_damaged_or_foreign_key_stops_the_start),
    TEST(a_key_that_others_can_read_stops_the_start), TEST(two_signers_never_share_a_directory),
    TEST(a_dead_signer_is_an_error_and_not_a_hang),
    TEST(a_silent_signer_is_a_timeout_and_its_late_answer_is_not_taken_for_another),
    TEST(signals_to_the_whole_site_leave_the_signer_to_the_gateway),
    TEST(the_signer_ends_when_its_parent_is_gone), TEST(the_signer_has_no_privilege_and_a_filter))
