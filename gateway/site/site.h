/* SPDX-License-Identifier: MIT
 * What the parts of the gateway share: the site's devices, counters and health. main.c fills it in;
 * the page, the metrics and the control socket read it and change it through the verbs below.
 */
#ifndef SITE_SITE_H
#define SITE_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "enrol/est.h"
#include "ingest/ingest.h"
#include "ledger/action.h"
#include "site/fleet.h"

enum {
    SITE_NAME_CAP = 65,
    SITE_PATH_CAP = 512,
    SITE_DEVICES_MAX = 100000,
    SITE_PEAK_POWER_MAX_W = 100000000
};

struct ledger_book;
struct weather_client;
struct market_account;

struct site {
    char name[SITE_NAME_CAP];
    int utc_offset_min;            /* of the site's standard time, east positive */
    char ca_path[SITE_PATH_CAP];   /* the CA's certificate, for devices */
    char bans_path[SITE_PATH_CAP]; /* the broker's list; "" without a broker */
    struct db *db;
    const struct weather_client *weather; /* NULL: none is asked for */
    struct trust_site *trust;             /* NULL: nothing is judged, in tests */
    struct fleet fleet;
    struct ingest *ingest;
    bool broker_up; /* we are connected and subscribed */
    bool signer_up;
    uint32_t broker_starts;
    struct est *est;
    struct ledger_book *ledger;      /* NULL: this site writes none */
    struct ledger_operator operator; /* his key, and the number of his last action */
    uint64_t clock_jumps;            /* of the wall clock, since the start */
    uint64_t operator_refused;       /* actions that were not his, or not new */
    struct market_account *account;  /* as far as somebody asked; NULL before */
    uint64_t started_ms;
    /* Gives our servers new certificates. NULL in tests. */
    int (*renew)(void *context);
    void *renew_context;
};

/* Loads the devices and their newest readings from the database. */
int site_load(struct site *site) MUST_USE;

/* Every verb returns E_OK or an error and then a sentence in `why`. */
enum { SITE_WHY_CAP = 200 };
struct site_result {
    char why[SITE_WHY_CAP];
    char token[CLAIM_TOKEN_CAP];
    int64_t expires_unix_ms; /* of the token, real time */
};
int site_device_add(struct site *site, const char *id, int64_t peak_power_w,
                    struct site_result *result) MUST_USE;
/* Where it stands stays as it was told: what was judged by it must come out the same again. */
int site_device_add_at(struct site *site, const char *id, int64_t peak_power_w,
                       const struct weather_place *place, struct site_result *result) MUST_USE;
/* A new claim token in place of the old one. */
int site_device_token(struct site *site, const char *id, struct site_result *result) MUST_USE;
int site_device_remove(struct site *site, const char *id, struct site_result *result) MUST_USE;

/* What enrolment asks and tells: devices and their claims are ours. */
struct est_registry site_registry(struct site *site);

/* A new operator's password, kept as a hash. */
int site_password_renew(struct site *site, char *password, size_t cap) MUST_USE;
/* E_NOTFOUND when there is none yet. */
int site_password_hash(struct site *site, char *hash, size_t cap) MUST_USE;

/* NULL when everything works, else the first thing that does not. */
const char *site_trouble(struct site *site);

#endif
