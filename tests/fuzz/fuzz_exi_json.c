/* fuzz: exi */
/* SPDX-License-Identifier: MIT
 * A line of `wattward exi encode`: whatever message is read of it is encoded or refused, and what
 * was encoded decodes, to JSON that is read and encoded to the same bytes.
 */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "exi/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_CAP = 64 << 10, OUT_CAP = 64 << 10, JSON_CAP = 512 << 10, TOKENS = 1 << 15 };

static struct {
    alignas(8) uint8_t memory[ARENA_CAP];
    alignas(8) uint8_t again[ARENA_CAP];
    uint8_t bytes[OUT_CAP];
    uint8_t bytes_again[OUT_CAP];
    char json[JSON_CAP];
    struct json_token tokens[TOKENS];
} t;

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* JSON text to bytes; 0 when it is refused. */
static int encode(const struct exi_dictionary *d, const struct exi_json_source *source,
                  uint8_t *bytes)
{
    struct exi_arena arena;
    struct exi_message m;
    struct exi_json_fault fault;
    exi_arena_init(&arena, t.memory, sizeof t.memory);
    const int read = exi_json_read(d, source, &arena, &m, &fault);
    require((read == E_OK) == (fault.error == EXI_JSON_OK) && fault.element != NULL);
    if (read != E_OK) {
        require(arena.used == 0);
        return 0;
    }
    const int len = exi_encode(exi_dictionary_set(d), &m, bytes, OUT_CAP);
    require(len > 0 || m.error != EXI_OK);
    return len > 0 ? len : 0;
}

static void check_back(const struct exi_dictionary *d, int len)
{
    struct exi_arena arena;
    struct exi_message m;
    struct json_reader reader;
    struct json_writer w;
    struct wbuf out = wbuf_of(t.json, sizeof t.json);
    exi_arena_init(&arena, t.again, sizeof t.again);
    if (exi_decode(exi_dictionary_set(d), t.bytes, (size_t)len, &arena, &m) != E_OK) {
        require(m.error == EXI_ARENA);
        return;
    }
    json_writer_init(&w, &out);
    if (exi_json_write(d, &m, &arena, &w) != E_OK || !wbuf_ok(&out) ||
        json_parse(&reader, t.json, wbuf_len(&out), t.tokens, TOKENS) != E_OK) {
        return; /* too large for this target's memory */
    }
    const struct exi_json_source source = {exi_message_name(d, &m), &reader, 0};
    const int again = encode(d, &source, t.bytes_again);
    require(again == 0 || (again == len && memcmp(t.bytes, t.bytes_again, (size_t)len) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char protocol[32];
    char name[128];
    struct json_reader reader;
    if (json_parse(&reader, (const char *)data, size, t.tokens, TOKENS) != E_OK ||
        json_type_of(&reader, 0) != JSON_OBJECT ||
        json_string(&reader, json_member(&reader, 0, "protocol"), protocol, sizeof protocol) < 0 ||
        json_string(&reader, json_member(&reader, 0, "message"), name, sizeof name) < 0) {
        return 0;
    }
    const struct exi_dictionary *d = exi_dictionary_find(protocol);
    if (d == NULL) {
        return 0;
    }
    const struct exi_json_source source = {name, &reader, json_member(&reader, 0, "value")};
    const int len = encode(d, &source, t.bytes);
    if (len > 0) {
        check_back(d, len);
    }
    return 0;
}
