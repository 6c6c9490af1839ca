/* SPDX-License-Identifier: MIT
 * The command line of wattward-ev.
 */
#include "ev_options.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "v2g/evcc.h"
#include "v2g/sdp.h"

enum { EXIT_USAGE = 2 };

static const char usage[] =
    "Usage: wattward-ev --interface IF [options]\n"
    "       wattward-ev --charger [options]\n"
    "\n"
    "A car: finds a charger on a network interface (SDP), charges its battery and prints what\n"
    "happens, one line an event with the seconds since the start.\n"
    "\n"
    "  --interface IF       the network interface towards the charger\n"
    "  --charger            instead: starts a modelled charger (wattward-device) at the other end\n"
    "                       of a virtual cable between two network namespaces made for this run\n"
    "                       (root, or where everybody may make namespaces), and tells its states\n"
    "                       too\n"
    "  --protocol P         din (DIN SPEC 70121), iso2 (ISO 15118-2) or both, the default\n"
    "  --energy E           dc, the default, or ac (ISO 15118-2 only)\n"
    "  --tls T              off, the default; required; or preferred: plain TCP where the charger\n"
    "                       has no TLS\n"
    "  --v2g-root FILE      the V2G roots that chargers' certificates must lead to (PEM);\n"
    "                       --charger makes one for its run\n"
    "  --keylog FILE        TLS keys go there, so that `wattward v2g dump --keylog` reads a\n"
    "                       capture of this session; so can whoever else has it\n"
    "  --capacity WH        of the battery (default 50000)\n"
    "  --soc PCT            state of charge at the start (default 30)\n"
    "  --full PCT           charging ends there (default 80)\n"
    "  --current A          the most the battery takes (default 100)\n"
    "  --voltage V          of the battery when it is full (default 410)\n"
    "  --rate N             the battery fills N times as fast as energy arrives (default 1)\n"
    "  --schedule S:W,...   from S seconds of charging on the car takes W watts at most, up to 8\n"
    "                       such steps\n"
    "  --departure S        the driver leaves then: told to the charger (ISO 15118-2)\n"
    "  --evcc-id HEX        the car's identifier, 12 digits (default: the interface's address)\n"
    "  --sdp-port P         where the charger is looked for (default 15118)\n"
    "  --stop-after S       ends charging after this many seconds, full or not\n"
    "  --patience MS        waits so much longer for each answer than the standard says, for slow\n"
    "                       peers in tests (CurrentDemandRes otherwise has 250 ms); default 0\n"
    "  --fault NAME         wrong-session, no-pre-charge, silent, too-much or out-of-order;\n"
    "                       may be given several times\n"
    "  --fails-at PCT       the battery reports a malfunction there\n"
    "  --unplug-after S     cuts the connection this long after the start\n"
    "  -h, --help           this text\n"
    "\n"
    "Exit status: 0 charged and ended in order, 1 not, 2 wrong usage.\n";

static int misuse(const char *text, const char *what)
{
    fprintf(stderr, "wattward-ev: %s%s; see wattward-ev --help\n", text, what);
    return EXIT_USAGE;
}

struct number {
    const char *name;
    size_t offset;
    long min, max;
};
static const struct number numbers[] = {
    {"--capacity", offsetof(struct ev_options, capacity_wh), 100, 500000},
    {"--soc", offsetof(struct ev_options, soc_pct), 0, 100},
    {"--full", offsetof(struct ev_options, full_pct), 1, 100},
    {"--current", offsetof(struct ev_options, current_a), 1, 500},
    {"--voltage", offsetof(struct ev_options, voltage_v), 10, 1000},
    {"--rate", offsetof(struct ev_options, rate), 1, 3600},
    {"--stop-after", offsetof(struct ev_options, stop_after_s), 1, 86400},
    {"--fails-at", offsetof(struct ev_options, fails_at_pct), 1, 100},
    {"--sdp-port", offsetof(struct ev_options, sdp_port), 1, 65535},
    {"--departure", offsetof(struct ev_options, departure_s), 1, 864000},
    {"--patience", offsetof(struct ev_options, patience_ms), 0, 60000},
    {"--unplug-after", offsetof(struct ev_options, unplug_after_s), 1, 86400},
};

/* -1: it is no number of ours; 0: taken; 1: unusable. */
static int take_number(struct ev_options *o, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(name, numbers[i].name) != 0) {
            continue;
        }
        char *end = NULL;
        errno = 0;
        const long number = strtol(value, &end, 10);
        if (errno != 0 || end == value || *end != '\0' || number < numbers[i].min ||
            number > numbers[i].max) {
            return 1;
        }
        memcpy((char *)o + numbers[i].offset, &number, sizeof number);
        return 0;
    }
    return -1;
}

struct word {
    const char *option, *value;
    uint8_t protocols, faults;
    int is_ac; /* -1: says nothing */
    int tls;   /* enum ev_tls; -1: says nothing */
};
static const struct word words[] = {
    {"--protocol", "din", 1U << V2G_PROTOCOL_DIN, 0, -1, -1},
    {"--protocol", "iso2", 1U << V2G_PROTOCOL_ISO2, 0, -1, -1},
    {"--protocol", "both", 1U << V2G_PROTOCOL_DIN | 1U << V2G_PROTOCOL_ISO2, 0, -1, -1},
    {"--energy", "dc", 0, 0, 0, -1},
    {"--energy", "ac", 0, 0, 1, -1},
    {"--fault", "wrong-session", 0, V2G_EVCC_WRONG_SESSION, -1, -1},
    {"--fault", "no-pre-charge", 0, V2G_EVCC_NO_PRE_CHARGE, -1, -1},
    {"--fault", "silent", 0, V2G_EVCC_SILENT, -1, -1},
    {"--fault", "too-much", 0, V2G_EVCC_TOO_MUCH, -1, -1},
    {"--fault", "out-of-order", 0, V2G_EVCC_OUT_OF_ORDER, -1, -1},
    {"--tls", "off", 0, 0, -1, EV_TLS_OFF},
    {"--tls", "preferred", 0, 0, -1, EV_TLS_PREFERRED},
    {"--tls", "required", 0, 0, -1, EV_TLS_REQUIRED},
};

static void use_word(struct ev_options *o, const struct word *w)
{
    o->protocols = w->protocols != 0 ? w->protocols : o->protocols;
    o->faults |= w->faults;
    o->is_ac = w->is_ac >= 0 ? w->is_ac != 0 : o->is_ac;
    o->tls = w->tls >= 0 ? (enum ev_tls)w->tls : o->tls;
}

static int take_word(struct ev_options *o, const char *name, const char *value)
{
    int result = -1;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(name, words[i].option) != 0) {
            continue;
        }
        result = result == 0 ? 0 : 1;
        if (strcmp(value, words[i].value) == 0) {
            use_word(o, &words[i]);
            result = 0;
        }
    }
    return result;
}

/* Whether it was one that has no value. */
static bool take_flag(struct ev_options *o, const char *name)
{
    if (strcmp(name, "--charger") != 0) {
        return false;
    }
    o->with_charger = true;
    return true;
}

/* "0:45000,60:11000" */
static int take_schedule(struct ev_options *o, const char *value)
{
    enum { LAST_S = 1000000, MOST_W = 500000 };
    long from_s = -1;
    memset(o->plan, 0, sizeof o->plan);
    for (size_t i = 0; i < EV_STEPS_MAX; i++) {
        char *end = NULL;
        const long next_s = strtol(value, &end, 10);
        if (end == value || *end != ':' || next_s <= from_s || next_s > LAST_S) {
            return 1;
        }
        value = end + 1;
        const long watts = strtol(value, &end, 10);
        if (end == value || watts < 1 || watts > MOST_W) {
            return 1;
        }
        from_s = next_s;
        o->plan[i] = (struct ev_step){.from_ms = (uint32_t)from_s * 1000, .max_w = (int32_t)watts};
        if (*end == '\0') {
            return 0;
        }
        if (*end != ',') {
            return 1;
        }
        value = end + 1;
    }
    return 1;
}

static int take_evcc_id(struct ev_options *o, const char *value)
{
    static const char digits[] = "0123456789abcdef";
    enum { N_DIGITS = 2 * sizeof o->evcc_id };
    if (strlen(value) != N_DIGITS) {
        return 1;
    }
    for (size_t i = 0; i < N_DIGITS; i++) {
        const char *digit = strchr(digits, tolower((unsigned char)value[i]));
        if (digit == NULL) {
            return 1;
        }
        o->evcc_id[i / 2] = (uint8_t)(o->evcc_id[i / 2] << 4 | (digit - digits));
    }
    o->has_evcc_id = true;
    return 0;
}

static int take_option(struct ev_options *o, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **value;
    } texts[] = {
        {"--interface", &o->interface}, {"--v2g-root", &o->v2g_root}, {"--keylog", &o->keylog}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].value = value;
            return 0;
        }
    }
    if (strcmp(name, "--evcc-id") == 0) {
        return take_evcc_id(o, value);
    }
    if (strcmp(name, "--schedule") == 0) {
        return take_schedule(o, value);
    }
    const int number = take_number(o, name, value);
    return number >= 0 ? number : take_word(o, name, value);
}

static int check_options(const struct ev_options *o)
{
    if ((o->interface == NULL) != o->with_charger) {
        return misuse(o->with_charger ? "--charger brings an interface of its own"
                                      : "--interface or --charger is missing",
                      "");
    }
    if (o->with_charger ? o->v2g_root != NULL : (o->tls == EV_TLS_OFF) != (o->v2g_root == NULL)) {
        return misuse(o->with_charger ? "--charger brings a V2G root of its own"
                                      : "--tls and --v2g-root go together",
                      "");
    }
    if (o->keylog != NULL && o->tls == EV_TLS_OFF) {
        return misuse("--keylog is for TLS", "");
    }
    if (o->is_ac && (o->protocols & 1U << V2G_PROTOCOL_ISO2) == 0) {
        return misuse("DIN SPEC 70121 knows no AC", "");
    }
    if (o->full_pct <= o->soc_pct) {
        return misuse("--full is not above --soc", "");
    }
    return -1;
}

/* The number of arguments used; 0 when that is a misuse, which is said. */
static int take(struct ev_options *o, char **argv)
{
    if (take_flag(o, argv[0])) {
        return 1;
    }
    if (argv[1] == NULL) {
        (void)misuse("no value for ", argv[0]);
        return 0;
    }
    const int taken = take_option(o, argv[0], argv[1]);
    if (taken != 0) {
        (void)misuse(taken < 0 ? "unknown option " : "unusable value of ", argv[0]);
    }
    return taken == 0 ? 2 : 0;
}

int ev_options_read(struct ev_options *o, char **argv)
{
    *o = (struct ev_options){.protocols = 1U << V2G_PROTOCOL_DIN | 1U << V2G_PROTOCOL_ISO2,
                             .capacity_wh = 50000,
                             .soc_pct = 30,
                             .full_pct = 80,
                             .current_a = 100,
                             .voltage_v = 410,
                             .rate = 1,
                             .sdp_port = V2G_SDP_PORT};
    for (argv++; *argv != NULL;) {
        if (strcmp(*argv, "-h") == 0 || strcmp(*argv, "--help") == 0) {
            return fputs(usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        }
        const int used = take(o, argv);
        if (used == 0) {
            return EXIT_USAGE;
        }
        argv += used;
    }
    if (o->is_ac) {
        o->protocols = 1U << V2G_PROTOCOL_ISO2;
    }
    return check_options(o);
}
