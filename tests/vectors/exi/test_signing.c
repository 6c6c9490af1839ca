/* SPDX-License-Identifier: MIT
 * The other direction of signed_vectors.tsv: each message is signed anew. What is signed is built
 * from the elements alone and is, byte for byte, the SignedInfo that the other side had signed; the
 * new message, read again from its bytes, verifies; and with any octet changed it is refused, does
 * not verify, or the change is outside of what was signed.
 */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "crypto/crypto.h"
#include "data.h"
#include "signed_parts.h"

enum { CAP = 1 << 16, HASH_LEN = 32, POINT_LEN = 65, KEY_LEN = 32, SIGNATURE_LEN = 64, STEP = 5 };

#define CANONICAL_EXI "http://www.w3.org/TR/canonical-exi/"
#define ECDSA_SHA256  "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
#define SHA256        "http://www.w3.org/2001/04/xmlenc#sha256"

static struct {
    uint8_t in[CAP];
    uint8_t out[CAP];
    uint8_t changed[CAP];
    uint8_t stated[CAP];
    alignas(8) uint8_t memory[CAP];
    alignas(8) uint8_t again[CAP];
    uint8_t key[KEY_LEN];
    uint8_t point[POINT_LEN];
    unsigned same; /* SignedInfo as the other side signed it */
    unsigned others;
    unsigned changes;
    unsigned outside; /* of these, what left the signed parts as they were */
} t;

/* A signature that is being made: what its parts point at. */
struct making {
    uint8_t digest[PARTS_MAX][HASH_LEN];
    uint8_t value[SIGNATURE_LEN];
    struct xmldsig_transform transform;
    struct xmldsig_transforms transforms;
    struct xmldsig_reference reference[PARTS_MAX];
    struct xmldsig_signature signature;
};

static void hash_fragment(const struct exi_set *set, unsigned root, const void *value,
                          uint8_t hash[HASH_LEN])
{
    static uint8_t bytes[CAP];
    struct exi_message m = {.root = root, .value = value};
    const int len = exi_encode(set, &m, bytes, sizeof bytes);
    CHECK(len > 0);
    CHECK_EQ(crypto_digest(CRYPTO_SHA256, bytes, len < 0 ? 0 : (size_t)len, hash), E_OK);
}

/* Signs the parts that the message's present signature refers to, in that order. */
static void make_signature(const struct parts *p, struct making *m)
{
    const struct xmldsig_signed_info *old = &p->signature->signed_info;
    uint8_t hash[HASH_LEN];
    uint16_t n = 0;
    m->transform = (struct xmldsig_transform){.algorithm = EXI_TEXT(CANONICAL_EXI)};
    m->transforms = (struct xmldsig_transforms){&m->transform, 1};
    for (size_t i = 0; i < old->reference_count && n < PARTS_MAX; i++) {
        const struct part *part = find_part(p, old->reference[i].uri);
        if (part != NULL) {
            hash_fragment(p->set, part->root, part->value, m->digest[n]);
            m->reference[n] = (struct xmldsig_reference){
                .uri = old->reference[i].uri,
                .transforms = &m->transforms,
                .digest_method = {EXI_TEXT(SHA256)},
                .digest_value = EXI_BLOB(m->digest[n], HASH_LEN),
            };
            n++;
        }
    }
    m->signature = (struct xmldsig_signature){
        .signed_info = {.canonicalization_method = {EXI_TEXT(CANONICAL_EXI)},
                        .signature_method = {.algorithm = EXI_TEXT(ECDSA_SHA256)},
                        .reference = m->reference,
                        .reference_count = n},
        .signature_value = {.value = EXI_BLOB(m->value, SIGNATURE_LEN)}};
    hash_fragment(&exi_set_xmldsig, XMLDSIG_FRAGMENT_SIGNED_INFO, &m->signature.signed_info, hash);
    CHECK_EQ(crypto_ecdsa_sign(CRYPTO_P256, t.key, hash, sizeof hash, m->value), E_OK);
}

/* Encodes the message with another signature in its header; the length. */
static size_t write_signed(const struct exi_set *set, const struct exi_message *old,
                           const struct xmldsig_signature *signature)
{
    struct exi_message m = *old;
    struct iso2_v2g_message v2g;
    struct iso20_authorization_req authorization;
    struct iso20_certificate_installation_req installation;
    if (set == &exi_set_iso2) {
        v2g = *(const struct iso2_v2g_message *)old->value;
        v2g.header.signature = signature;
        m.value = &v2g;
    } else if (old->root == ISO20_AUTHORIZATION_REQ) {
        authorization = *(const struct iso20_authorization_req *)old->value;
        authorization.header.signature = signature;
        m.value = &authorization;
    } else {
        installation = *(const struct iso20_certificate_installation_req *)old->value;
        installation.header.signature = signature;
        m.value = &installation;
    }
    const int len = exi_encode(set, &m, t.out, sizeof t.out);
    CHECK(len > 0);
    return len < 0 ? 0 : (size_t)len;
}

/* What a receiver does with bytes. The hash of all that is signed is left in `content`. */
static bool verifies(const struct exi_set *set, const uint8_t *bytes, size_t len,
                     uint8_t content[HASH_LEN])
{
    struct exi_arena arena;
    struct exi_message m;
    struct parts p = {.count = 0};
    uint8_t hash[HASH_LEN];
    uint8_t signature[SIGNATURE_LEN];
    exi_arena_init(&arena, t.again, sizeof t.again);
    if (exi_decode(set, bytes, len, &arena, &m) != E_OK) {
        return false;
    }
    find_parts(&p, set, &m);
    if (p.signature == NULL || p.signature->signed_info.reference_count == 0) {
        return false;
    }
    const struct xmldsig_signed_info *info = &p.signature->signed_info;
    for (size_t i = 0; i < info->reference_count; i++) {
        const struct part *part = find_part(&p, info->reference[i].uri);
        if (part == NULL) {
            return false;
        }
        hash_fragment(p.set, part->root, part->value, hash);
        if (!exi_blob_equal(info->reference[i].digest_value, hash, sizeof hash)) {
            return false;
        }
    }
    hash_fragment(&exi_set_xmldsig, XMLDSIG_FRAGMENT_SIGNED_INFO, info, content);
    return exi_blob_copy(p.signature->signature_value.value, signature, sizeof signature) ==
               SIGNATURE_LEN &&
           crypto_ecdsa_verify(CRYPTO_P256, t.point, content, HASH_LEN, signature) == E_OK;
}

static void change_octets(const struct exi_set *set, size_t len)
{
    uint8_t content[HASH_LEN];
    uint8_t other[HASH_LEN];
    if (!CHECK(verifies(set, t.out, len, content))) {
        return;
    }
    for (size_t i = 0; i < len; i += STEP) {
        memcpy(t.changed, t.out, len);
        t.changed[i] ^= (uint8_t)(1U << i % 8);
        t.changes++;
        if (verifies(set, t.changed, len, other)) {
            t.outside++;
            CHECK_BYTES(other, sizeof other, content, sizeof content);
        }
    }
}

/* Three have digests that are not ours to write: one invented for a README, that of an eMAID in its
 * typed form, by a back end that also signs in the message's own set, and that of an eMAID in no
 * form that anybody found. */
static bool differs(char **f)
{
    return strcmp(f[0], "V2Gdecoder/README.md") == 0 || strcmp(f[5], "iso2/literal") == 0 ||
           (strcmp(f[2], "CertificateInstallationRes") == 0 && strcmp(f[5], "xmldsig/hits") == 0);
}

/* The SignedInfo that we make of the elements alone is theirs, with references to strings where
 * they signed it so. */
static void compare(const struct making *m, char **f)
{
    static uint8_t bytes[CAP];
    struct exi_arena arena;
    struct exi_message info = {.root = XMLDSIG_FRAGMENT_SIGNED_INFO,
                               .value = &m->signature.signed_info};
    const size_t stated = data_hex(f[4], t.stated, sizeof t.stated);
    exi_arena_init(&arena, t.again, sizeof t.again);
    const int len = strcmp(f[5], "xmldsig/hits") == 0
                        ? exi_encode_referring(&exi_set_xmldsig, &info, &arena, bytes, sizeof bytes)
                        : exi_encode(&exi_set_xmldsig, &info, bytes, sizeof bytes);
    if (differs(f)) {
        t.others++;
    } else if (CHECK_BYTES(bytes, len < 0 ? 0 : (size_t)len, t.stated, stated)) {
        t.same++;
    }
}

static void sign_row(char **f)
{
    static struct making making;
    struct parts parts = {.count = 0};
    struct exi_message m;
    struct exi_arena arena;
    const struct exi_set *set = strcmp(f[1], "iso2") == 0 ? &exi_set_iso2 : &exi_set_iso20;
    const size_t len = data_hex(f[3], t.in, sizeof t.in);
    exi_arena_init(&arena, t.memory, sizeof t.memory);
    if (!CHECK_EQ(exi_decode(set, t.in, len, &arena, &m), E_OK)) {
        return;
    }
    find_parts(&parts, set, &m);
    if (CHECK(parts.signature != NULL)) {
        make_signature(&parts, &making);
        CHECK(making.signature.signed_info.reference_count > 0);
        compare(&making, f);
        change_octets(set, write_signed(set, &m, &making.signature));
    }
}

static void messages_of_real_sessions_are_signed_anew_and_verify(void)
{
    size_t size = 0;
    char *text = data_read("v2g/signed_vectors.tsv", &size);
    if (text == NULL) {
        return;
    }
    unsigned rows = 0;
    CHECK_EQ(crypto_ec_generate(CRYPTO_P256, t.key, t.point), E_OK);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *f[10];
        if (data_split(line, '\t', f, 10) == 10 && strcmp(f[0], "source") != 0) {
            sign_row(f);
            rows++;
        }
    }
    free(text);
    printf("%u messages signed: %u SignedInfo as theirs, %u not; %u octets changed, %u outside of "
           "what is signed\n",
           rows, t.same, t.others, t.changes, t.outside);
    CHECK(rows >= 48);
    CHECK(t.same >= 45);
    CHECK_EQ(t.others, 3);
    CHECK(t.changes > 10 * t.outside);
}

CHECK_MAIN(TEST(messages_of_real_sessions_are_signed_anew_and_verify))
