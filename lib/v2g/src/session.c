/* SPDX-License-Identifier: MIT */
#include "v2g/session.h"

#include <string.h>

#include "base/assert.h"

static bool same_key(const struct v2g_session_key *a, const struct v2g_session_key *b)
{
    return memcmp(a->ev_mac, b->ev_mac, sizeof a->ev_mac) == 0 &&
           memcmp(a->run_id, b->run_id, sizeof a->run_id) == 0 &&
           memcmp(a->ev_address, b->ev_address, sizeof a->ev_address) == 0 &&
           a->ev_port == b->ev_port;
}

int v2g_session_open(struct v2g_session_table *table, const struct v2g_session_key *key)
{
    int slot = E_LIMIT;
    for (int i = V2G_SESSION_SLOTS - 1; i >= 0; i--) {
        if (!table->used[i]) {
            slot = i;
        } else if (memcmp(table->keys[i].ev_mac, key->ev_mac, sizeof key->ev_mac) == 0) {
            return E_STATE;
        }
    }
    if (slot >= 0) {
        table->keys[slot] = *key;
        table->used[slot] = true;
    }
    return slot;
}

int v2g_session_find(const struct v2g_session_table *table, const struct v2g_session_key *key)
{
    for (int i = 0; i < V2G_SESSION_SLOTS; i++) {
        if (table->used[i] && same_key(&table->keys[i], key)) {
            return i;
        }
    }
    return E_NOTFOUND;
}

void v2g_session_close(struct v2g_session_table *table, int slot)
{
    ASSERT(slot >= 0 && slot < V2G_SESSION_SLOTS && table->used[slot]);
    table->used[slot] = false;
    memset(&table->keys[slot], 0, sizeof table->keys[slot]);
}

bool v2g_session_mac_of(const uint8_t address[16], uint8_t mac[6])
{
    const bool link_local = address[0] == 0xFE && (address[1] & 0xC0) == 0x80;
    if (!link_local || address[11] != 0xFF || address[12] != 0xFE) {
        return false;
    }
    mac[0] = (uint8_t)(address[8] ^ 0x02);
    mac[1] = address[9];
    mac[2] = address[10];
    memcpy(mac + 3, address + 13, 3);
    return true;
}
