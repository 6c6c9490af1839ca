/* SPDX-License-Identifier: MIT
 * exi_oracle_generated.tsv: random documents of every message, written by EXIficient; and whole
 * sessions of Josev, some with references to earlier strings. What we read is what the XML or JSON
 * beside them says; what has no references comes back byte for byte.
 */
#include <stdalign.h>
#include <stdlib.h>

#include "check.h"
#include "data.h"
#include "exi/json.h"
#include "flat.h"

enum { ARENA_CAP = 4096, MESSAGE_CAP = 1 << 16 };

static struct {
    uint8_t in[MESSAGE_CAP];
    uint8_t out[MESSAGE_CAP];
    alignas(8) uint8_t memory[ARENA_CAP];
    alignas(8) uint8_t scratch[MESSAGE_CAP];
    uint8_t json[1 << 20];
    struct flat ours;
    struct flat theirs;
    unsigned rows;
    unsigned referring;
} t;

/* Decodes, writes again, and leaves the lines of its JSON in t.ours. */
static bool take_message(const char *protocol, const char *hex, bool may_refer)
{
    const struct exi_dictionary *d = exi_dictionary_find(protocol);
    const size_t len = data_hex(hex, t.in, sizeof t.in);
    struct exi_arena arena;
    struct exi_arena scratch;
    struct exi_message m;
    struct json_writer w;
    struct wbuf out = wbuf_of(t.json, sizeof t.json - 1);
    exi_arena_init(&arena, t.memory, sizeof t.memory);
    exi_arena_init(&scratch, t.scratch, sizeof t.scratch);
    if (!CHECK(d != NULL) ||
        !CHECK_EQ(exi_decode(exi_dictionary_set(d), t.in, len, &arena, &m), E_OK)) {
        return false;
    }
    const int written = exi_encode(exi_dictionary_set(d), &m, t.out, sizeof t.out);
    if (may_refer && written > (int)len) {
        t.referring++;
        const int referring =
            exi_encode_referring(exi_dictionary_set(d), &m, &scratch, t.out, sizeof t.out);
        CHECK_BYTES(t.out, referring < 0 ? 0 : (size_t)referring, t.in, len);
    } else {
        CHECK_BYTES(t.out, written < 0 ? 0 : (size_t)written, t.in, len);
    }
    json_writer_init(&w, &out);
    if (!CHECK_EQ(exi_json_write(d, &m, &scratch, &w), E_OK) || !CHECK(wbuf_ok(&out))) {
        return false;
    }
    t.json[wbuf_len(&out)] = 0;
    return CHECK(flat_json_text(&t.ours, (const char *)t.json, ""));
}

static void compare(const char *protocol, const char *message)
{
    if (!CHECK(strcmp(t.ours.text, t.theirs.text) == 0)) {
        printf("  %s %s\n  ours:   %.900s\n  theirs: %.900s\n", protocol, message, t.ours.text,
               t.theirs.text);
    }
    t.rows++;
}

/* The root's own name is not in the JSON; in the XML's lines it is the parent of its children. */
static void drop_root(struct flat *f, const char *root)
{
    const size_t n = strlen(root);
    char *to = f->text;
    for (const char *at = f->text; *at != 0;) {
        const bool starts = at == f->text || (at[-1] == ' ' && at[-2] == ';');
        if (starts && strncmp(at, root, n) == 0 && at[n] == '.') {
            at += n;
        } else if (starts && at[0] == '.' && strncmp(at + 1, root, n) == 0) {
            *to++ = '.';
            at += 1 + n;
        }
        *to++ = *at++;
    }
    *to = 0;
}

static void every_generated_document_says_what_its_xml_says(void)
{
    size_t size = 0;
    char *text = data_read("v2g/exi_oracle_generated.tsv", &size);
    if (text == NULL) {
        return;
    }
    t.rows = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *f[5];
        if (data_split(line, '\t', f, 5) != 5 || strcmp(f[0], "protocol") == 0 ||
            !take_message(f[0], f[2], false)) {
            continue;
        }
        const bool v2g = strstr(f[4], "<V2G_Message") != NULL;
        flat_xml_text(&t.theirs, f[4]);
        drop_root(&t.theirs, v2g ? "V2G_Message" : f[1]);
        compare(f[0], f[1]);
    }
    free(text);
    printf("%u documents\n", t.rows);
    CHECK(t.rows >= 2000);
}

/* Their protocol names say less than ours: a fragment is of its set or of XML signature alone. */
static const char *protocol_of(char **f)
{
    static char name[32];
    if (strcmp(f[2], "xmldsig") == 0) {
        return "iso2xmldsig";
    }
    snprintf(name, sizeof name, "%s%s", f[2], strcmp(f[3], "doc") == 0 ? "" : "frag");
    return name;
}

/* {"message":{...}}: the object inside. */
static void take_their_json(char *json)
{
    char *inner = strchr(json, ':');
    char *end = strrchr(json, '}');
    if (CHECK(inner != NULL && end != NULL)) {
        *end = 0;
        CHECK(flat_json_text(&t.theirs, inner + 1, ""));
    }
}

/* Josev orders members as it likes, so the lines are compared as sets. */
static int by_text(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;
    return strcmp(*x, *y);
}
static void sort_lines(struct flat *f)
{
    static char copy[FLAT_CAP];
    static char *lines[1 << 14];
    size_t n = 0;
    memcpy(copy, f->text, f->len + 1);
    for (char *at = copy; at != NULL && n < sizeof lines / sizeof lines[0];) {
        lines[n++] = at;
        at = strstr(at, "; ");
        if (at != NULL) {
            *at = 0;
            at += 2;
        }
    }
    qsort(lines, n, sizeof lines[0], by_text);
    f->len = 0;
    for (size_t i = 0; i < n; i++) {
        flat_put(f, lines[i], strlen(lines[i]));
        flat_put(f, "\n", 1);
    }
}

static void take_session(const char *path)
{
    size_t size = 0;
    char *text = data_read(path, &size);
    if (text == NULL) {
        return;
    }
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *f[7];
        if (data_split(line, '\t', f, 7) == 7 && strcmp(f[0], "t_s") != 0 &&
            take_message(protocol_of(f), f[5], true)) {
            take_their_json(f[6]);
            sort_lines(&t.ours);
            sort_lines(&t.theirs);
            compare(f[2], f[4]);
        }
    }
    free(text);
}

static void whole_sessions_are_read_with_and_without_references(void)
{
    static const char *const names[] = {"din",
                                        "iso15118_20_ac",
                                        "iso15118_20_dc",
                                        "iso15118_20_dc_bpt",
                                        "iso15118_2_eim_ac",
                                        "iso15118_2_eim_dc",
                                        "iso15118_2_pnc_ac"};
    char path[128];
    t.rows = 0;
    t.referring = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "v2g/josev_sessions/%s.tsv", names[i]);
        take_session(path);
        snprintf(path, sizeof path, "v2g/josev_sessions/value_hits/%s.tsv", names[i]);
        take_session(path);
    }
    if (t.rows > 0) {
        printf("%u messages, %u of them with references\n", t.rows, t.referring);
        CHECK(t.rows >= 800);
        CHECK(t.referring >= 10);
    }
}

CHECK_MAIN(TEST(every_generated_document_says_what_its_xml_says),
           TEST(whole_sessions_are_read_with_and_without_references))
