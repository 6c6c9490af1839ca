/* SPDX-License-Identifier: MIT
 * ISO 15118-2: PaymentDetails, CertificateInstallation and CertificateUpdate, both ways. Nothing is
 * verified here.
 */
#include "iso2_contract.h"

#include "base/assert.h"

static const uint8_t nothing[1] = {0};

static void read_chain(const struct iso2_certificate_chain *in, struct v2g_certificate_chain *out)
{
    out->id = in->id;
    out->leaf = in->certificate;
    if (in->sub_certificates == NULL) {
        return;
    }
    out->n_subs = v2g_at_most(in->sub_certificates->certificate_count, V2G_MAX_SUB_CERTIFICATES);
    for (uint8_t i = 0; i < out->n_subs; i++) {
        out->subs[i] = in->sub_certificates->certificate[i];
    }
}

static void read_roots(const struct iso2_list_of_root_certificate_ids *in,
                       struct v2g_contract_request *out)
{
    out->n_roots = v2g_at_most(in->root_certificate_id_count, V2G_MAX_ROOTS);
    for (uint8_t i = 0; i < out->n_roots; i++) {
        out->roots[i].issuer = in->root_certificate_id[i].x509_issuer_name;
        out->roots[i].serial = in->root_certificate_id[i].x509_serial_number;
    }
}

void v2g_iso2_details_req_read(const struct iso2_body *body, struct scratch *memory,
                               struct v2g_message *message)
{
    const struct iso2_payment_details_req *in = body->payment_details_req;
    struct v2g_certificate_chain *chain = v2g_scratch_take(memory, sizeof *chain);
    read_chain(&in->contract_signature_cert_chain, chain);
    message->payment_details.chain = chain;
    v2g_text_read(in->emaid, message->payment_details.emaid, sizeof message->payment_details.emaid);
}

void v2g_iso2_details_res_read(const struct iso2_body *body, struct scratch *memory,
                               struct v2g_message *message)
{
    const struct iso2_payment_details_res *in = body->payment_details_res;
    struct v2g_payment_details *out = &message->payment_details;
    (void)memory;
    const int n = exi_blob_copy(in->gen_challenge, out->challenge, sizeof out->challenge);
    out->challenge_len = (uint8_t)(n < 0 ? 0 : n);
    out->unix_s = in->evse_time_stamp;
}

void v2g_iso2_installation_req_read(const struct iso2_body *body, struct scratch *memory,
                                    struct v2g_message *message)
{
    const struct iso2_certificate_installation_req *in = body->certificate_installation_req;
    struct v2g_contract_request *out = v2g_scratch_take(memory, sizeof *out);
    message->contract.request = out;
    out->id = in->id;
    out->chain.leaf = in->oem_provisioning_cert;
    read_roots(&in->list_of_root_certificate_ids, out);
}

void v2g_iso2_update_req_read(const struct iso2_body *body, struct scratch *memory,
                              struct v2g_message *message)
{
    const struct iso2_certificate_update_req *in = body->certificate_update_req;
    struct v2g_contract_request *out = v2g_scratch_take(memory, sizeof *out);
    message->contract.request = out;
    out->id = in->id;
    out->emaid = in->emaid;
    read_chain(&in->contract_signature_cert_chain, &out->chain);
    read_roots(&in->list_of_root_certificate_ids, out);
}

/* An update's answer is an installation's with a counter behind it. */
static void read_certificates(const struct iso2_certificate_installation_res *in,
                              struct v2g_contract_response *out)
{
    read_chain(&in->sa_provisioning_certificate_chain, &out->provisioning);
    read_chain(&in->contract_signature_cert_chain, &out->chain);
    out->key_id = in->contract_signature_encrypted_private_key.id;
    out->encrypted_key = in->contract_signature_encrypted_private_key.value;
    out->dh_id = in->dh_publickey.id;
    out->dh_public = in->dh_publickey.value;
    out->emaid_id = in->emaid.id;
    out->emaid = in->emaid.value;
}

void v2g_iso2_installation_res_read(const struct iso2_body *body, struct scratch *memory,
                                    struct v2g_message *message)
{
    struct v2g_contract_response *out = v2g_scratch_take(memory, sizeof *out);
    message->contract.response = out;
    read_certificates(body->certificate_installation_res, out);
}

void v2g_iso2_update_res_read(const struct iso2_body *body, struct scratch *memory,
                              struct v2g_message *message)
{
    const struct iso2_certificate_update_res *in = body->certificate_update_res;
    struct v2g_contract_response *out = v2g_scratch_take(memory, sizeof *out);
    message->contract.response = out;
    const struct iso2_certificate_installation_res same = {
        .sa_provisioning_certificate_chain = in->sa_provisioning_certificate_chain,
        .contract_signature_cert_chain = in->contract_signature_cert_chain,
        .contract_signature_encrypted_private_key = in->contract_signature_encrypted_private_key,
        .dh_publickey = in->dh_publickey,
        .emaid = in->emaid};
    read_certificates(&same, out);
    out->retry_counter = in->has_retry_counter ? in->retry_counter : 0;
}

static struct iso2_certificate_chain chain_of(const struct v2g_certificate_chain *in,
                                              struct scratch *memory)
{
    ASSERT(in->n_subs <= V2G_MAX_SUB_CERTIFICATES);
    struct iso2_certificate_chain out = {.id = in->id, .certificate = in->leaf};
    if (in->n_subs > 0) {
        struct iso2_sub_certificates *subs = v2g_scratch_take(memory, sizeof *subs);
        subs->certificate = in->subs;
        subs->certificate_count = in->n_subs;
        out.sub_certificates = subs;
    }
    return out;
}

static struct iso2_list_of_root_certificate_ids roots_of(const struct v2g_contract_request *in,
                                                         struct scratch *memory)
{
    ASSERT(in->n_roots <= V2G_MAX_ROOTS);
    struct xmldsig_x509_issuer_serial *roots =
        v2g_scratch_take(memory, V2G_MAX_ROOTS * sizeof *roots);
    for (uint8_t i = 0; i < in->n_roots; i++) {
        roots[i].x509_issuer_name = in->roots[i].issuer;
        roots[i].x509_serial_number = in->roots[i].serial;
    }
    return (struct iso2_list_of_root_certificate_ids){.root_certificate_id = roots,
                                                      .root_certificate_id_count = in->n_roots};
}

void v2g_iso2_details_req_write(const struct v2g_message *message, struct scratch *memory,
                                struct iso2_body *body)
{
    const struct v2g_payment_details *in = &message->payment_details;
    ASSERT(in->chain != NULL);
    struct iso2_payment_details_req *out = v2g_scratch_take(memory, sizeof *out);
    body->payment_details_req = out;
    out->emaid = exi_text_of(in->emaid);
    out->contract_signature_cert_chain = chain_of(in->chain, memory);
}

void v2g_iso2_details_res_write(const struct v2g_message *message, struct scratch *memory,
                                struct iso2_body *body)
{
    const struct v2g_payment_details *in = &message->payment_details;
    struct iso2_payment_details_res *out = v2g_scratch_take(memory, sizeof *out);
    body->payment_details_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    out->gen_challenge = EXI_BLOB(in->challenge, in->challenge_len);
    out->evse_time_stamp = in->unix_s;
}

void v2g_iso2_installation_req_write(const struct v2g_message *message, struct scratch *memory,
                                     struct iso2_body *body)
{
    const struct v2g_contract_request *in = message->contract.request;
    ASSERT(in != NULL);
    struct iso2_certificate_installation_req *out = v2g_scratch_take(memory, sizeof *out);
    body->certificate_installation_req = out;
    out->id = in->id;
    out->oem_provisioning_cert = in->chain.leaf;
    out->list_of_root_certificate_ids = roots_of(in, memory);
}

void v2g_iso2_update_req_write(const struct v2g_message *message, struct scratch *memory,
                               struct iso2_body *body)
{
    const struct v2g_contract_request *in = message->contract.request;
    ASSERT(in != NULL);
    struct iso2_certificate_update_req *out = v2g_scratch_take(memory, sizeof *out);
    body->certificate_update_req = out;
    out->id = in->id;
    out->emaid = in->emaid;
    out->contract_signature_cert_chain = chain_of(&in->chain, memory);
    out->list_of_root_certificate_ids = roots_of(in, memory);
}

/* [V2G2-736] What a refusal carries, since the schema wants everything: one zero byte for
 * certificates and keys, nobody's contract. A car does not look at it. */
static const struct v2g_contract_response refusal = {
    .provisioning = {.leaf = {.at = nothing, .len = 1}},
    .chain = {.id = EXI_TEXT_INIT("id1"), .leaf = {.at = nothing, .len = 1}},
    .key_id = EXI_TEXT_INIT("id2"),
    .encrypted_key = {.at = nothing, .len = 1},
    .dh_id = EXI_TEXT_INIT("id3"),
    .dh_public = {.at = nothing, .len = 1},
    .emaid_id = EXI_TEXT_INIT("id4"),
    .emaid = EXI_TEXT_INIT("ZZ000000000000")};

static const struct v2g_contract_response *response_of(const struct v2g_message *message)
{
    return message->contract.response == NULL ? &refusal : message->contract.response;
}

static struct iso2_contract_signature_encrypted_private_key
key_of(const struct v2g_contract_response *in)
{
    return (struct iso2_contract_signature_encrypted_private_key){.id = in->key_id,
                                                                  .value = in->encrypted_key};
}

static struct iso2_diffie_hellman_publickey dh_of(const struct v2g_contract_response *in)
{
    return (struct iso2_diffie_hellman_publickey){.id = in->dh_id, .value = in->dh_public};
}

static struct iso2_emaid emaid_of(const struct v2g_contract_response *in)
{
    return (struct iso2_emaid){.id = in->emaid_id, .value = in->emaid};
}

void v2g_iso2_installation_res_write(const struct v2g_message *message, struct scratch *memory,
                                     struct iso2_body *body)
{
    const struct v2g_contract_response *in = response_of(message);
    struct iso2_certificate_installation_res *out = v2g_scratch_take(memory, sizeof *out);
    body->certificate_installation_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    out->sa_provisioning_certificate_chain = chain_of(&in->provisioning, memory);
    out->contract_signature_cert_chain = chain_of(&in->chain, memory);
    out->contract_signature_encrypted_private_key = key_of(in);
    out->dh_publickey = dh_of(in);
    out->emaid = emaid_of(in);
}

void v2g_iso2_update_res_write(const struct v2g_message *message, struct scratch *memory,
                               struct iso2_body *body)
{
    const struct v2g_contract_response *in = response_of(message);
    struct iso2_certificate_update_res *out = v2g_scratch_take(memory, sizeof *out);
    body->certificate_update_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    out->sa_provisioning_certificate_chain = chain_of(&in->provisioning, memory);
    out->contract_signature_cert_chain = chain_of(&in->chain, memory);
    out->contract_signature_encrypted_private_key = key_of(in);
    out->dh_publickey = dh_of(in);
    out->emaid = emaid_of(in);
    out->retry_counter = in->retry_counter;
    out->has_retry_counter = in->retry_counter != 0;
}
