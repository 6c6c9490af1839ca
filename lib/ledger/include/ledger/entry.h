/* SPDX-License-Identifier: MIT
 * What a site writes into its log, and the receipt that a device gets for it. The bytes are
 * specified in docs/spec/ledger.md: big endian, every text and list behind its length, one form
 * for each entry, so that bytes can be compared.
 */
#ifndef LEDGER_ENTRY_H
#define LEDGER_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wbuf.h"
#include "ledger/tree.h"

enum {
    LEDGER_TEXT_MAX_LEN = 255,
    LEDGER_RANGES_MAX = 16,        /* of readings in one block */
    LEDGER_READING_MAX_LEN = 512,  /* the signed message of a device */
    LEDGER_ENTRY_MAX_LEN = 1280,   /* what ledger_entry_put() writes at most */
    LEDGER_RECEIPT_MAX_LEN = 1024, /* with its signature */
    LEDGER_HEAD_LEN = 18,          /* version, type, index, time */
    LEDGER_AUTHORITY_LEN = 80      /* what stands behind the body of a signed entry */
};

/* A text in somebody else's memory: not terminated, of printable ASCII, 0..LEDGER_TEXT_MAX_LEN. */
struct ledger_text {
    const char *at;
    size_t len;
};
struct ledger_text ledger_text_of(const char *terminated);

enum ledger_entry_type {
    LEDGER_START = 1,       /* the first entry: whose log this is */
    LEDGER_READINGS = 2,    /* a block of one device's readings within one interval */
    LEDGER_ENROLMENT = 3,   /* a device has a key */
    LEDGER_REMOVAL = 4,     /* a device is no longer of this site */
    LEDGER_BAN = 5,         /* with the digest of the evidence */
    LEDGER_UNBAN = 6,       /* by whom, and why */
    LEDGER_TRANSFER = 7,    /* energy changes hands */
    LEDGER_TARIFF = 8,      /* prices, and how surplus is shared, from now on */
    LEDGER_MEMBER = 9,      /* a member's share and prices, from now on */
    LEDGER_CORRECTION = 10, /* of the energy of an earlier block; the block stays */
    LEDGER_STATEMENT = 11,  /* the digest of a month's settlement */
    LEDGER_APPEAL = 12,     /* what an owner says against a decision */
    LEDGER_OPERATOR = 13    /* the key of the operator from then on */
};

/* Neighbours in the order in which they arrived. */
struct ledger_range_of_readings {
    uint32_t boot_epoch;
    uint32_t first_sequence;
    uint32_t last_sequence; /* inclusive, >= first */
};

enum ledger_form { LEDGER_FORM_COSE = 0, LEDGER_FORM_JSON = 1 };

struct ledger_readings {
    struct ledger_text device;
    uint8_t key_digest[32];   /* SHA-256 of the public key that verifies them */
    int64_t interval_unix_ms; /* its start; a multiple of interval_s */
    uint32_t interval_s;
    uint32_t count;          /* >= 1 */
    struct ledger_hash root; /* RFC 6962 tree over the messages as they were received */
    uint8_t n_ranges;        /* 1..LEDGER_RANGES_MAX; their lengths add up to `count` */
    struct ledger_range_of_readings ranges[LEDGER_RANGES_MAX];
    enum ledger_form form;
    const uint8_t *last; /* the newest message of the block by its own time: its counters */
    size_t last_len;     /* 1..LEDGER_READING_MAX_LEN */
};

struct ledger_enrolment {
    struct ledger_text device;
    uint8_t public_key[65];
    uint8_t certificate_digest[32]; /* SHA-256 of the DER */
    uint32_t peak_power_w;
};

/* Of LEDGER_BAN, LEDGER_UNBAN and LEDGER_APPEAL. */
struct ledger_judgement {
    struct ledger_text device;
    struct ledger_text by; /* the operator, or the rule that decided */
    struct ledger_text reason;
    uint8_t evidence_digest[32]; /* SHA-256 of the stored evidence; zeros where there is none */
};

struct ledger_transfer {
    struct ledger_text from;
    struct ledger_text to;
    int64_t interval_unix_ms;
    uint32_t interval_s;
    int64_t energy_wh;               /* > 0 */
    int64_t price_microcent_per_kwh; /* 1/1000000 of the currency's hundredth */
};

enum ledger_sharing {
    LEDGER_SHARE_STATIC = 0,  /* by the members' weights */
    LEDGER_SHARE_DYNAMIC = 1, /* by what each consumes in the interval */
    LEDGER_SHARE_AUCTION = 2  /* pay as clear */
};

/* Prices are of one kWh, in millionths of a cent, so that a Wh has a price in whole units. */
struct ledger_tariff {
    struct ledger_text name;
    int64_t from_unix_ms;
    enum ledger_sharing sharing;
    int64_t import_price;    /* bought from the grid */
    int64_t export_price;    /* sold to the grid */
    int64_t community_price; /* inside the community; the auction finds its own */
    int64_t grid_fee;        /* for energy inside the community, paid by who consumes */
};

struct ledger_member {
    struct ledger_text device;
    int64_t from_unix_ms;
    uint32_t weight;   /* of the static key */
    int64_t bid_price; /* pays at most; of the auction */
    int64_t ask_price; /* takes at least */
};

enum ledger_channel { LEDGER_PRODUCTION = 0, LEDGER_CONSUMPTION = 1 };

struct ledger_correction {
    uint64_t corrected;      /* index of a block of readings before this entry */
    struct ledger_hash leaf; /* its leaf hash */
    enum ledger_channel channel;
    int64_t delta_mwh;
    struct ledger_text by;
    struct ledger_text reason;
};

struct ledger_statement {
    struct ledger_text month; /* "2026-01" */
    uint8_t digest[32];       /* SHA-256 of the statement in CSV */
};

/* The operator's signature below what he decided; see ledger/action.h. Judgements, transfers,
 * tariffs, members, corrections and new keys can have one. */
struct ledger_authority {
    bool present;
    uint64_t number; /* of the action; each is greater than the one before */
    int64_t unix_ms; /* when it was signed */
    uint8_t signature[64];
};

struct ledger_entry {
    enum ledger_entry_type type;
    uint64_t index;  /* its place in the log */
    int64_t unix_ms; /* when it was written, by the site's clock */
    struct ledger_authority authority;
    union {
        struct ledger_text origin; /* of LEDGER_START: the first line of every checkpoint */
        struct ledger_readings readings;
        struct ledger_enrolment enrolment;
        struct ledger_text removed;
        struct ledger_judgement judgement;
        struct ledger_transfer transfer;
        struct ledger_tariff tariff;
        struct ledger_member member;
        struct ledger_correction correction;
        struct ledger_statement statement;
        uint8_t operator_key[32]; /* Ed25519 */
    };
};

/* True for what the operator decides: such an entry may carry his signature. */
bool ledger_entry_is_action(enum ledger_entry_type type);
/* The name of a type, for people: "readings". Never NULL. */
const char *ledger_entry_name(enum ledger_entry_type type);
/* Precondition: the entry is within the ranges above. Check wbuf_ok(). */
void ledger_entry_put(struct wbuf *w, const struct ledger_entry *entry);
/* Texts and messages are views into `in`. E_TRUNCATED; E_UNSUPPORTED (another version or type);
 * E_MALFORMED: not a form that ledger_entry_put() writes. */
int ledger_entry_decode(const uint8_t *in, size_t len, struct ledger_entry *out) MUST_USE;

/* ---- the receipt ---- */

/* What the signature covers starts with this. */
#define LEDGER_RECEIPT_DOMAIN "wattward/receipt/"

struct ledger_receipt {
    struct ledger_text origin;
    struct ledger_text device;
    uint64_t index; /* of the block in the log */
    int64_t unix_ms;
    uint32_t count;
    struct ledger_hash root;
    uint8_t n_ranges;
    struct ledger_range_of_readings ranges[LEDGER_RANGES_MAX];
};

/* The bytes to sign; the signature (64 bytes of Ed25519) follows them in a receipt. */
void ledger_receipt_put(struct wbuf *w, const struct ledger_receipt *receipt);
/* Errors as ledger_entry_decode(). Does not verify. */
int ledger_receipt_decode(const uint8_t *in, size_t len, struct ledger_receipt *out) MUST_USE;
/* E_OK or E_AUTH; E_MALFORMED for something too short to be a receipt. */
int ledger_receipt_verify(const uint8_t *in, size_t len, const uint8_t public_key[32]) MUST_USE;

#endif
