/* SPDX-License-Identifier: MIT
 * The EST client by libcurl's multi interface; PKCS #7 and certificates by OpenSSL.
 */
#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "posix/clock.h"
#include "posix/est.h"

enum { SOCKETS_MAX = 8 };
enum { BODY_MAX_LEN = 8192, CSR_MAX_LEN = 1024, BASE64_MAX_LEN = CSR_MAX_LEN / 3 * 4 + 8 };

/* The loop's callbacks know a context, libcurl wants the descriptor. */
struct est_socket {
    struct posix_est *est;
    curl_socket_t fd; /* -1: free */
};

struct posix_est {
    struct posix_loop *loop;
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    struct runtime_timer timer;
    struct est_socket sockets[SOCKETS_MAX];
    void (*done)(void *context, const struct posix_est_result *result);
    void *context;
    /* copies of what the transfer needs */
    char ca_file[1024];
    char host[256];
    char device_id[65];
    uint8_t public_key[65];
    uint8_t private_key[32];
    uint8_t certificate[POSIX_EST_CERTIFICATE_MAX_LEN];
    size_t certificate_len; /* 0: none to show */
    char csr_base64[BASE64_MAX_LEN];
    char error[CURL_ERROR_SIZE];
    char body[BODY_MAX_LEN];
    size_t body_len;
};

static void on_fd(void *context, int events);
static void on_timer(void *context, uint64_t now_ms);

static struct est_socket *find_socket(struct posix_est *est, curl_socket_t fd)
{
    for (size_t i = 0; i < SOCKETS_MAX; i++) {
        if (est->sockets[i].fd == fd) {
            return &est->sockets[i];
        }
    }
    return NULL;
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *context, void *ours)
{
    (void)easy;
    (void)ours;
    struct posix_est *est = context;
    struct est_socket *socket = find_socket(est, fd);
    if (what == CURL_POLL_REMOVE) {
        if (socket != NULL) {
            posix_loop_unwatch(est->loop, fd);
            socket->fd = -1;
        }
        return 0;
    }
    if (socket == NULL) {
        socket = find_socket(est, -1);
        if (socket == NULL) {
            return -1;
        }
        socket->fd = fd;
    }
    const int events = ((what & CURL_POLL_IN) != 0 ? POSIX_LOOP_READ : 0) |
                       ((what & CURL_POLL_OUT) != 0 ? POSIX_LOOP_WRITE : 0);
    return posix_loop_watch(est->loop, fd, events, on_fd, socket) == E_OK ? 0 : -1;
}

static int timer_wanted(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    struct posix_est *est = context;
    struct runtime_timers *timers = posix_loop_timers(est->loop);
    if (timeout_ms < 0) {
        runtime_timer_stop(timers, &est->timer);
    } else {
        runtime_timer_start(timers, &est->timer, posix_clock_mono_ms() + (uint64_t)timeout_ms);
    }
    return 0;
}

static size_t body_came(char *bytes, size_t size, size_t n, void *context)
{
    struct posix_est *est = context;
    const size_t len = size * n;
    if (len >= sizeof est->body - est->body_len) {
        return 0; /* curl ends the transfer with an error */
    }
    memcpy(est->body + est->body_len, bytes, len);
    est->body_len += len;
    return len;
}

/* libcurl hands over its TLS context: the same rules as for every other client here. */
static CURLcode tls_wanted(CURL *easy, void *tls, void *context)
{
    (void)easy;
    struct posix_est *est = context;
    const struct posix_tls_identity identity = {
        .certificate_der = est->certificate_len > 0 ? est->certificate : NULL,
        .certificate_len = est->certificate_len,
        .private_key = est->private_key};
    const int error = posix_tls_client(tls, est->ca_file, est->host, &identity);
    ERR_clear_error();
    return error == E_OK ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

struct posix_est *posix_est_open(struct posix_loop *loop)
{
    struct posix_est *est = calloc(1, sizeof *est);
    if (est == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(est);
        return NULL;
    }
    est->loop = loop;
    est->timer.fire = on_timer;
    est->timer.context = est;
    for (size_t i = 0; i < SOCKETS_MAX; i++) {
        est->sockets[i] = (struct est_socket){.est = est, .fd = -1};
    }
    return est;
}

/* libcurl's part: it holds descriptors of its own, so there is one only while something is asked.
 */
static bool begin_transfer(struct posix_est *est)
{
    est->multi = curl_multi_init();
    if (est->multi == NULL) {
        return false;
    }
    curl_multi_setopt(est->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
    curl_multi_setopt(est->multi, CURLMOPT_SOCKETDATA, est);
    curl_multi_setopt(est->multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
    curl_multi_setopt(est->multi, CURLMOPT_TIMERDATA, est);
    est->easy = curl_easy_init();
    return est->easy != NULL;
}

/* Ends the transfer and forgets its secrets. Not inside a call of libcurl's. */
static void end_transfer(struct posix_est *est)
{
    if (est->easy != NULL) {
        curl_multi_remove_handle(est->multi, est->easy);
        curl_easy_cleanup(est->easy);
        est->easy = NULL;
    }
    if (est->multi != NULL) {
        curl_multi_cleanup(est->multi);
        est->multi = NULL;
    }
    curl_slist_free_all(est->headers);
    est->headers = NULL;
    runtime_timer_stop(posix_loop_timers(est->loop), &est->timer);
    crypto_wipe(est->private_key, sizeof est->private_key);
}

void posix_est_close(struct posix_est *est)
{
    if (est != NULL) {
        end_transfer(est);
        free(est);
    }
}

static void set_options(struct posix_est *est, const struct posix_est_request *request)
{
    CURL *easy = est->easy;
    char url[384];
    const bool is_ipv6 = strchr(request->host, ':') != NULL;
    snprintf(url, sizeof url, "https://%s%s%s:%u/.well-known/est/%s", is_ipv6 ? "[" : "",
             request->host, is_ipv6 ? "]" : "", request->port,
             request->token != NULL ? "simpleenroll" : "simplereenroll");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* An old connection, or a resumed session, would speak for the identity it was made with. */
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)POSIX_EST_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, est->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_came);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, est);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, est);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, tls_wanted);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, est);
    curl_easy_setopt(easy, CURLOPT_CAINFO, est->ca_file);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, est->csr_base64);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, est->headers);
    if (request->token != NULL) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(easy, CURLOPT_USERNAME, request->device_id);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, request->token);
    }
}

static int copy_request(struct posix_est *est, const struct posix_est_request *request)
{
    const struct posix_tls_identity *identity = &request->identity;
    const bool shows_certificate = request->token == NULL;
    if (request->csr_len > CSR_MAX_LEN || strlen(request->ca_file) >= sizeof est->ca_file ||
        strlen(request->host) >= sizeof est->host ||
        strlen(request->device_id) >= sizeof est->device_id ||
        (shows_certificate && (identity->certificate_der == NULL ||
                               identity->certificate_len > sizeof est->certificate))) {
        return E_ARG;
    }
    snprintf(est->ca_file, sizeof est->ca_file, "%s", request->ca_file);
    snprintf(est->host, sizeof est->host, "%s", request->host);
    snprintf(est->device_id, sizeof est->device_id, "%s", request->device_id);
    memcpy(est->public_key, request->public_key, sizeof est->public_key);
    EVP_EncodeBlock((unsigned char *)est->csr_base64, request->csr_der, (int)request->csr_len);
    est->certificate_len = 0;
    if (shows_certificate) {
        memcpy(est->private_key, identity->private_key, sizeof est->private_key);
        memcpy(est->certificate, identity->certificate_der, identity->certificate_len);
        est->certificate_len = identity->certificate_len;
    }
    return E_OK;
}

int posix_est_start(struct posix_est *est, const struct posix_est_request *request,
                    void (*done)(void *context, const struct posix_est_result *result),
                    void *context)
{
    if (est->easy != NULL) {
        return E_STATE;
    }
    const int error = copy_request(est, request);
    if (error != E_OK) {
        return error;
    }
    est->done = done;
    est->context = context;
    est->body_len = 0;
    est->error[0] = '\0';
    const bool begun = begin_transfer(est);
    est->headers = curl_slist_append(NULL, "Content-Type: application/pkcs10");
    struct curl_slist *more =
        est->headers == NULL ? NULL
                             : curl_slist_append(est->headers, "Content-Transfer-Encoding: base64");
    if (!begun || more == NULL) {
        end_transfer(est);
        return E_NOSPACE;
    }
    set_options(est, request);
    if (curl_multi_add_handle(est->multi, est->easy) != CURLM_OK) {
        end_transfer(est);
        return E_IO;
    }
    return E_OK;
}

/* A degenerate SignedData that carries certificates (RFC 7030 §4.1.3); NULL for anything else. */
static PKCS7 *parse_answer(char *body, size_t len)
{
    uint8_t der[BODY_MAX_LEN];
    EVP_ENCODE_CTX *decoder = EVP_ENCODE_CTX_new();
    PKCS7 *message = NULL;
    int n = 0;
    int n_last = 0;
    if (decoder == NULL) {
        return NULL;
    }
    EVP_DecodeInit(decoder);
    if (EVP_DecodeUpdate(decoder, der, &n, (const unsigned char *)body, (int)len) >= 0 &&
        EVP_DecodeFinal(decoder, der + n, &n_last) == 1) {
        const unsigned char *at = der;
        message = d2i_PKCS7(NULL, &at, n + n_last);
    }
    EVP_ENCODE_CTX_free(decoder);
    if (message != NULL && (!PKCS7_type_is_signed(message) || message->d.sign == NULL)) {
        PKCS7_free(message);
        message = NULL;
    }
    return message;
}

/* The certificate in the answer that is ours: our key, our name, our authority. */
static bool take_certificate(struct posix_est *est, struct posix_est_result *result)
{
    PKCS7 *message = parse_answer(est->body, est->body_len);
    STACK_OF(X509) *certificates = message == NULL ? NULL : message->d.sign->cert;
    for (int i = 0; i < sk_X509_num(certificates) && result->certificate_len == 0; i++) {
        struct posix_certificate facts;
        uint8_t *der = NULL;
        const int len = i2d_X509(sk_X509_value(certificates, i), &der);
        if (len > 0 && (size_t)len <= sizeof result->certificate_der &&
            posix_certificate_read(der, (size_t)len, &facts) == E_OK &&
            strcmp(facts.common_name, est->device_id) == 0 &&
            memcmp(facts.public_key, est->public_key, sizeof est->public_key) == 0 &&
            posix_certificate_check(der, (size_t)len, est->ca_file) == E_OK) {
            memcpy(result->certificate_der, der, (size_t)len);
            result->certificate_len = (size_t)len;
        }
        OPENSSL_free(der);
    }
    PKCS7_free(message);
    ERR_clear_error();
    return result->certificate_len > 0;
}

/* The server's own sentence, made fit for one log line. */
static void quote_body(const struct posix_est *est, struct posix_est_result *result)
{
    size_t n = 0;
    for (size_t i = 0; i < est->body_len && n < sizeof result->why - 24; i++) {
        const char c = est->body[i];
        if (c >= ' ' && c < 0x7F) {
            result->why[n++] = c;
        } else if (n > 0 && result->why[n - 1] != ' ') {
            result->why[n++] = ' ';
        }
    }
    while (n > 0 && result->why[n - 1] == ' ') {
        n--;
    }
    snprintf(result->why + n, sizeof result->why - n, "%s(status %d)", n > 0 ? " " : "",
             result->status);
}

static void finish(struct posix_est *est, CURLcode code)
{
    struct posix_est_result result = {0};
    long status = 0;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(est->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(est->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    result.retry_after_s = retry_after_s > 0 && retry_after_s < 86400 ? (uint32_t)retry_after_s : 0;
    if (code != CURLE_OK) {
        snprintf(result.why, sizeof result.why, "%.*s", (int)sizeof result.why - 1,
                 est->error[0] != '\0' ? est->error : curl_easy_strerror(code));
    } else {
        result.status = (int)status;
        if (status != 200) {
            quote_body(est, &result);
        } else if (!take_certificate(est, &result)) {
            snprintf(result.why, sizeof result.why,
                     "the answer holds no certificate of this authority for this key and name");
        }
    }
    end_transfer(est);
    est->done(est->context, &result);
}

/* After each entry into libcurl: whether the transfer has ended. */
static void settle(struct posix_est *est)
{
    int left = 0;
    const CURLMsg *message = curl_multi_info_read(est->multi, &left);
    if (message != NULL && message->msg == CURLMSG_DONE) {
        ASSERT(message->easy_handle == est->easy);
        finish(est, message->data.result);
    }
}

static void on_fd(void *context, int events)
{
    const struct est_socket *socket = context;
    struct posix_est *est = socket->est;
    const int which = ((events & POSIX_LOOP_READ) != 0 ? CURL_CSELECT_IN : 0) |
                      ((events & POSIX_LOOP_WRITE) != 0 ? CURL_CSELECT_OUT : 0);
    int running = 0;
    curl_multi_socket_action(est->multi, socket->fd, which, &running);
    settle(est);
}

static void on_timer(void *context, uint64_t now_ms)
{
    (void)now_ms;
    struct posix_est *est = context;
    int running = 0;
    curl_multi_socket_action(est->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    settle(est);
}
