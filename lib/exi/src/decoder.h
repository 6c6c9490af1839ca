/* SPDX-License-Identifier: MIT
 * What the parts of the decoder share.
 */
#ifndef EXI_SRC_DECODER_H
#define EXI_SRC_DECODER_H

#include "arena.h"
#include "bits.h"
#include "grammar.h"

/* A string of the message that a later one may refer to (EXI 7.3.3). */
struct exi_string {
    const struct exi_string *previous;
    struct exi_text text;
    int16_t qname;
};

/* An element with children that is being read. */
struct exi_frame {
    const struct exi_row *row; /* where its grammar stands */
    const struct exi_row *end;
    const struct exi_module *module;
    uint8_t *base;       /* its struct */
    size_t list_top;     /* arena->top before the list at `row` began */
    uint16_t count;      /* items of the list at `row` so far */
    uint8_t end_codes;   /* productions at the end: EE, and CH where text is allowed */
    uint8_t alternative; /* what was left of the event code: of a choice, which; at the end, CH */
};

struct exi_decoder {
    struct exi_reader reader;
    struct exi_arena *arena;
    enum exi_error error;
    bool tracking; /* strings are remembered */
    const struct exi_string *strings;
    unsigned n_strings;
    struct exi_frame *frame; /* the innermost; the first of `frames` stands for none */
    struct exi_frame frames[EXI_MAX_DEPTH + 1];
};

/* Internal: a string refers to an earlier one, so the message is read again, remembering them. Real
 * senders never refer, so nobody pays for it but those who do. */
enum { EXI_AGAIN = EXI_ERROR_COUNT };

/* Keeps the first error, which is EXI_TRUNCATED where bits were read beyond the end. Returns false.
 */
bool exi_decoder_fail(struct exi_decoder *d, enum exi_error error);

/* Enters the struct of a complex type. */
void exi_decoder_enter(struct exi_decoder *d, const struct exi_module *module, unsigned type,
                       void *base);
/* Reads until the entered element has ended. */
bool exi_decoder_walk(struct exi_decoder *d);

/* Puts the offset that an n-bit value is into its place in a struct. False when it is none. */
bool exi_store_small(struct exi_decoder *d, const struct exi_datatype *datatype, unsigned offset,
                     uint8_t *out);
/* Reads a value into its place in a struct. False after a failure. */
bool exi_decode_value(struct exi_decoder *d, const struct exi_datatype *datatype, void *out);
bool exi_decode_text(struct exi_decoder *d, const struct exi_datatype *datatype,
                     struct exi_text *out);
/* An unsigned integer of EXI 7.1.6 up to `max`. */
bool exi_decode_unsigned(struct exi_decoder *d, uint64_t max, uint64_t *out);

/* Strings that may be referred to. */
bool exi_strings_add(struct exi_decoder *d, struct exi_text text, int16_t qname);
bool exi_strings_find(struct exi_decoder *d, bool global, int16_t qname, struct exi_text *out);

#endif
