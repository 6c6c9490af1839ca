/* SPDX-License-Identifier: MIT
 * A TLS connection seen from outside, with a key log: takes the records of both sides in the order
 * they were captured and gives back what was inside. TLS 1.2 and 1.3.
 */
#ifndef TOOLS_TLS_READER_H
#define TOOLS_TLS_READER_H

#include "tls_cipher.h"

enum { TLS_READER_TEXT_LEN = 200, TLS_READER_HANDSHAKE_CAP = 16384 };

enum tls_found {
    TLS_FOUND_NOTHING, /* of the handshake, or what was said already */
    TLS_FOUND_TEXT,    /* `plain`: what the sender wrote */
    TLS_FOUND_SESSION, /* the session has begun: `note` says which, `opened` whether it is read */
    TLS_FOUND_ALERT,   /* `note`: which */
    TLS_FOUND_DAMAGE   /* `note`: a record is left out, and why */
};

struct tls_item {
    enum tls_found found;
    const uint8_t *plain; /* valid until the next record */
    size_t len;
    char note[TLS_READER_TEXT_LEN];
};

/* One direction. */
struct tls_side {
    bool encrypted; /* from here on */
    bool has_keys;
    bool has_hole; /* the capture lacks bytes: record numbers are guessed */
    bool told;     /* that records cannot be opened */
    bool is_lost;  /* no secret, or a suite that is not opened here */
    unsigned n_damaged;
    struct tls_cipher cipher;
    uint8_t secret[TLS_SECRET_MAX_LEN]; /* TLS 1.3: for KeyUpdate */
    uint64_t n_records;
    size_t handshake_len, to_skip;
    uint8_t handshake[TLS_READER_HANDSHAKE_CAP]; /* messages may span records */
};

struct tls_reader {
    const struct tls_keylog *log; /* all private but `opened` */
    bool opened;                  /* the session's secrets are there */
    bool has_hello, has_session, is_13, encrypt_then_mac;
    const struct tls_suite *suite;
    uint16_t suite_id;
    uint8_t randoms[2 * TLS_RANDOM_LEN]; /* client's, server's */
    struct tls_side client, server;
    uint8_t plain[TLS_RECORD_MAX_LEN];
};

/* True for what may be the beginning of a TLS record. */
bool tls_reader_knows(const uint8_t *bytes, size_t len);

void tls_reader_init(struct tls_reader *reader, const struct tls_keylog *log);
/* The next record of one side: how many bytes it has; 0: not complete; -1: no record. */
int tls_reader_input(struct tls_reader *reader, bool from_client, const uint8_t *bytes, size_t len,
                     struct tls_item *item);
/* Bytes of that side are missing in the capture. */
void tls_reader_hole(struct tls_reader *reader, bool from_client);

#endif
