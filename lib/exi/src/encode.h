/* SPDX-License-Identifier: MIT
 * What the parts of the encoder share.
 */
#ifndef EXI_SRC_ENCODE_H
#define EXI_SRC_ENCODE_H

#include "bits.h"
#include "grammar.h"

/* An element with children that is being written. */
struct exi_source {
    const struct exi_row *row;
    const struct exi_row *end;
    const struct exi_module *module;
    const uint8_t *base;
    uint16_t count; /* items of the list at `row` written so far */
    uint8_t end_codes;
    bool text_type; /* ends in text, which may be missing */
};

struct exi_encoder;

/* A string that an encoder has written, for exi_encode_referring. */
struct exi_written;

struct exi_encoder {
    struct exi_writer writer;
    enum exi_error error;
    /* Writes a reference to an earlier string instead of the literal and returns true; remembers
     * the string and returns false where there is none. NULL: always literals. */
    bool (*refer)(struct exi_encoder *e, const struct exi_datatype *datatype, struct exi_blob text);
    struct exi_arena *arena; /* of `refer` */
    const struct exi_written *strings;
    int depth;
    struct exi_source frames[EXI_MAX_DEPTH];
};

/* Encodes with a writer and a `refer` that are set. */
int exi_encode_run(struct exi_encoder *e, const struct exi_set *set, struct exi_message *message);

/* Keeps the first error. Returns false. */
bool exi_encoder_fail(struct exi_encoder *e, enum exi_error error);

/* Writes a value from its place in a struct. False after a failure. */
bool exi_encode_value(struct exi_encoder *e, const struct exi_datatype *datatype,
                      const uint8_t *at);

/* The same of a value of few bits, with `around` zero bits about it, one of them behind: the event
 * codes SE, CH and EE where each is alone in its state. */
bool exi_encode_small(struct exi_encoder *e, const struct exi_datatype *datatype, const uint8_t *at,
                      unsigned around);

#endif
