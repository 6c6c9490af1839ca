/* SPDX-License-Identifier: MIT
 * signed_vectors.tsv: signed messages of real sessions. From each decoded message the signed
 * element and the SignedInfo are written as fragments; digests and ECDSA signatures then hold. The
 * rules: [V2G2-765..771], canonical EXI fragments, raw r || s.
 */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "crypto/crypto.h"
#include "data.h"
#include "signed_parts.h"

enum { CAP = 1 << 16, HASH_LEN = 32, POINT_LEN = 65, SIGNATURE_LEN = 64, FORMS = 3 };

static struct {
    uint8_t in[CAP];
    uint8_t out[CAP];
    uint8_t stated[CAP];
    alignas(8) uint8_t memory[CAP];
    struct exi_arena arena;
    unsigned digests;
    unsigned fragments;
    unsigned signatures[FORMS]; /* literal, referring, in the message's own set */
} t;

static size_t fragment(const struct exi_set *set, unsigned root, const void *value)
{
    struct exi_message m = {.root = root, .value = value};
    const int len = exi_encode(set, &m, t.out, sizeof t.out);
    CHECK(len > 0);
    return len < 0 ? 0 : (size_t)len;
}

static void hash_of(const uint8_t *bytes, size_t len, uint8_t hash[HASH_LEN])
{
    CHECK_EQ(crypto_digest(CRYPTO_SHA256, bytes, len, hash), E_OK);
}

struct bits {
    uint8_t bytes[256];
    size_t n;
};
static void put(struct bits *b, unsigned value, unsigned width)
{
    while (width-- > 0) {
        b->bytes[b->n / 8] |= (uint8_t)((value >> width & 1) << (7 - b->n % 8));
        b->n++;
    }
}
static void put_string(struct bits *b, struct exi_text text)
{
    char copy[64];
    const int len = exi_text_copy(text, copy, sizeof copy);
    put(b, (unsigned)len + 2, 8);
    for (int i = 0; i < len; i++) {
        put(b, (unsigned char)copy[i], 8);
    }
}

/* eMAID: a verifier accepts the typed form beside the relaxed one, since most stacks sign it:
 * 80 ec, AT(Id) in a bit, the Id, CH in a bit, the text, EE in a bit, ED f4. */
static bool typed_emaid_holds(const struct iso2_emaid *emaid, struct exi_blob digest)
{
    uint8_t hash[HASH_LEN];
    struct bits b = {.n = 0};
    put(&b, 0x80EC, 16);
    put(&b, 0, 1);
    put_string(&b, emaid->id);
    put(&b, 0, 1);
    put_string(&b, emaid->value);
    put(&b, 0, 1);
    put(&b, 0xF4, 8);
    hash_of(b.bytes, (b.n + 7) / 8, hash);
    return exi_blob_equal(digest, hash, sizeof hash);
}

/* The verdict beside an element in uri|element|algorithm|hex|verdict ; ... */
static bool states_no_match(const char *references, const char *name)
{
    char mark[64];
    snprintf(mark, sizeof mark, "|%s|", name);
    const char *at = strstr(references, mark);
    for (int i = 0; i < 4 && at != NULL; i++) {
        at = strchr(at + (i > 0), '|');
    }
    return at != NULL && strncmp(at, "|no match", 9) == 0;
}

/* What they could not match, we need not either: a README's invented digest, and one eMAID that is
 * signed in neither form. */
static void check_digests(const struct parts *p, const char *references)
{
    const struct xmldsig_signed_info *info = &p->signature->signed_info;
    for (size_t i = 0; i < info->reference_count; i++) {
        const struct xmldsig_reference *ref = &info->reference[i];
        const struct part *part = find_part(p, ref->uri);
        uint8_t hash[HASH_LEN];
        if (!CHECK(part != NULL)) {
            continue;
        }
        const size_t len = fragment(p->set, part->root, part->value);
        hash_of(t.out, len, hash);
        bool holds = exi_blob_equal(ref->digest_value, hash, sizeof hash);
        if (!holds && strcmp(part->name, "eMAID") == 0) {
            holds = typed_emaid_holds(part->value, ref->digest_value);
        }
        t.digests += holds;
        if (!CHECK(holds || states_no_match(references, part->name))) {
            printf("  %s: the digest does not hold\n", part->name);
        }
    }
}

/* uri|element|algorithm|hex|verdict ; ...: the fragment they computed is ours. */
static void check_fragments(const struct parts *p, char *references)
{
    for (char *at = references; at != NULL;) {
        char *next = strstr(at, " ; ");
        char *field[5];
        if (next != NULL) {
            *next = 0;
            next += 3;
        }
        if (data_split(at, '|', field, 5) == 5) {
            const size_t stated = data_hex(field[3], t.stated, sizeof t.stated);
            for (size_t i = 0; i < p->count; i++) {
                if (strcmp(p->part[i].name, field[1]) == 0) {
                    const size_t len = fragment(p->set, p->part[i].root, p->part[i].value);
                    CHECK_BYTES(t.out, len, t.stated, stated);
                    t.fragments++;
                }
            }
        }
        at = next;
    }
}

/* The public key of a P-256 certificate: the one bit string that holds an uncompressed point. */
static const uint8_t *find_point(const uint8_t *der, size_t len)
{
    static const uint8_t mark[] = {0x03, 0x42, 0x00, 0x04};
    for (size_t i = 0; i + 3 + POINT_LEN <= len; i++) {
        if (memcmp(der + i, mark, sizeof mark) == 0) {
            return der + i + 3;
        }
    }
    return NULL;
}

/* Some sign the SignedInfo of the signature's own schema with literals, some with references, one
 * that of the message's schema. */
static int encode_signed_info(const struct parts *p, int form)
{
    struct exi_message m = {.value = &p->signature->signed_info};
    if (form == 2) {
        m.root = p->set == &exi_set_iso2_fragment ? ISO2_FRAGMENT_SIGNED_INFO
                                                  : ISO20_FRAGMENT_SIGNED_INFO;
        return exi_encode(p->set, &m, t.out, sizeof t.out);
    }
    m.root = XMLDSIG_FRAGMENT_SIGNED_INFO;
    return form == 0 ? exi_encode(&exi_set_xmldsig, &m, t.out, sizeof t.out)
                     : exi_encode_referring(&exi_set_xmldsig, &m, &t.arena, t.out, sizeof t.out);
}

static void check_signature(const struct parts *p, char **f)
{
    static uint8_t certificate[CAP];
    uint8_t signature[SIGNATURE_LEN];
    const size_t stated = data_hex(f[4], t.stated, sizeof t.stated);
    const size_t certificate_len = data_hex(f[7], certificate, sizeof certificate);
    const uint8_t *point = find_point(certificate, certificate_len);
    const int form = strcmp(f[5], "iso2/literal") == 0 ? 2 : strcmp(f[5], "xmldsig/hits") == 0;
    const int len = encode_signed_info(p, form);
    CHECK_BYTES(t.out, len < 0 ? 0 : (size_t)len, t.stated, stated);
    if (strcmp(f[8], "valid") != 0) {
        return;
    }
    CHECK_EQ(exi_blob_copy(p->signature->signature_value.value, signature, sizeof signature),
             SIGNATURE_LEN);
    if (CHECK(point != NULL)) {
        uint8_t hash[HASH_LEN];
        hash_of(t.out, (size_t)len, hash);
        t.signatures[form] +=
            CHECK_EQ(crypto_ecdsa_verify(CRYPTO_P256, point, hash, sizeof hash, signature), E_OK);
        signature[7] ^= 1;
        CHECK(crypto_ecdsa_verify(CRYPTO_P256, point, hash, sizeof hash, signature) != E_OK);
    }
}

static void check_row(char **f)
{
    struct parts parts = {.count = 0};
    struct exi_message m;
    const struct exi_set *set = strcmp(f[1], "iso2") == 0 ? &exi_set_iso2 : &exi_set_iso20;
    const size_t len = data_hex(f[3], t.in, sizeof t.in);
    exi_arena_init(&t.arena, t.memory, sizeof t.memory);
    if (!CHECK_EQ(exi_decode(set, t.in, len, &t.arena, &m), E_OK)) {
        return;
    }
    find_parts(&parts, set, &m);
    if (CHECK(parts.signature != NULL) && CHECK(parts.count > 0)) {
        check_digests(&parts, f[9]);
        check_fragments(&parts, f[9]);
        check_signature(&parts, f);
    }
}

static void digests_and_signatures_of_real_sessions_hold(void)
{
    size_t size = 0;
    char *text = data_read("v2g/signed_vectors.tsv", &size);
    if (text == NULL) {
        return;
    }
    unsigned rows = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *f[10];
        if (data_split(line, '\t', f, 10) == 10 && strcmp(f[0], "source") != 0) {
            check_row(f);
            rows++;
        }
    }
    free(text);
    printf("%u messages: %u fragments, %u digests; signatures: %u over literals, %u over "
           "references, %u in the message's set\n",
           rows, t.fragments, t.digests, t.signatures[0], t.signatures[1], t.signatures[2]);
    CHECK(rows >= 48);
    CHECK(t.fragments >= 57);
    CHECK(t.digests >= 55);
    CHECK(t.signatures[0] >= 36);
    CHECK(t.signatures[1] >= 9);
    CHECK(t.signatures[2] >= 1);
}

CHECK_MAIN(TEST(digests_and_signatures_of_real_sessions_hold))
