/* SPDX-License-Identifier: MIT */
#include "memory_registry.h"

#include <stdio.h>
#include <string.h>

struct memory_device *memory_registry_find(struct memory_registry *m, const char *id)
{
    for (int i = 0; i < m->n_devices; i++) {
        if (strcmp(m->devices[i].id, id) == 0) {
            return &m->devices[i];
        }
    }
    return NULL;
}

struct memory_device *memory_registry_claim(struct memory_registry *m, const char *id,
                                            int64_t unix_ms, char token[CLAIM_TOKEN_CAP])
{
    struct memory_device *d = memory_registry_find(m, id);
    if (d == NULL && m->n_devices < MEMORY_DEVICES) {
        d = &m->devices[m->n_devices++];
        snprintf(d->id, sizeof d->id, "%s", id);
    }
    if (d == NULL || claim_make(token) != E_OK ||
        claim_digest(id, token, d->facts.claim_digest) != E_OK) {
        return NULL;
    }
    d->facts.has_claim = true;
    d->facts.claim_used = false;
    d->facts.claim_expires_unix_ms = unix_ms + CLAIM_LIFE_MS;
    return d;
}

static int find(void *context, const char *device_id, struct est_device *out)
{
    struct memory_registry *m = context;
    const struct memory_device *d = memory_registry_find(m, device_id);
    if (m->fails) {
        return E_IO;
    }
    if (d == NULL) {
        return E_NOTFOUND;
    }
    *out = d->facts;
    return E_OK;
}

static int enrolled(void *context, const struct est_enrolment *enrolment)
{
    struct memory_registry *m = context;
    struct memory_device *d = memory_registry_find(m, enrolment->device_id);
    if (d == NULL || m->fails || m->disk_is_full) {
        return E_IO;
    }
    d->facts.claim_used = d->facts.claim_used || enrolment->used_claim;
    d->facts.has_key = true;
    memcpy(d->facts.public_key, enrolment->facts.public_key, sizeof d->facts.public_key);
    d->n_certificates++;
    d->last = *enrolment;
    d->last.device_id = NULL;
    d->last.certificate_der = NULL;
    return E_OK;
}

struct est_registry memory_registry_of(struct memory_registry *m)
{
    return (struct est_registry){.find = find, .enrolled = enrolled, .context = m};
}
