/* SPDX-License-Identifier: MIT
 * Which car belongs to which connection, when several charge at one station: the link layer knows a
 * car by its MAC and run id, TCP by address and port. A session is the four together, so two cars
 * never cross and one car never takes another's place.
 */
#ifndef V2G_SESSION_H
#define V2G_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { V2G_SESSION_SLOTS = 8, V2G_RUN_ID_LEN = 8 };

struct v2g_session_key {
    uint8_t ev_mac[6];
    uint8_t run_id[V2G_RUN_ID_LEN]; /* zeros where the link layer knows none */
    uint8_t ev_address[16];         /* IPv6 */
    uint16_t ev_port;
};

struct v2g_session_table {
    struct v2g_session_key keys[V2G_SESSION_SLOTS]; /* all private */
    bool used[V2G_SESSION_SLOTS];
};

/* A slot for a new connection: its index. E_STATE when the same car (MAC) already has one, by
 * whatever address; E_LIMIT when all are taken. */
int v2g_session_open(struct v2g_session_table *table, const struct v2g_session_key *key) MUST_USE;
/* The slot of exactly this key, or E_NOTFOUND. */
int v2g_session_find(const struct v2g_session_table *table, const struct v2g_session_key *key);
void v2g_session_close(struct v2g_session_table *table, int slot);

/* The MAC that an IPv6 link-local address made by EUI-64 shows; false when it shows none (privacy
 * addresses). */
bool v2g_session_mac_of(const uint8_t address[16], uint8_t mac[6]);

#endif
