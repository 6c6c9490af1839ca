/* SPDX-License-Identifier: MIT
 * wattward v2g: charging sessions in capture files, read like a conversation.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "exi/json.h"
#include "exi/sap.h"
#include "v2g/sdp.h"
#include "v2g_capture.h"
#include "v2g_pki_run.h"
#include "v2g_talk.h"

enum { ARENA_CAP = 1 << 20, MAX_TALKS = 256, JSON_CAP = 1 << 18 };

struct dump {
    bool json;
    int64_t start_us;
    struct talk talks[MAX_TALKS];
    uint8_t offers[MAX_TALKS][256]; /* enum v2g_protocol by schema id */
    uint8_t *arena;
    uint8_t *codec_memory;
    unsigned n_messages, n_unreadable, n_faults, n_damaged;
};

static const char *who(const struct capture_item *item)
{
    return item->from_car ? "car" : "charger";
}

static double since_start(const struct dump *d, const struct capture_item *item)
{
    return (double)(item->unix_us - d->start_us) / 1e6;
}

/* One line of either kind; `value` is the message as JSON, or NULL. */
struct line {
    const char *name, *text, *code, *phase;
    const struct talk_turn *turn; /* its faults; may be NULL */
    const struct exi_dictionary *dictionary;
    const struct exi_message *message; /* may be NULL */
};

/* The message as it travelled, for `wattward exi`. */
static void write_exi(const struct capture_item *item, struct json_writer *w)
{
    static const char digits[] = "0123456789abcdef";
    static char hex[2 * V2GTP_MAX_PAYLOAD_LEN + 1];
    if (item->len > V2GTP_MAX_PAYLOAD_LEN) {
        return;
    }
    for (size_t i = 0; i < item->len; i++) {
        hex[2 * i] = digits[item->payload[i] >> 4];
        hex[2 * i + 1] = digits[item->payload[i] & 15];
    }
    hex[2 * item->len] = '\0';
    json_field_string(w, "exi", hex);
}

static void print_json(struct dump *d, const struct capture_item *item, const struct line *line)
{
    static uint8_t text[JSON_CAP];
    struct wbuf out = wbuf_of(text, sizeof text);
    struct json_writer w;
    json_writer_init(&w, &out);
    json_begin_object(&w);
    json_field_int(&w, "unix_us", item->unix_us);
    json_field_int(&w, "connection", item->connection);
    json_field_string(&w, "from", who(item));
    json_field_string(&w, "message", line->name);
    if (line->code != NULL) {
        json_field_string(&w, "response", line->code);
    }
    if (line->phase != NULL) {
        json_field_string(&w, "phase", line->phase);
    }
    if (line->text[0] != '\0') {
        json_field_string(&w, "text", line->text);
    }
    json_key(&w, "violations");
    json_begin_array(&w);
    for (unsigned i = 0; line->turn != NULL && i < line->turn->n_faults; i++) {
        json_put_string(&w, line->turn->faults[i]);
    }
    json_end(&w);
    if (line->message != NULL) {
        struct exi_arena scratch;
        exi_arena_init(&scratch, d->codec_memory, ARENA_CAP);
        json_field_string(&w, "protocol", exi_dictionary_protocol(line->dictionary));
        write_exi(item, &w);
        json_key(&w, "value");
        if (exi_json_write(line->dictionary, line->message, &scratch, &w) < 0) {
            json_put_null(&w);
        }
    }
    json_end(&w);
    if (wbuf_ok(&out)) {
        fwrite(text, 1, wbuf_len(&out), stdout);
        putchar('\n');
    }
}

static void print_line(struct dump *d, const struct capture_item *item, const struct line *line)
{
    if (d->json) {
        print_json(d, item, line);
        return;
    }
    printf("%10.3f  %u %-7s  %s", since_start(d, item), item->connection, who(item), line->name);
    if (line->code != NULL) {
        printf("  %s", line->code);
    }
    if (line->text[0] != '\0') {
        printf("  %s", line->text);
    }
    if (line->phase != NULL) {
        printf("  [%s]", line->phase);
    }
    putchar('\n');
    for (unsigned i = 0; line->turn != NULL && i < line->turn->n_faults; i++) {
        printf("%24s! %s\n", "", line->turn->faults[i]);
    }
}

static void note(struct dump *d, const struct capture_item *item, const char *name,
                 const char *text)
{
    const struct line line = {.name = name, .text = text};
    print_line(d, item, &line);
}

static void on_sdp(struct dump *d, const struct capture_item *item)
{
    char text[96] = "";
    const uint8_t *p = item->payload;
    if (item->type == V2GTP_SDP_REQUEST && item->len == 2) {
        note(d, item, "SDP request", p[0] == V2G_SECURITY_TLS ? "wants TLS" : "wants no TLS");
    } else if (item->type == V2GTP_SDP_RESPONSE && item->len == 20) {
        snprintf(text, sizeof text, "port %u, %s", (unsigned)(p[16] << 8 | p[17]),
                 p[18] == V2G_SECURITY_TLS ? "TLS" : "no TLS");
        note(d, item, "SDP response", text);
    }
}

static enum v2g_protocol protocol_of(struct exi_text name_space)
{
    if (exi_text_equal(name_space, "urn:din:70121:2012:MsgDef")) {
        return V2G_PROTOCOL_DIN;
    }
    return exi_text_equal(name_space, "urn:iso:15118:2:2013:MsgDef") ? V2G_PROTOCOL_ISO2
                                                                     : V2G_PROTOCOL_NONE;
}

static void on_offers(struct dump *d, const struct capture_item *item,
                      const struct sap_supported_app_protocol_req *req, char *text, size_t cap)
{
    size_t n = 0;
    for (uint16_t i = 0; i < req->app_protocol_count; i++) {
        const struct sap_app_protocol *offer = &req->app_protocol[i];
        char name[101];
        if (exi_text_copy(offer->protocol_namespace, name, sizeof name) < 0) {
            name[0] = '\0';
        }
        d->offers[item->connection][offer->schema_id] =
            (uint8_t)protocol_of(offer->protocol_namespace);
        const int wrote =
            snprintf(text + n, cap - n, "%s%s %u.%u (priority %u)", i == 0 ? "" : ", ", name,
                     offer->version_number_major, offer->version_number_minor, offer->priority);
        n = wrote < 0 || (size_t)wrote >= cap - n ? cap - 1 : n + (size_t)wrote;
    }
}

static void on_handshake(struct dump *d, const struct capture_item *item,
                         const struct exi_message *message)
{
    char text[512] = "";
    static const char *const words[] = {"OK", "OK, minor deviation", "refused"};
    struct line line = {.text = text,
                        .dictionary = exi_dictionary_find("sap"),
                        .message = message,
                        .name = "supportedAppProtocolReq"};
    if (message->root == SAP_SUPPORTED_APP_PROTOCOL_REQ) {
        on_offers(d, item, message->value, text, sizeof text);
    } else {
        const struct sap_supported_app_protocol_res *res = message->value;
        const uint8_t chosen = d->offers[item->connection][res->schema_id];
        talk_begin(&d->talks[item->connection], (enum v2g_protocol)chosen);
        snprintf(text, sizeof text, "%s: %s", words[res->response_code],
                 chosen == V2G_PROTOCOL_NONE ? "another protocol"
                                             : v2g_protocol_name((enum v2g_protocol)chosen));
        line.name = "supportedAppProtocolRes";
    }
    print_line(d, item, &line);
}

static const char *set_of(uint16_t type, enum v2g_protocol protocol)
{
    switch (type) {
    case V2GTP_EXI:
        return protocol == V2G_PROTOCOL_DIN    ? "din"
               : protocol == V2G_PROTOCOL_ISO2 ? "iso2"
                                               : "sap";
    case V2GTP_ISO20:
        return "iso20";
    case V2GTP_ISO20_AC:
        return "iso20ac";
    case V2GTP_ISO20_DC:
        return "iso20dc";
    case V2GTP_ISO20_ACDP:
        return "iso20acdp";
    case V2GTP_ISO20_WPT:
        return "iso20wpt";
    default:
        return NULL;
    }
}

/* DIN and ISO 15118-2: with the session's state. */
static void on_turn(struct dump *d, const struct capture_item *item, const struct line *plain)
{
    struct talk *talk = &d->talks[item->connection];
    const struct v2g_codec codec = {.memory = d->codec_memory, .cap = ARENA_CAP};
    struct v2g_message message;
    struct talk_turn turn;
    if (v2g_codec_decode(&codec, talk->protocol, item->payload, item->len, &message) < 0) {
        talk->asked = false; /* a message that the session's machines do not know */
        print_line(d, item, plain);
        return;
    }
    const enum v2g_phase before = talk->phase;
    talk_turn(talk, item->unix_us, item->from_car, &message, &turn);
    d->n_faults += turn.n_faults;
    struct line line = *plain;
    line.text = turn.detail;
    line.turn = &turn;
    line.code = message.is_response ? v2g_response_name(message.code) : NULL;
    line.phase = talk->phase != before ? v2g_phase_name(talk->phase) : NULL;
    print_line(d, item, &line);
}

static void on_frame(struct dump *d, const struct capture_item *item)
{
    const enum v2g_protocol protocol = d->talks[item->connection].protocol;
    const char *set = set_of(item->type, protocol);
    char text[96];
    if (set == NULL) {
        snprintf(text, sizeof text, "payload type 0x%04x, %zu bytes", item->type, item->len);
        note(d, item, "unknown", text);
        return;
    }
    const struct exi_dictionary *dictionary = exi_dictionary_find(set);
    struct exi_arena arena;
    struct exi_message message;
    exi_arena_init(&arena, d->arena, ARENA_CAP);
    d->n_messages++;
    if (exi_decode(exi_dictionary_set(dictionary), item->payload, item->len, &arena, &message) <
        0) {
        d->n_unreadable++;
        snprintf(text, sizeof text, "%s at bit %u of %zu bytes", exi_error_name(message.error),
                 message.bits, item->len);
        note(d, item, "unreadable", text);
        return;
    }
    if (strcmp(set, "sap") == 0) {
        on_handshake(d, item, &message);
        return;
    }
    struct line line = {.name = exi_message_name(dictionary, &message),
                        .text = "",
                        .dictionary = dictionary,
                        .message = &message};
    if (item->type == V2GTP_EXI) {
        on_turn(d, item, &line);
    } else {
        print_line(d, item, &line);
    }
}

static void take(void *context, const struct capture_item *item)
{
    struct dump *d = context;
    char text[96];
    if (d->start_us == 0) {
        d->start_us = item->unix_us;
    }
    if (item->connection >= MAX_TALKS) {
        return;
    }
    switch (item->kind) {
    case CAPTURE_FRAME:
        if (item->connection == 0) {
            on_sdp(d, item);
        } else {
            on_frame(d, item);
        }
        return;
    case CAPTURE_OPENED:
        snprintf(text, sizeof text, "%s port %u", item->address, item->port);
        note(d, item, "connected", text);
        return;
    case CAPTURE_CLOSED:
        note(d, item, "closes", "");
        return;
    case CAPTURE_HOLE:
        snprintf(text, sizeof text, "%zu bytes are missing in the capture", item->len);
        note(d, item, "hole", text);
        return;
    case CAPTURE_TLS:
        note(d, item, "TLS", item->text);
        return;
    case CAPTURE_DAMAGE:
        d->n_damaged++;
        note(d, item, "TLS", item->text);
        return;
    case CAPTURE_GARBAGE:
        note(d, item, "garbage", "not V2GTP from here on");
        return;
    }
}

static void say_summary(const struct dump *d)
{
    printf("%u messages, %u unreadable, %u violations", d->n_messages, d->n_unreadable,
           d->n_faults);
    if (d->n_damaged > 0) {
        printf(", TLS records left out: %u", d->n_damaged);
    }
    putchar('\n');
}

static int dump(const struct invocation *i, const struct capture_source *source)
{
    struct dump *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return command_fail(i, "There is not enough memory.");
    }
    d->json = i->json;
    d->arena = aligned_alloc(EXI_ALIGNMENT, ARENA_CAP);
    d->codec_memory = aligned_alloc(EXI_ALIGNMENT, ARENA_CAP);
    char error[320] = "";
    int status = COMMAND_DONE;
    if (d->arena == NULL || d->codec_memory == NULL) {
        status = command_fail(i, "There is not enough memory.");
    } else if (capture_read(source, take, d, error, sizeof error) < 0) {
        status = command_fail(i, "%s.", error);
    } else if (!d->json) {
        say_summary(d);
    }
    free(d->arena);
    free(d->codec_memory);
    free(d);
    return status;
}

static int run_dump(const struct invocation *i)
{
    const char *log_path = invocation_option(i, "--keylog");
    struct tls_keylog log = {.n = 0};
    if (log_path != NULL) {
        const int n = tls_keylog_read(&log, log_path);
        if (n < 0) {
            return command_fail(i, "%s cannot be read: %s.", log_path, strerror(errno));
        }
        if (n == 0) {
            return command_fail(i, "%s is no key log: it has no line with a TLS secret.", log_path);
        }
    }
    (void)tls_keylog_read_capture(&log, i->arguments[0]);
    const struct capture_source source = {.path = i->arguments[0], .log = &log};
    const int status = dump(i, &source);
    tls_keylog_free(&log);
    return status;
}

static const char *const arguments[] = {"FILE", NULL};
static const struct command_option dump_options[] = {
    {"--keylog", "FILE", "opens TLS sessions with these secrets (SSLKEYLOGFILE)", false},
    {NULL, NULL, NULL, false}};
static const char *const pki_arguments[] = {"DIR", NULL};
static const struct command_option pki_options[] = {
    {"--charger", "NAME", "whose certificate (default: charger)", false},
    {"--days", "N", "how long the certificate is valid (default: 90)", false},
    {NULL, NULL, NULL, false}};
static const struct command children[] = {
    {.name = "dump",
     .summary = "Print a session from a capture (pcap, pcapng) as a conversation.",
     .arguments = arguments,
     .options = dump_options,
     .details =
         "Time in seconds, connection, who, message, what it says, and in brackets what the\n"
         "charger waits for next. Lines with ! are violations of the standard. With --json\n"
         "one object a line, the whole message in `value`, its bytes in `exi`.\n"
         "TLS is opened with the key log that either side wrote, or that the capture carries.\n",
     .run = run_dump},
    {.name = "pki",
     .summary = "Make certificates to try TLS with: a V2G root, two sub-CAs, a charger's.",
     .arguments = pki_arguments,
     .options = pki_options,
     .details =
         "Makes in DIR what is not there yet, and always the charger's certificate, with new keys\n"
         "(mode 0600). Run it again with another name for the next charger, with the same one to\n"
         "renew. Cars trust DIR/v2g-root.pem. Not for the road: there an operator's authority\n"
         "signs.\n",
     .run = v2g_pki_run},
    {.name = NULL},
};

extern const struct command command_v2g;
const struct command command_v2g = {.name = "v2g",
                                    .summary =
                                        "Charging sessions in captures; certificates for them.",
                                    .children = children};
