/* SPDX-License-Identifier: MIT
 * Bans: the verbs of the operator, and the list that the broker's plugin reads.
 */
#ifndef SITE_BAN_H
#define SITE_BAN_H

#include "site/site.h"

enum { SITE_REASON_MAX_LEN = 500 };

/* Each is stored with its time and reason before it takes effect. E_STATE when the device is in
 * that state already. The database changes and the broker's list follow each other: a crash between
 * them is made good at the next start. */
int site_device_ban(struct site *site, const char *id, const char *reason,
                    struct site_result *result) MUST_USE;
int site_device_unban(struct site *site, const char *id, const char *reason,
                      struct site_result *result) MUST_USE;
/* Keeps what the owner says against a decision; changes nothing else. */
int site_device_appeal(struct site *site, const char *id, const char *reason,
                       struct site_result *result) MUST_USE;

/* Writes the list of those whom the broker must keep out (plugin/ban_list.h). Without a path, in
 * tests, there is none. */
int site_bans_write(struct site *site) MUST_USE;

#endif
