/* SPDX-License-Identifier: MIT */
#include "web/throttle.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

static struct web_throttle_peer *find(struct web_throttle *t, const char *peer)
{
    for (size_t i = 0; i < WEB_THROTTLE_PEERS; i++) {
        if (strcmp(t->peers[i].name, peer) == 0 && t->peers[i].failures > 0) {
            return &t->peers[i];
        }
    }
    return NULL;
}

static struct web_throttle_peer *find_or_make(struct web_throttle *t, const char *peer)
{
    struct web_throttle_peer *p = find(t, peer);
    if (p) {
        return p;
    }
    p = &t->peers[0];
    for (size_t i = 1; i < WEB_THROTTLE_PEERS; i++) {
        if (t->peers[i].last_ms < p->last_ms) {
            p = &t->peers[i];
        }
    }
    *p = (struct web_throttle_peer){.failures = 0};
    (void)snprintf(p->name, sizeof p->name, "%s", peer);
    return p;
}

uint32_t web_throttle_wait_s(struct web_throttle *t, uint64_t now_ms, const char *peer)
{
    const struct web_throttle_peer *p = find(t, peer);
    if (p && now_ms < p->until_ms) {
        return (uint32_t)((p->until_ms - now_ms + 999) / 1000);
    }
    if (t->second != now_ms / 1000) {
        t->second = now_ms / 1000;
        t->in_second = 0;
    }
    if (t->in_second >= WEB_THROTTLE_PER_SECOND) {
        return 1;
    }
    t->in_second++;
    return 0;
}

/* The wait after so many failures, in seconds. */
static uint32_t wait_after(uint32_t failures)
{
    if (failures < WEB_THROTTLE_TRIES) {
        return 0;
    }
    uint32_t wait_s = WEB_THROTTLE_FIRST_S;
    for (uint32_t i = WEB_THROTTLE_TRIES; i < failures && wait_s < WEB_THROTTLE_MAX_S; i++) {
        wait_s *= 2;
    }
    return wait_s < WEB_THROTTLE_MAX_S ? wait_s : WEB_THROTTLE_MAX_S;
}

void web_throttle_failed(struct web_throttle *t, uint64_t now_ms, const char *peer)
{
    struct web_throttle_peer *p = find_or_make(t, peer);
    if (p->failures > 0 && now_ms - p->last_ms > WEB_THROTTLE_FORGET_S * UINT64_C(1000)) {
        p->failures = 0;
    }
    p->failures++;
    p->last_ms = now_ms;
    p->until_ms = now_ms + wait_after(p->failures) * UINT64_C(1000);
    ASSERT(p->failures > 0);
}

void web_throttle_succeeded(struct web_throttle *t, const char *peer)
{
    struct web_throttle_peer *p = find(t, peer);
    if (p) {
        *p = (struct web_throttle_peer){.failures = 0};
    }
}
