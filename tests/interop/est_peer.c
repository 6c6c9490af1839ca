/* SPDX-License-Identifier: MIT
 * The device's EST client on its own: enrols with a token, then renews with the certificate, and
 * prints both certificates as hex. est_peer HOST PORT CA_FILE DEVICE_ID TOKEN
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/csr.h"
#include "crypto/crypto.h"
#include "posix/est.h"

static struct peer {
    struct posix_loop *loop;
    struct posix_est_result result;
} peer;

static void on_answer(void *context, const struct posix_est_result *result)
{
    struct peer *p = context;
    p->result = *result;
    posix_loop_stop(p->loop);
}

static int ask(struct posix_est *est, const struct posix_est_request *request)
{
    if (posix_est_start(est, request, on_answer, &peer) != E_OK) {
        fprintf(stderr, "cannot ask\n");
        return EXIT_FAILURE;
    }
    /* A second question while one runs is refused. */
    if (posix_est_start(est, request, on_answer, &peer) != E_STATE) {
        fprintf(stderr, "two questions at once\n");
        return EXIT_FAILURE;
    }
    (void)posix_loop_run(peer.loop);
    if (peer.result.certificate_len == 0) {
        fprintf(stderr, "status %d: %s\n", peer.result.status, peer.result.why);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < peer.result.certificate_len; i++) {
        printf("%02x", peer.result.certificate_der[i]);
    }
    printf("\n");
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    uint8_t private_key[32];
    uint8_t public_key[65];
    uint8_t certificate[POSIX_EST_CERTIFICATE_MAX_LEN];
    uint8_t csr[CSR_MAX_LEN];
    if (argc != 6 || crypto_ec_generate(CRYPTO_P256, private_key, public_key) != E_OK) {
        return 2;
    }
    const int csr_len = csr_write(argv[4], private_key, csr, sizeof csr);
    peer.loop = posix_loop_open();
    struct posix_est *est = peer.loop == NULL ? NULL : posix_est_open(peer.loop);
    if (csr_len < 0 || est == NULL) {
        return 2;
    }
    struct posix_est_request request = {.host = argv[1],
                                        .port = (uint16_t)strtoul(argv[2], NULL, 10),
                                        .ca_file = argv[3],
                                        .device_id = argv[4],
                                        .token = argv[5],
                                        .csr_der = csr,
                                        .csr_len = (size_t)csr_len,
                                        .public_key = public_key};
    int status = ask(est, &request);
    if (status == EXIT_SUCCESS) {
        memcpy(certificate, peer.result.certificate_der, peer.result.certificate_len);
        request.token = NULL;
        request.identity =
            (struct posix_tls_identity){.certificate_der = certificate,
                                        .certificate_len = peer.result.certificate_len,
                                        .private_key = private_key};
        status = ask(est, &request);
    }
    posix_est_close(est);
    posix_loop_close(peer.loop);
    return status;
}
