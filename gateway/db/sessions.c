/* SPDX-License-Identifier: MIT */
#include "db/sessions.h"

#include <string.h>

#include "base/assert.h"
#include "db/statements.h"

/* What the rows of one piece add to what a list shows. */
struct facts {
    int64_t duration_ms, energy_mwh, peak_mw;
    int soc_first, soc_last; /* -1: not known */
    struct telemetry_word protocol, energy, ended, fault;
    const uint8_t *car;
    size_t car_len;
};

static void note_sample(struct facts *f, const struct telemetry_session_row *row)
{
    const int64_t mw = (int64_t)row->mv * row->ma / 1000;
    f->energy_mwh = row->energy_mwh > f->energy_mwh ? row->energy_mwh : f->energy_mwh;
    f->peak_mw = mw > f->peak_mw ? mw : f->peak_mw;
    if (row->soc_pct >= 0) {
        f->soc_first =
            f->soc_first < 0 || row->soc_pct < f->soc_first ? row->soc_pct : f->soc_first;
        f->soc_last = row->soc_pct > f->soc_last ? row->soc_pct : f->soc_last;
    }
}

static struct facts facts_of(const struct telemetry_session_piece *piece)
{
    struct facts f = {.soc_first = -1, .soc_last = -1};
    struct telemetry_session_rows rows = telemetry_session_rows_of(piece);
    struct telemetry_session_row row;
    while (telemetry_session_next_row(&rows, &row)) {
        f.duration_ms = row.t_ms;
        if (row.kind == TELEMETRY_ROW_SAMPLE) {
            note_sample(&f, &row);
        } else if (row.kind == TELEMETRY_ROW_CAR) {
            f.protocol = row.word;
            f.energy = row.detail;
            f.car = row.car_id;
            f.car_len = row.car_id_len;
        } else if (row.kind == TELEMETRY_ROW_END) {
            f.ended = row.word;
        } else if (row.kind == TELEMETRY_ROW_FAULT && f.fault.len == 0) {
            f.fault = row.word;
        }
    }
    return f;
}

int db_session_piece_get(struct db *db, int64_t key, uint32_t boot_epoch, uint32_t sequence,
                         uint8_t *out, size_t cap)
{
    sqlite3_stmt *s = db_statement(db, DB_SESSION_PIECE_GET);
    sqlite3_bind_int64(s, 1, key);
    sqlite3_bind_int64(s, 2, boot_epoch);
    sqlite3_bind_int64(s, 3, sequence);
    const int step = sqlite3_step(s);
    int result = step == SQLITE_DONE ? E_NOTFOUND : E_NOSPACE;
    if (step == SQLITE_ROW && (size_t)sqlite3_column_bytes(s, 0) <= cap) {
        result = sqlite3_column_bytes(s, 0);
        memcpy(out, sqlite3_column_blob(s, 0), (size_t)result);
    } else if (step != SQLITE_ROW && step != SQLITE_DONE) {
        result = db_failed(db);
    }
    sqlite3_reset(s);
    return result;
}

/* The session's row, made when this is the first that comes of it. */
static int64_t session_of(struct db *db, const struct db_session_piece *p, bool *is_new)
{
    sqlite3_stmt *s = db_statement(db, DB_SESSION_FIND);
    sqlite3_bind_int64(s, 1, p->key);
    sqlite3_bind_int64(s, 2, p->piece->boot_epoch);
    sqlite3_bind_int64(s, 3, p->piece->session);
    const int step = sqlite3_step(s);
    const int64_t found = step == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_reset(s);
    if (step != SQLITE_DONE) {
        return step == SQLITE_ROW ? found : db_failed(db);
    }
    s = db_statement(db, DB_SESSION_ADD);
    sqlite3_bind_int64(s, 1, p->device);
    sqlite3_bind_int64(s, 2, p->key);
    sqlite3_bind_int64(s, 3, p->piece->boot_epoch);
    sqlite3_bind_int64(s, 4, p->piece->session);
    sqlite3_bind_int(s, 5, p->piece->plug);
    sqlite3_bind_int64(s, 6, p->piece->start_unix_ms);
    *is_new = true;
    return db_run(db, s) == E_OK ? sqlite3_last_insert_rowid(db->handle) : E_IO;
}

static void bind_word(sqlite3_stmt *s, int parameter, const struct telemetry_word *word)
{
    if (word->len > 0) {
        sqlite3_bind_text(s, parameter, word->text, (int)word->len, SQLITE_STATIC);
    }
}

static void bind_soc(sqlite3_stmt *s, int parameter, int soc_pct)
{
    if (soc_pct >= 0) {
        sqlite3_bind_int(s, parameter, soc_pct);
    }
}

static int update(struct db *db, int64_t session, const struct telemetry_session_piece *piece)
{
    const struct facts f = facts_of(piece);
    sqlite3_stmt *s = db_statement(db, DB_SESSION_UPDATE);
    sqlite3_bind_int64(s, 1, session);
    sqlite3_bind_int64(s, 2, f.duration_ms);
    bind_word(s, 3, &f.protocol);
    bind_word(s, 4, &f.energy);
    if (f.car_len > 0) {
        sqlite3_bind_blob(s, 5, f.car, (int)f.car_len, SQLITE_STATIC);
    }
    sqlite3_bind_int64(s, 6, f.energy_mwh);
    sqlite3_bind_int64(s, 7, f.peak_mw);
    bind_soc(s, 8, f.soc_first);
    bind_soc(s, 9, f.soc_last);
    bind_word(s, 10, &f.ended);
    bind_word(s, 11, &f.fault);
    if (piece->is_last) {
        sqlite3_bind_int(s, 12, piece->piece);
    }
    return db_run(db, s);
}

static int prune(struct db *db, int64_t device)
{
    static const enum db_statement steps[] = {DB_SESSION_PRUNE_PIECES, DB_SESSION_PRUNE};
    int result = E_OK;
    for (size_t i = 0; result == E_OK && i < sizeof steps / sizeof steps[0]; i++) {
        sqlite3_stmt *s = db_statement(db, steps[i]);
        sqlite3_bind_int64(s, 1, device);
        sqlite3_bind_int(s, 2, DB_SESSIONS_KEPT);
        result = db_run(db, s);
    }
    return result;
}

static int add_piece(struct db *db, const struct db_session_piece *p, int64_t session)
{
    sqlite3_stmt *s = db_statement(db, DB_SESSION_PIECE_ADD);
    sqlite3_bind_int64(s, 1, p->key);
    sqlite3_bind_int64(s, 2, p->piece->boot_epoch);
    sqlite3_bind_int64(s, 3, p->piece->sequence);
    sqlite3_bind_int64(s, 4, session);
    sqlite3_bind_int(s, 5, p->piece->piece);
    sqlite3_bind_blob(s, 6, p->bytes, (int)p->len, SQLITE_STATIC);
    const int step = sqlite3_step(s);
    sqlite3_reset(s);
    if (step == SQLITE_CONSTRAINT) {
        return E_STATE;
    }
    return step == SQLITE_DONE ? E_OK : db_failed(db);
}

int db_session_piece_add(struct db *db, const struct db_session_piece *p)
{
    ASSERT(db_in_transaction(db));
    bool is_new = false;
    const int64_t session = session_of(db, p, &is_new);
    if (session < 0) {
        return (int)session;
    }
    int result = add_piece(db, p, session);
    if (result == E_OK) {
        result = update(db, session, p->piece);
    }
    return result == E_OK && is_new ? prune(db, p->device) : result;
}

int64_t db_session_count(struct db *db, int64_t device)
{
    sqlite3_stmt *s = db_statement(db, DB_SESSION_COUNT);
    sqlite3_bind_int64(s, 1, device);
    const int64_t n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : db_failed(db);
    sqlite3_reset(s);
    return n;
}

static int soc_of(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) == SQLITE_NULL ? -1 : sqlite3_column_int(s, column);
}

static struct db_session session_of_row(sqlite3_stmt *s)
{
    return (struct db_session){.session = sqlite3_column_int64(s, 0),
                               .plug = sqlite3_column_int(s, 1),
                               .start_unix_ms = sqlite3_column_int64(s, 2),
                               .duration_ms = sqlite3_column_int64(s, 3),
                               .protocol = (const char *)sqlite3_column_text(s, 4),
                               .energy = (const char *)sqlite3_column_text(s, 5),
                               .car = sqlite3_column_blob(s, 6),
                               .car_len = (size_t)sqlite3_column_bytes(s, 6),
                               .energy_mwh = sqlite3_column_int64(s, 7),
                               .peak_mw = sqlite3_column_int64(s, 8),
                               .soc_first_pct = soc_of(s, 9),
                               .soc_last_pct = soc_of(s, 10),
                               .ended = (const char *)sqlite3_column_text(s, 11),
                               .fault = (const char *)sqlite3_column_text(s, 12),
                               .complete = sqlite3_column_int(s, 13) != 0};
}

int db_session_list(struct db *db, int64_t device, int64_t session, int max,
                    void (*each)(void *context, const struct db_session *session), void *context)
{
    sqlite3_stmt *s = db_statement(db, DB_SESSION_LIST);
    int n = 0;
    int step;
    sqlite3_bind_int64(s, 1, device);
    sqlite3_bind_int64(s, 2, session);
    sqlite3_bind_int(s, 3, max);
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        const struct db_session row = session_of_row(s);
        each(context, &row);
        n++;
    }
    const int result = step == SQLITE_DONE ? n : db_failed(db);
    sqlite3_reset(s);
    return result;
}

int db_session_pieces(struct db *db, int64_t session,
                      void (*each)(void *context, const uint8_t *bytes, size_t len), void *context)
{
    sqlite3_stmt *s = db_statement(db, DB_SESSION_PIECES);
    int step;
    sqlite3_bind_int64(s, 1, session);
    while ((step = sqlite3_step(s)) == SQLITE_ROW) {
        each(context, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
    }
    const int result = step == SQLITE_DONE ? E_OK : db_failed(db);
    sqlite3_reset(s);
    return result;
}
