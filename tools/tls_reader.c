/* SPDX-License-Identifier: MIT */
#include "tls_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/rbuf.h"

enum {
    RECORD_CHANGE_CIPHER = 20,
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    RECORD_DATA = 23,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    FINISHED = 20,
    KEY_UPDATE = 24,
    EXTENSION_ENCRYPT_THEN_MAC = 22,
    EXTENSION_VERSIONS = 43,
    VERSION_13 = 0x0304,
    HANDSHAKE_HEAD_LEN = 4,
    NUMBERS_TRIED = 64 /* after a hole */
};

/* SHA-256 of "HelloRetryRequest" stands in for the random of a hello that only asks again. */
static const uint8_t retry_random[TLS_RANDOM_LEN] = {
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

bool tls_reader_knows(const uint8_t *bytes, size_t len)
{
    return len >= 2 && bytes[0] >= RECORD_CHANGE_CIPHER && bytes[0] <= RECORD_DATA && bytes[1] == 3;
}

void tls_reader_init(struct tls_reader *r, const struct tls_keylog *log)
{
    memset(r, 0, sizeof *r);
    r->log = log;
}

void tls_reader_hole(struct tls_reader *r, bool from_client)
{
    struct tls_side *side = from_client ? &r->client : &r->server;
    side->has_hole = true;
    side->handshake_len = side->to_skip = 0;
}

static const char *who(const struct tls_reader *r, const struct tls_side *side)
{
    return side == &r->client ? "car" : "charger";
}

/* ---- the handshake ---- */

static bool use_secret(struct tls_reader *r, struct tls_side *side, enum tls_secret_kind kind)
{
    const struct tls_secret *s = tls_keylog_find(r->log, r->randoms, kind);
    if (s == NULL || r->suite == NULL || s->len != crypto_hash_len(r->suite->hash)) {
        side->is_lost = true;
        return false;
    }
    memcpy(side->secret, s->bytes, s->len);
    side->has_keys = tls_cipher_13(r->suite, side->secret, &side->cipher) == E_OK;
    return side->has_keys;
}

static bool use_master_secret(struct tls_reader *r)
{
    const struct tls_secret *s = tls_keylog_find(r->log, r->randoms, TLS_MASTER_SECRET);
    if (s == NULL || r->suite == NULL ||
        tls_cipher_12(r->suite, s->bytes, r->randoms, &r->client.cipher, &r->server.cipher) !=
            E_OK) {
        r->client.is_lost = r->server.is_lost = true;
        return false;
    }
    r->client.cipher.encrypt_then_mac = r->server.cipher.encrypt_then_mac = r->encrypt_then_mac;
    r->client.has_keys = r->server.has_keys = true;
    return true;
}

static void describe_session(struct tls_reader *r, struct tls_item *item)
{
    char suite[80];
    char random[2 * 8 + 1];
    const char *fate = "opened";
    char missing[80];
    if (r->suite != NULL) {
        snprintf(suite, sizeof suite, "%s", r->suite->name);
    } else {
        snprintf(suite, sizeof suite, "suite 0x%04X", r->suite_id);
    }
    if (r->suite == NULL) {
        fate = "stays closed: this suite is not opened here";
    } else if (!r->opened) {
        for (unsigned i = 0; i < 8; i++) {
            snprintf(random + 2 * i, 3, "%02x", r->randoms[i]);
        }
        snprintf(missing, sizeof missing,
                 "stays closed: no key log has this session (client random %s...)", random);
        fate = r->log->n == 0 ? "stays closed: there is no key log, see --keylog" : missing;
    }
    item->found = TLS_FOUND_SESSION;
    snprintf(item->note, sizeof item->note, "TLS 1.%d, %s, %s", r->is_13 ? 3 : 2, suite, fate);
}

static void begin_session(struct tls_reader *r, struct tls_item *item)
{
    if (r->is_13) {
        const bool client = use_secret(r, &r->client, TLS_CLIENT_HANDSHAKE_SECRET);
        const bool server = use_secret(r, &r->server, TLS_SERVER_HANDSHAKE_SECRET);
        r->opened = client && server;
        r->client.encrypted = r->server.encrypted = true;
    } else {
        r->opened = use_master_secret(r);
    }
    r->has_session = true;
    describe_session(r, item);
}

static void read_extensions(struct tls_reader *r, struct rbuf *b)
{
    (void)rbuf_be16(b);
    while (rbuf_left(b) >= 4) {
        const uint16_t kind = rbuf_be16(b);
        const uint16_t len = rbuf_be16(b);
        const uint8_t *bytes = rbuf_take(b, len);
        struct rbuf body = rbuf_of(bytes, bytes == NULL ? 0 : len);
        if (kind == EXTENSION_ENCRYPT_THEN_MAC) {
            r->encrypt_then_mac = bytes != NULL;
        } else if (kind == EXTENSION_VERSIONS) {
            r->is_13 = rbuf_be16(&body) == VERSION_13;
        }
    }
}

static void on_client_hello(struct tls_reader *r, struct rbuf *b)
{
    rbuf_skip(b, 2);
    const uint8_t *random = rbuf_take(b, TLS_RANDOM_LEN);
    if (random != NULL) {
        memcpy(r->randoms, random, TLS_RANDOM_LEN);
        r->has_hello = true;
    }
}

static void on_server_hello(struct tls_reader *r, struct rbuf *b, struct tls_item *item)
{
    rbuf_skip(b, 2);
    const uint8_t *random = rbuf_take(b, TLS_RANDOM_LEN);
    const uint8_t session_id_len = rbuf_u8(b);
    rbuf_skip(b, session_id_len);
    const uint16_t suite = rbuf_be16(b);
    rbuf_skip(b, 1); /* compression */
    if (!rbuf_ok(b) || !r->has_hello || memcmp(random, retry_random, TLS_RANDOM_LEN) == 0) {
        return;
    }
    memcpy(r->randoms + TLS_RANDOM_LEN, random, TLS_RANDOM_LEN);
    r->suite_id = suite;
    r->suite = tls_suite_find(suite);
    read_extensions(r, b);
    begin_session(r, item);
}

/* TLS 1.3: after its Finished, a side goes on with other keys. */
static void on_finished(struct tls_reader *r, struct tls_side *side)
{
    if (r->is_13 && side->has_keys) {
        (void)use_secret(r, side, side == &r->client ? TLS_CLIENT_SECRET : TLS_SERVER_SECRET);
    }
}

static void on_key_update(struct tls_reader *r, struct tls_side *side)
{
    if (r->is_13 && side->has_keys) {
        side->has_keys = tls_cipher_13_next(r->suite, side->secret) == E_OK &&
                         tls_cipher_13(r->suite, side->secret, &side->cipher) == E_OK;
    }
}

static void on_message(struct tls_reader *r, struct tls_side *side, uint8_t type, struct rbuf *b,
                       struct tls_item *item)
{
    if (type == CLIENT_HELLO && side == &r->client) {
        on_client_hello(r, b);
    } else if (type == SERVER_HELLO && side == &r->server && !r->has_session) {
        on_server_hello(r, b, item);
    } else if (type == FINISHED) {
        on_finished(r, side);
    } else if (type == KEY_UPDATE) {
        on_key_update(r, side);
    }
}

/* Messages too long to be kept are none that matter here. */
static void add_handshake(struct tls_side *side, const uint8_t *bytes, size_t len)
{
    const size_t skipped = len < side->to_skip ? len : side->to_skip;
    side->to_skip -= skipped;
    bytes += skipped;
    len -= skipped;
    const size_t room = sizeof side->handshake - side->handshake_len;
    const size_t n = len < room ? len : room;
    memcpy(side->handshake + side->handshake_len, bytes, n);
    side->handshake_len += n;
}

static void on_handshake(struct tls_reader *r, struct tls_side *side, const uint8_t *bytes,
                         size_t len, struct tls_item *item)
{
    size_t at = 0;
    add_handshake(side, bytes, len);
    while (side->handshake_len - at >= HANDSHAKE_HEAD_LEN) {
        const uint8_t *m = side->handshake + at;
        const size_t body_len = (size_t)m[1] << 16 | (size_t)m[2] << 8 | m[3];
        const size_t have = side->handshake_len - at - HANDSHAKE_HEAD_LEN;
        if (have < body_len) {
            if (body_len + HANDSHAKE_HEAD_LEN > sizeof side->handshake) {
                side->to_skip = body_len - have;
                at = side->handshake_len;
            }
            break;
        }
        struct rbuf body = rbuf_of(m + HANDSHAKE_HEAD_LEN, body_len);
        on_message(r, side, m[0], &body, item);
        at += HANDSHAKE_HEAD_LEN + body_len;
    }
    side->handshake_len -= at;
    memmove(side->handshake, side->handshake + at, side->handshake_len);
}

/* ---- records ---- */

static void on_alert(const uint8_t *bytes, size_t len, struct tls_item *item)
{
    static const struct {
        uint8_t code;
        const char *name;
    } names[] = {
        {0, "close notify"},         {10, "unexpected message"}, {20, "bad record MAC"},
        {40, "handshake failure"},   {42, "bad certificate"},    {45, "certificate expired"},
        {46, "certificate unknown"}, {48, "unknown CA"},         {51, "decrypt error"},
        {70, "protocol version"},    {80, "internal error"}};
    if (len < 2) {
        return;
    }
    item->found = TLS_FOUND_ALERT;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].code == bytes[1]) {
            snprintf(item->note, sizeof item->note, "alert: %s", names[i].name);
            return;
        }
    }
    snprintf(item->note, sizeof item->note, "alert %u", bytes[1]);
}

static void on_plain(struct tls_reader *r, struct tls_side *side, uint8_t type,
                     struct tls_item *item)
{
    if (type == RECORD_HANDSHAKE) {
        on_handshake(r, side, item->plain, item->len, item);
    } else if (type == RECORD_ALERT) {
        on_alert(item->plain, item->len, item);
    } else if (type == RECORD_DATA) {
        item->found = TLS_FOUND_TEXT;
    }
}

/* The record number is known unless the capture has a hole: then the next ones are tried. */
static int open_record(struct tls_reader *r, struct tls_side *side, const uint8_t *record,
                       size_t len)
{
    int plain_len = tls_cipher_open(&side->cipher, record, len, r->plain);
    if (plain_len >= 0 || !side->has_hole) {
        return plain_len;
    }
    const uint64_t first = side->cipher.sequence;
    for (unsigned i = 0; i < NUMBERS_TRIED && plain_len < 0; i++) {
        plain_len = tls_cipher_open(&side->cipher, record, len, r->plain);
    }
    if (plain_len < 0) {
        side->cipher.sequence = first;
    } else {
        side->has_hole = false;
    }
    return plain_len;
}

static void tell_damage(const struct tls_reader *r, struct tls_side *side, struct tls_item *item)
{
    const bool never_opened = side->n_records == side->n_damaged + 1U;
    item->found = TLS_FOUND_DAMAGE;
    side->n_damaged++;
    snprintf(item->note, sizeof item->note, "record %" PRIu64 " of the %s does not verify: %s",
             side->n_records, who(r, side),
             never_opened ? "the key log has another secret, or the record was changed"
                          : "it was changed, or the capture lacks one, and is left out");
}

static void on_encrypted(struct tls_reader *r, struct tls_side *side, const uint8_t *record,
                         size_t len, struct tls_item *item)
{
    if (side->is_lost || !side->has_keys) {
        return;
    }
    side->n_records++;
    int plain_len = open_record(r, side, record, len);
    uint8_t type = record[0];
    if (plain_len >= 0 && r->is_13) { /* the true type stands behind the text, then zeros */
        while (plain_len > 0 && r->plain[plain_len - 1] == 0) {
            plain_len--;
        }
        type = plain_len > 0 ? r->plain[--plain_len] : 0;
    }
    if (plain_len < 0) {
        tell_damage(r, side, item);
        return;
    }
    item->plain = r->plain;
    item->len = (size_t)plain_len;
    on_plain(r, side, type, item);
}

static void on_record(struct tls_reader *r, struct tls_side *side, const uint8_t *record,
                      size_t len, struct tls_item *item)
{
    const uint8_t type = record[0];
    if (type == RECORD_CHANGE_CIPHER) { /* in TLS 1.3 it means nothing */
        side->encrypted |= r->has_session;
        return;
    }
    /* What is encrypted in TLS 1.3 looks like data; an alert may come before there are keys. */
    if (type == RECORD_DATA || (side->encrypted && !r->is_13)) {
        on_encrypted(r, side, record, len, item);
    } else {
        item->plain = record + TLS_RECORD_HEAD_LEN;
        item->len = len - TLS_RECORD_HEAD_LEN;
        on_plain(r, side, type, item);
    }
}

int tls_reader_input(struct tls_reader *r, bool from_client, const uint8_t *bytes, size_t len,
                     struct tls_item *item)
{
    struct tls_side *side = from_client ? &r->client : &r->server;
    *item = (struct tls_item){.found = TLS_FOUND_NOTHING};
    if (len >= 2 && !tls_reader_knows(bytes, len)) {
        return -1;
    }
    if (len < TLS_RECORD_HEAD_LEN) {
        return 0;
    }
    const size_t record_len = TLS_RECORD_HEAD_LEN + ((size_t)bytes[3] << 8 | bytes[4]);
    if (record_len > TLS_RECORD_HEAD_LEN + TLS_RECORD_MAX_LEN) {
        return -1;
    }
    if (len < record_len) {
        return 0;
    }
    if (bytes[0] == RECORD_DATA && !r->has_session && !side->told) {
        side->told = side->is_lost = true;
        item->found = TLS_FOUND_DAMAGE;
        snprintf(item->note, sizeof item->note,
                 "records of the %s stay closed: their handshake is not in the capture",
                 who(r, side));
        return (int)record_len;
    }
    on_record(r, side, bytes, record_len, item);
    return (int)record_len;
}
