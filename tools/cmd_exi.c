/* SPDX-License-Identifier: MIT
 * wattward exi: EXI messages as text, a line in, a line out. A line that cannot be read is answered
 * by `error: NAME at bit N`; nothing stops at it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "exi/json.h"

enum { ARENA_CAP = 32 << 20, FIRST_CAP = 1 << 16, READ_LEN = 1 << 16, LINE_MAX_LEN = 1 << 26 };

/* What a line needs, kept from line to line. */
struct bench {
    struct exi_arena arena;
    uint8_t *bytes; /* a message */
    size_t bytes_cap;
    uint8_t *out; /* an answer, or a message on its way out */
    size_t out_cap;
    struct json_token *tokens;
    size_t n_tokens;
    unsigned long done;
    unsigned long refused;
    uint64_t codec_ns; /* spent in the codec, without reading and printing */
};

/* Answers one line; returns false when it was refused. The line is changed. */
typedef bool answer_line(struct bench *b, char *line);

static void *grown(void *memory, size_t size)
{
    void *more = realloc(memory, size);
    if (more == NULL) {
        fprintf(stderr, "wattward: out of memory\n");
        exit(COMMAND_FAILED);
    }
    return more;
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static bool refuse(const char *name, uint32_t bit)
{
    printf("error: %s at bit %u\n", name, bit);
    return false;
}

static int digit_of(char c)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *at = c == 0 ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)((at - digits) & 15);
}

/* PROTOCOL<TAB>HEX to a set and bytes. */
static const struct exi_dictionary *read_hex_line(struct bench *b, char *line, size_t *len)
{
    char *hex = strchr(line, '\t');
    const struct exi_dictionary *dictionary = NULL;
    if (hex != NULL) {
        *hex++ = 0;
        dictionary = exi_dictionary_find(line);
    }
    if (dictionary == NULL) {
        refuse("PROTOCOL", 0);
        return NULL;
    }
    const size_t n = strlen(hex);
    if (n / 2 > b->bytes_cap) {
        b->bytes_cap = n / 2;
        b->bytes = grown(b->bytes, b->bytes_cap);
    }
    for (size_t i = 0; i < n; i += 2) {
        const int high = digit_of(hex[i]);
        const int low = digit_of(hex[i + 1]);
        if (high < 0 || low < 0) {
            refuse("HEX", (uint32_t)(4 * (i + (high >= 0))));
            return NULL;
        }
        b->bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    *len = n / 2;
    return dictionary;
}

static int decode(struct bench *b, const struct exi_dictionary *dictionary, size_t len,
                  struct exi_message *message)
{
    exi_arena_reset(&b->arena);
    const uint64_t start = now_ns();
    const int result =
        exi_decode(exi_dictionary_set(dictionary), b->bytes, len, &b->arena, message);
    b->codec_ns += now_ns() - start;
    return result;
}

static bool print_json(struct bench *b, const struct exi_dictionary *dictionary,
                       const struct exi_message *message)
{
    for (;;) {
        struct wbuf out = wbuf_of(b->out, b->out_cap);
        struct json_writer w;
        json_writer_init(&w, &out);
        json_begin_object(&w);
        json_field_string(&w, "protocol", exi_dictionary_protocol(dictionary));
        json_field_string(&w, "message", exi_message_name(dictionary, message));
        json_key(&w, "value");
        if (exi_json_write(dictionary, message, &b->arena, &w) != E_OK) {
            return refuse("EXI_ARENA", message->bits);
        }
        json_end(&w);
        if (wbuf_ok(&out)) {
            fwrite(b->out, 1, wbuf_len(&out), stdout);
            putchar('\n');
            return true;
        }
        b->out_cap *= 2;
        b->out = grown(b->out, b->out_cap);
    }
}

static bool print_hex(struct bench *b, const struct exi_dictionary *dictionary,
                      struct exi_message *message, const char *prefix)
{
    const uint64_t start = now_ns();
    int len = exi_encode(exi_dictionary_set(dictionary), message, b->out, b->out_cap);
    b->codec_ns += now_ns() - start;
    while (len == E_NOSPACE && b->out_cap < EXI_MAX_LEN) {
        b->out_cap *= 2;
        b->out = grown(b->out, b->out_cap);
        len = exi_encode(exi_dictionary_set(dictionary), message, b->out, b->out_cap);
    }
    if (len < 0) {
        return refuse(exi_error_name(message->error), message->bits);
    }
    if (prefix != NULL) {
        printf("%s\t", prefix);
    }
    for (int i = 0; i < len; i++) {
        static const char digits[] = "0123456789abcdef";
        putchar(digits[b->out[i] >> 4]);
        putchar(digits[b->out[i] & 15]);
    }
    putchar('\n');
    return true;
}

static bool decode_line(struct bench *b, char *line)
{
    struct exi_message message;
    size_t len = 0;
    const struct exi_dictionary *dictionary = read_hex_line(b, line, &len);
    if (dictionary == NULL) {
        return false;
    }
    if (decode(b, dictionary, len, &message) != E_OK) {
        return refuse(exi_error_name(message.error), message.bits);
    }
    return print_json(b, dictionary, &message);
}

static bool recode_line(struct bench *b, char *line)
{
    struct exi_message message;
    size_t len = 0;
    const struct exi_dictionary *dictionary = read_hex_line(b, line, &len);
    if (dictionary == NULL) {
        return false;
    }
    if (decode(b, dictionary, len, &message) != E_OK) {
        return refuse(exi_error_name(message.error), message.bits);
    }
    return print_hex(b, dictionary, &message, NULL);
}

static int parse(struct bench *b, struct json_reader *json, const char *line)
{
    int result;
    while ((result = json_parse(json, line, strlen(line), b->tokens, b->n_tokens)) == E_LIMIT &&
           b->n_tokens < strlen(line)) {
        b->n_tokens *= 2;
        b->tokens = grown(b->tokens, b->n_tokens * sizeof b->tokens[0]);
    }
    return result;
}

static bool encode_line(struct bench *b, char *line)
{
    char protocol[32];
    char name[128];
    struct json_reader json;
    struct exi_message message;
    struct exi_json_fault fault;
    if (parse(b, &json, line) != E_OK || json_type_of(&json, 0) != JSON_OBJECT) {
        return refuse("JSON", 0);
    }
    if (json_string(&json, json_member(&json, 0, "protocol"), protocol, sizeof protocol) < 0 ||
        exi_dictionary_find(protocol) == NULL) {
        return refuse("PROTOCOL", 0);
    }
    if (json_string(&json, json_member(&json, 0, "message"), name, sizeof name) < 0) {
        return refuse("EXI_JSON_MESSAGE", 0);
    }
    const struct exi_dictionary *dictionary = exi_dictionary_find(protocol);
    const struct exi_json_source source = {
        .name = name, .json = &json, .value = json_member(&json, 0, "value")};
    exi_arena_reset(&b->arena);
    if (exi_json_read(dictionary, &source, &b->arena, &message, &fault) != E_OK) {
        fprintf(stderr, "wattward: %s: %s at element %s\n", name, exi_json_error_name(fault.error),
                fault.element);
        return refuse(exi_json_error_name(fault.error), 0);
    }
    return print_hex(b, dictionary, &message, protocol);
}

/* The text of stdin that was read and not answered yet. */
struct input {
    char *text;
    size_t cap;
    size_t len;
    size_t start;  /* of the first line not answered */
    bool too_long; /* the beginning of that line was dropped */
};

/* Reads more behind what there is; false at the end. What was answered is printed before more is
 * waited for, so that a program at the other end of two pipes may ask line by line. */
static bool read_more(struct input *in)
{
    fflush(stdout);
    if (in->len - in->start > LINE_MAX_LEN) {
        in->start = in->len;
        in->too_long = true;
    }
    memmove(in->text, in->text + in->start, in->len - in->start);
    in->len -= in->start;
    in->start = 0;
    if (in->cap < in->len + READ_LEN + 1) {
        in->cap = 2 * (in->len + READ_LEN + 1);
        in->text = grown(in->text, in->cap);
    }
    const ssize_t n = read(STDIN_FILENO, in->text + in->len, READ_LEN);
    if (n > 0) {
        in->len += (size_t)n;
        return true;
    }
    if (n < 0 || (in->len == 0 && !in->too_long)) {
        return false;
    }
    in->text[in->len++] = '\n'; /* the last line lacks its end */
    return true;
}

/* The next line without its end, NULL at the end of the input. */
static char *next_line(struct input *in, size_t *len)
{
    char *end = NULL;
    in->too_long = false;
    for (size_t seen = 0; end == NULL;) {
        end = memchr(in->text + in->start + seen, '\n', in->len - in->start - seen);
        seen = in->len - in->start <= LINE_MAX_LEN ? in->len - in->start : 0;
        if (end == NULL && !read_more(in)) {
            return NULL;
        }
    }
    char *line = in->text + in->start;
    in->start = (size_t)(end - in->text) + 1;
    if (end > line && end[-1] == '\r') {
        end--;
    }
    *end = 0;
    *len = (size_t)(end - line);
    return line;
}

static int answer_lines(struct bench *b, answer_line *answer)
{
    struct input in = {.text = grown(NULL, READ_LEN), .cap = READ_LEN};
    size_t len = 0;
    for (char *line = next_line(&in, &len); line != NULL; line = next_line(&in, &len)) {
        const bool readable = !in.too_long && memchr(line, 0, len) == NULL;
        b->refused += !(readable ? answer(b, line) : refuse("LINE", 0));
        b->done++;
    }
    free(in.text);
    return fflush(stdout) == 0 && !ferror(stdout) ? COMMAND_DONE : COMMAND_FAILED;
}

static int run(const struct invocation *i, answer_line *answer)
{
    struct bench b = {.bytes_cap = FIRST_CAP, .out_cap = FIRST_CAP, .n_tokens = FIRST_CAP / 16};
    void *memory = grown(NULL, ARENA_CAP);
    b.bytes = grown(NULL, b.bytes_cap);
    b.out = grown(NULL, b.out_cap);
    b.tokens = grown(NULL, b.n_tokens * sizeof b.tokens[0]);
    exi_arena_init(&b.arena, memory, ARENA_CAP);
    const int status = answer_lines(&b, answer);
    if (invocation_option(i, "--stats") != NULL) {
        const double seconds = (double)b.codec_ns / 1e9;
        fprintf(stderr, "%lu messages, %lu refused, %.0f messages per second in the codec\n",
                b.done, b.refused, seconds > 0 ? (double)b.done / seconds : 0);
    }
    free(memory);
    free(b.bytes);
    free(b.out);
    free(b.tokens);
    return status;
}

static int run_decode(const struct invocation *i)
{
    return run(i, decode_line);
}
static int run_encode(const struct invocation *i)
{
    return run(i, encode_line);
}
static int run_recode(const struct invocation *i)
{
    return run(i, recode_line);
}

static const struct command_option options[] = {
    {.name = "--stats", .summary = "At the end, on stderr: messages and messages per second."},
    {.name = NULL},
};

#define PROTOCOLS                                                                                  \
    "PROTOCOL is sap, din, iso2, iso20, iso20ac, iso20dc, iso20acdp, iso20wpt, one of these but\n" \
    "sap with `frag` behind it for a signed fragment, or iso2xmldsig for a SignedInfo alone.\n"    \
    "A line that is refused is answered by `error: NAME at bit N`: what lib/exi says (EXI_...),\n" \
    "PROTOCOL, HEX, JSON, or LINE for one with a zero octet or of more than 64 MiB.\n"

static const struct command children[] = {
    {.name = "decode",
     .summary = "Read lines `PROTOCOL<TAB>HEX`, print each as one JSON object.",
     .options = options,
     .details = PROTOCOLS,
     .run = run_decode},
    {.name = "encode",
     .summary = "Read what decode prints, print `PROTOCOL<TAB>HEX`.",
     .options = options,
     .details = PROTOCOLS,
     .run = run_encode},
    {.name = "recode",
     .summary = "Read lines `PROTOCOL<TAB>HEX`, decode and encode again, print the hex.",
     .options = options,
     .details = PROTOCOLS,
     .run = run_recode},
    {.name = NULL},
};

extern const struct command command_exi;
const struct command command_exi = {
    .name = "exi", .summary = "Messages of DIN 70121 and ISO 15118 as text.", .children = children};
