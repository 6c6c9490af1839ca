/* fuzz: exi exi_random */
/* SPDX-License-Identifier: MIT
 * The bytes choose a message of the schema: it encodes, decodes to the same, as JSON too, and with
 * references to earlier strings. Then one byte of the encoding is changed, and whatever that
 * decodes to must encode.
 */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "exi/json.h"
#include "exi_random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_CAP = 128 << 10, OUT_CAP = 128 << 10, JSON_CAP = 1 << 20, TOKENS = 1 << 16 };

static struct {
    alignas(8) uint8_t source[ARENA_CAP];
    alignas(8) uint8_t memory[ARENA_CAP];
    alignas(8) uint8_t scratch[ARENA_CAP];
    uint8_t out[OUT_CAP];
    uint8_t json[JSON_CAP];
    struct json_token tokens[TOKENS];
} t;

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void require_same(const struct exi_set *set, size_t len, const struct exi_message *message)
{
    struct exi_arena arena;
    struct exi_message back;
    exi_arena_init(&arena, t.memory, sizeof t.memory);
    const int result = exi_decode(set, t.out, len, &arena, &back);
    require(result == E_OK || back.error == EXI_ARENA || back.error == EXI_STRINGS);
    require(result != E_OK || exi_messages_equal(set, message, &back));
}

static void check_json(const struct exi_set *set, const struct exi_message *message)
{
    const struct exi_dictionary *d = NULL;
    struct exi_arena scratch;
    struct json_writer w;
    struct wbuf out = wbuf_of(t.json, sizeof t.json);
    for (unsigned i = 0; (d = exi_dictionary_at(i)) != NULL && exi_dictionary_set(d) != set;) {
        i++;
    }
    require(d != NULL);
    exi_arena_init(&scratch, t.scratch, sizeof t.scratch);
    json_writer_init(&w, &out);
    require(exi_json_write(d, message, &scratch, &w) == E_OK);
    struct json_reader reader;
    if (!wbuf_ok(&out) ||
        json_parse(&reader, (const char *)t.json, wbuf_len(&out), t.tokens, TOKENS) != E_OK) {
        return; /* too large for this target's memory */
    }
    const struct exi_json_source source = {exi_message_name(d, message), &reader, 0};
    struct exi_json_fault fault;
    struct exi_message back;
    const int result = exi_json_read(d, &source, &scratch, &back, &fault);
    require(result == E_OK || fault.error == EXI_JSON_ARENA);
    require(result != E_OK || exi_messages_equal(set, message, &back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3) {
        return 0;
    }
    const struct exi_set *set = exi_random_set(data[0] & 15);
    struct exi_choices choices = {.bytes = data + 3, .len = size - 3};
    struct exi_arena source;
    struct exi_arena arena;
    struct exi_message message;
    exi_arena_init(&source, t.source, sizeof t.source);
    if (!exi_random_message(set, &choices, &source, &message)) {
        return 0;
    }
    int len = exi_encode_referring(set, &message, &source, t.out, sizeof t.out);
    require(len > 0 || message.error == EXI_NOSPACE || message.error == EXI_ARENA);
    if (len > 0) {
        require_same(set, (size_t)len, &message);
    }
    len = exi_encode(set, &message, t.out, sizeof t.out);
    require(len > 0 || len == E_NOSPACE);
    if (len <= 0) {
        return 0;
    }
    require_same(set, (size_t)len, &message);
    check_json(set, &message);
    t.out[(data[1] << 8 | data[2]) % len] ^= (uint8_t)(data[0] >> 4) + 1U;
    exi_arena_init(&arena, t.memory, sizeof t.memory);
    if (exi_decode(set, t.out, (size_t)len, &arena, &message) == E_OK) {
        static uint8_t again[OUT_CAP];
        len = exi_encode(set, &message, again, sizeof again);
        require(len > 0 || len == E_NOSPACE); /* references grow into literals */
    }
    return 0;
}
