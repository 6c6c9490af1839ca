/* bench: exi port_posix */
/* SPDX-License-Identifier: MIT
 * Instructions a message, which do not depend on the machine's mood, beside those of libcbv2g 0.3.2
 * for the same 17 messages (../shared/data/v2g/libcbv2g_instructions.tsv, x86-64, -O2). The program
 * runs itself under callgrind, once a message and direction, and counts what exi_decode and
 * exi_encode take. Fails when a message costs more than libcbv2g or the sum more than half. In the
 * same run it takes the time, beside the Rust crate iso15118 where cargo is there to build it.
 */
#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exi/json.h"

enum { MESSAGE_CAP = 4096, ROUNDS = 20000 };

static alignas(8) uint8_t memory[MESSAGE_CAP];
static uint8_t in[MESSAGE_CAP];
static uint8_t out[MESSAGE_CAP];

static size_t unhex(const char *text)
{
    size_t n = 0;
    unsigned byte;
    while (n < sizeof in && sscanf(text + 2 * n, "%2x", &byte) == 1) {
        in[n++] = (uint8_t)byte;
    }
    return n;
}

/* Decodes or encodes once: what callgrind looks at. */
static int run_once(const char *direction, const char *protocol, const char *hex)
{
    const struct exi_dictionary *d = exi_dictionary_find(protocol);
    struct exi_arena arena;
    struct exi_message message;
    const size_t len = unhex(hex);
    exi_arena_init(&arena, memory, sizeof memory);
    if (exi_decode(exi_dictionary_set(d), in, len, &arena, &message) != E_OK) {
        return 1;
    }
    if (strcmp(direction, "encode") != 0) {
        return 0;
    }
    return exi_encode(exi_dictionary_set(d), &message, out, sizeof out) == (int)len ? 0 : 1;
}

static unsigned long instructions(const char *self, const char *direction, const char *protocol,
                                  const char *hex)
{
    static char command[2 * MESSAGE_CAP + 1024];
    unsigned long count = 0;
    char line[512];
    snprintf(command, sizeof command,
             "valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=exi_%s "
             "'%s' %s %s %s 2>&1",
             direction, self, direction, protocol, hex);
    FILE *pipe = popen(command, "r");
    while (pipe != NULL && fgets(line, sizeof line, pipe) != NULL) {
        const char *at = strstr(line, "Collected : ");
        if (at != NULL) {
            count = strtoul(at + strlen("Collected : "), NULL, 10);
        }
    }
    if (pipe == NULL || pclose(pipe) != 0 || count == 0) {
        fprintf(stderr, "valgrind did not count %s\n", direction);
        exit(1);
    }
    return count;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void time_message(const struct exi_dictionary *d, size_t len, double *decode, double *encode)
{
    struct exi_arena arena;
    struct exi_message message;
    exi_arena_init(&arena, memory, sizeof memory);
    double start = seconds();
    for (int i = 0; i < ROUNDS; i++) {
        exi_arena_reset(&arena);
        if (exi_decode(exi_dictionary_set(d), in, len, &arena, &message) != E_OK) {
            exit(1);
        }
    }
    *decode = (seconds() - start) / ROUNDS * 1e9;
    start = seconds();
    for (int i = 0; i < ROUNDS; i++) {
        if (exi_encode(exi_dictionary_set(d), &message, out, sizeof out) < 0) {
            exit(1);
        }
    }
    *encode = (seconds() - start) / ROUNDS * 1e9;
}

/* One message of the file. */
struct row {
    char protocol[16];
    char message[64];
    char hex[2 * MESSAGE_CAP];
    double theirs[2]; /* libcbv2g's instructions */
    char rust[2][16]; /* ns */
};
enum { ROWS_MAX = 32 };
static struct row rows[ROWS_MAX];
static size_t n_rows;

static void read_rows(FILE *file)
{
    static char line[4 * MESSAGE_CAP];
    while (n_rows < ROWS_MAX && fgets(line, sizeof line, file) != NULL) {
        struct row *r = &rows[n_rows];
        unsigned bytes;
        if (sscanf(line, "%15s %63s %u %8191s %lf %lf", r->protocol, r->message, &bytes, r->hex,
                   &r->theirs[0], &r->theirs[1]) == 6) {
            strcpy(r->rust[0], "-");
            strcpy(r->rust[1], "-");
            n_rows++;
        }
    }
}

/* bench/exi_rust takes all messages on stdin; its times go into the rows. */
static void time_rust(void)
{
    FILE *list = fopen("build/exi_rust.in", "w");
    if (list == NULL ||
        system("CARGO_TARGET_DIR=build/exi_rust cargo build --release --locked "
               "--quiet --manifest-path bench/exi_rust/Cargo.toml 2>/dev/null") != 0) {
        printf("the Rust crate does not build here (cargo): no comparison with it\n");
        if (list != NULL) {
            fclose(list);
        }
        return;
    }
    for (size_t i = 0; i < n_rows; i++) {
        fprintf(list, "%s %s\n", rows[i].protocol, rows[i].hex);
    }
    fclose(list);
    FILE *pipe = popen("build/exi_rust/release/exi-rust <build/exi_rust.in", "r");
    for (size_t i = 0; pipe != NULL && i < n_rows; i++) {
        if (fscanf(pipe, "%15s %15s", rows[i].rust[0], rows[i].rust[1]) != 2) {
            break;
        }
    }
    if (pipe != NULL) {
        pclose(pipe);
    }
}

struct totals {
    double ours;
    double theirs;
    double worst;
};

static void add(struct totals *t, double ours, double theirs)
{
    t->ours += ours;
    t->theirs += theirs;
    t->worst = ours / theirs > t->worst ? ours / theirs : t->worst;
}

static void bench_row(const char *self, const struct row *r, struct totals *decode,
                      struct totals *encode)
{
    double ns[2];
    const double ours[] = {(double)instructions(self, "decode", r->protocol, r->hex),
                           (double)instructions(self, "encode", r->protocol, r->hex)};
    const size_t len = unhex(r->hex);
    time_message(exi_dictionary_find(r->protocol), len, &ns[0], &ns[1]);
    printf("%-8s %-28s %5zu %7.0f %7.0f %5.3f %7.0f %7.0f %5.3f %7.0f %6s %6.0f %6s\n", r->protocol,
           r->message, len, ours[0], r->theirs[0], ours[0] / r->theirs[0], ours[1], r->theirs[1],
           ours[1] / r->theirs[1], ns[0], r->rust[0], ns[1], r->rust[1]);
    add(decode, ours[0], r->theirs[0]);
    add(encode, ours[1], r->theirs[1]);
}

static bool verdict(const char *direction, const struct totals *t)
{
    const bool holds = t->worst <= 1.0 && t->ours <= 0.5 * t->theirs;
    printf("%s: %.0f of %.0f instructions, ratio %.3f, worst message %.3f: %s\n", direction,
           t->ours, t->theirs, t->ours / t->theirs, t->worst, holds ? "ok" : "TOO SLOW");
    return holds;
}

int main(int argc, char **argv)
{
    if (argc == 4) {
        return run_once(argv[1], argv[2], argv[3]);
    }
    const char *data = getenv("WATTWARD_DATA");
    char path[512];
    snprintf(path, sizeof path, "%s/v2g/libcbv2g_instructions.tsv",
             data != NULL ? data : "../shared/data");
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("skipped: %s is not here\n", path);
        return 0;
    }
    struct totals decode = {0};
    struct totals encode = {0};
    read_rows(file);
    fclose(file);
    time_rust();
    printf("%-43s %21s %21s %14s %13s\n", "", "instructions to decode", "to encode", "decode, ns",
           "encode, ns");
    printf("%-8s %-28s %5s %7s %7s %5s %7s %7s %5s %7s %6s %6s %6s\n", "protocol", "message",
           "bytes", "ours", "cbv2g", "ratio", "ours", "cbv2g", "ratio", "ours", "Rust", "ours",
           "Rust");
    for (size_t i = 0; i < n_rows; i++) {
        bench_row(argv[0], &rows[i], &decode, &encode);
    }
    const bool decode_holds = verdict("decode", &decode);
    return verdict("encode", &encode) && decode_holds ? 0 : 1;
}
