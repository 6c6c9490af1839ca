/* SPDX-License-Identifier: MIT */
#include "enrol/seed_form.h"

#include <string.h>

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "enrol/certificate.h"
#include "enrol/csr_text.h"

enum { MAX_TOKENS = 64, PEM_CAP = 8192, PEAK_DECIMALS = 9, CERTIFICATE_PEM_CAP = 4096 };

/* More than any roof has; it also keeps the scaled number in its range. */
static const int64_t peak_max_w = 1000000000;
static const int64_t peak_scale = 1000000000;

static void strip(char *text)
{
    static const char blanks[] = " \t\r\n";
    const size_t lead = strspn(text, blanks);
    size_t len = strlen(text);
    memmove(text, text + lead, len - lead + 1);
    len -= lead;
    while (len > 0 && strchr(blanks, text[len - 1]) != NULL) {
        text[--len] = '\0';
    }
}

static const char *read_device_id(struct seed_form *form, const struct json_reader *r)
{
    char text[128 + 1]; /* the seed's own bound */
    if (json_string(r, json_member(r, 0, "device_id"), text, sizeof text) < 0) {
        return "device_id must be a text";
    }
    strip(text);
    if (strlen(text) == 0 || strlen(text) >= sizeof form->device_id) {
        return "device_id must have 1 to 64 characters";
    }
    memcpy(form->device_id, text, strlen(text) + 1);
    return NULL;
}

static const char *read_peak_power(struct seed_form *form, const struct json_reader *r)
{
    int64_t scaled = 0;
    if (json_decimal(r, json_member(r, 0, "peak_power"), PEAK_DECIMALS, &scaled) != E_OK ||
        scaled <= 0 || scaled / peak_scale > peak_max_w) {
        return "peak_power must be a number of watts above zero";
    }
    const int64_t rounded = scaled / peak_scale + (scaled % peak_scale >= peak_scale / 2);
    form->peak_power_w = rounded > 0 ? rounded : 1;
    return NULL;
}

static const char *read_csr(struct seed_form *form, const struct json_reader *r)
{
    char pem[PEM_CAP];
    const int len = json_string(r, json_member(r, 0, "csr"), pem, sizeof pem);
    if (len < 0) {
        return "csr must be a text";
    }
    form->csr_len = csr_text_decode((const uint8_t *)pem, (size_t)len, form->csr, sizeof form->csr);
    return NULL;
}

static const char *read_token(struct seed_form *form, const struct json_reader *r)
{
    const int token = json_member(r, 0, "bootstrap_token");
    if (token == JSON_ABSENT) {
        return NULL;
    }
    return json_string(r, token, form->token, sizeof form->token) >= 0
               ? NULL
               : "bootstrap_token must be a text of a claim token's length";
}

int seed_form_read(struct seed_form *form, const uint8_t *body, size_t len, const char **complaint)
{
    static const char *(*const readers[])(struct seed_form *, const struct json_reader *) = {
        read_device_id, read_csr, read_peak_power, read_token};
    struct json_token tokens[MAX_TOKENS];
    struct json_reader r;
    *form = (struct seed_form){.csr_len = 0};
    if (len == 0 || json_parse(&r, (const char *)body, len, tokens, MAX_TOKENS) != E_OK ||
        json_type_of(&r, 0) != JSON_OBJECT) {
        *complaint = "the body is not a JSON object";
        return E_MALFORMED;
    }
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        const char *wrong = readers[i](form, &r);
        if (wrong != NULL) {
            *complaint = wrong;
            return E_MALFORMED;
        }
    }
    return E_OK;
}

static void put_pem(struct json_writer *json, const char *name, const uint8_t *der, size_t len)
{
    char pem[CERTIFICATE_PEM_CAP];
    struct wbuf w = wbuf_of(pem, sizeof pem);
    certificate_put_pem(&w, der, len);
    json_key(json, name);
    json_put_text(json, pem, wbuf_len(&w));
}

void seed_form_put_success(struct wbuf *w, const struct seed_certificates *certificates)
{
    struct json_writer json;
    json_writer_init(&json, w);
    json_begin_object(&json);
    json_field_string(&json, "status", "success");
    put_pem(&json, "certificate", certificates->device_der, certificates->device_len);
    put_pem(&json, "ca_certificate", certificates->ca_der, certificates->ca_len);
    json_end(&json);
}

void seed_form_put_error(struct wbuf *w, const char *sentence)
{
    struct json_writer json;
    json_writer_init(&json, w);
    json_begin_object(&json);
    json_field_string(&json, "error", sentence);
    json_end(&json);
}
