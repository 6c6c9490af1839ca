/* SPDX-License-Identifier: MIT
 * What a car with a contract says, for tests: of the right form, signed by nobody.
 */
#ifndef TESTS_V2G_CONTRACT_H
#define TESTS_V2G_CONTRACT_H

#include <string.h>

#include "v2g/message.h"

/* Fills a PaymentDetailsReq, CertificateInstallationReq or CertificateUpdateReq. */
static inline void contract_fill(struct v2g_message *m)
{
    static const uint8_t bytes[] = {0x30, 0x82, 1, 2, 3};
    static const uint8_t groups[] = {0x85, 0x01};
    static struct v2g_certificate_chain chain;
    static struct v2g_contract_request request;
    chain = (struct v2g_certificate_chain){
        .id = EXI_TEXT("id1"), .leaf = EXI_BLOB(bytes, sizeof bytes), .n_subs = 2};
    chain.subs[0] = chain.subs[1] = EXI_BLOB(bytes, sizeof bytes);
    request = (struct v2g_contract_request){.id = EXI_TEXT("id2"),
                                            .emaid = EXI_TEXT("DEABC123456789"),
                                            .chain = chain,
                                            .n_roots = 1,
                                            .roots = {{.issuer = EXI_TEXT("CN=Nobody")}}};
    request.roots[0].serial.groups = EXI_BLOB(groups, sizeof groups);
    if (m->kind == V2G_PAYMENT_DETAILS) {
        m->payment_details.chain = &chain;
        memcpy(m->payment_details.emaid, "DEABC123456789", sizeof "DEABC123456789");
    } else if (m->kind == V2G_CERTIFICATE_INSTALLATION || m->kind == V2G_CERTIFICATE_UPDATE) {
        m->contract.request = &request;
    }
}

#endif
