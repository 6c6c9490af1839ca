/* SPDX-License-Identifier: MIT
 * Between bytes (EXI) and struct v2g_message, for both dialects, both directions.
 */
#ifndef V2G_CODEC_H
#define V2G_CODEC_H

#include "base/err.h"
#include "v2g/message.h"

/* Memory that decoding and encoding use in turn: a message that was decoded is good until the next
 * call. Lent by the caller, who outlives it; several machines may share one when their calls do
 * not overlap and no message is kept between them. */
struct v2g_codec {
    uint8_t *memory; /* aligned to 8 */
    size_t cap;      /* at least V2G_CODEC_MIN_LEN */
};
enum { V2G_CODEC_MIN_LEN = 2048, V2G_CODEC_LEN = 8192 };

/* Precondition: protocol is not NONE. E_OK; an error of exi_decode; E_UNSUPPORTED for a message
 * that belongs to no charging session. */
int v2g_codec_decode(const struct v2g_codec *codec, enum v2g_protocol protocol, const uint8_t *exi,
                     size_t len, struct v2g_message *message) MUST_USE;

/* Length of the EXI; E_NOSPACE when `out` or the memory is too small, E_ARG when the message does
 * not exist in this dialect. */
int v2g_codec_encode(const struct v2g_codec *codec, enum v2g_protocol protocol,
                     const struct v2g_message *message, uint8_t *out, size_t cap) MUST_USE;

#endif
