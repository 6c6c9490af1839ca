/* SPDX-License-Identifier: MIT */
#include "broker/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/assert.h"
#include "posix/log.h"
#include "signer/signer_client.h"

enum { CERTIFICATE_CAP = 4096, CSR_CAP = 4096 };

/* Beside its place first, then renamed: a reader sees the old file or the new one. */
static int write_file(const char *path, mode_t mode, const void *bytes, size_t len)
{
    char fresh[CREDENTIALS_PATH_MAX_LEN + 8];
    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    const int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0) {
        return E_IO;
    }
    const bool written = fchmod(fd, mode) == 0 && write(fd, bytes, len) == (ssize_t)len;
    const bool closed = close(fd) == 0;
    if (!written || !closed || rename(fresh, path) != 0) {
        (void)unlink(fresh);
        return E_IO;
    }
    return E_OK;
}

/* Writes what `bio` holds. */
static int write_bio(const char *path, mode_t mode, BIO *bio)
{
    char *bytes;
    const long len = BIO_get_mem_data(bio, &bytes);
    const int result = len > 0 ? write_file(path, mode, bytes, (size_t)len) : E_IO;
    if (result != E_OK) {
        log_error("cannot write %s: %s", path, strerror(errno));
    }
    return result;
}

static int write_key(const char *path, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    int result = E_IO;
    if (bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1) {
        result = write_bio(path, 0600, bio);
    }
    BIO_free(bio);
    return result;
}

static int write_certificate(const char *path, mode_t mode, const uint8_t *der, size_t len)
{
    BIO *bio = BIO_new(BIO_s_mem());
    X509 *certificate = d2i_X509(NULL, &der, (long)len);
    int result = E_IO;
    if (bio && certificate && PEM_write_bio_X509(bio, certificate) == 1) {
        result = write_bio(path, mode, bio);
    }
    X509_free(certificate);
    BIO_free(bio);
    return result;
}

/* Returns the length of the request in DER, or E_IO. */
static int make_csr(EVP_PKEY *key, const char *common_name, uint8_t *der, size_t cap)
{
    X509_REQ *request = X509_REQ_new();
    int len = E_IO;
    if (request &&
        X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request), NID_commonName, MBSTRING_ASC,
                                   (const unsigned char *)common_name, -1, -1, 0) == 1 &&
        X509_REQ_set_pubkey(request, key) == 1 && X509_REQ_sign(request, key, EVP_sha256()) > 0) {
        len = i2d_X509_REQ(request, NULL);
    }
    if (len > 0 && (size_t)len <= cap) {
        len = i2d_X509_REQ(request, &der);
    }
    X509_REQ_free(request);
    return len > 0 && (size_t)len <= cap ? len : E_IO;
}

static int issue(struct signer_client *signer, const struct credentials_request *request,
                 EVP_PKEY *key, const struct credentials *out)
{
    uint8_t csr[CSR_CAP];
    uint8_t certificate[CERTIFICATE_CAP];
    const struct signer_server_names names = {.common_name = request->common_name,
                                              .san = request->san};
    const int csr_len = make_csr(key, request->common_name, csr, sizeof csr);
    if (csr_len < 0) {
        return csr_len;
    }
    const int len =
        signer_issue_server(signer, &names, csr, (size_t)csr_len, certificate, sizeof certificate);
    if (len < 0) {
        log_error("no certificate for %s: %s", request->common_name,
                  signer_refusal_text(signer_refusal(signer)));
        return len;
    }
    return write_certificate(out->certificate, 0600, certificate, (size_t)len);
}

int credentials_make(struct signer_client *signer, const struct credentials_request *request,
                     struct credentials *out)
{
    const int n = snprintf(out->certificate, sizeof out->certificate, "%s/%s.pem",
                           request->directory, request->file);
    (void)snprintf(out->key, sizeof out->key, "%s/%s.key", request->directory, request->file);
    if (n < 0 || (size_t)n >= sizeof out->certificate) {
        log_error("the path of the state directory is too long");
        return E_NOSPACE;
    }
    EVP_PKEY *key = EVP_EC_gen("P-256");
    int result = E_IO;
    if (key) {
        result = write_key(out->key, key);
    }
    if (result == E_OK) {
        result = issue(signer, request, key, out);
    }
    EVP_PKEY_free(key);
    return result;
}

int credentials_write_ca(struct signer_client *signer, const char *path)
{
    uint8_t certificate[CERTIFICATE_CAP];
    const int len = signer_ca_certificate(signer, certificate, sizeof certificate);
    if (len < 0) {
        log_error("the signer gave no CA certificate: %s", err_name(len));
        return len;
    }
    return write_certificate(path, 0644, certificate, (size_t)len);
}
