/* SPDX-License-Identifier: MIT
 * The sentences of refusals.
 */
#include "signer/refusal.h"

const char *signer_refusal_text(enum signer_refusal refusal)
{
    static const char *const texts[] = {
#define SIGNER_REFUSAL_ROW(name, text) text,
        SIGNER_REFUSALS(SIGNER_REFUSAL_ROW)
#undef SIGNER_REFUSAL_ROW
    };
    return (unsigned)refusal < SIGNER_REFUSAL_COUNT ? texts[refusal] : "refused";
}
