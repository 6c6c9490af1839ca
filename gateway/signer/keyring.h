/* SPDX-License-Identifier: MIT
 * The keys on disk: <dir>/ca.key, ca.pem, ledger.key; issued.log, which has a line for every
 * certificate that ever left; and ledger.head, the last checkpoint signed. Directory 0700, files
 * 0600.
 */
#ifndef SIGNER_KEYRING_H
#define SIGNER_KEYRING_H

#include <stdint.h>

#include <openssl/types.h>

#include "base/err.h"
#include "signer/log_head.h"

struct signer_keyring {
    EVP_PKEY *ca_key;
    X509 *ca;
    EVP_PKEY *ledger_key;
    int dir_fd;  /* locked: one signer a directory */
    int log_fd;  /* append only */
    int head_fd; /* ledger.head */
    struct signer_log_head log_head;
};

/* Opens <state_dir>/signer and makes what is not there yet; a file appears complete or not at all.
 * A key that others may read, a certificate without its key, a pair that does not match or another
 * signer on the same directory: one logged sentence and a negative result, and nothing is changed.
 */
int signer_keyring_open(struct signer_keyring *k, const char *state_dir, int64_t unix_s) MUST_USE;
/* Wipes the keys and closes the files. */
void signer_keyring_close(struct signer_keyring *k);

#endif
