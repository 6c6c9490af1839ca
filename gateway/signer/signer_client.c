/* SPDX-License-Identifier: MIT
 * Starts the signer and talks to it, one request at a time.
 */
#include "signer/signer_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/rbuf.h"
#include "base/wbuf.h"
#include "signer/message.h"

enum { SIGNER_FD = 3, PATH_CAP = 4096, STOP_TIMEOUT_MS = 2000, STOP_STEP_MS = 10 };

static int64_t mono_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for `events` until the deadline: E_OK, E_TIMEOUT or E_IO. */
static int wait_for(int fd, short events, int64_t deadline_ms)
{
    for (;;) {
        const int64_t left = deadline_ms - mono_ms();
        struct pollfd p = {.fd = fd, .events = events};
        const int n = poll(&p, 1, left > 0 ? (int)left : 0);
        if (n > 0) {
            return E_OK; /* a hang-up too: the call that follows reports it */
        }
        if (n == 0) {
            return E_TIMEOUT;
        }
        if (errno != EINTR) {
            return E_IO;
        }
    }
}

static int send_datagram(int fd, const uint8_t *data, size_t len, int64_t deadline_ms)
{
    for (;;) {
        const ssize_t n = send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n == (ssize_t)len) {
            return E_OK;
        }
        if (n >= 0 || (errno != EAGAIN && errno != EINTR)) {
            return E_IO;
        }
        const int waited = wait_for(fd, POLLOUT, deadline_ms);
        if (waited != E_OK) {
            return waited;
        }
    }
}

/* A datagram's length, or an error. */
static int receive_datagram(int fd, uint8_t *data, size_t cap, int64_t deadline_ms)
{
    for (;;) {
        const int waited = wait_for(fd, POLLIN, deadline_ms);
        if (waited != E_OK) {
            return waited;
        }
        const ssize_t n = recv(fd, data, cap, MSG_DONTWAIT | MSG_TRUNC);
        if (n > 0) {
            return (size_t)n <= cap ? (int)n : E_MALFORMED;
        }
        if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            return E_IO;
        }
    }
}

/* What is wrong with a request that cannot even be written down. */
static enum signer_refusal misfit(const struct signer_request *q)
{
    if (q->name_len > SIGNER_NAME_MAX_LEN) {
        return SIGNER_REFUSED_NAME;
    }
    if (q->san_len > SIGNER_SAN_MAX_LEN) {
        return SIGNER_REFUSED_SAN;
    }
    return q->verb == SIGNER_LEDGER_SIGN ? SIGNER_REFUSED_MESSAGE : SIGNER_REFUSED_CSR_SIZE;
}

/* Sends the request and takes the reply with its id; an older one, whose caller gave up waiting,
 * is dropped. A signer that talks nonsense is as good as none: E_IO. */
static int exchange(struct signer_client *c, struct signer_request *q, uint8_t *in,
                    struct signer_reply *reply, int timeout_ms)
{
    uint8_t out[SIGNER_MESSAGE_MAX_LEN];
    c->refusal = SIGNER_REFUSED_NONE;
    if (c->fd < 0) {
        return E_IO;
    }
    q->id = c->next_id++;
    const int len = signer_request_encode(q, out, sizeof out);
    if (len < 0) {
        c->refusal = misfit(q);
        return E_MALFORMED;
    }
    const int64_t deadline_ms = mono_ms() + timeout_ms;
    const int sent = send_datagram(c->fd, out, (size_t)len, deadline_ms);
    if (sent != E_OK) {
        return sent;
    }
    do {
        const int got = receive_datagram(c->fd, in, SIGNER_MESSAGE_MAX_LEN, deadline_ms);
        if (got == E_TIMEOUT || got == E_IO) {
            return got;
        }
        if (got < 0 || signer_reply_decode(in, (size_t)got, reply) != E_OK) {
            return E_IO;
        }
    } while (reply->id != q->id);
    return reply->verb == q->verb ? E_OK : E_IO;
}

/* The reply's body into `out`; returns its length. */
static int call(struct signer_client *c, struct signer_request *q, uint8_t *out, size_t cap)
{
    uint8_t in[SIGNER_MESSAGE_MAX_LEN];
    struct signer_reply reply;
    const int done = exchange(c, q, in, &reply, SIGNER_REPLY_TIMEOUT_MS);
    if (done != E_OK) {
        return done;
    }
    if (reply.refusal != SIGNER_REFUSED_NONE) {
        c->refusal = reply.refusal;
        if (reply.refusal == SIGNER_REFUSED_INTERNAL || reply.refusal == SIGNER_REFUSED_CLOCK) {
            return E_IO;
        }
        return reply.refusal == SIGNER_REFUSED_RATE ? E_LIMIT : E_MALFORMED;
    }
    if (reply.body_len > cap) {
        return E_NOSPACE;
    }
    memcpy(out, reply.body, reply.body_len);
    return (int)reply.body_len;
}

/* The same for a reply of one exact length: E_OK. */
static int call_exact(struct signer_client *c, struct signer_request *q, uint8_t *out, size_t len)
{
    const int got = call(c, q, out, len);
    if (got < 0) {
        return got;
    }
    return (size_t)got == len ? E_OK : E_IO;
}

/* ---- start and stop ---- */

static int spawn(struct signer_client *c, const char *program, const char *state_dir)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return E_IO;
    }
    char name[] = "wattward-signer";
    char state_option[] = "--state";
    char state[PATH_CAP];
    char fd_option[] = "--fd";
    char fd[] = "3"; /* SIGNER_FD */
    snprintf(state, sizeof state, "%s", state_dir);
    char *arguments[] = {name, state_option, state, fd_option, fd, NULL};
    char *environment[] = {NULL}; /* nothing of ours can steer the signer */
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pair[1], SIGNER_FD);
    pid_t pid = -1;
    const int failed = posix_spawn(&pid, program, &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    close(pair[1]);
    if (failed != 0) {
        close(pair[0]);
        fprintf(stderr, "cannot start %s: %s\n", program, strerror(failed));
        return E_IO;
    }
    c->fd = pair[0];
    c->pid = (int)pid;
    return E_OK;
}

int signer_start_program(struct signer_client *c, const char *program, const char *state_dir)
{
    *c = (struct signer_client){.fd = -1, .pid = -1, .next_id = 1};
    if (strlen(state_dir) >= PATH_CAP) {
        return E_ARG;
    }
    const int spawned = spawn(c, program, state_dir);
    if (spawned != E_OK) {
        return spawned;
    }
    uint8_t in[SIGNER_MESSAGE_MAX_LEN];
    struct signer_reply reply;
    struct signer_request hello = {.verb = SIGNER_CA_CERTIFICATE};
    const int answered = exchange(c, &hello, in, &reply, SIGNER_START_TIMEOUT_MS);
    if (answered != E_OK) {
        signer_stop(c);
    }
    return answered;
}

int signer_start(struct signer_client *c, const char *state_dir)
{
    static const char name[] = "wattward-signer";
    char path[PATH_CAP];
    *c = (struct signer_client){.fd = -1, .pid = -1};
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof name);
    if (n <= 0) {
        return E_IO;
    }
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return E_IO;
    }
    memcpy(slash + 1, name, sizeof name);
    return signer_start_program(c, path, state_dir);
}

/* True when the process is gone, whoever collected it. */
static bool collected(int pid)
{
    const pid_t got = waitpid((pid_t)pid, NULL, WNOHANG);
    return got == (pid_t)pid || (got < 0 && errno == ECHILD);
}

void signer_stop(struct signer_client *c)
{
    if (c->fd >= 0) {
        close(c->fd);
        c->fd = -1;
    }
    if (c->pid <= 0) {
        return;
    }
    const struct timespec step = {.tv_nsec = STOP_STEP_MS * 1000000L};
    for (int waited_ms = 0; !collected(c->pid); waited_ms += STOP_STEP_MS) {
        if (waited_ms == STOP_TIMEOUT_MS) {
            kill((pid_t)c->pid, SIGKILL);
        }
        nanosleep(&step, NULL);
    }
    c->pid = -1;
}

int signer_fd(const struct signer_client *c)
{
    return c->fd;
}

/* ---- the verbs ---- */

int signer_ca_certificate(struct signer_client *c, uint8_t *der, size_t cap)
{
    struct signer_request q = {.verb = SIGNER_CA_CERTIFICATE};
    return call(c, &q, der, cap);
}

int signer_issue_device(struct signer_client *c, const char *device_id, const uint8_t *csr_der,
                        size_t csr_len, uint8_t *cert_der, size_t cap)
{
    ASSERT(device_id != NULL && csr_der != NULL && cert_der != NULL);
    struct signer_request q = {.verb = SIGNER_ISSUE_DEVICE,
                               .name = device_id,
                               .name_len = strlen(device_id),
                               .body = csr_der,
                               .body_len = csr_len};
    return call(c, &q, cert_der, cap);
}

int signer_issue_server(struct signer_client *c, const struct signer_server_names *names,
                        const uint8_t *csr_der, size_t csr_len, uint8_t *cert_der, size_t cap)
{
    ASSERT(names != NULL && csr_der != NULL && cert_der != NULL);
    struct signer_request q = {.verb = SIGNER_ISSUE_SERVER,
                               .name = names->common_name,
                               .name_len = strlen(names->common_name),
                               .san = names->san,
                               .san_len = strlen(names->san),
                               .body = csr_der,
                               .body_len = csr_len};
    return call(c, &q, cert_der, cap);
}

int signer_ledger_public(struct signer_client *c, uint8_t public_key[32])
{
    struct signer_request q = {.verb = SIGNER_LEDGER_PUBLIC};
    return call_exact(c, &q, public_key, 32);
}

int signer_ledger_sign(struct signer_client *c, const uint8_t *message, size_t len,
                       uint8_t signature[64])
{
    ASSERT(message != NULL && signature != NULL);
    struct signer_request q = {.verb = SIGNER_LEDGER_SIGN, .body = message, .body_len = len};
    return call_exact(c, &q, signature, 64);
}

int signer_checkpoint_sign(struct signer_client *c, const struct signer_checkpoint *checkpoint,
                           uint8_t signature[64])
{
    uint8_t body[SIGNER_BODY_MAX_LEN];
    struct wbuf w = wbuf_of(body, sizeof body);
    ASSERT(checkpoint->text_len <= UINT16_MAX);
    wbuf_be16(&w, (uint16_t)checkpoint->text_len);
    wbuf_put(&w, checkpoint->text, checkpoint->text_len);
    wbuf_put(&w, checkpoint->proof, checkpoint->n_hashes * 32);
    if (!wbuf_ok(&w)) {
        c->refusal = SIGNER_REFUSED_CHECKPOINT;
        return E_MALFORMED;
    }
    struct signer_request q = {
        .verb = SIGNER_CHECKPOINT_SIGN, .body = body, .body_len = wbuf_len(&w)};
    return call_exact(c, &q, signature, 64);
}

int signer_ledger_head(struct signer_client *c, uint64_t *size, uint8_t root[32])
{
    uint8_t body[8 + 32];
    struct signer_request q = {.verb = SIGNER_LEDGER_HEAD};
    const int result = call_exact(c, &q, body, sizeof body);
    if (result == E_OK) {
        struct rbuf r = rbuf_of(body, sizeof body);
        *size = rbuf_be64(&r);
        rbuf_copy(&r, root, 32);
    }
    return result;
}

enum signer_refusal signer_refusal(const struct signer_client *c)
{
    return c->refusal;
}
