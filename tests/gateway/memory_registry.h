/* SPDX-License-Identifier: MIT
 * What the gateway's database does for enrolment, in a few lines of memory.
 */
#ifndef TESTS_MEMORY_REGISTRY_H
#define TESTS_MEMORY_REGISTRY_H

#include <stdbool.h>

#include "enrol/est.h"

enum { MEMORY_DEVICES = 8 };

struct memory_device {
    char id[65];
    struct est_device facts;
    bool banned;
    int n_certificates;
    struct est_enrolment last; /* its pointers are not kept */
};

struct memory_registry {
    struct memory_device devices[MEMORY_DEVICES];
    int n_devices;
    bool fails;        /* nothing works any more */
    bool disk_is_full; /* reading still works */
};

/* Adds a device, or gives the one that is there a new token, valid from now on. */
struct memory_device *memory_registry_claim(struct memory_registry *m, const char *id,
                                            int64_t unix_ms, char token[CLAIM_TOKEN_CAP]);
struct memory_device *memory_registry_find(struct memory_registry *m, const char *id);
struct est_registry memory_registry_of(struct memory_registry *m);

#endif
