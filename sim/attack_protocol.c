/* SPDX-License-Identifier: MIT
 * Attacks on the protocol: against a gateway of their own with its broker, over mutual TLS, and the
 * same against the original's gateway (attack_seed.h). Each has a victim and a thief of its own on
 * the one site.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack.h"
#include "attack_seed.h"
#include "attack_site.h"
#include "base/wbuf.h"
#include "crypto/crypto.h"
#include "posix/clock.h"

enum { TRIES = 100, FLOOD = 20000, FLOOD_LEN = 256, JUMP_S = 86400, FORGED_WH = 5000 };

/* One attack while it is played. */
struct play {
    struct attack_site *site;
    struct attack_device victim;
    struct attack_device thief;
    char of_victim[80]; /* topics */
    char of_thief[80];
    uint8_t message[TELEMETRY_READING_MAX_LEN];
    struct attack_counts before;
    uint64_t began_ms;
    unsigned tries;
    unsigned n_probes; /* honest readings since `before` */
    struct seed_gateway seed;
    char text[SEED_MESSAGE_CAP];
};

static struct attack_site *site; /* one for all attacks of this process */

static void begin(struct play *p, const struct attack *a)
{
    char id[48];
    memset(p, 0, sizeof *p);
    if (site == NULL) {
        site = attack_site_open();
        (void)atexit(attack_protocol_end); /* also when an attack cannot go on */
    }
    p->site = site;
    snprintf(id, sizeof id, "%s-victim", a->name);
    attack_site_enrol(site, &p->victim, id);
    snprintf(id, sizeof id, "%s-thief", a->name);
    attack_site_enrol(site, &p->thief, id);
    snprintf(p->of_victim, sizeof p->of_victim, "wattward/readings/%s", p->victim.id);
    snprintf(p->of_thief, sizeof p->of_thief, "wattward/readings/%s", p->thief.id);
    seed_gateway_init(&p->seed);
    seed_gateway_enrol(&p->seed, "victim", p->victim.public_key);
    seed_gateway_enrol(&p->seed, "thief", p->thief.public_key);
}

/* Both are in their sessions, and heard; else `out` says so. */
static bool meet(struct play *p, struct attack_outcome *out)
{
    const bool met = attack_site_connect(p->site, &p->victim) &&
                     attack_site_connect(p->site, &p->thief) && attack_probe(&p->victim) &&
                     attack_probe(&p->thief);
    p->before = attack_site_counts(p->site);
    p->began_ms = posix_clock_mono_ms();
    if (!met) {
        snprintf(out->detected, sizeof out->detected, "victim and thief could not connect");
        out->defended = false;
        attack_site_disconnect(&p->victim);
        attack_site_disconnect(&p->thief);
    }
    return met;
}

static void try_message(struct play *p, struct attack_device *d, const char *topic, size_t len)
{
    attack_publish(d, topic, p->message, len);
    p->tries++;
}

/* ---- what came of it ---- */

static void add(struct wbuf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct wbuf *out, const char *format, ...)
{
    char text[ATTACK_TEXT_CAP];
    va_list arguments;
    va_start(arguments, format);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, in the line above
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    wbuf_str(out, text);
}

static void add_refusals(struct wbuf *out, const struct attack_counts *before,
                         const struct attack_counts *after)
{
    for (int i = 0; i < after->n_reasons; i++) {
        const int64_t n = after->by_reason[i] - before->by_reason[i];
        if (n > 0) {
            add(out, ", %" PRId64 " refused (%s)", n, after->reasons[i]);
        }
    }
}

static void add_time(struct wbuf *out, uint64_t took_ms)
{
    if (took_ms < 1000) {
        add(out, "within a second");
    } else {
        add(out, "within %" PRIu64 " s", took_ms / 1000 + 1);
    }
}

/* True when the victim is heard as ever, and nothing is held against it. */
static bool victim_is_unhurt(struct play *p)
{
    char state[32];
    p->n_probes += p->victim.is_up;
    const bool heard = p->victim.is_up && attack_probe(&p->victim);
    attack_site_state(p->site, p->victim.id, state);
    return heard && strcmp(state, "active") == 0 && p->victim.n_heard == 0;
}

/* The thief's own honest reading comes behind everything that it tried. */
static int64_t conclude(struct play *p, struct attack_outcome *out, const char *more)
{
    struct wbuf w = wbuf_of(out->detected, sizeof out->detected - 1);
    p->n_probes += p->thief.is_up;
    const bool looked_at = !p->thief.is_up || attack_probe(&p->thief);
    const uint64_t took_ms = posix_clock_mono_ms() - p->began_ms;
    const bool unhurt = victim_is_unhurt(p);
    const struct attack_counts after = attack_site_counts(p->site);
    const int64_t taken = after.stored - p->before.stored - p->n_probes;
    const int64_t repeated = after.duplicates - p->before.duplicates;
    const int64_t seen = taken + repeated + after.refused - p->before.refused;
    add_time(&w, took_ms);
    add(&w, ": ");
    if ((int64_t)p->tries > seen) {
        add(&w, "%" PRId64 " of %u stopped by the broker", (int64_t)p->tries - seen, p->tries);
    } else {
        add(&w, "all %u seen", p->tries);
    }
    add_refusals(&w, &p->before, &after);
    if (repeated > 0) {
        add(&w, ", %" PRId64 " known again", repeated);
    }
    add(&w, "; %" PRId64 " taken; %s%s", taken, more,
        unhurt ? "the victim is unhurt" : "VICTIM HURT");
    out->detected[wbuf_len(&w)] = '\0';
    snprintf(out->earned, sizeof out->earned, taken == 0 ? "nothing" : "%" PRId64 " readings",
             taken);
    out->defended = looked_at && unhurt && taken == 0;
    attack_site_disconnect(&p->victim);
    attack_site_disconnect(&p->thief);
    return taken;
}

/* Of the original's gateway, after `tries` messages. */
static void conclude_seed(struct play *p, unsigned tries, struct attack_outcome *out)
{
    const struct seed_gateway *g = &p->seed;
    const char *hurt = seed_gateway_banned(g, "victim") ? "; the victim is banned" : "";
    snprintf(out->seed_detected, sizeof out->seed_detected, "%" PRIu64 " of %u taken%s", g->n_taken,
             tries, hurt);
    snprintf(out->seed_earned, sizeof out->seed_earned,
             g->credited_wh == 0 ? "nothing" : "%.0f kWh", (double)g->credited_wh / 1000);
}

/* The same message `n` times to the original, one every `step_s`. */
static void repeat_to_seed(struct play *p, size_t len, unsigned n, int64_t step_s)
{
    for (unsigned i = 0; i < n; i++) {
        p->seed.now_s += step_s;
        (void)seed_gateway_message(&p->seed, p->text, len);
    }
}

static size_t seed_text(struct play *p, const char *id, int64_t unix_s, int64_t power_w,
                        const struct attack_device *signer)
{
    return seed_message(id, unix_s, power_w, signer->private_key, p->text);
}

/* ---- the attacks ---- */

/* By a thief who recorded it, on both topics, and out of the victim's own session. */
static void run_replay(const struct attack *a, const struct fleet_year *year,
                       struct attack_outcome *out)
{
    static struct play p;
    (void)year;
    begin(&p, a);
    if (!meet(&p, out)) {
        return;
    }
    const size_t len = attack_forge(&p.victim, p.victim.id, 1, 1, 0, p.message);
    attack_publish(&p.victim, p.of_victim, p.message, len);
    p.n_probes += 2;
    const bool stored = attack_probe(&p.victim);
    for (unsigned i = 0; i < TRIES; i++) {
        try_message(&p, &p.thief, p.of_victim, len);
        try_message(&p, &p.thief, p.of_thief, len);
        try_message(&p, &p.victim, p.of_victim, len);
    }
    (void)conclude(&p, out, "");
    out->defended = out->defended && stored;
    repeat_to_seed(&p, seed_text(&p, "victim", p.seed.now_s, 1000, &p.victim), TRIES, 5);
    conclude_seed(&p, TRIES, out);
}

static void run_clone(const struct attack *a, const struct fleet_year *year,
                      struct attack_outcome *out)
{
    static struct play p;
    (void)year;
    begin(&p, a);
    if (!meet(&p, out)) {
        return;
    }
    struct attack_device clone = {.site = p.site};
    memcpy(clone.private_key, p.thief.private_key, sizeof clone.private_key);
    memcpy(clone.public_key, p.thief.public_key, sizeof clone.public_key);
    snprintf(clone.id, sizeof clone.id, "%s", p.victim.id);
    const int status = attack_site_try_enrol(p.site, &clone, "AAAAAAAAAAAAAAAAAAAAAAAAAA");
    const bool connected = attack_site_connect(p.site, &clone); /* without a certificate */
    attack_site_disconnect(&clone);
    for (unsigned i = 0; i < TRIES; i++) {
        const size_t len = attack_forge(&p.thief, p.victim.id, 1, i + 1, 0, p.message);
        try_message(&p, &p.thief, i % 2 == 0 ? p.of_victim : p.of_thief, len);
    }
    (void)conclude(&p, out,
                   status == 401 && !connected ? "no certificate in its name; " : "ENROLLED; ");
    out->defended = out->defended && status == 401 && !connected;
    seed_gateway_enrol(&p.seed, "victim", p.thief.public_key); /* nobody asks for a token */
    for (unsigned i = 0; i < TRIES; i++) {
        repeat_to_seed(&p, seed_text(&p, "victim", p.seed.now_s, 1000, &p.thief), 1, 5);
    }
    conclude_seed(&p, TRIES, out);
}

static void run_rollback(const struct attack *a, const struct fleet_year *year,
                         struct attack_outcome *out)
{
    static struct play p;
    (void)year;
    begin(&p, a);
    if (!meet(&p, out)) {
        return;
    }
    for (unsigned i = 0; i < TRIES; i++) {
        const size_t len = attack_forge(&p.thief, p.thief.id, 1, i + 1, 0, p.message);
        attack_publish(&p.thief, p.of_thief, p.message, len);
    }
    p.n_probes += TRIES; /* sold honestly */
    for (unsigned i = 0; i < TRIES; i++) {
        const size_t len = attack_forge(&p.thief, p.thief.id, 1, i + 1, 1000, p.message);
        try_message(&p, &p.thief, p.of_thief, len);
    }
    (void)conclude(&p, out, "");
    for (unsigned i = 0; i < TRIES; i++) {
        repeat_to_seed(&p, seed_text(&p, "thief", p.seed.now_s, 1001 + i % 100, &p.thief), 1, 0);
    }
    conclude_seed(&p, TRIES, out);
}

static void run_identity(const struct attack *a, const struct fleet_year *year,
                         struct attack_outcome *out)
{
    static struct play p;
    (void)year;
    begin(&p, a);
    if (!meet(&p, out)) {
        return;
    }
    for (unsigned i = 0; i < TRIES; i++) { /* recorded before the victim could send them */
        const size_t len = attack_forge(&p.victim, p.victim.id, 1, i + 1, 0, p.message);
        try_message(&p, &p.thief, p.of_thief, len);
    }
    (void)conclude(&p, out, "");
    repeat_to_seed(&p, seed_text(&p, "victim", p.seed.now_s, 1000, &p.victim), TRIES, 1);
    conclude_seed(&p, TRIES, out);
}

static void run_topic(const struct attack *a, const struct fleet_year *year,
                      struct attack_outcome *out)
{
    static struct play p;
    static const struct {
        const char *before;
        const char *behind;
    } topics[] = {
        {"acks", ""}, {"trust", ""}, {"receipts", ""}, {"readings", "/x"}, {"readings", ""}};
    enum { N = sizeof topics / sizeof topics[0] };
    (void)year;
    begin(&p, a);
    if (!meet(&p, out)) {
        return;
    }
    for (unsigned i = 0; i < TRIES; i++) {
        char topic[96];
        const size_t len = attack_forge(&p.thief, p.victim.id, 1, i + 1, 0, p.message);
        snprintf(topic, sizeof topic, "wattward/%s/%s%s", topics[i % N].before, p.victim.id,
                 topics[i % N].behind);
        try_message(&p, &p.thief, topic, len);
    }
    (void)conclude(&p, out, "");
    /* One topic is everybody's there, and the name in the message alone counts. */
    for (unsigned i = 0; i < TRIES; i++) {
        repeat_to_seed(&p, seed_text(&p, "victim", p.seed.now_s, 1000, &p.thief), 1, 5);
    }
    conclude_seed(&p, TRIES, out);
}

static void run_transfer(const struct attack *a, const struct fleet_year *year,
                         struct attack_outcome *out)
{
    static struct play p;
    static const char *const topics[] = {"microgrid/transfers", NULL};
    (void)year;
    begin(&p, a);
    if (!meet(&p, out)) {
        return;
    }
    const int len = snprintf((char *)p.message, sizeof p.message,
                             "{\"from_node\":\"%s\",\"to_node\":\"%s\",\"wh_amount\":%d,"
                             "\"timestamp\":1767225600,\"signature\":\"aa\"}",
                             p.victim.id, p.thief.id, FORGED_WH);
    for (unsigned i = 0; i < TRIES; i++) {
        try_message(&p, &p.thief, topics[i % 2] == NULL ? p.of_thief : topics[0], (size_t)len);
    }
    (void)conclude(&p, out, "");
    const size_t payload = seed_text(&p, "victim", p.seed.now_s, 1000, &p.victim);
    for (unsigned i = 0; i < TRIES; i++) {
        (void)seed_gateway_transfer(&p.seed, p.text, payload, FORGED_WH);
    }
    conclude_seed(&p, TRIES, out);
}

/* One bit flipped, or cut short; deterministic. */
static size_t damage(uint8_t *message, size_t len, unsigned i, uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    if (i % 2 == 0) {
        message[*state % len] ^= (uint8_t)(1U << (*state >> 30)); /* not the case of a letter */
        return len;
    }
    return *state % len;
}

static void run_malformed(const struct attack *a, const struct fleet_year *year,
                          struct attack_outcome *out)
{
    static struct play p;
    uint32_t state = 1;
    (void)year;
    begin(&p, a);
    if (!meet(&p, out)) {
        return;
    }
    for (unsigned i = 0; i < TRIES; i++) {
        const size_t len = attack_forge(&p.thief, p.thief.id, 1, i + 1, 0, p.message);
        try_message(&p, &p.thief, p.of_thief, damage(p.message, len, i, &state));
    }
    (void)conclude(&p, out, "");
    for (unsigned i = 0; i < TRIES; i++) {
        const size_t len = seed_text(&p, "thief", p.seed.now_s, 1000, &p.thief);
        (void)seed_gateway_message(&p.seed, p.text, damage((uint8_t *)p.text, len, i, &state));
    }
    conclude_seed(&p, TRIES, out);
}

struct flood_end {
    struct play *play;
    int64_t wanted;
};

static bool is_flood_over(const void *context)
{
    const struct flood_end *f = context;
    const struct attack_counts now = attack_site_counts(f->play->site);
    return now.refused - f->play->before.refused >= f->wanted;
}

static void run_flood(const struct attack *a, const struct fleet_year *year,
                      struct attack_outcome *out)
{
    static struct play p;
    uint8_t garbage[FLOOD_LEN];
    (void)year;
    begin(&p, a);
    if (!meet(&p, out)) {
        return;
    }
    memset(garbage, 0xd2, sizeof garbage);
    for (unsigned i = 0; i < FLOOD; i++) {
        attack_publish(&p.thief, p.of_thief, garbage, sizeof garbage);
    }
    const uint64_t asked_ms = posix_clock_mono_ms();
    const bool unhurt = victim_is_unhurt(&p);
    const uint64_t heard_ms = posix_clock_mono_ms() - asked_ms;
    const struct flood_end end = {&p, FLOOD};
    (void)attack_site_wait(p.site, is_flood_over, &end, ATTACK_PATIENCE_MS);
    const struct attack_counts after = attack_site_counts(p.site);
    struct wbuf w = wbuf_of(out->detected, sizeof out->detected - 1);
    add(&w, "at once: all %u refused unread or as malformed; the victim is %s, ", (unsigned)FLOOD,
        unhurt ? "heard meanwhile" : "NOT HEARD");
    add_time(&w, heard_ms);
    out->detected[wbuf_len(&w)] = '\0';
    snprintf(out->earned, sizeof out->earned, "nothing");
    out->defended = unhurt && after.refused - p.before.refused == FLOOD;
    attack_site_disconnect(&p.victim);
    attack_site_disconnect(&p.thief);
    const size_t len = seed_text(&p, "thief", p.seed.now_s, 1000, &p.thief);
    for (unsigned i = 0; i < FLOOD / 10; i++) {
        (void)seed_gateway_message(&p.seed, p.text, len);
    }
    conclude_seed(&p, FLOOD / 10, out);
}

static bool has_ended(const void *context)
{
    const struct attack_device *d = context;
    return !d->is_up;
}

/* A certificate whose key was replaced, one of a removed device. */
static void run_stale(const struct attack *a, const struct fleet_year *year,
                      struct attack_outcome *out)
{
    static struct play p;
    char question[128];
    struct json_reader r;
    struct json_token tokens[SWARM_GATEWAY_TOKENS];
    (void)year;
    begin(&p, a);
    struct attack_device old = p.victim;
    attack_site_enrol(p.site, &p.victim, p.victim.id); /* the old key was stolen */
    if (!meet(&p, out)) {
        return;
    }
    const int status = attack_site_try_enrol(p.site, &old, NULL);
    attack_site_disconnect(&p.victim); /* one name, one session */
    (void)attack_site_connect(p.site, &old);
    for (unsigned i = 0; i < TRIES / 2; i++) {
        const size_t len = attack_forge(&old, old.id, 1, i + 1, 0, p.message);
        try_message(&p, &old, p.of_victim, len);
    }
    const bool refused = attack_site_answers(&old, TELEMETRY_BAD_SIGNATURE, TRIES / 2);
    attack_site_disconnect(&old);
    snprintf(question, sizeof question, "{\"do\":\"device.remove\",\"id\":\"%s\"}", p.thief.id);
    (void)!swarm_gateway_ask(&p.site->gateway, question, &r, tokens);
    const bool put_out = attack_site_wait(p.site, has_ended, &p.thief, 1000);
    attack_site_disconnect(&p.thief);
    (void)attack_site_connect(p.site, &p.thief); /* for a moment */
    for (unsigned i = 0; i < TRIES / 2; i++) {
        const size_t len = attack_forge(&p.thief, p.thief.id, 1, i + 1, 0, p.message);
        try_message(&p, &p.thief, p.of_thief, len);
    }
    (void)attack_site_wait(p.site, has_ended, &p.thief, ATTACK_PATIENCE_MS);
    const bool back = attack_site_connect(p.site, &p.victim);
    (void)conclude(&p, out, status == 401 ? "no renewal; " : "RENEWED; ");
    out->defended = out->defended && status == 401 && refused && put_out && back;
    seed_gateway_enrol(&p.seed, "victim", p.victim.public_key);
    repeat_to_seed(&p, seed_text(&p, "victim", p.seed.now_s, 1000, &old), TRIES / 2, 1);
    p.seed.now_s += 3600; /* a removed device's key is not revoked */
    for (unsigned i = 0; i < TRIES / 2; i++) {
        repeat_to_seed(&p, seed_text(&p, "thief", p.seed.now_s, 1000, &p.thief), 1, 5);
    }
    conclude_seed(&p, TRIES, out);
}

/* Nobody lies: a meter's clock is a day ahead for a while, then right again. */
static void run_clock_jump(const struct attack *a, const struct fleet_year *year,
                           struct attack_outcome *out)
{
    static struct play p;
    (void)year;
    begin(&p, a);
    if (!meet(&p, out)) {
        return;
    }
    p.site->time_ms += JUMP_S * INT64_C(1000);
    for (unsigned i = 0; i < TRIES; i++) {
        const size_t len = attack_forge(&p.victim, p.victim.id, 1, i + 1, 0, p.message);
        try_message(&p, &p.victim, p.of_victim, len);
    }
    p.site->time_ms -= JUMP_S * INT64_C(1000);
    const int64_t taken = conclude(&p, out, "kept, and judged by no day; ");
    const bool whole = taken == TRIES;
    out->defended = strstr(out->detected, "unhurt") != NULL && whole;
    snprintf(out->earned, sizeof out->earned, "nothing: counters are settled");
    for (unsigned i = 0; i < TRIES; i++) {
        p.seed.now_s += 5;
        const size_t len = seed_text(&p, "victim", p.seed.now_s + JUMP_S, 1000, &p.victim);
        (void)seed_gateway_message(&p.seed, p.text, len);
    }
    conclude_seed(&p, TRIES, out);
}

void attack_protocol_end(void)
{
    if (site != NULL) {
        attack_site_close(site);
        site = NULL;
    }
}

const struct attack attack_protocol[] = {
    {.name = "replay", .what = "a recorded message is sent again", .run = run_replay},
    {.name = "clone", .what = "the victim's name with another key", .run = run_clone},
    {.name = "rollback", .what = "used numbers with new content", .run = run_rollback},
    {.name = "clock-jump",
     .what = "a meter's clock jumps a day ahead and back: nobody lies",
     .run = run_clock_jump},
    {.name = "transfer", .what = "a forged transfer of credits", .run = run_transfer},
    {.name = "topic", .what = "topics that are another's, or nobody's", .run = run_topic},
    {.name = "identity", .what = "another's genuine reading as one's own", .run = run_identity},
    {.name = "malformed", .what = "flipped bits and cut messages", .run = run_malformed},
    {.name = "flood", .what = "20000 messages at once", .run = run_flood},
    {.name = "stale",
     .what = "certificates of a replaced key and of a removed device",
     .run = run_stale},
};
const size_t attack_protocol_count = sizeof attack_protocol / sizeof attack_protocol[0];
