/* SPDX-License-Identifier: MIT
 * Certificates are put together here and nowhere else; nothing of a request is copied but its key.
 */
#include "signer/issue.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/assert.h"
#include "signer/limits.h"

enum { SERIAL_LEN = 16, DAY_S = 86400, NAME_CAP = 64, NAME_KEY_HEX = 8, SAN_NAME_MAX_LEN = 253 };

struct extension {
    int nid;
    const char *value; /* in the words of OpenSSL's x509v3_config(5); constants only */
};

static const struct extension ca_extensions[] = {
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
    {NID_undef, NULL},
};
static const struct extension leaf_extensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
    {NID_undef, NULL},
};
static const struct extension use_extensions[][2] = {
    [SIGNER_FOR_DEVICE] = {{NID_ext_key_usage, "clientAuth"}, {NID_undef, NULL}},
    [SIGNER_FOR_SERVER] = {{NID_ext_key_usage, "serverAuth"}, {NID_undef, NULL}},
    [SIGNER_FOR_GATEWAY] = {{NID_ext_key_usage, "serverAuth,clientAuth"}, {NID_undef, NULL}},
};

static bool add_extensions(X509 *certificate, X509 *issuer, const struct extension *list)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    for (; list->nid != NID_undef; list++) {
        X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, list->nid, list->value);
        const bool added = e != NULL && X509_add_ext(certificate, e, -1) == 1;
        X509_EXTENSION_free(e);
        if (!added) {
            return false;
        }
    }
    return true;
}

/* 128 random bits, positive and not zero (RFC 5280 4.1.2.2). */
static bool set_serial(X509 *certificate)
{
    uint8_t bytes[SERIAL_LEN];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return false;
    }
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    const bool set = number != NULL && !BN_is_zero(number) &&
                     BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return set;
}

static bool set_times(X509 *certificate, int64_t from_s, int64_t to_s)
{
    time_t from = (time_t)from_s;
    time_t to = (time_t)to_s;
    return ASN1_TIME_adj(X509_getm_notBefore(certificate), from, 0, 0) != NULL &&
           ASN1_TIME_adj(X509_getm_notAfter(certificate), to, 0, 0) != NULL;
}

static bool set_subject(X509 *certificate, const char *organisation, const char *name)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    if (organisation != NULL &&
        X509_NAME_add_entry_by_NID(subject, NID_organizationName, MBSTRING_UTF8,
                                   (const unsigned char *)organisation, -1, -1, 0) != 1) {
        return false;
    }
    return X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                      (const unsigned char *)name, -1, -1, 0) == 1;
}

/* ---- alternative names ---- */

static bool push_name(GENERAL_NAMES *names, int type, const void *value, size_t len)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *text = type == GEN_IPADD ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
    if (name == NULL || text == NULL || ASN1_STRING_set(text, value, (int)len) != 1) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(text);
        return false;
    }
    GENERAL_NAME_set0_value(name, type, text);
    if (sk_GENERAL_NAME_push(names, name) <= 0) {
        GENERAL_NAME_free(name);
        return false;
    }
    return true;
}

static bool host_name_ok(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
    const size_t len = strlen(name);
    return len > 0 && len <= SAN_NAME_MAX_LEN && strspn(name, allowed) == len && name[0] != '.' &&
           name[0] != '-';
}

/* One entry, "DNS:..." or "IP:...". */
static bool push_entry(GENERAL_NAMES *names, const char *entry)
{
    uint8_t address[16];
    if (strncmp(entry, "DNS:", 4) == 0) {
        return host_name_ok(entry + 4) && push_name(names, GEN_DNS, entry + 4, strlen(entry + 4));
    }
    if (strncmp(entry, "IP:", 3) != 0) {
        return false;
    }
    if (inet_pton(AF_INET, entry + 3, address) == 1) {
        return push_name(names, GEN_IPADD, address, 4);
    }
    return inet_pton(AF_INET6, entry + 3, address) == 1 && push_name(names, GEN_IPADD, address, 16);
}

static bool push_list(GENERAL_NAMES *names, const char *san)
{
    char entry[SAN_NAME_MAX_LEN + 5];
    for (int n = 0; n < SIGNER_SAN_MAX_ENTRIES; n++) {
        const size_t len = strcspn(san, ",");
        if (len >= sizeof entry) {
            return false;
        }
        memcpy(entry, san, len);
        entry[len] = '\0';
        if (!push_entry(names, entry)) {
            return false;
        }
        if (san[len] == '\0') {
            return true;
        }
        san += len + 1;
    }
    return false;
}

static enum signer_refusal add_names(X509 *certificate, const struct signer_subject *subject)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    enum signer_refusal refusal = SIGNER_REFUSED_NONE;
    if (names == NULL) {
        return SIGNER_REFUSED_INTERNAL;
    }
    if (subject->use == SIGNER_FOR_DEVICE) {
        char uri[sizeof "wattward:device:" + SIGNER_NAME_MAX_LEN];
        const int len = snprintf(uri, sizeof uri, "wattward:device:%s", subject->name);
        refusal = push_name(names, GEN_URI, uri, (size_t)len) ? SIGNER_REFUSED_NONE
                                                              : SIGNER_REFUSED_INTERNAL;
    } else if (!push_list(names, subject->san)) {
        refusal = SIGNER_REFUSED_SAN;
    }
    if (refusal == SIGNER_REFUSED_NONE &&
        X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0) != 1) {
        refusal = SIGNER_REFUSED_INTERNAL;
    }
    GENERAL_NAMES_free(names);
    return refusal;
}

/* ---- certificates ---- */

static bool sign(X509 *certificate, EVP_PKEY *key)
{
    /* The signature is verified before it leaves: one that a fault bent could give the key away. */
    return X509_sign(certificate, key, EVP_sha256()) > 0 && X509_verify(certificate, key) == 1;
}

static bool fill_ca(X509 *ca, EVP_PKEY *key, int64_t unix_s)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char name[NAME_CAP];
    if (X509_set_version(ca, X509_VERSION_3) != 1 || X509_set_pubkey(ca, key) != 1 ||
        X509_pubkey_digest(ca, EVP_sha256(), digest, &len) != 1) {
        return false;
    }
    /* Two sites never share an issuer's name, so a store may hold the CAs of both. */
    snprintf(name, sizeof name, "Wattward CA %02x%02x%02x%02x", digest[0], digest[1], digest[2],
             digest[3]);
    return set_subject(ca, "Wattward", name) &&
           X509_set_issuer_name(ca, X509_get_subject_name(ca)) == 1 && set_serial(ca) &&
           set_times(ca, unix_s - SIGNER_CA_BACKDATE_S, unix_s + (int64_t)SIGNER_CA_DAYS * DAY_S) &&
           add_extensions(ca, ca, ca_extensions) && sign(ca, key);
}

X509 *signer_issue_ca(EVP_PKEY *key, int64_t unix_s)
{
    X509 *ca = X509_new();
    if (ca != NULL && !fill_ca(ca, key, unix_s)) {
        X509_free(ca);
        ca = NULL;
    }
    return ca;
}

/* Everything but the names and the signature. */
static bool fill_leaf(X509 *leaf, const struct signer_issuer *issuer,
                      const struct signer_subject *subject, int64_t unix_s)
{
    if (X509_set_version(leaf, X509_VERSION_3) != 1 || X509_set_pubkey(leaf, subject->key) != 1 ||
        !set_subject(leaf, NULL, subject->name) ||
        X509_set_issuer_name(leaf, X509_get_subject_name(issuer->certificate)) != 1 ||
        !set_serial(leaf) ||
        !set_times(leaf, unix_s - SIGNER_BACKDATE_S, unix_s + (int64_t)SIGNER_LEAF_DAYS * DAY_S)) {
        return false;
    }
    const ASN1_TIME *end = X509_get0_notAfter(issuer->certificate);
    if (ASN1_TIME_compare(X509_get0_notAfter(leaf), end) > 0 &&
        X509_set1_notAfter(leaf, end) != 1) {
        return false;
    }
    return add_extensions(leaf, issuer->certificate, leaf_extensions) &&
           add_extensions(leaf, issuer->certificate, use_extensions[subject->use]);
}

enum signer_refusal signer_issue(const struct signer_issuer *issuer,
                                 const struct signer_subject *subject, int64_t unix_s,
                                 X509 **certificate)
{
    ASSERT(issuer->certificate != NULL && issuer->key != NULL && subject->key != NULL);
    ASSERT((subject->use == SIGNER_FOR_DEVICE) == (subject->san == NULL));
    X509 *leaf = X509_new();
    enum signer_refusal refusal = SIGNER_REFUSED_INTERNAL;
    if (leaf != NULL && fill_leaf(leaf, issuer, subject, unix_s)) {
        refusal = add_names(leaf, subject);
    }
    if (refusal == SIGNER_REFUSED_NONE && !sign(leaf, issuer->key)) {
        refusal = SIGNER_REFUSED_INTERNAL;
    }
    if (refusal != SIGNER_REFUSED_NONE) {
        X509_free(leaf);
        return refusal;
    }
    *certificate = leaf;
    return SIGNER_REFUSED_NONE;
}
