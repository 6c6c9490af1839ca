/* SPDX-License-Identifier: MIT
 * wattward-signer: the process that holds the keys. It opens its files, locks itself in, answers
 * messages on one inherited descriptor, and ends when the other side of it closes.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "posix/clock.h"
#include "posix/log.h"
#include "posix/sandbox.h"
#include "signer/keyring.h"
#include "signer/service.h"

enum { SECURE_HEAP_LEN = 1 << 18, SECURE_HEAP_MIN_LEN = 32, EXIT_USAGE = 2 };

static const char help[] =
    "Usage: wattward-signer --state DIR --fd N\n"
    "\n"
    "Holds the keys of the site's certificate authority and of its ledger, and signs with them "
    "what\n"
    "wattward-gateway may have signed. The gateway starts it; there is no reason to do so by "
    "hand.\n"
    "\n"
    "  --state DIR  the site's state; the keys are in DIR/signer and made at the first start\n"
    "  --fd N       a connected SOCK_SEQPACKET socket; when its other end closes, the signer ends\n"
    "  --help       this text\n"
    "\n"
    "It needs no network and takes it away from itself.\n";

struct options {
    const char *state;
    int fd;
};

static int usage(const char *complaint)
{
    fprintf(stderr, "wattward-signer: %s; see --help\n", complaint);
    return EXIT_USAGE;
}

static bool is_seqpacket(int fd)
{
    int type = 0;
    socklen_t len = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}

/* -1 to go on, else the exit status. */
static int read_options(struct options *o, int argc, char **argv)
{
    static const struct option known[] = {{"state", required_argument, NULL, 's'},
                                          {"fd", required_argument, NULL, 'f'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    *o = (struct options){.fd = -1};
    for (int c = 0; (c = getopt_long(argc, argv, "h", known, NULL)) != -1;) {
        if (c == 'h') {
            fputs(help, stdout);
            return EXIT_SUCCESS;
        }
        if (c == 's') {
            o->state = optarg;
        } else if (c == 'f') {
            char *end = NULL;
            const long fd = strtol(optarg, &end, 10);
            o->fd =
                *optarg != '\0' && *end == '\0' && fd > STDERR_FILENO && fd < 1024 ? (int)fd : -1;
        } else {
            return EXIT_USAGE; /* getopt has said why */
        }
    }
    if (o->state == NULL || optind != argc) {
        return usage("it takes --state DIR and --fd N");
    }
    return is_seqpacket(o->fd) ? -1 : usage("--fd must be a socket that the gateway opened");
}

/* Before any key is in memory. */
static int harden(int fd)
{
    const struct rlimit no_core = {0, 0};
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    /* A Ctrl-C at the terminal and a supervisor's SIGTERM go to all of the site; the gateway ends
     * in its own order, and this process with it. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (setrlimit(RLIMIT_CORE, &no_core) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        log_error("cannot switch core dumps off");
        return E_IO;
    }
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
        (fd > 3 && close_range(3, (unsigned)fd - 1, 0) != 0) ||
        close_range((unsigned)fd + 1, ~0U, 0) != 0) {
        log_error("cannot close what was inherited");
        return E_IO;
    }
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    if (CRYPTO_secure_malloc_init(SECURE_HEAP_LEN, SECURE_HEAP_MIN_LEN) != 1) {
        log_warn("the memory of the keys could not be locked; it may reach the swap space");
    }
    return E_OK;
}

/* After everything is open: no file, no network, no other program. */
static int lock_in(void)
{
    if (sandbox_paths(NULL, 0) != E_OK) {
        log_warn("this kernel has no Landlock; files are closed by the system call filter alone");
    }
    if (sandbox_no_network() != E_OK) {
        log_error("cannot take the network away; refusing to hold keys");
        return E_IO;
    }
    return E_OK;
}

static int note_issued(void *context, const char *line, size_t len)
{
    const struct signer_keyring *k = context;
    if (write(k->log_fd, line, len) != (ssize_t)len || fdatasync(k->log_fd) != 0) {
        log_error("cannot write issued.log: %s", strerror(errno));
        return E_IO;
    }
    return E_OK;
}

static int remember_head(void *context, struct signer_log_head *head)
{
    const struct signer_keyring *k = context;
    const int result = signer_log_head_write(k->head_fd, head);
    if (result != E_OK) {
        log_error("cannot write ledger.head: %s", strerror(errno));
    }
    return result;
}

/* Until the gateway closes its end. */
static int serve(struct signer_service *s, int fd)
{
    static uint8_t in[SIGNER_MESSAGE_MAX_LEN];
    static uint8_t out[SIGNER_MESSAGE_MAX_LEN];
    for (;;) {
        const ssize_t n = recv(fd, in, sizeof in, MSG_TRUNC);
        if (n == 0 || (n < 0 && errno == ECONNRESET)) {
            return EXIT_SUCCESS;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            log_error("cannot receive: %s", strerror(errno));
            return EXIT_FAILURE;
        }
        const struct signer_now now = {.mono_ms = posix_clock_mono_ms(),
                                       .unix_s = posix_clock_real_ms() / 1000};
        const size_t len =
            (size_t)n > sizeof in ? 0 : signer_service_answer(s, now, in, (size_t)n, out);
        if (len == 0) {
            log_warn("a message that cannot be read was dropped: length=%zd", n);
        } else if (send(fd, out, len, MSG_NOSIGNAL) != (ssize_t)len) {
            return errno == EPIPE || errno == ECONNRESET ? EXIT_SUCCESS : EXIT_FAILURE;
        }
    }
}

static int run(const struct options *o)
{
    static struct signer_service service;
    struct signer_keyring keys;
    if (harden(o->fd) != E_OK ||
        signer_keyring_open(&keys, o->state, posix_clock_real_ms() / 1000) != E_OK) {
        return EXIT_FAILURE;
    }
    const struct signer_service_config config = {
        .issuer = {.certificate = keys.ca, .key = keys.ca_key},
        .ledger_key = keys.ledger_key,
        .note = note_issued,
        .remember = remember_head,
        .log_head = keys.log_head,
        .context = &keys,
        .issue_rate = {.burst = SIGNER_ISSUE_BURST, .period_us = 1000000 / SIGNER_ISSUE_PER_S},
        .sign_rate = {.burst = SIGNER_SIGN_BURST, .period_us = 1000000 / SIGNER_SIGN_PER_S},
    };
    int status = EXIT_FAILURE;
    if (signer_service_init(&service, &config, posix_clock_mono_ms()) == E_OK &&
        lock_in() == E_OK) {
        status = serve(&service, o->fd);
    }
    signer_keyring_close(&keys);
    return status;
}

int main(int argc, char **argv)
{
    struct options o;
    log_open("signer", LOG_LEVEL_INFO);
    const int stop = read_options(&o, argc, argv);
    if (stop >= 0) {
        return stop;
    }
    _exit(run(&o)); /* nothing registered by a library runs on the way out, locked in as we are */
}
