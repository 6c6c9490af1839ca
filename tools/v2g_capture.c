/* SPDX-License-Identifier: MIT */
#include "v2g_capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rbuf.h"
#include "tls_reader.h"
#include "v2g/sdp.h"
#include "v2g/v2gtp.h"

enum {
    MAX_CONNECTIONS = 256,
    STREAM_CAP = 65536,
    ETHERNET_LEN = 14,
    IPV6_LEN = 40,
    UDP_LEN = 8,
    TCP_MIN_LEN = 20,
    NEXT_UDP = 17,
    NEXT_TCP = 6,
    TCP_FIN = 1,
    TCP_SYN = 2,
    TCP_RST = 4
};
static const int64_t seconds_max = 253402300799; /* the end of the year 9999 */

/* Bytes that wait for the rest of their frame or record. */
struct bytes {
    bool dead;
    size_t len;
    uint8_t bytes[STREAM_CAP];
};
/* One direction of a connection. */
struct stream {
    bool known;
    uint32_t next;       /* sequence number expected */
    struct bytes outer;  /* what TCP carried */
    struct bytes inside; /* what TLS carried */
};
struct connection {
    uint8_t car[18], charger[18]; /* address and port */
    bool opened, ended;
    struct tls_reader *tls; /* NULL: plain so far */
    struct stream up, down; /* from the car, to the car */
};
struct reader {
    struct connection *connections[MAX_CONNECTIONS];
    unsigned n;
    capture_take *take;
    void *context;
    const struct tls_keylog *log;
    int64_t unix_us;
};
struct segment {
    const uint8_t *from, *to; /* addresses */
    uint16_t from_port, to_port;
    uint32_t sequence;
    uint8_t flags;
    const uint8_t *payload;
    size_t len;
};

static void give(struct reader *r, const struct segment *s, struct capture_item item)
{
    char text[INET6_ADDRSTRLEN] = "";
    (void)inet_ntop(AF_INET6, s->from, text, sizeof text);
    item.unix_us = r->unix_us;
    item.address = text;
    item.port = s->from_port;
    r->take(r->context, &item);
}

static void key_of(const uint8_t *address, uint16_t port, uint8_t key[18])
{
    memcpy(key, address, 16);
    key[16] = (uint8_t)(port >> 8);
    key[17] = (uint8_t)port;
}

/* The connection of a segment; who speaks first, or sends SYN, is the car. */
static struct connection *connection_of(struct reader *r, const struct segment *s, bool *from_car,
                                        unsigned *number)
{
    uint8_t from[18];
    uint8_t to[18];
    key_of(s->from, s->from_port, from);
    key_of(s->to, s->to_port, to);
    const bool fresh = (s->flags & TCP_SYN) != 0 && s->sequence != 0;
    for (unsigned i = r->n; i-- > 0;) {
        struct connection *c = r->connections[i];
        const bool up = memcmp(c->car, from, 18) == 0 && memcmp(c->charger, to, 18) == 0;
        const bool down = memcmp(c->car, to, 18) == 0 && memcmp(c->charger, from, 18) == 0;
        if ((up && !(fresh && c->ended)) || down) {
            *from_car = up;
            *number = i + 1;
            return c;
        }
    }
    if (r->n == MAX_CONNECTIONS) {
        return NULL;
    }
    struct connection *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return NULL;
    }
    memcpy(c->car, from, 18);
    memcpy(c->charger, to, 18);
    r->connections[r->n++] = c;
    *from_car = true;
    *number = r->n;
    return c;
}

static void drop(struct bytes *b, size_t n)
{
    b->len -= n;
    memmove(b->bytes, b->bytes + n, b->len);
}

static void add(struct bytes *b, const uint8_t *bytes, size_t len)
{
    if (b->dead || len > STREAM_CAP - b->len) {
        return;
    }
    memcpy(b->bytes + b->len, bytes, len);
    b->len += len;
}

static void cut_frames(struct reader *r, const struct segment *s, struct bytes *b,
                       struct capture_item item)
{
    size_t at = 0;
    while (!b->dead && at < b->len) {
        struct v2gtp_frame frame;
        const int used = v2gtp_decode(b->bytes + at, b->len - at, &frame);
        if (used == 0) {
            break;
        }
        if (used < 0) {
            item.kind = CAPTURE_GARBAGE;
            item.len = b->len - at;
            b->dead = true;
            give(r, s, item);
            break;
        }
        item.kind = CAPTURE_FRAME;
        item.type = frame.type;
        item.payload = frame.payload;
        item.len = frame.len;
        give(r, s, item);
        at += (size_t)used;
    }
    drop(b, at);
}

static void on_record(struct reader *r, const struct segment *s, struct stream *stream,
                      const struct tls_item *record, struct capture_item item)
{
    switch (record->found) {
    case TLS_FOUND_NOTHING:
        return;
    case TLS_FOUND_TEXT:
        add(&stream->inside, record->plain, record->len);
        cut_frames(r, s, &stream->inside, item);
        return;
    case TLS_FOUND_SESSION:
    case TLS_FOUND_ALERT:
    case TLS_FOUND_DAMAGE:
        item.kind = record->found == TLS_FOUND_DAMAGE ? CAPTURE_DAMAGE : CAPTURE_TLS;
        item.text = record->note;
        give(r, s, item);
        return;
    }
}

static void cut_records(struct reader *r, const struct segment *s, struct connection *c,
                        struct capture_item item)
{
    struct stream *stream = item.from_car ? &c->up : &c->down;
    struct bytes *b = &stream->outer;
    size_t at = 0;
    while (!b->dead && at < b->len) {
        struct tls_item record;
        const int used =
            tls_reader_input(c->tls, item.from_car, b->bytes + at, b->len - at, &record);
        if (used == 0) {
            break;
        }
        if (used < 0) {
            item.kind = CAPTURE_GARBAGE;
            item.len = b->len - at;
            b->dead = true;
            give(r, s, item);
            break;
        }
        on_record(r, s, stream, &record, item);
        at += (size_t)used;
    }
    drop(b, at);
}

/* Plain V2GTP, or TLS around it: the first bytes tell. */
static void cut(struct reader *r, const struct segment *s, struct connection *c,
                struct capture_item item)
{
    struct bytes *b = item.from_car ? &c->up.outer : &c->down.outer;
    if (c->tls == NULL && tls_reader_knows(b->bytes, b->len)) {
        c->tls = malloc(sizeof *c->tls);
        if (c->tls == NULL) {
            return;
        }
        tls_reader_init(c->tls, r->log);
    }
    if (c->tls != NULL) {
        cut_records(r, s, c, item);
    } else {
        cut_frames(r, s, b, item);
    }
}

static void on_hole(struct reader *r, const struct segment *s, struct connection *c, size_t len,
                    struct capture_item item)
{
    struct stream *stream = item.from_car ? &c->up : &c->down;
    item.kind = CAPTURE_HOLE;
    item.len = len;
    give(r, s, item);
    stream->outer.len = stream->inside.len = 0;
    if (c->tls != NULL) {
        tls_reader_hole(c->tls, item.from_car);
    }
}

static void add_bytes(struct reader *r, const struct segment *s, struct connection *c,
                      struct capture_item item)
{
    struct stream *stream = item.from_car ? &c->up : &c->down;
    const uint8_t *bytes = s->payload;
    size_t len = s->len;
    const int32_t ahead = (int32_t)(s->sequence - stream->next);
    if (!stream->known) {
        stream->known = true;
        stream->next = s->sequence;
    } else if (ahead < 0) { /* seen before, at least in part */
        const size_t old = (size_t)(-(int64_t)ahead);
        if (old >= len) {
            return;
        }
        bytes += old;
        len -= old;
    } else if (ahead > 0) {
        on_hole(r, s, c, (size_t)ahead, item);
        stream->next = s->sequence;
    }
    stream->next += (uint32_t)len;
    add(&stream->outer, bytes, len);
    cut(r, s, c, item);
}

static void on_tcp(struct reader *r, const struct segment *s)
{
    bool from_car = false;
    unsigned number = 0;
    struct connection *c = connection_of(r, s, &from_car, &number);
    if (c == NULL) {
        return;
    }
    struct capture_item item = {.connection = number, .from_car = from_car};
    struct stream *stream = from_car ? &c->up : &c->down;
    if ((s->flags & TCP_SYN) != 0) {
        stream->known = true;
        stream->next = s->sequence + 1;
        return;
    }
    if (s->len > 0) {
        if (!c->opened) {
            c->opened = true;
            item.kind = CAPTURE_OPENED;
            give(r, s, item);
        }
        add_bytes(r, s, c, item);
    }
    if ((s->flags & (TCP_FIN | TCP_RST)) != 0 && !c->ended && c->opened) {
        c->ended = true;
        item.kind = CAPTURE_CLOSED;
        give(r, s, item);
    }
}

static void on_udp(struct reader *r, const struct segment *s)
{
    struct v2gtp_frame frame;
    if (s->from_port != V2G_SDP_PORT && s->to_port != V2G_SDP_PORT) {
        return;
    }
    if (v2gtp_decode(s->payload, s->len, &frame) <= 0) {
        return;
    }
    give(r, s,
         (struct capture_item){.kind = CAPTURE_FRAME,
                               .from_car = frame.type == V2GTP_SDP_REQUEST,
                               .type = frame.type,
                               .payload = frame.payload,
                               .len = frame.len});
}

static void on_packet(struct reader *r, const uint8_t *bytes, size_t len)
{
    struct rbuf b = rbuf_of(bytes, len);
    rbuf_skip(&b, ETHERNET_LEN - 2);
    if (rbuf_be16(&b) != 0x86DD) {
        return;
    }
    rbuf_skip(&b, 4);
    const uint16_t payload_len = rbuf_be16(&b);
    const uint8_t next = rbuf_u8(&b);
    rbuf_skip(&b, 1);
    struct segment s = {.flags = 0};
    s.from = rbuf_take(&b, 16);
    s.to = rbuf_take(&b, 16);
    s.from_port = rbuf_be16(&b);
    s.to_port = rbuf_be16(&b);
    size_t header = UDP_LEN;
    if (next == NEXT_TCP) {
        s.sequence = rbuf_be32(&b);
        rbuf_skip(&b, 4);
        header = (size_t)(rbuf_u8(&b) >> 4) * 4;
        s.flags = rbuf_u8(&b);
    }
    const size_t start = ETHERNET_LEN + IPV6_LEN + header;
    const size_t end = ETHERNET_LEN + IPV6_LEN + (size_t)payload_len;
    if (!rbuf_ok(&b) || end > len || start > end || (next == NEXT_TCP && header < TCP_MIN_LEN)) {
        return;
    }
    s.payload = bytes + start;
    s.len = end - start;
    if (next == NEXT_TCP) {
        on_tcp(r, &s);
    } else if (next == NEXT_UDP) {
        on_udp(r, &s);
    }
}

static int complain(char *error, size_t cap, const char *path, const char *what, const char *why)
{
    snprintf(error, cap, "%.200s %s%s", path, what, why);
    return -1;
}

/* Any number may stand in a file; what is no time is 1970. */
static int64_t time_of(const struct timeval *t)
{
    const bool is_time =
        t->tv_sec >= 0 && t->tv_sec <= seconds_max && t->tv_usec >= 0 && t->tv_usec < 1000000;
    return is_time ? (int64_t)t->tv_sec * 1000000 + t->tv_usec : 0;
}

static int read_packets(struct reader *r, pcap_t *file)
{
    struct pcap_pkthdr *header = NULL;
    const uint8_t *bytes = NULL;
    int status = 0;
    while ((status = pcap_next_ex(file, &header, &bytes)) == 1) {
        r->unix_us = time_of(&header->ts);
        on_packet(r, bytes, header->caplen);
    }
    for (unsigned i = 0; i < r->n; i++) {
        free(r->connections[i]->tls);
        free(r->connections[i]);
    }
    return status == PCAP_ERROR ? -1 : 0;
}

int capture_read(const struct capture_source *source, capture_take *take, void *context,
                 char *error, size_t error_cap)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    FILE *in = fopen(source->path, "re");
    if (in == NULL) {
        return complain(error, error_cap, source->path, "cannot be read: ", strerror(errno));
    }
    pcap_t *file = pcap_fopen_offline(in, why);
    if (file == NULL) {
        fclose(in);
        return complain(error, error_cap, source->path, "cannot be read: ", why);
    }
    int status = 0;
    struct reader *r = calloc(1, sizeof *r);
    if (pcap_datalink(file) != DLT_EN10MB) {
        status = complain(error, error_cap, source->path, "is not a capture of Ethernet", "");
    } else if (r != NULL) {
        r->take = take;
        r->context = context;
        r->log = source->log;
        if (read_packets(r, file) < 0) {
            status = complain(error, error_cap, source->path,
                              "cannot be read to its end: ", pcap_geterr(file));
        }
    }
    free(r);
    pcap_close(file);
    return status;
}
