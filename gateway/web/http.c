/* SPDX-License-Identifier: MIT */
#include "web/http.h"

#include <stdlib.h>

#include "base/json_writer.h"

struct wbuf web_answer_begin(struct web_response *r, size_t cap)
{
    free(r->owned);
    r->owned = malloc(cap);
    return wbuf_of(r->owned, r->owned ? cap : 0);
}

void web_answer_end(struct web_response *r, const struct wbuf *w, int status,
                    const char *content_type)
{
    if (!wbuf_ok(w)) {
        static const uint8_t sentence[] = "{\"error\":\"the answer does not fit in memory\"}";
        r->status = 500;
        r->content_type = "application/json";
        r->body = sentence;
        r->body_len = sizeof sentence - 1;
        return;
    }
    r->status = status;
    r->content_type = content_type;
    r->body = r->owned;
    r->body_len = wbuf_len(w);
}

void web_answer_error(struct web_response *r, int status, const char *sentence)
{
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, 512);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    json_field_string(&j, "error", sentence);
    json_end(&j);
    web_answer_end(r, &w, status, "application/json");
}
