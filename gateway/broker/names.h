/* SPDX-License-Identifier: MIT
 * The names by which clients may reach this machine, for the certificates of our servers.
 */
#ifndef BROKER_NAMES_H
#define BROKER_NAMES_H

#include <stddef.h>

#include "signer/limits.h"

enum { BROKER_NAMES_CAP = SIGNER_SAN_MAX_LEN };

/* "DNS:localhost,IP:127.0.0.1" and the address that we listen on; for 0.0.0.0 and :: the machine's
 * name and its addresses instead, as many as a certificate of ours may have. */
void broker_names_write(const char *listen, char *out, size_t cap);
/* For a URL: an IPv6 address in brackets. */
void broker_names_url_host(const char *address, char *out, size_t cap);

#endif
