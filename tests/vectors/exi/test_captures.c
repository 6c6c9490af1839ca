/* SPDX-License-Identifier: MIT
 * exi_vectors.tsv: messages of cars and chargers, and of other stacks' tests. Each decodes to the
 * values that two other codecs agreed on, in an arena of 4 KB, and is written again byte for byte;
 * the exceptions are named one by one, and each row that another codec could not do has its reason
 * (docs/exi-exceptions.md).
 */
#include <stdalign.h>
#include <stdlib.h>

#include "check.h"
#include "data.h"
#include "exi/json.h"
#include "flat.h"

enum { ARENA_CAP = 4096, MESSAGE_CAP = 1 << 16, ROWS_LEAST = 2900, UNSTATED_MOST = 2 };

/* What is not "decodes, and comes back as it was". */
struct exception {
    const char *protocol;
    const char *message;
    const char *hex; /* its beginning, enough to name it */
    size_t len;      /* bytes of the message itself; 0: the whole row */
    const char *why;
    bool refused;
    bool literal; /* comes back with literals, which are longer */
    bool other;   /* is another message than the row says */
};

static const struct exception exceptions[] = {
    {.protocol = "din",
     .message = "ContractAuthenticationReq",
     .hex = "809a02202c9fff3e37b3d3d0b800",
     .len = 13,
     .why = "Tesla sends an octet behind the message"},
    {.protocol = "din",
     .message = "ContractAuthenticationReq",
     .hex = "809a02004080c1014181c210b800",
     .len = 13,
     .why = "OpenV2G sends an octet behind the message"},
    {.protocol = "iso2",
     .message = "CertificateInstallationRes",
     .hex = "809802395653dff5657ab4ca895a",
     .len = 1458,
     .why = "a back end sent an octet behind the message"},
    {.protocol = "iso2",
     .message = "PaymentServiceSelectionRes",
     .hex = "8098023c4d2f8f7d9ffcfe9140001280",
     .len = 14,
     .why = "two octets behind the message, the end of an earlier one in the same buffer"},
    {.protocol = "iso20acdp",
     .message = "ACDP_ConnectRes",
     .hex = "8008040000000000000000080e2cfaa062000108",
     .len = 18,
     .why = "libcbv2g numbers documents by type name, so what it means as ACDP_ConnectRes has the "
            "code of ACDP_DisconnectReq; ends two octets early as that",
     .other = true},
    {.protocol = "iso20acdp",
     .message = "ACDP_DisconnectReq",
     .hex = "8004040000000000000000080e2cfaa06200",
     .why = "the same defect: the code of ACDP_ConnectRes, which has a response code more",
     .refused = true},
    {.protocol = "iso2xmldsig",
     .message = "SignedInfo",
     .hex =
         "808112b43a3a381d1797bbbbbb973b999737b93397aa2917b1b0b737b734b1b0b616b2bc3497a1ab43a3a38"
         "1d1797bbbbbb973b999737b933979918181897981a17bc36b63239b4b396b6b7b93291b2b1b239b096b9b43"
         "0991a9b22062349443100024",
     .why = "refers to an earlier string; we write literals",
     .literal = true},
};
enum { EXCEPTIONS = sizeof exceptions / sizeof exceptions[0] };

/* Why another codec did not give a row back as it was, where we do: columns 6 (libcbv2g) and 7
 * (EXIficient, by way of XML). */
enum mark { MARK_NONE, MARK_EMPTY, MARK_REPEATED, MARK_NO_VALUE, MARKS };

static struct {
    uint8_t in[MESSAGE_CAP];
    uint8_t out[MESSAGE_CAP];
    alignas(8) uint8_t memory[ARENA_CAP];
    alignas(8) uint8_t scratch[MESSAGE_CAP];
    uint8_t json[1 << 20];
    struct flat flat;
    unsigned met[EXCEPTIONS];
    unsigned unstated;
    unsigned marked[MARKS];
    size_t most_used;
} t;

static const struct exception *find_exception(char **fields)
{
    for (size_t i = 0; i < EXCEPTIONS; i++) {
        const struct exception *e = &exceptions[i];
        if (strcmp(e->protocol, fields[0]) == 0 && strcmp(e->message, fields[1]) == 0 &&
            strncmp(e->hex, fields[2], strlen(e->hex)) == 0) {
            t.met[i]++;
            return e;
        }
    }
    return NULL;
}

static bool values_agree(const struct exi_dictionary *d, const struct exi_message *m,
                         const char *stated)
{
    struct exi_arena scratch;
    struct json_writer w;
    struct wbuf out = wbuf_of(t.json, sizeof t.json - 1);
    exi_arena_init(&scratch, t.scratch, sizeof t.scratch);
    json_writer_init(&w, &out);
    if (exi_json_write(d, m, &scratch, &w) != E_OK || !wbuf_ok(&out)) {
        return false;
    }
    t.json[wbuf_len(&out)] = 0;
    if (strncmp(stated, "<?xml", 5) == 0) {
        t.unstated++; /* the beginning of an XML text, cut in the middle */
        return true;
    }
    t.flat.cut = true;
    if (!flat_json_text(&t.flat, (const char *)t.json, exi_message_name(d, m))) {
        return false;
    }
    /* an attribute of the root has nothing before its dot there */
    return strcmp(t.flat.text + (t.flat.text[0] == '.'), stated) == 0;
}

/* A value of length 0 becomes an element without a value when it passes through XML; EXIficient
 * refers to a string that comes twice, unless told not to; libcbv2g knows no second level of event
 * codes, so no SignatureValue without a value. */
static void check_mark(char **fields, const struct exi_dictionary *d, struct exi_message *m,
                       int len)
{
    const bool repeated = strcmp(fields[6], "ok-literal") == 0;
    const bool empty = strcmp(fields[6], "mismatch") == 0 && strcmp(fields[5], "ok") == 0;
    const bool no_value = strcmp(fields[5], "decerr(-150)") == 0;
    struct exi_arena scratch;
    CHECK(repeated || empty || (strcmp(fields[5], "ok") == 0 && strcmp(fields[6], "ok") == 0));
    CHECK(strcmp(fields[5], "ok") == 0 || no_value);
    if (repeated) {
        exi_arena_init(&scratch, t.scratch, sizeof t.scratch);
        const int referring =
            exi_encode_referring(exi_dictionary_set(d), m, &scratch, t.out, sizeof t.out);
        CHECK(referring > 0 && referring < len);
        t.marked[MARK_REPEATED]++;
    }
    if (empty) {
        CHECK(strstr((const char *)t.json, ":\"\"") != NULL);
        t.marked[MARK_EMPTY]++;
    }
    if (no_value) {
        CHECK(strstr((const char *)t.json, "\"SignatureValue\":{\"$\":null}") != NULL);
        t.marked[MARK_NO_VALUE]++;
    }
}

static void check_row(char **fields)
{
    const struct exception *e = find_exception(fields);
    const struct exi_dictionary *d = exi_dictionary_find(fields[0]);
    const size_t len = data_hex(fields[2], t.in, sizeof t.in);
    struct exi_arena arena;
    struct exi_message m;
    exi_arena_init(&arena, t.memory, sizeof t.memory);
    if (!CHECK(d != NULL)) {
        return;
    }
    const int result = exi_decode(exi_dictionary_set(d), t.in, len, &arena, &m);
    if (e != NULL && e->refused) {
        CHECK(result != E_OK);
        return;
    }
    if (!CHECK_EQ(result, E_OK)) {
        printf("  %s %s: %s at %u\n", fields[0], fields[1], exi_error_name(m.error), m.bits);
        return;
    }
    t.most_used = arena.used > t.most_used ? arena.used : t.most_used;
    if (e == NULL || !e->other) {
        CHECK_STR(exi_message_name(d, &m), fields[1]);
        if (!CHECK(values_agree(d, &m, fields[7]))) {
            printf("  ours:   %s\n  theirs: %s\n", t.flat.text, fields[7]);
        }
    }
    const size_t expected = e != NULL && e->len > 0 ? e->len : len;
    CHECK_EQ((m.bits + 7) / 8, expected);
    const int written = exi_encode(exi_dictionary_set(d), &m, t.out, sizeof t.out);
    if (e == NULL || !e->literal) {
        CHECK_BYTES(t.out, written < 0 ? 0 : (size_t)written, t.in, expected);
    } else {
        CHECK(written > (int)len);
    }
    if (e == NULL) {
        check_mark(fields, d, &m, (int)len);
    }
}

static void every_captured_message_decodes_to_its_values_and_comes_back(void)
{
    size_t size = 0;
    char *text = data_read("v2g/exi_vectors.tsv", &size);
    if (text == NULL) {
        return;
    }
    unsigned rows = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *fields[8];
        if (data_split(line, '\t', fields, 8) == 8 && strcmp(fields[0], "protocol") != 0) {
            check_row(fields);
            rows++;
        }
    }
    free(text);
    printf("%u messages, the largest takes %zu bytes of an arena of %d\n", rows, t.most_used,
           ARENA_CAP);
    CHECK(rows >= ROWS_LEAST);
    CHECK(t.unstated <= UNSTATED_MOST);
    printf("%u rows with a value of length 0, %u with a string twice, %u without a value\n",
           t.marked[MARK_EMPTY], t.marked[MARK_REPEATED], t.marked[MARK_NO_VALUE]);
    CHECK(t.marked[MARK_EMPTY] >= 22 && t.marked[MARK_REPEATED] >= 80);
    CHECK_EQ(t.marked[MARK_NO_VALUE], 1);
    for (size_t i = 0; i < EXCEPTIONS; i++) {
        if (!CHECK_EQ(t.met[i], 1)) {
            printf("  %s %s: %s\n", exceptions[i].protocol, exceptions[i].message,
                   exceptions[i].why);
        }
    }
}

CHECK_MAIN(TEST(every_captured_message_decodes_to_its_values_and_comes_back))
