/* SPDX-License-Identifier: MIT */
#include "web/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "db/sessions.h"
#include "web/device_json.h"

#define JSON "application/json"
enum {
    LIST_MAX = 100,
    SESSION_JSON_CAP = 512, /* of one without its rows */
    JSON_PER_ROW_BYTE = 9,  /* a row is at most so many times longer in JSON */
    SAMPLES_MAX = 4096,
    CAR_HEX_CAP = 2 * TELEMETRY_CAR_ID_MAX_LEN + 1
};

/* ---- the facts of a session ---- */

static void put_text(struct json_writer *j, const char *name, const char *text, const char *missing)
{
    if (text != NULL || missing != NULL) {
        json_field_string(j, name, text != NULL ? text : missing);
    } else {
        json_key(j, name);
        json_put_null(j);
    }
}

static void put_car(struct json_writer *j, const struct db_session *s)
{
    static const char digits[] = "0123456789ABCDEF";
    char hex[CAR_HEX_CAP];
    size_t n = 0;
    for (; n < s->car_len && n < TELEMETRY_CAR_ID_MAX_LEN; n++) {
        hex[2 * n] = digits[s->car[n] >> 4];
        hex[2 * n + 1] = digits[s->car[n] & 15];
    }
    hex[2 * n] = 0;
    put_text(j, "car", n > 0 ? hex : NULL, NULL);
}

static void put_session(struct json_writer *j, const struct db_session *s)
{
    json_field_int(j, "session", s->session);
    json_field_int(j, "start_unix_ms", s->start_unix_ms);
    json_field_int(j, "duration_ms", s->duration_ms);
    json_field_int(j, "plug", s->plug);
    put_text(j, "protocol", s->protocol, "unknown");
    put_text(j, "energy", s->energy, "unknown");
    put_car(j, s);
    json_field_int(j, "energy_wh", s->energy_mwh / 1000);
    json_field_int(j, "peak_w", s->peak_mw / 1000);
    web_put_known_int(j, "soc_first_pct", s->soc_first_pct >= 0, s->soc_first_pct);
    web_put_known_int(j, "soc_last_pct", s->soc_last_pct >= 0, s->soc_last_pct);
    put_text(j, "ended", s->ended, NULL);
    put_text(j, "fault", s->fault, NULL);
    json_field_bool(j, "complete", s->complete);
}

static void put_facts(void *context, const struct db_session *s)
{
    struct json_writer *j = context;
    put_session(j, s);
}

static void put_listed(void *context, const struct db_session *s)
{
    struct json_writer *j = context;
    json_begin_object(j);
    put_session(j, s);
    json_end(j);
}

void web_sessions_respond(struct site *site, const struct fleet_device *device,
                          struct web_response *r)
{
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, LIST_MAX * SESSION_JSON_CAP + 64);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    json_key(&j, "sessions");
    json_begin_array(&j);
    const int n = db_session_list(site->db, device->row, 0, LIST_MAX, put_listed, &j);
    json_end(&j);
    json_end(&j);
    web_answer_end(r, &w, 200, JSON);
    if (n < 0) {
        web_answer_error(r, 503, db_reason(site->db));
    }
}

/* ---- the rows ---- */

/* All pieces of a session; they are read for every kind of row. */
struct record {
    uint8_t *bytes; /* from malloc, of all messages */
    size_t len, cap;
    size_t piece_len[TELEMETRY_PIECES_MAX];
    size_t n;
    size_t rows_len;
    bool failed;
};

static void keep_piece(void *context, const uint8_t *bytes, size_t len)
{
    struct record *record = context;
    if (record->n == TELEMETRY_PIECES_MAX || record->failed) {
        return;
    }
    if (record->cap - record->len < len) {
        const size_t cap = record->cap * 2 + TELEMETRY_PIECE_MAX_LEN;
        uint8_t *grown = realloc(record->bytes, cap);
        if (grown == NULL) {
            record->failed = true;
            return;
        }
        record->bytes = grown;
        record->cap = cap;
    }
    memcpy(record->bytes + record->len, bytes, len);
    record->len += len;
    record->piece_len[record->n++] = len;
    record->rows_len += len;
}

static void each_row(const struct record *record, enum telemetry_row_kind kind,
                     void (*each)(void *context, const struct telemetry_session_row *row),
                     void *context)
{
    size_t at = 0;
    for (size_t i = 0; i < record->n; i++) {
        struct telemetry_session_envelope e;
        struct telemetry_session_row row;
        if (telemetry_session_decode(record->bytes + at, record->piece_len[i], &e) == E_OK) {
            struct telemetry_session_rows rows = telemetry_session_rows_of(&e.piece);
            while (telemetry_session_next_row(&rows, &row)) {
                if (row.kind == kind) {
                    each(context, &row);
                }
            }
        }
        at += record->piece_len[i];
    }
}

struct samples {
    struct json_writer *j;
    size_t n, stride;
};

static void count_sample(void *context, const struct telemetry_session_row *row)
{
    struct samples *s = context;
    (void)row;
    s->n++;
}

static void put_sample(void *context, const struct telemetry_session_row *row)
{
    struct samples *s = context;
    if (s->n++ % s->stride != 0) {
        return;
    }
    json_begin_array(s->j);
    json_put_int(s->j, row->t_ms);
    json_put_int(s->j, row->mv);
    json_put_int(s->j, row->ma);
    if (row->soc_pct >= 0) {
        json_put_int(s->j, row->soc_pct);
    } else {
        json_put_null(s->j);
    }
    json_end(s->j);
}

static void put_samples(struct json_writer *j, const struct record *record)
{
    struct samples s = {.j = j};
    each_row(record, TELEMETRY_ROW_SAMPLE, count_sample, &s);
    s.stride = s.n / SAMPLES_MAX + 1;
    s.n = 0;
    json_key(j, "samples");
    json_begin_array(j);
    each_row(record, TELEMETRY_ROW_SAMPLE, put_sample, &s);
    json_end(j);
}

struct words {
    struct json_writer *j;
    const char *name, *detail_name; /* NULL: there is none */
};

static void put_word(void *context, const struct telemetry_session_row *row)
{
    const struct words *words = context;
    json_begin_object(words->j);
    json_field_int(words->j, "t_ms", row->t_ms);
    json_key(words->j, words->name);
    json_put_text(words->j, row->word.text, row->word.len);
    if (words->detail_name != NULL) {
        json_key(words->j, words->detail_name);
        json_put_text(words->j, row->detail.text, row->detail.len);
    }
    json_end(words->j);
}

static void put_rows(struct json_writer *j, const struct record *record)
{
    static const struct {
        const char *list, *name, *detail_name;
        enum telemetry_row_kind kind;
    } lists[] = {{"states", "state", NULL, TELEMETRY_ROW_STATE},
                 {"phases", "phase", NULL, TELEMETRY_ROW_PHASE},
                 {"messages", "message", "answer", TELEMETRY_ROW_MESSAGE},
                 {"faults", "fault", NULL, TELEMETRY_ROW_FAULT}};
    put_samples(j, record);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct words words = {.j = j, .name = lists[i].name, .detail_name = lists[i].detail_name};
        json_key(j, lists[i].list);
        json_begin_array(j);
        each_row(record, lists[i].kind, put_word, &words);
        json_end(j);
    }
}

void web_session_respond(struct site *site, const struct fleet_device *device, int64_t session,
                         struct web_response *r)
{
    struct record record = {.bytes = NULL};
    struct json_writer j;
    int result = db_session_pieces(site->db, session, keep_piece, &record);
    struct wbuf w = web_answer_begin(r, SESSION_JSON_CAP + record.rows_len * JSON_PER_ROW_BYTE);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    if (result == E_OK && !record.failed) {
        result = db_session_list(site->db, device->row, session, 1, put_facts, &j);
        put_rows(&j, &record);
    }
    json_end(&j);
    web_answer_end(r, &w, 200, JSON);
    free(record.bytes);
    if (result == 0) {
        web_answer_error(r, 404, "there is no such session");
    } else if (result < 0 || record.failed) {
        web_answer_error(r, 503, "the session cannot be read");
    }
}
