/* SPDX-License-Identifier: MIT
 * Reads and makes the key files. OpenSSL's secure heap keeps the private parts out of swap.
 */
#include "signer/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/assert.h"
#include "posix/log.h"
#include "signer/issue.h"

enum { FILE_CAP = 8192, PATH_CAP = 4096 };

/* ---- files ---- */

static bool file_is_private(int fd, const char *name)
{
    struct stat s;
    if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode)) {
        log_error("%s is not a file", name);
        return false;
    }
    if (s.st_uid != geteuid() || (s.st_mode & 077) != 0) {
        log_error("%s can be read by others; make it mode 0600 and owned by this user", name);
        return false;
    }
    return true;
}

static int read_open_file(int fd, const char *name, uint8_t *out, size_t cap)
{
    size_t len = 0;
    while (len < cap) {
        const ssize_t n = read(fd, out + len, cap - len);
        if (n == 0) {
            return (int)len;
        }
        if (n > 0) {
            len += (size_t)n;
        } else if (errno != EINTR) {
            log_error("cannot read %s: %s", name, strerror(errno));
            return E_IO;
        }
    }
    log_error("%s is too long to be a key", name);
    return E_CORRUPT;
}

/* The file's length, E_NOTFOUND, or another error that has been logged. */
static int read_file(int dir, const char *name, uint8_t *out, size_t cap)
{
    const int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        return E_NOTFOUND;
    }
    if (fd < 0) {
        log_error("cannot open %s: %s", name, strerror(errno));
        return E_IO;
    }
    const int got = file_is_private(fd, name) ? read_open_file(fd, name, out, cap) : E_IO;
    close(fd);
    return got;
}

static bool write_all(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        const ssize_t n = write(fd, data, len);
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Complete or not at all: a temporary file, synced, then renamed, then the directory synced. */
static int write_file(int dir, const char *name, const uint8_t *data, size_t len)
{
    char temporary[64];
    snprintf(temporary, sizeof temporary, "%s.new", name);
    unlinkat(dir, temporary, 0); /* what a power cut left */
    const int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        log_error("cannot create %s: %s", name, strerror(errno));
        return E_IO;
    }
    bool written = write_all(fd, data, len) && fsync(fd) == 0;
    written = close(fd) == 0 && written;
    written = written && renameat(dir, temporary, dir, name) == 0 && fsync(dir) == 0;
    if (!written) {
        log_error("cannot write %s: %s", name, strerror(errno));
        unlinkat(dir, temporary, 0);
        return E_IO;
    }
    return E_OK;
}

/* ---- keys as PEM (PKCS #8), in secure memory while they pass through ---- */

static int no_password(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1; /* a daemon asks nobody */
}

static int save_key(int dir, const char *name, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *text = NULL;
    int saved = E_IO;
    if (bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1) {
        const long len = BIO_get_mem_data(bio, &text);
        saved = write_file(dir, name, (const uint8_t *)text, (size_t)len);
    }
    BIO_free(bio); /* wiped: secure memory */
    return saved;
}

static int load_key(int dir, const char *name, EVP_PKEY **key)
{
    uint8_t *text = OPENSSL_secure_malloc(FILE_CAP);
    if (text == NULL) {
        return E_NOSPACE;
    }
    int len = read_file(dir, name, text, FILE_CAP);
    if (len >= 0) {
        BIO *bio = BIO_new_mem_buf(text, len);
        *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
        BIO_free(bio);
        if (*key == NULL) {
            log_error("%s is damaged or has a password", name);
            len = E_CORRUPT;
        }
    }
    OPENSSL_secure_clear_free(text, FILE_CAP);
    return len < 0 ? len : E_OK;
}

static bool key_is(const EVP_PKEY *key, const char *type)
{
    char group[32] = "";
    if (!EVP_PKEY_is_a(key, type)) {
        return false;
    }
    return strcmp(type, "EC") != 0 ||
           (EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
            strcmp(group, "prime256v1") == 0);
}

/* Loads the key, or makes and saves it when it may be made. */
static int open_key(int dir, const char *name, const char *type, bool may_make, EVP_PKEY **key)
{
    int got = load_key(dir, name, key);
    if (got == E_NOTFOUND && !may_make) {
        log_error("%s is missing, but its certificate is there; restore it from a backup", name);
        return E_CORRUPT;
    }
    if (got == E_NOTFOUND) {
        *key = strcmp(type, "EC") == 0 ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(NULL, NULL, type);
        return *key == NULL ? E_IO : save_key(dir, name, *key);
    }
    if (got == E_OK && !key_is(*key, type)) {
        log_error("%s is not the kind of key that belongs there", name);
        got = E_CORRUPT;
    }
    return got;
}

/* ---- the CA certificate ---- */

static int save_certificate(int dir, const char *name, X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    int saved = E_IO;
    if (bio != NULL && PEM_write_bio_X509(bio, certificate) == 1) {
        const long len = BIO_get_mem_data(bio, &text);
        saved = write_file(dir, name, (const uint8_t *)text, (size_t)len);
    }
    BIO_free(bio);
    return saved;
}

/* E_NOTFOUND when there is none yet. */
static int load_certificate(int dir, const char *name, X509 **certificate)
{
    uint8_t text[FILE_CAP];
    const int len = read_file(dir, name, text, sizeof text);
    if (len < 0) {
        return len;
    }
    BIO *bio = BIO_new_mem_buf(text, len);
    *certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL);
    BIO_free(bio);
    if (*certificate == NULL) {
        log_error("%s is damaged", name);
        return E_CORRUPT;
    }
    return E_OK;
}

static int open_ca(struct signer_keyring *k, int64_t unix_s)
{
    const int loaded = load_certificate(k->dir_fd, "ca.pem", &k->ca);
    if (loaded != E_OK && loaded != E_NOTFOUND) {
        return loaded;
    }
    /* The key is on disk before its certificate: a power cut between the two leaves a key, and the
     * next start makes the certificate. */
    const int got = open_key(k->dir_fd, "ca.key", "EC", loaded == E_NOTFOUND, &k->ca_key);
    if (got != E_OK) {
        return got;
    }
    if (loaded == E_NOTFOUND) {
        k->ca = signer_issue_ca(k->ca_key, unix_s);
        return k->ca == NULL ? E_IO : save_certificate(k->dir_fd, "ca.pem", k->ca);
    }
    if (X509_check_private_key(k->ca, k->ca_key) != 1) {
        log_error("ca.key does not belong to ca.pem; restore the pair from a backup");
        return E_CORRUPT;
    }
    return E_OK;
}

/* ---- the ledger ---- */

static int open_log_head(struct signer_keyring *k, bool may_make)
{
    uint8_t bytes[FILE_CAP];
    int len = read_file(k->dir_fd, "ledger.head", bytes, sizeof bytes);
    if (len == E_NOTFOUND && !may_make) {
        log_error("ledger.head is missing, but ledger.key is there; restore it from a backup");
        return E_CORRUPT;
    }
    if (len == E_NOTFOUND) {
        signer_log_head_format(bytes);
        len = write_file(k->dir_fd, "ledger.head", bytes, SIGNER_LOG_HEAD_LEN);
        len = len == E_OK ? SIGNER_LOG_HEAD_LEN : len;
    }
    if (len >= 0 &&
        (len != SIGNER_LOG_HEAD_LEN || signer_log_head_read(bytes, &k->log_head) != E_OK)) {
        log_error("ledger.head is damaged; restore it from a backup");
        return E_CORRUPT;
    }
    if (len < 0) {
        return len;
    }
    k->head_fd = openat(k->dir_fd, "ledger.head", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    return k->head_fd < 0 ? E_IO : E_OK;
}

/* The head is on disk before the key, so a key without a head has lost it. */
static int open_ledger(struct signer_keyring *k)
{
    const bool is_new = faccessat(k->dir_fd, "ledger.key", F_OK, 0) != 0;
    const int opened = open_log_head(k, is_new);
    return opened == E_OK ? open_key(k->dir_fd, "ledger.key", "ED25519", true, &k->ledger_key)
                          : opened;
}

/* ---- the directory ---- */

static int open_directory(const char *state_dir)
{
    char path[PATH_CAP];
    if (snprintf(path, sizeof path, "%s/signer", state_dir) >= (int)sizeof path) {
        log_error("the path of the state directory is too long");
        return E_ARG;
    }
    if ((mkdir(state_dir, 0700) != 0 && errno != EEXIST) ||
        (mkdir(path, 0700) != 0 && errno != EEXIST)) {
        log_error("cannot create %s: %s", path, strerror(errno));
        return E_IO;
    }
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat s;
    if (fd < 0 || fstat(fd, &s) != 0) {
        log_error("cannot open %s: %s", path, strerror(errno));
    } else if (s.st_uid != geteuid() || (s.st_mode & 077) != 0) {
        log_error("%s is open to others; make it mode 0700 and owned by this user", path);
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        log_error("another signer works in %s", path);
    } else {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return E_IO;
}

int signer_keyring_open(struct signer_keyring *k, const char *state_dir, int64_t unix_s)
{
    *k = (struct signer_keyring){.dir_fd = -1, .log_fd = -1, .head_fd = -1};
    k->dir_fd = open_directory(state_dir);
    if (k->dir_fd < 0) {
        return E_IO;
    }
    int opened = open_ca(k, unix_s);
    if (opened == E_OK) {
        opened = open_ledger(k);
    }
    if (opened == E_OK) {
        k->log_fd = openat(k->dir_fd, "issued.log",
                           O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (k->log_fd < 0) {
            log_error("cannot open issued.log: %s", strerror(errno));
            opened = E_IO;
        }
    }
    if (opened != E_OK) {
        signer_keyring_close(k);
        return opened;
    }
    ASSERT(k->ca != NULL && k->ca_key != NULL && k->ledger_key != NULL);
    return E_OK;
}

void signer_keyring_close(struct signer_keyring *k)
{
    EVP_PKEY_free(k->ca_key); /* clears the private part */
    EVP_PKEY_free(k->ledger_key);
    X509_free(k->ca);
    if (k->log_fd >= 0) {
        close(k->log_fd);
    }
    if (k->head_fd >= 0) {
        close(k->head_fd);
    }
    if (k->dir_fd >= 0) {
        close(k->dir_fd);
    }
    *k = (struct signer_keyring){.dir_fd = -1, .log_fd = -1, .head_fd = -1};
}
