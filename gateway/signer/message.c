/* SPDX-License-Identifier: MIT
 * Encoding and decoding of the signer's messages, both directions by the same rules.
 */
#include "signer/message.h"

#include "base/assert.h"
#include "base/rbuf.h"
#include "base/wbuf.h"

enum { VERSION = 1, STATUS_DONE = 0, STATUS_REFUSED = 1 };

/* Which fields a request has; a field is either absent or of 1..max bytes. */
static const struct shape {
    bool name;
    bool san;
    bool body;
} shapes[] = {
    [SIGNER_CA_CERTIFICATE] = {false, false, false},
    [SIGNER_ISSUE_DEVICE] = {true, false, true},
    [SIGNER_ISSUE_SERVER] = {true, true, true},
    [SIGNER_LEDGER_PUBLIC] = {false, false, false},
    [SIGNER_LEDGER_SIGN] = {false, false, true},
    [SIGNER_CHECKPOINT_SIGN] = {false, false, true},
    [SIGNER_LEDGER_HEAD] = {false, false, false},
};

static bool verb_known(unsigned verb)
{
    return verb >= SIGNER_CA_CERTIFICATE && verb < sizeof shapes / sizeof shapes[0];
}

static bool field_fits(bool wanted, size_t len)
{
    return wanted ? len > 0 : len == 0;
}

static int request_check(const struct signer_request *q)
{
    if (q->name_len > SIGNER_NAME_MAX_LEN || q->san_len > SIGNER_SAN_MAX_LEN ||
        q->body_len > SIGNER_BODY_MAX_LEN) {
        return E_LIMIT;
    }
    const struct shape *shape = &shapes[q->verb];
    if (!field_fits(shape->name, q->name_len) || !field_fits(shape->san, q->san_len) ||
        !field_fits(shape->body, q->body_len)) {
        return E_MALFORMED;
    }
    return E_OK;
}

int signer_request_encode(const struct signer_request *q, uint8_t *out, size_t cap)
{
    ASSERT(verb_known(q->verb));
    const int checked = request_check(q);
    if (checked != E_OK) {
        return checked;
    }
    struct wbuf w = wbuf_of(out, cap);
    wbuf_u8(&w, VERSION);
    wbuf_u8(&w, (uint8_t)q->verb);
    wbuf_be32(&w, q->id);
    wbuf_be16(&w, (uint16_t)q->name_len);
    wbuf_be16(&w, (uint16_t)q->san_len);
    wbuf_be16(&w, (uint16_t)q->body_len);
    wbuf_put(&w, q->name, q->name_len);
    wbuf_put(&w, q->san, q->san_len);
    wbuf_put(&w, q->body, q->body_len);
    return wbuf_ok(&w) ? (int)wbuf_len(&w) : E_NOSPACE;
}

int signer_request_decode(const uint8_t *in, size_t len, struct signer_request *q)
{
    struct rbuf r = rbuf_of(in, len);
    const uint8_t version = rbuf_u8(&r);
    const uint8_t verb = rbuf_u8(&r);
    struct signer_request got = {.id = rbuf_be32(&r)};
    got.name_len = rbuf_be16(&r);
    got.san_len = rbuf_be16(&r);
    got.body_len = rbuf_be16(&r);
    if (!rbuf_ok(&r)) {
        return E_TRUNCATED;
    }
    if (version != VERSION || !verb_known(verb)) {
        return E_UNSUPPORTED;
    }
    got.verb = (enum signer_verb)verb;
    const int checked = request_check(&got);
    if (checked != E_OK) {
        return checked;
    }
    got.name = (const char *)rbuf_take(&r, got.name_len);
    got.san = (const char *)rbuf_take(&r, got.san_len);
    got.body = rbuf_take(&r, got.body_len);
    if (!rbuf_ok(&r)) {
        return E_TRUNCATED;
    }
    if (!rbuf_done(&r)) {
        return E_MALFORMED;
    }
    *q = got;
    return E_OK;
}

int signer_reply_encode(const struct signer_reply *p, uint8_t *out, size_t cap)
{
    ASSERT(verb_known(p->verb));
    ASSERT((unsigned)p->refusal < SIGNER_REFUSAL_COUNT);
    ASSERT(p->refusal == SIGNER_REFUSED_NONE || p->body_len == 0);
    if (p->body_len > SIGNER_BODY_MAX_LEN) {
        return E_LIMIT;
    }
    struct wbuf w = wbuf_of(out, cap);
    wbuf_u8(&w, VERSION);
    wbuf_u8(&w, (uint8_t)p->verb);
    wbuf_be32(&w, p->id);
    wbuf_u8(&w, p->refusal == SIGNER_REFUSED_NONE ? STATUS_DONE : STATUS_REFUSED);
    wbuf_u8(&w, (uint8_t)p->refusal);
    wbuf_be16(&w, (uint16_t)p->body_len);
    wbuf_put(&w, p->body, p->body_len);
    return wbuf_ok(&w) ? (int)wbuf_len(&w) : E_NOSPACE;
}

int signer_reply_decode(const uint8_t *in, size_t len, struct signer_reply *p)
{
    struct rbuf r = rbuf_of(in, len);
    const uint8_t version = rbuf_u8(&r);
    const uint8_t verb = rbuf_u8(&r);
    struct signer_reply got = {.id = rbuf_be32(&r)};
    const uint8_t status = rbuf_u8(&r);
    const uint8_t refusal = rbuf_u8(&r);
    got.body_len = rbuf_be16(&r);
    got.body = rbuf_take(&r, got.body_len);
    if (!rbuf_ok(&r)) {
        return E_TRUNCATED;
    }
    if (version != VERSION || !verb_known(verb)) {
        return E_UNSUPPORTED;
    }
    const bool refused = refusal != SIGNER_REFUSED_NONE;
    if (!rbuf_done(&r) || got.body_len > SIGNER_BODY_MAX_LEN || refusal >= SIGNER_REFUSAL_COUNT ||
        status != (refused ? STATUS_REFUSED : STATUS_DONE) || (refused && got.body_len != 0)) {
        return E_MALFORMED;
    }
    got.verb = (enum signer_verb)verb;
    got.refusal = (enum signer_refusal)refusal;
    *p = got;
    return E_OK;
}

static bool letter_or_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool signer_name_ok(const char *name, size_t len)
{
    if (len == 0 || len > SIGNER_NAME_MAX_LEN || !letter_or_digit(name[0])) {
        return false;
    }
    for (size_t i = 1; i < len; i++) {
        const char c = name[i];
        if (!letter_or_digit(c) && c != '.' && c != '_' && c != '-') {
            return false;
        }
    }
    return true;
}
