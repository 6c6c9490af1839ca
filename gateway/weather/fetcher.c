/* SPDX-License-Identifier: MIT */
#include "weather/fetcher.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "posix/log.h"
#include "posix/sandbox.h"

/* What goes over the socket: a question is an endpoint's byte and a path; an answer is this and its
 * body. */
struct answer_head {
    int32_t status;
    uint32_t len;
    char why[WEATHER_WHY_CAP];
};

enum { FORECAST = 'F', SATELLITE = 'S', QUESTION_CAP = WEATHER_PATH_CAP + 1 };

/* ---- addresses ---- */

static bool is_base(const char *text, size_t len)
{
    const bool tls = len > 8 && memcmp(text, "https://", 8) == 0;
    const bool plain = len > 7 && memcmp(text, "http://", 7) == 0;
    if ((!tls && !plain) || len >= WEATHER_BASE_CAP) {
        return false;
    }
    const size_t start = tls ? 8 : 7;
    for (size_t i = start; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c <= 0x20 || c >= 0x7f || strchr("/?#@\\\"'", c) != NULL) {
            return false;
        }
    }
    return true;
}

int weather_bases_read(struct weather_bases *bases, const char *text)
{
    if (strcmp(text, "open-meteo") == 0) {
        *bases = (struct weather_bases){.forecast = "https://api.open-meteo.com",
                                        .satellite = "https://satellite-api.open-meteo.com"};
        return E_OK;
    }
    const size_t first_len = strcspn(text, ",");
    const char *second = text[first_len] == ',' ? text + first_len + 1 : text;
    const size_t second_len = second == text ? first_len : strlen(second);
    if (!is_base(text, first_len) || !is_base(second, second_len)) {
        return E_MALFORMED;
    }
    *bases = (struct weather_bases){.forecast = ""};
    memcpy(bases->forecast, text, first_len);
    memcpy(bases->satellite, second, second_len);
    return E_OK;
}

/* ---- in the fetcher's process ---- */

struct body {
    uint8_t *bytes;
    size_t len;
    bool overflowed;
};

static size_t keep_body(char *data, size_t size, size_t n, void *context)
{
    struct body *b = context;
    ASSERT(size == 1);
    if (n > WEATHER_ANSWER_MAX_LEN - b->len) {
        b->overflowed = true;
        return 0; /* libcurl then gives up */
    }
    memcpy(b->bytes + b->len, data, n);
    b->len += n;
    return n;
}

static void fetch(CURL *curl, const char *url, struct body *body, struct answer_head *head)
{
    long status = 0;
    body->len = 0;
    body->overflowed = false;
    *head = (struct answer_head){.status = 0};
    const CURLcode set = curl_easy_setopt(curl, CURLOPT_URL, url);
    const CURLcode result = set == CURLE_OK ? curl_easy_perform(curl) : set;
    if (result == CURLE_OK) {
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        head->status = (int32_t)status;
        head->len = (uint32_t)body->len;
    } else if (body->overflowed) {
        (void)snprintf(head->why, sizeof head->why, "the answer is longer than %d bytes",
                       WEATHER_ANSWER_MAX_LEN);
    } else {
        (void)snprintf(head->why, sizeof head->why, "%s", curl_easy_strerror(result));
    }
}

static CURL *make_curl(struct body *body)
{
    CURL *curl = curl_easy_init();
    if (!curl) {
        return NULL;
    }
    bool good = true;
    good = good && curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
    good = good && curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
    good = good &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)WEATHER_CONNECT_MS) == CURLE_OK;
    good = good && curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)WEATHER_FETCH_MS) == CURLE_OK;
    good = good && curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    good = good && curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK;
    good = good && curl_easy_setopt(curl, CURLOPT_USERAGENT, "wattward") == CURLE_OK;
    good = good && curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_body) == CURLE_OK;
    good = good && curl_easy_setopt(curl, CURLOPT_WRITEDATA, body) == CURLE_OK;
    return good ? curl : NULL;
}

static bool send_all(int fd, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    while (len > 0) {
        const ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        at += n;
        len -= (size_t)n;
    }
    return true;
}

/* Names are resolved and certificates checked with the system's files, which it may read; beyond
 * them there is no file for it. */
static int enter_sandbox(void)
{
    static const char *const wanted[] = {"/etc", "/usr", "/run/systemd/resolve"};
    struct sandbox_path paths[sizeof wanted / sizeof wanted[0]];
    size_t n = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (access(wanted[i], R_OK) == 0) {
            paths[n++] = (struct sandbox_path){.path = wanted[i]};
        }
    }
    const int result = sandbox_paths(paths, n);
    if (result != E_OK && result != E_UNSUPPORTED) {
        return result;
    }
    return sandbox_daemon();
}

static _Noreturn void serve(int fd, const struct weather_bases *bases)
{
    static uint8_t bytes[WEATHER_ANSWER_MAX_LEN];
    char question[QUESTION_CAP + 1];
    char url[WEATHER_BASE_CAP + WEATHER_PATH_CAP];
    struct body body = {.bytes = bytes};
    struct answer_head head;
    CURL *curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? make_curl(&body) : NULL;
    if (!curl || enter_sandbox() != E_OK) {
        log_error("the weather's fetcher cannot start");
        _exit(1);
    }
    for (;;) {
        const ssize_t n = recv(fd, question, QUESTION_CAP, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 2) {
            _exit(0); /* the gateway has gone */
        }
        question[n] = '\0';
        const char *base = question[0] == FORECAST ? bases->forecast : bases->satellite;
        (void)snprintf(url, sizeof url, "%s%s", base, question + 1);
        fetch(curl, url, &body, &head);
        if (!send_all(fd, &head, sizeof head) || !send_all(fd, body.bytes, head.len)) {
            _exit(0);
        }
    }
}

/* ---- the gateway's side ---- */

int weather_fetcher_fork(struct weather_fetcher *f, const struct weather_bases *bases)
{
    int fds[2];
    *f = (struct weather_fetcher){.fd = -1};
    f->bytes = malloc(sizeof(struct answer_head) + WEATHER_ANSWER_MAX_LEN);
    if (!f->bytes || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        return E_IO;
    }
    const pid_t gateway = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
        (void)close(fds[0]);
        (void)setpgid(0, 0); /* Ctrl-C is the gateway's; this one follows it */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != gateway) {
            _exit(0);
        }
        serve(fds[1], bases);
    }
    (void)close(fds[1]);
    if (pid < 0) {
        (void)close(fds[0]);
        return E_IO;
    }
    f->fd = fds[0];
    f->pid = pid;
    return E_OK;
}

int weather_fetcher_ask(struct weather_fetcher *f, enum trust_weather_endpoint endpoint,
                        const char *path)
{
    char question[QUESTION_CAP];
    const int n = snprintf(question, sizeof question, "%c%s",
                           endpoint == TRUST_WEATHER_FORECAST ? FORECAST : SATELLITE, path);
    ASSERT(n > 1 && (size_t)n < sizeof question);
    if (f->asked || f->fd < 0) {
        return E_STATE;
    }
    if (send(f->fd, question, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) != n) {
        return E_IO;
    }
    f->asked = true;
    f->n = 0;
    return E_OK;
}

int weather_fetcher_fd(const struct weather_fetcher *f)
{
    return f->fd;
}

/* Bytes of the answer that are still to come; its head says how long it is. */
static size_t missing(const struct weather_fetcher *f, struct answer_head *head)
{
    if (f->n < sizeof *head) {
        return sizeof *head - f->n;
    }
    memcpy(head, f->bytes, sizeof *head);
    head->why[sizeof head->why - 1] = '\0';
    head->len = head->len > WEATHER_ANSWER_MAX_LEN ? WEATHER_ANSWER_MAX_LEN : head->len;
    return sizeof *head + head->len - f->n;
}

int weather_fetcher_read(struct weather_fetcher *f, struct weather_fetched *fetched)
{
    struct answer_head head = {.len = 0};
    for (size_t wanted = missing(f, &head); wanted > 0; wanted = missing(f, &head)) {
        const ssize_t n = recv(f->fd, f->bytes + f->n, wanted, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            return 0;
        }
        if (n <= 0 || !f->asked) {
            return E_IO;
        }
        f->n += (size_t)n;
    }
    f->asked = false;
    memcpy(f->bytes, &head, sizeof head);
    *fetched =
        (struct weather_fetched){.status = head.status,
                                 .why = (const char *)f->bytes + offsetof(struct answer_head, why),
                                 .body = f->bytes + sizeof head,
                                 .len = head.len};
    return 1;
}

void weather_fetcher_stop(struct weather_fetcher *f)
{
    if (f->pid > 0) {
        (void)close(f->fd);
        (void)kill(f->pid, SIGKILL); /* it holds nothing that could be lost */
        (void)waitpid(f->pid, NULL, 0);
    }
    free(f->bytes);
    *f = (struct weather_fetcher){.fd = -1};
}
