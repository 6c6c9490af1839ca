/* SPDX-License-Identifier: MIT */
#include "ledger_place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int ledger_place_read_text(const char *path, char *out, size_t cap)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    FILE *in = is_stdin ? stdin : fopen(path, "rb");
    if (in == NULL) {
        return -1;
    }
    const size_t n = fread(out, 1, cap - 1, in);
    const bool whole = feof(in) || fgetc(in) == EOF;
    const bool read = !ferror(in);
    out[n] = 0;
    if (!is_stdin) {
        (void)fclose(in);
    }
    errno = read ? EFBIG : errno;
    return whole && read ? (int)n : -1;
}

bool ledger_place_read_key(const char *text, struct ledger_key *key)
{
    char file[512];
    if (ledger_key_parse(text, strlen(text), key) == E_OK) {
        return true;
    }
    const int len = ledger_place_read_text(text, file, sizeof file);
    return len > 0 && ledger_key_parse(file, strcspn(file, "\r\n"), key) == E_OK;
}

static int read_checkpoint(struct ledger_place_of_log *place, const struct invocation *i)
{
    char path[LEDGER_DIRECTORY_CAP + 16];
    (void)snprintf(path, sizeof path, "%s/checkpoint", place->directory);
    const int len = ledger_place_read_text(path, place->note_text, sizeof place->note_text);
    if (len < 0) {
        return errno == ENOENT
                   ? command_fail(i, "%s has no checkpoint: nothing was signed there yet",
                                  place->directory)
                   : command_fail(i, "%s: %s", path, strerror(errno));
    }
    if (ledger_note_parse(place->note_text, (size_t)len, &place->note) != E_OK ||
        ledger_checkpoint_parse(place->note.text, place->note.text_len, &place->checkpoint) !=
            E_OK) {
        return command_fail(i, "%s is not a signed checkpoint", path);
    }
    return COMMAND_DONE;
}

static int verify_checkpoint(struct ledger_place_of_log *place, const struct invocation *i)
{
    char path[LEDGER_DIRECTORY_CAP + 16];
    const char *given = invocation_option(i, "--key");
    (void)snprintf(path, sizeof path, "%s/key", place->directory);
    place->key_is_given = given != NULL;
    if (!ledger_place_read_key(given != NULL ? given : path, &place->key)) {
        return command_fail(i, "%s is no key of a ledger", given != NULL ? given : path);
    }
    const int verified = ledger_note_verify(&place->note, &place->key, NULL);
    if (verified == E_NOTFOUND) {
        return command_fail(i, "the checkpoint is not signed by %s", place->key.name);
    }
    return verified == E_OK ? COMMAND_DONE
                            : command_fail(i, "the signature of the checkpoint does not hold");
}

int ledger_place_open(struct ledger_place_of_log *place, const struct invocation *i)
{
    const char *directory = invocation_option(i, "--log");
    (void)snprintf(place->directory, sizeof place->directory,
                   directory != NULL ? "%s" : "%s/gateway/ledger",
                   directory != NULL ? directory : i->state_dir);
    if (ledger_files_open(&place->files, place->directory, false) != E_OK) {
        return errno == ENOENT && directory == NULL
                   ? command_fail(i,
                                  "there is no ledger below '%s'; name the site's state with "
                                  "--state DIR, or a copy of its ledger with --log DIR",
                                  i->state_dir)
                   : command_fail(i, "%s: %s", place->directory, strerror(errno));
    }
    place->disk = ledger_files_disk(&place->files);
    int status = read_checkpoint(place, i);
    if (status == COMMAND_DONE) {
        status = verify_checkpoint(place, i);
    }
    if (status != COMMAND_DONE) {
        ledger_place_close(place);
    }
    return status;
}

void ledger_place_close(struct ledger_place_of_log *place)
{
    ledger_files_close(&place->files);
}
