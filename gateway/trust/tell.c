/* SPDX-License-Identifier: MIT
 * What a device is told: docs/spec/trust-feedback.md.
 */
#include <string.h>

#include "base/json_writer.h"
#include "db/decisions.h"
#include "site/site.h"
#include "trust/explain.h"
#include "trust/feedback.h"
#include "trust/place.h"

enum { TOLD_AT_ONCE = 20 };

static void add_reason(void *context, const struct db_decision *decision)
{
    struct json_writer *j = context;
    json_put_string(j, decision->reason);
}

size_t trust_feedback_write(const struct trust_site *t, const struct fleet_device *device,
                            int64_t unix_ms, char *out, size_t cap)
{
    struct wbuf w = wbuf_of(out, cap);
    struct json_writer j;
    const struct trust_view view = trust_site_view(t, device);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    json_field_int(&j, "v", 1);
    json_field_string(&j, "id", device->id);
    json_field_int(&j, "unix_ms", unix_ms);
    json_field_string(&j, "action", trust_action_name(view.action));
    json_key(&j, "score");
    if (view.judged) {
        json_put_int(&j, view.reputation_permille);
    } else {
        json_put_null(&j);
    }
    json_key(&j, "log10_e");
    json_put_decimal(&j, view.log10_milli, 3);
    json_key(&j, "reasons");
    json_begin_array(&j);
    if (db_decision_list(t->config.site->db, device->row, 1, add_reason, &j) != E_OK) {
        wbuf_fail(&w);
    }
    json_end(&j);
    json_end(&j);
    return wbuf_len(&w);
}

void trust_site_tell_all(struct trust_site *t)
{
    for (size_t i = 0; i < t->cap; i++) {
        t->places[i].tell = t->places[i].device != NULL;
    }
}

void trust_tell(struct trust_site *t, int64_t now_unix_ms)
{
    unsigned n = 0;
    if (!t->config.tell) {
        return;
    }
    for (size_t step = 0; step < t->cap && n < TOLD_AT_ONCE; step++) {
        char text[TRUST_FEEDBACK_CAP];
        struct trust_place *p = &t->places[t->tell_cursor];
        t->tell_cursor = (t->tell_cursor + 1) % t->cap;
        if (!p->tell || !p->device) {
            continue;
        }
        n++;
        const size_t len = trust_feedback_write(t, p->device, now_unix_ms, text, sizeof text);
        if (len > 0 && t->config.tell(t->config.context, p->device->id, text, len)) {
            p->tell = false;
            t->counts.told++;
        }
    }
}
