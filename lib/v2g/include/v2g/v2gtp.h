/* SPDX-License-Identifier: MIT
 * V2GTP, the framing of everything above TCP and UDP (ISO 15118-2 clause 7.8.3): 01 FE, payload
 * type, length, payload.
 */
#ifndef V2G_V2GTP_H
#define V2G_V2GTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { V2GTP_HEADER_LEN = 8, V2GTP_MAX_PAYLOAD_LEN = 8192 };

/* ISO 15118-2 table 10, ISO 15118-20 table 12 */
enum v2gtp_type {
    V2GTP_EXI = 0x8001, /* supportedAppProtocol, DIN SPEC 70121, ISO 15118-2 */
    V2GTP_ISO20 = 0x8002,
    V2GTP_ISO20_AC = 0x8003,
    V2GTP_ISO20_DC = 0x8004,
    V2GTP_ISO20_ACDP = 0x8005,
    V2GTP_ISO20_WPT = 0x8006,
    V2GTP_SDP_REQUEST = 0x9000,
    V2GTP_SDP_RESPONSE = 0x9001
};

struct v2gtp_frame {
    uint16_t type;
    const uint8_t *payload; /* view into the input */
    uint32_t len;
};

/* The frame at the beginning of a stream. Its whole length (header and payload) when it is all
 * there; 0 when more bytes are needed; E_MALFORMED when the version bytes are wrong;
 * E_LIMIT when it announces more than V2GTP_MAX_PAYLOAD_LEN. After an error the stream is lost. */
int v2gtp_decode(const uint8_t *bytes, size_t len, struct v2gtp_frame *frame) MUST_USE;

/* Writes the header; the payload follows at out[V2GTP_HEADER_LEN]. */
void v2gtp_write_header(uint8_t out[V2GTP_HEADER_LEN], uint16_t type, uint32_t payload_len);

#endif
