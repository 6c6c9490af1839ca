/* SPDX-License-Identifier: MIT
 * The elements of a message that its signature's references may point at, and what each is as a
 * fragment ([V2G2-765..771]).
 */
#ifndef TESTS_EXI_SIGNED_PARTS_H
#define TESTS_EXI_SIGNED_PARTS_H

#include <string.h>

#include "exi/iso2.h"
#include "exi/iso20.h"

/* An element that a reference can point at: its root in the fragment set, and where it is. */
struct part {
    const char *name;
    unsigned root;
    const void *value;
    struct exi_text id;
};
enum { PARTS_MAX = 8 };
struct parts {
    const struct exi_set *set;
    const struct xmldsig_signature *signature;
    struct part part[PARTS_MAX];
    size_t count;
};

static inline void add(struct parts *p, const char *name, unsigned root, const void *value,
                       struct exi_text id)
{
    p->part[p->count++] = (struct part){name, root, value, id};
}

static inline void add_tariffs(struct parts *p,
                               const struct iso2_charge_parameter_discovery_res *res)
{
    const struct iso2_sa_schedule_list *list = res->sa_schedule_list;
    for (size_t i = 0; i < list->sa_schedule_tuple_count; i++) {
        const struct iso2_sales_tariff *tariff = list->sa_schedule_tuple[i].sales_tariff;
        if (tariff != NULL) {
            add(p, "SalesTariff", ISO2_FRAGMENT_SALES_TARIFF, tariff, tariff->id);
        }
    }
}

static inline void add_installation(struct parts *p,
                                    const struct iso2_certificate_installation_res *res)
{
    add(p, "ContractSignatureCertChain", ISO2_FRAGMENT_CONTRACT_SIGNATURE_CERT_CHAIN,
        &res->contract_signature_cert_chain, res->contract_signature_cert_chain.id);
    add(p, "ContractSignatureEncryptedPrivateKey",
        ISO2_FRAGMENT_CONTRACT_SIGNATURE_ENCRYPTED_PRIVATE_KEY,
        &res->contract_signature_encrypted_private_key,
        res->contract_signature_encrypted_private_key.id);
    add(p, "DHpublickey", ISO2_FRAGMENT_DH_PUBLICKEY, &res->dh_publickey, res->dh_publickey.id);
    add(p, "eMAID", ISO2_FRAGMENT_EMAID, &res->emaid, res->emaid.id);
}

static inline void find_iso2(struct parts *p, const struct iso2_v2g_message *m)
{
    const struct iso2_body *b = &m->body;
    p->set = &exi_set_iso2_fragment;
    p->signature = m->header.signature;
    if (b->which == ISO2_AUTHORIZATION_REQ) {
        add(p, "AuthorizationReq", ISO2_FRAGMENT_AUTHORIZATION_REQ, b->authorization_req,
            b->authorization_req->id);
    } else if (b->which == ISO2_METERING_RECEIPT_REQ) {
        add(p, "MeteringReceiptReq", ISO2_FRAGMENT_METERING_RECEIPT_REQ, b->metering_receipt_req,
            b->metering_receipt_req->id);
    } else if (b->which == ISO2_CERTIFICATE_INSTALLATION_REQ) {
        add(p, "CertificateInstallationReq", ISO2_FRAGMENT_CERTIFICATE_INSTALLATION_REQ,
            b->certificate_installation_req, b->certificate_installation_req->id);
    } else if (b->which == ISO2_CERTIFICATE_UPDATE_REQ) {
        add(p, "CertificateUpdateReq", ISO2_FRAGMENT_CERTIFICATE_UPDATE_REQ,
            b->certificate_update_req, b->certificate_update_req->id);
    } else if (b->which == ISO2_CERTIFICATE_INSTALLATION_RES) {
        add_installation(p, b->certificate_installation_res);
    } else if (b->which == ISO2_CHARGE_PARAMETER_DISCOVERY_RES) {
        add_tariffs(p, b->charge_parameter_discovery_res);
    }
}

static inline void find_iso20(struct parts *p, const struct exi_message *m)
{
    p->set = &exi_set_iso20_fragment;
    if (m->root == ISO20_AUTHORIZATION_REQ) {
        const struct iso20_authorization_req *req = m->value;
        p->signature = req->header.signature;
        add(p, "PnC_AReqAuthorizationMode", ISO20_FRAGMENT_PNC_A_REQ_AUTHORIZATION_MODE,
            req->pnc_a_req_authorization_mode, req->pnc_a_req_authorization_mode->id);
    } else if (m->root == ISO20_CERTIFICATE_INSTALLATION_REQ) {
        const struct iso20_certificate_installation_req *req = m->value;
        p->signature = req->header.signature;
        add(p, "OEMProvisioningCertificateChain", ISO20_FRAGMENT_OEM_PROVISIONING_CERTIFICATE_CHAIN,
            &req->oem_provisioning_certificate_chain, req->oem_provisioning_certificate_chain.id);
    }
}

static inline void find_parts(struct parts *p, const struct exi_set *set,
                              const struct exi_message *m)
{
    p->count = 0;
    if (set == &exi_set_iso2) {
        find_iso2(p, m->value);
    } else {
        find_iso20(p, m);
    }
}

/* The part that a reference points at: "#" and its Id. */
static inline const struct part *find_part(const struct parts *p, struct exi_text uri)
{
    char text[64];
    char id[64];
    const int len = exi_text_copy(uri, text, sizeof text);
    for (size_t i = 0; i < p->count && len > 0; i++) {
        if (exi_text_copy(p->part[i].id, id, sizeof id) > 0 && strcmp(id, text + 1) == 0) {
            return &p->part[i];
        }
    }
    return NULL;
}

#endif
