/* bench: exi port_posix */
/* SPDX-License-Identifier: MIT
 * Instructions a message, which do not depend on the machine's mood, beside those of libcbv2g 0.3.2
 * for the same 17 messages (../shared/data/v2g/libcbv2g_instructions.tsv, x86-64, -O2). The program
 * runs itself under callgrind, once a message and direction, and counts what exi_decode and
 * exi_encode take. Fails when a message costs more than libcbv2g or the sum more than half.
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

static void bench_row(const char *self, char *line, struct totals *decode, struct totals *encode)
{
    char *f[6];
    double ns[2];
    for (int i = 0; i < 6; i++) {
        f[i] = strtok(i == 0 ? line : NULL, "\t\n");
        if (f[i] == NULL) {
            return;
        }
    }
    const double ours[] = {(double)instructions(self, "decode", f[0], f[3]),
                           (double)instructions(self, "encode", f[0], f[3])};
    const double theirs[] = {strtod(f[4], NULL), strtod(f[5], NULL)};
    time_message(exi_dictionary_find(f[0]), unhex(f[3]), &ns[0], &ns[1]);
    printf("%-8s %-28s %5s %7.0f %7.0f %5.3f %7.0f %7.0f %5.3f %6.0f %6.0f\n", f[0], f[1], f[2],
           ours[0], theirs[0], ours[0] / theirs[0], ours[1], theirs[1], ours[1] / theirs[1], ns[0],
           ns[1]);
    add(decode, ours[0], theirs[0]);
    add(encode, ours[1], theirs[1]);
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
    static char line[4 * MESSAGE_CAP];
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
    printf("%-8s %-28s %5s %23s %23s %13s\n", "", "", "", "instructions to decode", "to encode",
           "ns");
    printf("%-8s %-28s %5s %7s %7s %5s %7s %7s %5s %6s %6s\n", "protocol", "message", "bytes",
           "ours", "cbv2g", "ratio", "ours", "cbv2g", "ratio", "decode", "encode");
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "protocol\t", 9) != 0) {
            bench_row(argv[0], line, &decode, &encode);
        }
    }
    fclose(file);
    const bool decode_holds = verdict("decode", &decode);
    return verdict("encode", &encode) && decode_holds ? 0 : 1;
}
