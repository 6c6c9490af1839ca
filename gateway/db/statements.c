/* SPDX-License-Identifier: MIT */
#include "db/statements.h"

/* A device that was removed keeps its row, so that its readings stay what they were; the same name
 * may then be given again. Readings are named by the key that signed them: a device that lost its
 * memory enrols with a new key and starts to count from one again. */
static const char schema_1[] =
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE devices ("
    " device INTEGER PRIMARY KEY AUTOINCREMENT,"
    " id TEXT NOT NULL,"
    " peak_power_w INTEGER NOT NULL,"
    " added_unix_ms INTEGER NOT NULL,"
    " removed_unix_ms INTEGER,"
    " banned INTEGER NOT NULL DEFAULT 0,"
    " stored INTEGER NOT NULL DEFAULT 0,"
    " refused INTEGER NOT NULL DEFAULT 0);"
    "CREATE UNIQUE INDEX devices_by_id ON devices (id) WHERE removed_unix_ms IS NULL;"
    "CREATE TABLE claim_tokens ("
    " device INTEGER PRIMARY KEY REFERENCES devices,"
    " digest BLOB NOT NULL,"
    " expires_unix_ms INTEGER NOT NULL,"
    " used_unix_ms INTEGER);"
    "CREATE TABLE keys ("
    " key INTEGER PRIMARY KEY AUTOINCREMENT,"
    " device INTEGER NOT NULL REFERENCES devices,"
    " public_key BLOB NOT NULL,"
    " since_unix_ms INTEGER NOT NULL);"
    "CREATE INDEX keys_by_device ON keys (device);"
    "CREATE TABLE certificates ("
    " certificate INTEGER PRIMARY KEY AUTOINCREMENT,"
    " key INTEGER NOT NULL REFERENCES keys,"
    " serial TEXT NOT NULL,"
    " not_after_unix_ms INTEGER NOT NULL,"
    " issued_unix_ms INTEGER NOT NULL,"
    " der BLOB NOT NULL);"
    "CREATE INDEX certificates_by_key ON certificates (key);"
    "CREATE TABLE readings ("
    " reading INTEGER PRIMARY KEY AUTOINCREMENT," /* the order in which they were stored */
    " device INTEGER NOT NULL,"
    " key INTEGER NOT NULL,"
    " boot_epoch INTEGER NOT NULL,"
    " sequence INTEGER NOT NULL,"
    " unix_ms INTEGER NOT NULL,"
    " received_unix_ms INTEGER NOT NULL,"
    " time_quality INTEGER NOT NULL,"
    " form INTEGER NOT NULL," /* 0 COSE, 1 the seed's JSON */
    " signed BLOB NOT NULL,"  /* exactly what was received */
    " production_mw INTEGER, production_mwh INTEGER,"
    " consumption_mw INTEGER, consumption_mwh INTEGER,"
    " grid_import_mw INTEGER, grid_import_mwh INTEGER,"
    " grid_export_mw INTEGER, grid_export_mwh INTEGER,"
    " UNIQUE (key, boot_epoch, sequence));"
    "CREATE INDEX readings_by_time ON readings (device, unix_ms, production_mw, consumption_mw,"
    " grid_import_mw, grid_export_mw);";

/* The ledger: what waits to be written into the log, and which readings are in it. */
static const char schema_2[] =
    "CREATE TABLE ledger_queue (row INTEGER PRIMARY KEY AUTOINCREMENT, entry BLOB NOT NULL);"
    "CREATE TABLE ledger_blocks ("
    " entry INTEGER PRIMARY KEY," /* index in the log */
    " device INTEGER NOT NULL,"
    " last_reading INTEGER NOT NULL);" /* of the device; all its readings up to it are in the log */
    "CREATE INDEX ledger_blocks_by_device ON ledger_blocks (device, last_reading);";

static const char schema_trust[] =
    "CREATE TABLE trust_decisions ("
    " decision INTEGER PRIMARY KEY AUTOINCREMENT,"
    " device INTEGER NOT NULL REFERENCES devices,"
    " unix_ms INTEGER NOT NULL,"
    " kind TEXT NOT NULL,"
    " action TEXT NOT NULL,"
    " before TEXT NOT NULL,"
    " by TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " evidence TEXT,"
    " after_reading INTEGER NOT NULL);" /* the last reading that could have led to it */
    "CREATE INDEX trust_decisions_by_device ON trust_decisions (device, decision);"
    /* The engine comes to the same decisions when it reads the same again. */
    "CREATE UNIQUE INDEX trust_decisions_once ON trust_decisions"
    " (device, unix_ms, kind, action) WHERE by = 'engine';"
    "CREATE TABLE trust_blocks ("
    " device INTEGER NOT NULL, day INTEGER NOT NULL, test INTEGER NOT NULL,"
    " block INTEGER NOT NULL, gate INTEGER NOT NULL, peers INTEGER NOT NULL,"
    " reported_mwh INTEGER NOT NULL, expected_mwh INTEGER NOT NULL,"
    " log10_milli INTEGER NOT NULL,"
    " PRIMARY KEY (device, day, test, block)) WITHOUT ROWID;";

/* Where devices stand; and weather in the order in which it was taken, so that it can be taken
 * again. */
static const char schema_weather[] =
    "ALTER TABLE devices ADD COLUMN latitude_udeg INTEGER;"
    "ALTER TABLE devices ADD COLUMN longitude_udeg INTEGER;"
    "ALTER TABLE devices ADD COLUMN tilt_mdeg INTEGER;"
    "ALTER TABLE devices ADD COLUMN azimuth_mdeg INTEGER;"
    "CREATE TABLE weather_points ("
    " point INTEGER PRIMARY KEY AUTOINCREMENT,"
    " latitude_ddeg INTEGER NOT NULL, longitude_ddeg INTEGER NOT NULL," /* the grid cell */
    " endpoint INTEGER NOT NULL," /* 0 forecast, 1 satellite */
    " end_unix_s INTEGER NOT NULL, step_s INTEGER NOT NULL,"
    " global_mw_m2 INTEGER NOT NULL, direct_normal_mw_m2 INTEGER, diffuse_mw_m2 INTEGER,"
    " air_mc INTEGER,"
    " taken_unix_ms INTEGER NOT NULL,"
    " after_reading INTEGER NOT NULL,"
    " answer_sha256 BLOB NOT NULL);"; /* of the answer that said so */

/* Charging sessions: what a list shows of each, kept up to date with every piece, and the pieces.
 */
static const char schema_sessions[] =
    "CREATE TABLE charge_sessions ("
    " session INTEGER PRIMARY KEY AUTOINCREMENT,"
    " device INTEGER NOT NULL, key INTEGER NOT NULL,"
    " boot_epoch INTEGER NOT NULL, number INTEGER NOT NULL,"
    " plug INTEGER NOT NULL, start_unix_ms INTEGER NOT NULL,"
    " duration_ms INTEGER NOT NULL DEFAULT 0,"
    " protocol TEXT, energy TEXT, car BLOB,"
    " energy_mwh INTEGER NOT NULL DEFAULT 0, peak_mw INTEGER NOT NULL DEFAULT 0,"
    " soc_first INTEGER, soc_last INTEGER," /* the car's lowest and highest: it is charged */
    " ended TEXT, fault TEXT,"
    " n_pieces INTEGER NOT NULL DEFAULT 0,"
    " last_piece INTEGER," /* NULL until it is known */
    " UNIQUE (key, boot_epoch, number));"
    "CREATE INDEX charge_sessions_by_device ON charge_sessions (device, session);"
    "CREATE TABLE session_pieces ("
    " key INTEGER NOT NULL, boot_epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,"
    " session INTEGER NOT NULL, piece INTEGER NOT NULL,"
    " signed BLOB NOT NULL," /* exactly what was received */
    " PRIMARY KEY (key, boot_epoch, sequence),"
    " UNIQUE (session, piece));";

const char *const db_migrations[] = {schema_1, schema_2, schema_trust, schema_weather,
                                     schema_sessions};
const int db_migration_count = sizeof db_migrations / sizeof db_migrations[0];

const char *const db_statement_texts[DB_STATEMENTS] = {
    [DB_CHECK] = "SELECT count(*) FROM settings",
    [DB_SETTING_GET] = "SELECT value FROM settings WHERE name = ?1",
    [DB_SETTING_PUT] = "INSERT INTO settings VALUES (?1, ?2)"
                       " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [DB_DEVICE_ADD] =
        "INSERT INTO devices (id, peak_power_w, added_unix_ms, latitude_udeg, longitude_udeg,"
        " tilt_mdeg, azimuth_mdeg) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [DB_DEVICE_REMOVE] = "UPDATE devices SET removed_unix_ms = ?2 WHERE device = ?1",
    [DB_DEVICE_LIST] =
        "SELECT d.device, d.id, d.peak_power_w, d.banned, d.stored, d.refused,"
        " k.key, k.public_key, c.serial, c.not_after_unix_ms,"
        " d.latitude_udeg, d.longitude_udeg, d.tilt_mdeg, d.azimuth_mdeg"
        " FROM devices d"
        " LEFT JOIN keys k ON k.key = (SELECT max(key) FROM keys WHERE device = d.device)"
        " LEFT JOIN certificates c ON c.certificate ="
        "  (SELECT max(certificate) FROM certificates WHERE key = k.key)"
        " WHERE d.removed_unix_ms IS NULL ORDER BY d.device",
    [DB_DEVICE_ROWS] = "SELECT device FROM devices WHERE device = ?1 OR (?1 = 0 AND id <> ?2)",
    [DB_DEVICE_COUNT] =
        "UPDATE devices SET stored = stored + ?2, refused = refused + ?3 WHERE device = ?1",
    [DB_DEVICE_BAN] = "UPDATE devices SET banned = ?2 WHERE device = ?1",
    [DB_TOKEN_PUT] = "INSERT INTO claim_tokens VALUES (?1, ?2, ?3, NULL)"
                     " ON CONFLICT (device) DO UPDATE SET digest = excluded.digest,"
                     " expires_unix_ms = excluded.expires_unix_ms, used_unix_ms = NULL",
    [DB_TOKEN_GET] =
        "SELECT digest, expires_unix_ms, used_unix_ms FROM claim_tokens WHERE device = ?1",
    [DB_TOKEN_USE] = "UPDATE claim_tokens SET used_unix_ms = ?2 WHERE device = ?1",
    [DB_KEY_ADD] = "INSERT INTO keys (device, public_key, since_unix_ms) VALUES (?1, ?2, ?3)",
    [DB_CERTIFICATE_ADD] =
        "INSERT INTO certificates (key, serial, not_after_unix_ms, issued_unix_ms, der)"
        " VALUES (?1, ?2, ?3, ?4, ?5)",
    [DB_READING_ADD] =
        "INSERT INTO readings (device, key, boot_epoch, sequence, unix_ms, received_unix_ms,"
        " time_quality, form, signed, production_mw, production_mwh, consumption_mw,"
        " consumption_mwh, grid_import_mw, grid_import_mwh, grid_export_mw, grid_export_mwh)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
        " ON CONFLICT (key, boot_epoch, sequence) DO NOTHING",
    [DB_READING_GET] = "SELECT signed FROM readings"
                       " WHERE key = ?1 AND boot_epoch = ?2 AND sequence = ?3",
    [DB_READING_NEWEST] =
        "SELECT signed, form, received_unix_ms, boot_epoch, sequence FROM readings"
        " WHERE key = ?1 ORDER BY boot_epoch DESC, sequence DESC LIMIT 1",
    [DB_LEDGER_QUEUE] = "INSERT INTO ledger_queue (entry) VALUES (?1)",
    [DB_LEDGER_QUEUE_NEXT] =
        "SELECT row, entry FROM ledger_queue WHERE row > ?1 ORDER BY row LIMIT 1",
    [DB_LEDGER_QUEUE_TAKE] =
        "DELETE FROM ledger_queue WHERE row = (SELECT row FROM ledger_queue"
        " WHERE substr(entry, 1, 2) = ?1 AND substr(entry, 11) = ?2 ORDER BY row LIMIT 1)",
    [DB_LEDGER_READINGS] =
        "SELECT r.reading, r.device, d.id, k.public_key, r.boot_epoch, r.sequence, r.unix_ms,"
        " r.form, r.signed FROM readings r JOIN devices d ON d.device = r.device"
        " JOIN keys k ON k.key = r.key WHERE r.reading > ?1 ORDER BY r.reading LIMIT ?2",
    [DB_LEDGER_BLOCK_ADD] = "INSERT INTO ledger_blocks VALUES (?1, ?2, ?3)",
    [DB_LEDGER_BLOCK_LIST] = "SELECT device, max(last_reading) FROM ledger_blocks GROUP BY device",
    [DB_LEDGER_FIND_READINGS] =
        "SELECT r.reading, r.device FROM readings r WHERE r.device ="
        " (SELECT max(device) FROM devices WHERE id = ?1) AND r.reading > coalesce("
        "  (SELECT max(last_reading) FROM ledger_blocks b WHERE b.device = r.device), 0)"
        " ORDER BY r.reading LIMIT 1 OFFSET ?2",
    [DB_LEDGER_BLOCKS_FROM] =
        "SELECT entry FROM ledger_blocks WHERE device = ?1 AND last_reading >= (SELECT reading"
        " FROM readings WHERE key = ?2 AND boot_epoch = ?3 AND sequence = ?4)"
        " ORDER BY last_reading LIMIT ?5",
    [DB_LEDGER_BLOCK_NEWEST] = "SELECT entry FROM ledger_blocks WHERE device = ?1"
                               " ORDER BY last_reading DESC LIMIT 1",
    [DB_READING_TOTAL] = "SELECT count(*) FROM readings",
    [DB_DECISION_ADD] =
        "INSERT INTO trust_decisions (device, unix_ms, kind, action, before, by, reason, evidence,"
        " after_reading)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT coalesce(max(reading), 0) FROM readings))"
        " ON CONFLICT DO NOTHING",
    [DB_DECISION_LIST] = "SELECT unix_ms, kind, action, before, by, reason, evidence"
                         " FROM trust_decisions WHERE device = ?1 ORDER BY decision DESC LIMIT ?2",
    [DB_BLOCK_PUT] = "INSERT OR REPLACE INTO trust_blocks (device, day, test, block, gate, peers,"
                     " reported_mwh, expected_mwh, log10_milli)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [DB_BLOCK_LIST] =
        "SELECT * FROM (SELECT day, test, block, gate, peers, reported_mwh, expected_mwh,"
        " log10_milli FROM trust_blocks WHERE device = ?1"
        " ORDER BY day DESC, test DESC, block DESC LIMIT ?2) ORDER BY day, test, block",
    [DB_BLOCK_LAST_DAY] = "SELECT max(day) FROM trust_blocks",
    [DB_PAST_LIST] =
        "SELECT reading AS place, 0 AS decision, device, key, unix_ms, received_unix_ms,"
        " time_quality, form, production_mw, production_mwh, 0, consumption_mwh, grid_import_mwh,"
        " grid_export_mwh FROM readings"
        " UNION ALL SELECT after_reading, 1, device, 0, unix_ms, unix_ms, 0, 0, 0, 0,"
        " action = 'ban', NULL, NULL, NULL FROM trust_decisions WHERE by = 'operator' AND kind = "
        "'action'"
        " ORDER BY place, decision, unix_ms",
    [DB_WEATHER_ADD] =
        "INSERT INTO weather_points (latitude_ddeg, longitude_ddeg, endpoint, end_unix_s, step_s,"
        " global_mw_m2, direct_normal_mw_m2, diffuse_mw_m2, air_mc, taken_unix_ms, answer_sha256,"
        " after_reading) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
        " (SELECT coalesce(max(reading), 0) FROM readings))",
    [DB_WEATHER_NEXT] =
        "SELECT point, latitude_ddeg, longitude_ddeg, endpoint, end_unix_s, step_s, global_mw_m2,"
        " direct_normal_mw_m2, diffuse_mw_m2, air_mc, taken_unix_ms, after_reading"
        " FROM weather_points WHERE point > ?1 ORDER BY point LIMIT 1",
    [DB_BARRED_LIST] = "SELECT id FROM devices GROUP BY id"
                       " HAVING max(removed_unix_ms IS NULL) = 0"
                       " OR max(removed_unix_ms IS NULL AND banned) = 1",
    [DB_CURVE] =
        "SELECT step, sum(power_mw), count(power_mw) FROM ("
        " SELECT (unix_ms - ?2) / ?4 AS step, CASE ?5 WHEN 0 THEN production_mw"
        "  WHEN 1 THEN consumption_mw WHEN 2 THEN grid_import_mw ELSE grid_export_mw END AS "
        "power_mw"
        " FROM readings WHERE device = ?1 AND unix_ms >= ?2 AND unix_ms < ?3) GROUP BY step",
    [DB_SESSION_PIECE_GET] = "SELECT signed FROM session_pieces"
                             " WHERE key = ?1 AND boot_epoch = ?2 AND sequence = ?3",
    [DB_SESSION_FIND] = "SELECT session FROM charge_sessions"
                        " WHERE key = ?1 AND boot_epoch = ?2 AND number = ?3",
    [DB_SESSION_ADD] = "INSERT INTO charge_sessions (device, key, boot_epoch, number, plug,"
                       " start_unix_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [DB_SESSION_UPDATE] =
        "UPDATE charge_sessions SET duration_ms = max(duration_ms, ?2),"
        " protocol = coalesce(?3, protocol), energy = coalesce(?4, energy),"
        " car = coalesce(?5, car), energy_mwh = max(energy_mwh, ?6), peak_mw = max(peak_mw, ?7),"
        " soc_first = min(coalesce(soc_first, ?8), coalesce(?8, soc_first)),"
        " soc_last = max(coalesce(soc_last, ?9), coalesce(?9, soc_last)),"
        " ended = coalesce(?10, ended), fault = coalesce(fault, ?11),"
        " last_piece = coalesce(?12, last_piece), n_pieces = n_pieces + 1 WHERE session = ?1",
    [DB_SESSION_PIECE_ADD] = "INSERT INTO session_pieces VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [DB_SESSION_PRUNE_PIECES] =
        "DELETE FROM session_pieces WHERE session IN (SELECT session FROM charge_sessions"
        " WHERE device = ?1 ORDER BY session DESC LIMIT -1 OFFSET ?2)",
    [DB_SESSION_PRUNE] =
        "DELETE FROM charge_sessions WHERE session IN (SELECT session FROM charge_sessions"
        " WHERE device = ?1 ORDER BY session DESC LIMIT -1 OFFSET ?2)",
    [DB_SESSION_COUNT] = "SELECT count(*) FROM charge_sessions WHERE device = ?1",
    [DB_SESSION_LIST] =
        "SELECT session, plug, start_unix_ms, duration_ms, protocol, energy, car, energy_mwh,"
        " peak_mw, soc_first, soc_last, ended, fault, last_piece IS NOT NULL AND"
        " n_pieces = last_piece + 1 FROM charge_sessions"
        " WHERE device = ?1 AND (?2 = 0 OR session = ?2) ORDER BY session DESC LIMIT ?3",
    [DB_SESSION_PIECES] = "SELECT signed FROM session_pieces WHERE session = ?1 ORDER BY piece",
};
