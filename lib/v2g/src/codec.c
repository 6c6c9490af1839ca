/* SPDX-License-Identifier: MIT */
#include "v2g/codec.h"

#include <string.h>

#include "base/assert.h"
#include "dialect.h"

/* While decoding, the front of the memory holds the EXI structs, this much of its end what they
 * are turned into (steps of schedules and profiles). */
enum { READ_SHARE = 4 };

void *v2g_scratch_take(struct scratch *memory, size_t len)
{
    const size_t room = (len + EXI_ALIGNMENT - 1) & ~(size_t)(EXI_ALIGNMENT - 1);
    ASSERT(room <= memory->cap);
    if (room > memory->cap - memory->used) {
        memory->failed = true;
        memory->used = 0;
    }
    void *at = memory->base + memory->used;
    memory->used += room;
    memset(at, 0, room);
    return at;
}

uint8_t v2g_at_most(uint16_t given, uint8_t limit)
{
    return given > limit ? limit : (uint8_t)given;
}

void v2g_text_read(struct exi_text text, char *out, size_t cap)
{
    v2g_blob_text_read((struct exi_blob){.at = text.at, .len = text.len, .shift = text.shift}, out,
                       cap);
}

void v2g_blob_text_read(struct exi_blob blob, char *out, size_t cap)
{
    ASSERT(cap > 0);
    size_t n = 0;
    for (; blob.at != NULL && n < blob.len && n + 1 < cap; n++) {
        const uint8_t c = exi_blob_byte(blob, n);
        if (c < 0x20 || c > 0x7E) {
            break;
        }
        out[n] = (char)c;
    }
    out[n] = '\0';
}

static const struct exi_set *set_of(enum v2g_protocol protocol)
{
    ASSERT(protocol != V2G_PROTOCOL_NONE);
    return protocol == V2G_PROTOCOL_DIN ? &exi_set_din : &exi_set_iso2;
}

int v2g_codec_decode(const struct v2g_codec *codec, enum v2g_protocol protocol, const uint8_t *exi,
                     size_t len, struct v2g_message *message)
{
    ASSERT(codec->memory != NULL && codec->cap >= V2G_CODEC_MIN_LEN);
    const size_t share = codec->cap / READ_SHARE & ~(size_t)(EXI_ALIGNMENT - 1);
    struct exi_arena arena;
    exi_arena_init(&arena, codec->memory, codec->cap - share);
    struct exi_message decoded;
    const int result = exi_decode(set_of(protocol), exi, len, &arena, &decoded);
    if (result < 0) {
        return result;
    }
    struct scratch memory = {
        .base = codec->memory + (codec->cap - share), .cap = share, .used = 0, .failed = false};
    struct v2g_message read;
    memset(&read, 0, sizeof read);
    const int turned = protocol == V2G_PROTOCOL_DIN
                           ? v2g_din_message_read(decoded.value, &memory, &read)
                           : v2g_iso2_message_read(decoded.value, &memory, &read);
    if (turned < 0) {
        return turned;
    }
    if (memory.failed) {
        return E_NOSPACE;
    }
    *message = read;
    return E_OK;
}

int v2g_codec_encode(const struct v2g_codec *codec, enum v2g_protocol protocol,
                     const struct v2g_message *message, uint8_t *out, size_t cap)
{
    ASSERT(codec->memory != NULL && codec->cap >= V2G_CODEC_MIN_LEN);
    ASSERT(message->kind < V2G_KIND_COUNT && message->session_id_len <= V2G_SESSION_ID_LEN);
    struct scratch memory = {.base = codec->memory, .cap = codec->cap, .used = 0, .failed = false};
    struct exi_message document = {.root = 0};
    int written;
    if (protocol == V2G_PROTOCOL_DIN) {
        struct din_v2g_message *din = v2g_scratch_take(&memory, sizeof *din);
        written = v2g_din_message_write(message, &memory, din);
        document.value = din;
    } else {
        struct iso2_v2g_message *iso2 = v2g_scratch_take(&memory, sizeof *iso2);
        written = v2g_iso2_message_write(message, &memory, iso2);
        document.value = iso2;
    }
    if (written < 0) {
        return written;
    }
    if (memory.failed) {
        return E_NOSPACE;
    }
    return exi_encode(set_of(protocol), &document, out, cap);
}
