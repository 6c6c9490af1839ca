/* SPDX-License-Identifier: MIT
 * A whole message: header, root, the end.
 */
#include "base/assert.h"
#include "decoder.h"

/* AT(Id) or CH of the relaxed grammar, with its text. */
static bool read_relaxed_text(struct exi_decoder *d, unsigned code, unsigned expected,
                              const struct exi_row *row)
{
    const struct exi_frame *f = d->frame;
    struct exi_text text;
    if (code != expected) {
        return exi_decoder_fail(d, EXI_DEVIATION);
    }
    if (!exi_decode_text(d, &f->module->datatypes[row->type], &text)) {
        return false;
    }
    memcpy(f->base + row->offset, &text, sizeof text);
    return true;
}

/* A fragment in the relaxed grammar: attribute Id, text, EE (EXI 8.5.3). Its struct is the one that
 * the element's type has where it is not ambiguous: Id, then the value. EE may come without a text.
 */
static bool read_relaxed(struct exi_decoder *d, const struct exi_relaxed *relaxed)
{
    const struct exi_row *row = d->frame->row;
    unsigned code = exi_take(&d->reader, relaxed->bits);
    if (!read_relaxed_text(d, code, relaxed->attribute, row)) {
        return false;
    }
    code = exi_take(&d->reader, relaxed->bits);
    if (code == exi_relaxed_end(relaxed)) {
        const struct exi_text none = {.at = exi_no_value, .len = 0, .shift = 0};
        memcpy(d->frame->base + row[1].offset, &none, sizeof none);
    } else if (!read_relaxed_text(d, code, relaxed->text, row + 1)) {
        return false;
    } else if (exi_take(&d->reader, relaxed->end_bits) != relaxed->end) {
        return exi_decoder_fail(d, EXI_DEVIATION);
    }
    d->frame--;
    return true;
}

/* EXI 5: distinguishing bits, presence of options, version. */
static bool read_header(struct exi_decoder *d)
{
    const unsigned header = exi_take(&d->reader, 8);
    if ((header & 0xC0) != 0x80) {
        return exi_decoder_fail(d, EXI_HEADER);
    }
    if ((header & 0x20) != 0) {
        return exi_decoder_fail(d, EXI_OPTIONS);
    }
    return header == 0x80 || exi_decoder_fail(d, EXI_VERSION);
}

static bool read_root(struct exi_decoder *d, const struct exi_set *set, unsigned *root)
{
    const unsigned code = exi_take(&d->reader, set->root_bits);
    if (code >= set->root_codes) {
        return exi_decoder_fail(d, code == set->root_codes ? EXI_DEVIATION : EXI_EVENT_CODE);
    }
    for (unsigned i = 0; i < set->root_count; i++) {
        if (set->roots[i].code == code) {
            *root = i;
            return true;
        }
    }
    return exi_decoder_fail(d, EXI_ROOT);
}

enum { READ_TRACKING = 1, READ_TYPED = 2 };

/* One pass over the message. `mode`: remembering strings; the element's own grammar where the
 * relaxed one is right but not everybody knows it. */
static bool read_message(struct exi_decoder *d, const struct exi_set *set, unsigned mode,
                         struct exi_message *message)
{
    unsigned root = 0;
    d->tracking = (mode & READ_TRACKING) != 0;
    if (!read_header(d) || !read_root(d, set, &root)) {
        return false;
    }
    const unsigned type = set->roots[root].type;
    const struct exi_module *module = exi_module_of(set->module, type);
    void *value = exi_arena_take(d->arena, module->types[type - module->first].size);
    if (value == NULL) {
        return exi_decoder_fail(d, EXI_ARENA);
    }
    d->frame = d->frames;
    exi_decoder_enter(d, module, type, value);
    const bool relaxed = set->relaxed != NULL && set->relaxed->root == root;
    message->root = root;
    message->value = value;
    if (relaxed && (mode & READ_TYPED) == 0 ? !read_relaxed(d, set->relaxed)
                                            : !exi_decoder_walk(d)) {
        return false;
    }
    if (set->fragment && exi_take(&d->reader, set->root_bits) != set->root_codes - 1U) {
        return exi_decoder_fail(d, EXI_ROOT);
    }
    return !d->reader.failed || exi_decoder_fail(d, EXI_TRUNCATED);
}

static int result_of(enum exi_error error)
{
    if (error == EXI_TRUNCATED) {
        return E_TRUNCATED;
    }
    if (error == EXI_ARENA) {
        return E_NOSPACE;
    }
    const bool limit = error == EXI_TOO_LONG || error == EXI_STRINGS || error == EXI_COUNT;
    return limit ? E_LIMIT : E_MALFORMED;
}

static int refuse(struct exi_message *message, enum exi_error error, uint32_t bits)
{
    message->root = 0;
    message->value = NULL;
    message->error = error;
    message->bits = bits;
    return result_of(error);
}

/* Reads anew where the first pass cannot be the last: false when the error stands. */
static bool retry(const struct exi_decoder *d, const struct exi_set *set, unsigned *mode)
{
    if ((int)d->error == EXI_AGAIN) {
        *mode |= READ_TRACKING;
        return true;
    }
    if (set->relaxed == NULL || (*mode & READ_TYPED) != 0 || d->error == EXI_ROOT) {
        return false;
    }
    *mode = READ_TYPED;
    return true;
}

int exi_decode(const struct exi_set *set, const void *in, size_t len, struct exi_arena *arena,
               struct exi_message *message)
{
    ASSERT(set != NULL && arena != NULL && message != NULL && (in != NULL || len == 0));
    ASSERT(arena->used <= arena->cap);
    if (len > EXI_MAX_LEN) {
        return refuse(message, EXI_TOO_LONG, 0);
    }
    const size_t used = arena->used;
    struct exi_decoder d;
    enum exi_error error = EXI_OK; /* of the relaxed grammar: it is the right one */
    uint32_t bits = 0;
    unsigned mode = 0;
    for (;;) {
        d.reader = exi_reader_of(in, len);
        d.arena = arena;
        d.error = EXI_OK;
        d.strings = NULL;
        d.n_strings = 0;
        const bool read = read_message(&d, set, mode, message);
        arena->top = arena->cap;
        if (read) {
            message->error = EXI_OK;
            message->bits = exi_reader_pos(&d.reader);
            return E_OK;
        }
        arena->used = used;
        if ((int)d.error != EXI_AGAIN && (error == EXI_OK || d.error == EXI_ARENA)) {
            error = d.error;
            bits = exi_reader_pos(&d.reader);
        }
        if (!retry(&d, set, &mode)) {
            return refuse(message, error, bits);
        }
    }
}
