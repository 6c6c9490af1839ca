/* SPDX-License-Identifier: MIT
 * EXI 1.0 as the charging protocols use it: bit-packed, schema-informed, not strict, no options
 * (W3C EXI second edition; ISO 15118-2 clause 7.9.1, DIN SPEC 70121 and ISO 15118-20 likewise).
 *
 * One interpreter walks grammar tables that are generated from the schemas. A set is one schema's
 * documents or fragments (exi_set_iso2, exi_set_iso2_fragment, ...); the generated headers
 * exi/sap.h, din.h, iso2.h, iso20.h, iso20_ac.h, iso20_dc.h, iso20_acdp.h, iso20_wpt.h and
 * xmldsig.h declare the sets and one struct per schema type. How the fields of those structs stand
 * for elements:
 *
 *   required number, boolean, enumeration   T x
 *   optional one                            T x; bool has_x
 *   text, binary                            struct exi_text / exi_blob; absent when .at is NULL
 *   required element with children          struct T x, embedded
 *   optional one                            const struct T *x; absent when NULL
 *   repeated element                        const T *x; uint16_t x_count
 *   a choice or a substitution group        enum T x_choice (0: nothing), then a union of the
 *                                           alternatives, those with children as pointers
 */
#ifndef EXI_EXI_H
#define EXI_EXI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    EXI_MAX_DEPTH = 12,       /* elements with children inside one another */
    EXI_MAX_LEN = 1 << 24,    /* bytes of an input or output */
    EXI_MAX_COUNT = 65535,    /* items of a list that the schema does not bound */
    EXI_MAX_STRINGS = 512,    /* strings of a message that refers to earlier ones */
    EXI_MAX_INTEGER_LEN = 64, /* groups of seven bits in a struct exi_integer */
    EXI_ALIGNMENT = 8         /* of everything in an arena */
};

/* Bytes somewhere else. EXI does not align to bytes, so a value that was decoded begins `shift`
 * bits (0..7) into at[0]: bytes 0..len-1 are found with the functions below. The bytes are part of
 * the input (or of the arena, for text beyond ASCII) and live as long as that. A value of length 0
 * has an `at` that is not NULL. Built by hand with EXI_BLOB and EXI_TEXT, shift is 0. */
struct exi_blob {
    const uint8_t *at;
    uint32_t len : 29;
    uint32_t shift : 3;
};
/* UTF-8, no terminating zero, no U+0000; len counts bytes. */
struct exi_text {
    const uint8_t *at;
    uint32_t len : 29;
    uint32_t shift : 3;
};
/* xs:integer without bounds (certificate serial numbers): -(m) - 1 when negative, else m, where m
 * is in groups of seven bits, least significant first, the top bit set in all but the last, as EXI
 * codes it. */
struct exi_integer {
    struct exi_blob groups;
    bool negative;
};

/* `at` of a text or binary value that was an element without a value, which EXI tells from a value
 * of length 0; encoding such a value gives the same again. Nothing is to be read there. */
extern const uint8_t exi_no_value[1];

#define EXI_BLOB(bytes, n)                                                                         \
    ((struct exi_blob){.at = (const uint8_t *)(bytes), .len = (uint32_t)(n)&0x1FFFFFFF, .shift = 0})
#define EXI_TEXT(literal) ((struct exi_text)EXI_TEXT_INIT(literal))
/* for objects with static storage */
#define EXI_TEXT_INIT(literal)                                                                     \
    {                                                                                              \
        .at = (const uint8_t *)("" literal), .len = sizeof(literal) - 1, .shift = 0                \
    }

/* Text from a zero-terminated string, which must outlive it. */
struct exi_text exi_text_of(const char *text);
/* Copies all bytes to `out`; returns their number, or E_NOSPACE when they do not fit. */
int exi_blob_copy(struct exi_blob blob, void *out, size_t cap) MUST_USE;
/* The same with a terminating zero, which `cap` must include; the zero is not counted. */
int exi_text_copy(struct exi_text text, char *out, size_t cap) MUST_USE;
bool exi_blob_equal(struct exi_blob blob, const void *bytes, size_t len);
bool exi_text_equal(struct exi_text text, const char *other);
/* Byte `i`, which must be below len. */
uint8_t exi_blob_byte(struct exi_blob blob, size_t i);

/* Memory for decoded messages, lent by the caller. */
struct exi_arena {
    uint8_t *base; /* all private */
    size_t cap;
    size_t used; /* from the bottom: what stays */
    size_t top;  /* from the end: lists that are still growing */
};
void exi_arena_init(struct exi_arena *arena, void *memory, size_t cap);
/* Forgets everything in it. */
void exi_arena_reset(struct exi_arena *arena);

/* Why a message was refused. */
enum exi_error {
    EXI_OK = 0,
    EXI_TOO_LONG,    /* more than EXI_MAX_LEN bytes */
    EXI_HEADER,      /* does not begin as EXI does (or with the cookie, which nobody here uses) */
    EXI_OPTIONS,     /* has a header with options */
    EXI_VERSION,     /* another version than 1 */
    EXI_TRUNCATED,   /* ends too early, or a length points beyond the end */
    EXI_ROOT,        /* not a message of this set */
    EXI_DEVIATION,   /* the escape code: content outside the schema */
    EXI_EVENT_CODE,  /* an event code that stands for nothing */
    EXI_ABSTRACT,    /* an element that only others may stand for */
    EXI_WILDCARD,    /* xs:any, KeyInfo, Object: allowed by XML signature, not by ISO 15118 */
    EXI_MIXED,       /* text between elements */
    EXI_ENUMERATION, /* a value beyond the last */
    EXI_RANGE,       /* an integer outside its type */
    EXI_INTEGER_LEN, /* an integer of too many groups */
    EXI_LENGTH,      /* a text or binary value longer than the schema allows */
    EXI_CHARACTER,   /* no Unicode character, or U+0000; when encoding, no UTF-8 */
    EXI_STRING_HIT,  /* refers to an earlier string that does not exist */
    EXI_STRINGS,     /* more than EXI_MAX_STRINGS */
    EXI_COUNT,       /* a list with too many or, when encoding, too few items */
    EXI_ARENA,       /* the arena is too small */
    EXI_MISSING,     /* encoding: a required part is not there */
    EXI_CHOICE,      /* encoding: a choice that does not exist */
    EXI_NOSPACE,     /* encoding: the output is too small */
    EXI_ERROR_COUNT
};
/* "EXI_TRUNCATED"; never NULL. */
const char *exi_error_name(enum exi_error error);

struct exi_set; /* the generated headers declare them: exi_set_iso2 ... */

struct exi_message {
    unsigned root;        /* which document or fragment of the set: enum <set>_root */
    const void *value;    /* struct of that root */
    enum exi_error error; /* result of the last call, always written */
    uint32_t bits;        /* up to where it came: position of the fault, else the length */
};

/* Decodes one message from `in`, at most EXI_MAX_LEN bytes. On success `root` and `value` are set;
 * the value lives in the arena and points into `in`. Bytes behind the message are ignored (Tesla
 * and OpenV2G send one). Returns E_OK; E_TRUNCATED, E_MALFORMED, E_LIMIT or E_NOSPACE with
 * message->error saying which and the arena as it was. Nothing outside `in` is read, nothing
 * outside the arena written, and the work is bounded by `len`. */
int exi_decode(const struct exi_set *set, const void *in, size_t len, struct exi_arena *arena,
               struct exi_message *message) MUST_USE;

/* Encodes message->root and message->value. Strings go as literals, as all real senders do.
 * Returns the number of bytes; E_NOSPACE, or E_ARG when the value breaks the schema, with
 * message->error saying how. `out` may then hold the beginning of the message. */
int exi_encode(const struct exi_set *set, struct exi_message *message, void *out,
               size_t cap) MUST_USE;

/* The same with references to earlier strings, as an EXI encoder writes them by default (7.3.3). It
 * exists to verify: some sign a SignedInfo that was encoded so, though they send it with literals.
 * The arena remembers the strings, 32 bytes each, and is as before afterwards; E_NOSPACE with
 * EXI_ARENA when it is too small. */
int exi_encode_referring(const struct exi_set *set, struct exi_message *message,
                         struct exi_arena *arena, void *out, size_t cap) MUST_USE;

#endif
