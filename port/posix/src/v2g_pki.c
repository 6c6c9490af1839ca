/* SPDX-License-Identifier: MIT
 * A test PKI for charging by OpenSSL 3.
 */
#include "posix/v2g_pki.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_CAP = 512, NAME_MAX_LEN = 50, DAY_S = 86400, SERIAL_LEN = 8 };

/* What a certificate is made from. */
struct template
{
    const char *common_name, *domain;
    const char *constraints, *usage;
    int64_t not_before_s, not_after_s;
};
struct authority {
    const char *file; /* without its ending */
    const char *common_name, *domain, *constraints;
    int days;
};
#define AUTHORITY_USAGE "critical,keyCertSign,cRLSign"
/* From the root down; each signs the next. */
static const struct authority authorities[] = {
    {"v2g-root", "Wattward test V2G root", "V2G", "critical,CA:TRUE", 3650},
    {"cpo-sub-ca-1", "Wattward test CPO sub-CA 1", "CPO", "critical,CA:TRUE,pathlen:1", 1460},
    {"cpo-sub-ca-2", "Wattward test CPO sub-CA 2", "CPO", "critical,CA:TRUE,pathlen:0", 730},
};
enum { N_AUTHORITIES = sizeof authorities / sizeof authorities[0] };

/* A certificate with its key. */
struct party {
    X509 *certificate;
    EVP_PKEY *key;
};

static void drop(struct party *p)
{
    X509_free(p->certificate);
    EVP_PKEY_free(p->key);
    *p = (struct party){NULL, NULL};
}

static int give_up(struct v2g_tls_error *error, const char *what, const char *why)
{
    snprintf(error->why, sizeof error->why, "%.130s %s", what, why);
    ERR_clear_error();
    return E_IO;
}

static int cannot_write(struct v2g_tls_error *error, const char *dir, int why)
{
    char words[64];
    snprintf(words, sizeof words, "cannot be written: %s", strerror(why));
    return give_up(error, dir, words);
}

static void path_of(char path[PATH_CAP], const char *dir, const char *name, const char *ending)
{
    snprintf(path, PATH_CAP, "%.400s/%.60s%s", dir, name, ending);
}

/* ---- certificates ---- */

static bool add_name(X509_NAME *name, int field, const char *text)
{
    return X509_NAME_add_entry_by_NID(name, field, MBSTRING_UTF8, (const unsigned char *)text, -1,
                                      -1, 0) == 1;
}

static bool add_extension(X509 *certificate, X509 *issuer, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    const bool ok = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

static bool set_serial(X509 *certificate)
{
    uint8_t bytes[SERIAL_LEN];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return false;
    }
    bytes[0] = (uint8_t)(bytes[0] & 0x7f) | 1; /* positive and not zero */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    const bool ok =
        number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return ok;
}

/* Everything but the signature. */
static bool fill(struct party *p, const struct template *t, X509 *issuer)
{
    X509 *c = p->certificate;
    X509_NAME *subject = X509_get_subject_name(c);
    return X509_set_version(c, X509_VERSION_3) == 1 && set_serial(c) &&
           ASN1_TIME_set(X509_getm_notBefore(c), (time_t)t->not_before_s) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(c), (time_t)t->not_after_s) != NULL &&
           add_name(subject, NID_commonName, t->common_name) &&
           add_name(subject, NID_organizationName, "Wattward test") &&
           add_name(subject, NID_domainComponent, t->domain) &&
           X509_set_issuer_name(c, X509_get_subject_name(issuer)) == 1 &&
           X509_set_pubkey(c, p->key) == 1 &&
           add_extension(c, issuer, NID_basic_constraints, t->constraints) &&
           add_extension(c, issuer, NID_key_usage, t->usage) &&
           add_extension(c, issuer, NID_subject_key_identifier, "hash") &&
           (issuer == c || add_extension(c, issuer, NID_authority_key_identifier, "keyid"));
}

/* A new key and its certificate, signed by `issuer`, or by itself when that is NULL. */
static bool make(struct party *p, const struct template *t, const struct party *issuer)
{
    p->key = EVP_EC_gen("P-256");
    p->certificate = X509_new();
    const struct party *signer = issuer != NULL ? issuer : p;
    return p->key != NULL && p->certificate != NULL && fill(p, t, signer->certificate) &&
           X509_sign(p->certificate, signer->key, EVP_sha256()) > 0;
}

/* ---- files ---- */

/* A file that replaces an older one only when it is complete. */
struct draft {
    char path[PATH_CAP], final[PATH_CAP];
    FILE *file;
};

static int begin(struct draft *d, const char *dir, const char *name, const char *ending,
                 mode_t mode)
{
    path_of(d->final, dir, name, ending);
    snprintf(d->path, sizeof d->path, "%.500s.new", d->final);
    (void)unlink(d->path);
    const int fd = open(d->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    d->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (d->file == NULL && fd >= 0) {
        close(fd);
    }
    return d->file != NULL ? E_OK : E_IO;
}

static int finish(struct draft *d, bool ok)
{
    ok = fflush(d->file) == 0 && ok;
    ok = fsync(fileno(d->file)) == 0 && ok;
    ok = fclose(d->file) == 0 && ok;
    if (ok && rename(d->path, d->final) == 0) {
        return E_OK;
    }
    (void)unlink(d->path);
    return E_IO;
}

static int write_key(const char *dir, const char *name, EVP_PKEY *key)
{
    struct draft d;
    if (begin(&d, dir, name, ".key", 0600) != E_OK) {
        return E_IO;
    }
    return finish(&d, PEM_write_PrivateKey(d.file, key, NULL, NULL, 0, NULL, NULL) == 1);
}

/* The certificates of `parties`, in their order. */
static int write_chain(const char *dir, const char *name, const struct party *parties, unsigned n)
{
    struct draft d;
    bool ok = true;
    if (begin(&d, dir, name, ".pem", 0644) != E_OK) {
        return E_IO;
    }
    for (unsigned i = 0; i < n; i++) {
        ok = ok && PEM_write_X509(d.file, parties[i].certificate) == 1;
    }
    return finish(&d, ok);
}

static int read_party(struct party *p, const char *dir, const char *name)
{
    char path[PATH_CAP];
    path_of(path, dir, name, ".pem");
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        p->certificate = PEM_read_X509(file, NULL, NULL, NULL);
        fclose(file);
    }
    path_of(path, dir, name, ".key");
    file = fopen(path, "re");
    if (file != NULL) {
        p->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
        fclose(file);
    }
    return p->certificate != NULL && p->key != NULL ? E_OK : E_NOTFOUND;
}

/* ---- the two verbs ---- */

static bool exists(const char *dir, const char *name)
{
    char path[PATH_CAP];
    path_of(path, dir, name, ".pem");
    return access(path, F_OK) == 0;
}

static int make_authority(struct party *p, const struct authority *a, const struct party *issuer,
                          const char *dir)
{
    const int64_t now_s = time(NULL);
    const struct template t = {.common_name = a->common_name,
                               .domain = a->domain,
                               .constraints = a->constraints,
                               .usage = AUTHORITY_USAGE,
                               .not_before_s = now_s - DAY_S,
                               .not_after_s = now_s + (int64_t)a->days * DAY_S};
    /* The key first: a certificate without its key would look complete. */
    const bool ok = make(p, &t, issuer) && write_key(dir, a->file, p->key) == E_OK &&
                    write_chain(dir, a->file, p, 1) == E_OK;
    return ok ? E_OK : E_IO;
}

int v2g_pki_make(const char *dir, struct v2g_tls_error *error)
{
    struct party parties[N_AUTHORITIES] = {{NULL, NULL}};
    int result = E_OK;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return cannot_write(error, dir, errno);
    }
    for (unsigned i = 0; i < N_AUTHORITIES && result == E_OK; i++) {
        const struct authority *a = &authorities[i];
        const struct party *issuer = i == 0 ? NULL : &parties[i - 1];
        result = exists(dir, a->file) ? read_party(&parties[i], dir, a->file)
                                      : make_authority(&parties[i], a, issuer, dir);
    }
    for (unsigned i = 0; i < N_AUTHORITIES; i++) {
        drop(&parties[i]);
    }
    return result == E_OK         ? E_OK
           : result == E_NOTFOUND ? give_up(error, dir, "has a certificate whose key is missing")
                                  : cannot_write(error, dir, errno);
}

static bool is_name(const char *name)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const size_t len = strlen(name);
    if (len == 0 || len > NAME_MAX_LEN || name[0] == '.' || strspn(name, good) != len) {
        return false;
    }
    for (unsigned i = 0; i < N_AUTHORITIES; i++) {
        if (strcmp(name, authorities[i].file) == 0) {
            return false;
        }
    }
    return true;
}

int v2g_pki_issue(const char *dir, const struct v2g_pki_charger *charger,
                  struct v2g_tls_error *error)
{
    struct party chain[1 + N_AUTHORITIES] = {{NULL, NULL}}; /* the charger, then up to the root */
    const struct template t = {.common_name = charger->name,
                               .domain = charger->domain,
                               .constraints = "critical,CA:FALSE",
                               .usage = "critical,digitalSignature,keyAgreement",
                               .not_before_s = charger->not_before_s,
                               .not_after_s = charger->not_after_s};
    if (!is_name(charger->name)) {
        return give_up(error, charger->name, "is no name for a charger");
    }
    int result = E_OK;
    for (unsigned i = 1; i <= N_AUTHORITIES && result == E_OK; i++) {
        result = read_party(&chain[i], dir, authorities[N_AUTHORITIES - i].file);
    }
    if (result != E_OK) {
        result = give_up(error, dir, "has no complete PKI");
    } else if (!make(&chain[0], &t, &chain[1]) ||
               write_key(dir, charger->name, chain[0].key) != E_OK ||
               write_chain(dir, charger->name, chain, 1 + N_AUTHORITIES) != E_OK) {
        result = cannot_write(error, dir, errno);
    }
    for (unsigned i = 0; i <= N_AUTHORITIES; i++) {
        drop(&chain[i]);
    }
    return result;
}
