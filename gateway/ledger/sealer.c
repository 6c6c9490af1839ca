/* SPDX-License-Identifier: MIT */
#include "ledger/sealer.h"

#include "posix/log.h"
#include "signer/signer_client.h"

_Static_assert(sizeof(struct ledger_hash) == 32, "hashes lie side by side");

static int public_key(void *context, uint8_t key[32])
{
    return signer_ledger_public(context, key);
}

static int head(void *context, struct ledger_head *out)
{
    return signer_ledger_head(context, &out->size, out->root.bytes);
}

static int seal(void *context, const char *text, size_t text_len, const struct ledger_proof *proof,
                uint8_t signature[64])
{
    const struct signer_checkpoint checkpoint = {.text = text,
                                                 .text_len = text_len,
                                                 .proof = (const uint8_t *)proof->hashes,
                                                 .n_hashes = proof->n};
    const int result = signer_checkpoint_sign(context, &checkpoint, signature);
    if (result == E_MALFORMED) {
        log_error("%s", signer_refusal_text(signer_refusal(context)));
    }
    return result;
}

static int sign(void *context, const uint8_t *message, size_t len, uint8_t signature[64])
{
    return signer_ledger_sign(context, message, len, signature);
}

struct ledger_sealer ledger_sealer_of(struct signer_client *signer)
{
    return (struct ledger_sealer){
        .public_key = public_key, .head = head, .seal = seal, .sign = sign, .context = signer};
}
