/* SPDX-License-Identifier: MIT
 * The two dialects behind codec.h, and the memory they borrow.
 */
#ifndef V2G_DIALECT_H
#define V2G_DIALECT_H

#include "exi/din.h"
#include "exi/exi.h"
#include "exi/iso2.h"
#include "v2g/codec.h"

/* Pieces of the codec's memory, zeroed. When it is used up, `failed` is set and what comes back may
 * be overwritten by the next piece: check once at the end. */
struct scratch {
    uint8_t *base;
    size_t cap;
    size_t used;
    bool failed;
};
void *v2g_scratch_take(struct scratch *memory, size_t len);

int v2g_din_message_read(const struct din_v2g_message *in, struct scratch *memory,
                         struct v2g_message *out);
int v2g_din_message_write(const struct v2g_message *in, struct scratch *memory,
                          struct din_v2g_message *out);
int v2g_iso2_message_read(const struct iso2_v2g_message *in, struct scratch *memory,
                          struct v2g_message *out);
int v2g_iso2_message_write(const struct v2g_message *in, struct scratch *memory,
                           struct iso2_v2g_message *out);

/* Lists are cut to what we keep. */
uint8_t v2g_at_most(uint16_t given, uint8_t limit);

/* An exi_text or exi_blob as a C string, cut at `cap`; bytes that are not printable end it. */
void v2g_text_read(struct exi_text text, char *out, size_t cap);
void v2g_blob_text_read(struct exi_blob blob, char *out, size_t cap);

#endif
