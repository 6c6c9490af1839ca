/* SPDX-License-Identifier: MIT
 * Gives a fuzz target every file of the corpus named on the command line, every beginning of it,
 * and every copy with one byte changed, so that each build tests what fuzzing taught. A finding
 * aborts.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20, VARIED_MAX = 4096 };

static unsigned long n_inputs;

/* On a copy of exactly this size, so that a sanitizer sees the first byte read behind it. */
static void give(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, data, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    n_inputs++;
}

static void give_variations(uint8_t *data, size_t size)
{
    static const uint8_t changes[] = {0x01, 0x20, 0x80, 0xFF};
    for (size_t cut = 0; cut < size; cut++) {
        give(data, cut);
    }
    for (size_t i = 0; i < size; i++) {
        for (size_t c = 0; c < sizeof changes; c++) {
            data[i] ^= changes[c];
            give(data, size);
            data[i] ^= changes[c];
        }
    }
}

static void replay_file(const char *path)
{
    static uint8_t data[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    const size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    give(data, size);
    if (size <= VARIED_MAX) {
        give_variations(data, size);
    }
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static unsigned replay_directory(const char *directory)
{
    struct dirent **entries = NULL;
    const int n = scandir(directory, &entries, not_hidden, alphasort);
    for (int i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        replay_file(path);
        free(entries[i]);
    }
    free(entries);
    return n < 0 ? 0 : (unsigned)n;
}

int main(int argc, char **argv)
{
    unsigned n_files = 0;
    for (int i = 1; i < argc; i++) {
        n_files += replay_directory(argv[i]);
    }
    if (n_files == 0) {
        fprintf(stderr, "no inputs: give a directory of them\n");
        return 1;
    }
    printf("%u files, %lu inputs\n1 passed, 0 failed, 0 skipped\n", n_files, n_inputs);
    return 0;
}
