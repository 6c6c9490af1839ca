/* SPDX-License-Identifier: MIT */
#include "v2g_recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "data.h"
#include "exi/exi.h"
#include "exi/sap.h"
#include "tls_keylog.h"
#include "v2g/v2gtp.h"
#include "v2g_capture.h"

static void append(struct recording *r, const struct capture_item *item)
{
    if (r->n_frames == r->cap) {
        r->cap = r->cap == 0 ? 64 : 2 * r->cap;
        r->frames = realloc(r->frames, r->cap * sizeof *r->frames);
        if (r->frames == NULL) {
            abort();
        }
    }
    struct recorded_frame *frame = &r->frames[r->n_frames++];
    *frame = (struct recorded_frame){.unix_ms = item->unix_us / 1000,
                                     .from_car = item->from_car,
                                     .exi = malloc(item->len + 1),
                                     .len = item->len};
    if (frame->exi == NULL) {
        abort();
    }
    memcpy(frame->exi, item->payload, item->len);
}

static void take(void *context, const struct capture_item *item)
{
    struct recording *all = context;
    if (item->connection == 0 || item->connection > RECORDING_CONNECTIONS) {
        return;
    }
    struct recording *r = &all[item->connection - 1];
    if (item->kind == CAPTURE_HOLE || item->kind == CAPTURE_GARBAGE ||
        item->kind == CAPTURE_DAMAGE) {
        r->broken = true;
    } else if (item->kind == CAPTURE_FRAME && item->type == V2GTP_EXI && !r->broken) {
        append(r, item);
    }
}

/* The car's list and the charger's choice name the protocol. */
static enum v2g_protocol agreed(const struct recording *r)
{
    static uint64_t memory[2][512];
    struct exi_arena arenas[2];
    struct exi_message offer;
    struct exi_message choice;
    exi_arena_init(&arenas[0], memory[0], sizeof memory[0]);
    exi_arena_init(&arenas[1], memory[1], sizeof memory[1]);
    if (r->n_frames < 2 || !r->frames[0].from_car || r->frames[1].from_car ||
        exi_decode(&exi_set_sap, r->frames[0].exi, r->frames[0].len, &arenas[0], &offer) < 0 ||
        exi_decode(&exi_set_sap, r->frames[1].exi, r->frames[1].len, &arenas[1], &choice) < 0 ||
        offer.root != SAP_SUPPORTED_APP_PROTOCOL_REQ ||
        choice.root != SAP_SUPPORTED_APP_PROTOCOL_RES) {
        return V2G_PROTOCOL_NONE;
    }
    const struct sap_supported_app_protocol_req *req = offer.value;
    const struct sap_supported_app_protocol_res *res = choice.value;
    for (uint16_t i = 0; i < req->app_protocol_count; i++) {
        const struct sap_app_protocol *p = &req->app_protocol[i];
        if (!res->has_schema_id || p->schema_id != res->schema_id) {
            continue;
        }
        return exi_text_equal(p->protocol_namespace, "urn:din:70121:2012:MsgDef") ? V2G_PROTOCOL_DIN
               : exi_text_equal(p->protocol_namespace, "urn:iso:15118:2:2013:MsgDef")
                   ? V2G_PROTOCOL_ISO2
                   : V2G_PROTOCOL_NONE;
    }
    return V2G_PROTOCOL_NONE;
}

/* The key log beside a capture of TLS. */
static void read_secrets(const char *path, struct tls_keylog *log)
{
    char name[256];
    size_t len = 0;
    if (strstr(path, "_TLS_") == NULL) {
        return;
    }
    snprintf(name, sizeof name, "%.*s.keylog", (int)(strlen(path) - strlen(".pcapng")), path);
    char *text = data_read(name, &len);
    CHECK(text != NULL && tls_keylog_add(log, text, len) > 0);
    free(text);
}

int recording_read(const char *path, struct recording out[RECORDING_CONNECTIONS])
{
    char where[64];
    char error[256];
    struct tls_keylog log = {.n = 0};
    memset(out, 0, RECORDING_CONNECTIONS * sizeof *out);
    FILE *file = data_open(path);
    if (file == NULL) {
        return -1;
    }
    read_secrets(path, &log);
    snprintf(where, sizeof where, "/proc/%d/fd/%d", getpid(), fileno(file));
    const struct capture_source source = {.path = where, .log = &log};
    CHECK_EQ(capture_read(&source, take, out, error, sizeof error), 0);
    fclose(file);
    tls_keylog_free(&log);
    int n = 0;
    for (int i = 0; i < RECORDING_CONNECTIONS; i++) {
        out[i].protocol = agreed(&out[i]);
        n = out[i].n_frames > 0 ? i + 1 : n;
    }
    return n;
}

void recording_free(struct recording *r)
{
    for (size_t i = 0; i < r->n_frames; i++) {
        free(r->frames[i].exi);
    }
    free(r->frames);
    memset(r, 0, sizeof *r);
}
