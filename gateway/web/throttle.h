/* SPDX-License-Identifier: MIT
 * Slows down guessing of the password: an address that failed WEB_THROTTLE_TRIES times waits,
 * longer each time; and so that many addresses cannot keep the machine busy with password hashes,
 * only a few tries a second are looked at. Fixed memory: the address that was quiet longest is
 * forgotten first.
 */
#ifndef WEB_THROTTLE_H
#define WEB_THROTTLE_H

#include <stdint.h>

enum {
    WEB_THROTTLE_PEERS = 64,
    WEB_THROTTLE_TRIES = 5,
    WEB_THROTTLE_FIRST_S = 30, /* doubled with every further failure, up to */
    WEB_THROTTLE_MAX_S = 900,
    WEB_THROTTLE_FORGET_S = 3600,
    WEB_THROTTLE_PER_SECOND = 4, /* of all addresses together */
    WEB_PEER_CAP = 48
};

struct web_throttle {
    struct web_throttle_peer {
        char name[WEB_PEER_CAP];
        uint32_t failures;
        uint64_t last_ms;
        uint64_t until_ms;
    } peers[WEB_THROTTLE_PEERS]; /* all private; zero is empty */
    uint64_t second;
    uint32_t in_second;
};

/* Seconds that the peer has to wait before its next try; 0: now, and the try is counted. */
uint32_t web_throttle_wait_s(struct web_throttle *t, uint64_t now_ms, const char *peer);
void web_throttle_failed(struct web_throttle *t, uint64_t now_ms, const char *peer);
void web_throttle_succeeded(struct web_throttle *t, const char *peer);

#endif
