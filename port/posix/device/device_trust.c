/* SPDX-License-Identifier: MIT
 * What the site says of this device: logged and kept for its owner. The device acts on nothing in
 * it.
 */
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/json_reader.h"
#include "base/wbuf.h"
#include "crypto/crypto.h"
#include "device.h"
#include "ledger/note.h"
#include "posix/log.h"

enum { TOKENS_MAX = 64, ID_CAP = 65, MESSAGE_CAP = 2048, VERSION = 1 };

/* The first reason, with what could forge a line of the log made visible. */
static void read_reason(const struct json_reader *j, char out[DEVICE_TRUST_REASON_CAP])
{
    const int reasons = json_member(j, 0, "reasons");
    if (json_count(j, reasons) < 1 ||
        json_string(j, json_first(j, reasons), out, DEVICE_TRUST_REASON_CAP) < 0) {
        out[0] = '\0';
    }
    for (char *c = out; *c != '\0'; c++) {
        *c = (unsigned char)*c < 0x20 || *c == 0x7f || *c == '"' ? '?' : *c;
    }
}

static bool read_word(const struct device *d, const char *text, size_t len,
                      struct device_trust *trust)
{
    struct json_token tokens[TOKENS_MAX];
    struct json_reader j;
    char id[ID_CAP];
    int64_t version = 0;
    if (json_parse(&j, text, len, tokens, TOKENS_MAX) != E_OK ||
        json_int(&j, json_member(&j, 0, "v"), &version) != E_OK || version != VERSION ||
        json_string(&j, json_member(&j, 0, "id"), id, sizeof id) < 0 ||
        strcmp(id, d->config.device_id) != 0 ||
        json_int(&j, json_member(&j, 0, "unix_ms"), &trust->unix_ms) != E_OK ||
        json_string(&j, json_member(&j, 0, "action"), trust->action, sizeof trust->action) < 1 ||
        strspn(trust->action, "abcdefghijklmnopqrstuvwxyz-") != strlen(trust->action)) {
        return false;
    }
    if (json_int(&j, json_member(&j, 0, "score"), &trust->score_permille) != E_OK) {
        trust->score_permille = -1;
    }
    read_reason(&j, trust->reason);
    trust->known = true;
    return true;
}

/* Of the first line, whose end is at `end`, by the second. */
static bool is_signed(const struct device *d, const char *payload, const char *end, size_t len)
{
    struct ledger_key key;
    uint8_t signature[64];
    char message[MESSAGE_CAP];
    struct wbuf w = wbuf_of(message, sizeof message);
    const size_t rest = (size_t)(payload + len - end) - 1;
    if (ledger_key_parse(d->config.ledger_key, strlen(d->config.ledger_key), &key) != E_OK ||
        rest < 1 || end[rest] != '\n' ||
        base64_decode(end + 1, rest - 1, signature, sizeof signature) != sizeof signature) {
        return false;
    }
    wbuf_str(&w, "wattward/trust/");
    wbuf_str(&w, d->config.device_id);
    wbuf_u8(&w, '\n');
    wbuf_put(&w, payload, (size_t)(end - payload));
    return wbuf_ok(&w) &&
           crypto_ed25519_verify(key.public_key, message, wbuf_len(&w), signature) == E_OK;
}

static void tell(struct device *d)
{
    const struct device_trust *t = &d->trust;
    char score[24] = "unknown";
    if (t->score_permille >= 0) {
        snprintf(score, sizeof score, "%lld", (long long)t->score_permille);
    }
    log_info("trust: action=%s score_permille=%s signature=%s reason=\"%s\"", t->action, score,
             t->is_signed ? "verified" : "unchecked", t->reason);
    if (d->owner.told != NULL) {
        d->owner.told(d->owner.context, t);
    }
}

void device_trust_told(struct device *d, const char *payload, size_t len)
{
    struct device_trust trust = {.known = false};
    const char *end = memchr(payload, '\n', len);
    if (!end || !read_word(d, payload, (size_t)(end - payload), &trust)) {
        log_warn("trust: the site's word cannot be read len=%zu", len);
        return;
    }
    trust.is_signed = d->config.ledger_key[0] != '\0' && is_signed(d, payload, end, len);
    if (d->config.ledger_key[0] != '\0' && !trust.is_signed) {
        log_warn("trust: a word that the site's key did not sign was dropped");
        return;
    }
    if (d->trust.known && trust.unix_ms < d->trust.unix_ms) {
        log_debug("trust: an older word came again");
        return;
    }
    d->trust = trust;
    tell(d);
}
