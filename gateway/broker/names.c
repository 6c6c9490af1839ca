/* SPDX-License-Identifier: MIT */
#include "broker/names.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "signer/limits.h"

struct names {
    char *out;
    size_t cap;
    size_t len;
    unsigned n;
};

static void add(struct names *names, const char *kind, const char *name)
{
    const int n = names->n < SIGNER_SAN_MAX_ENTRIES
                      ? snprintf(names->out + names->len, names->cap - names->len, "%s%s:%s",
                                 names->n > 0 ? "," : "", kind, name)
                      : -1;
    if (n > 0 && (size_t)n < names->cap - names->len) {
        names->len += (size_t)n;
        names->n++;
    }
    names->out[names->len] = 0;
}

/* Addresses that others can use: no loopback, none that is good on one link only. */
static bool is_reachable(const struct ifaddrs *i)
{
    if (!i->ifa_addr || (i->ifa_flags & IFF_LOOPBACK) != 0 || (i->ifa_flags & IFF_UP) == 0) {
        return false;
    }
    if (i->ifa_addr->sa_family == AF_INET6) {
        struct sockaddr_in6 at;
        memcpy(&at, i->ifa_addr, sizeof at);
        return !IN6_IS_ADDR_LINKLOCAL(&at.sin6_addr);
    }
    return i->ifa_addr->sa_family == AF_INET;
}

static void add_address(struct names *names, const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN];
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    const void *bytes;
    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        bytes = &v4.sin_addr;
    } else {
        memcpy(&v6, address, sizeof v6);
        bytes = &v6.sin6_addr;
    }
    if (inet_ntop(address->sa_family, bytes, text, sizeof text)) {
        add(names, "IP", text);
    }
}

static void add_machine(struct names *names)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
    char host[65];
    struct ifaddrs *list;
    if (gethostname(host, sizeof host) == 0 && host[0] != 0 && host[0] != '.' && host[0] != '-' &&
        strspn(host, allowed) == strnlen(host, sizeof host)) {
        add(names, "DNS", host);
    }
    if (getifaddrs(&list) != 0) {
        return;
    }
    for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
        if (is_reachable(i)) {
            add_address(names, i->ifa_addr);
        }
    }
    freeifaddrs(list);
}

void broker_names_write(const char *listen, char *out, size_t cap)
{
    struct names names = {.out = out, .cap = cap};
    ASSERT(cap > 0);
    add(&names, "DNS", "localhost");
    add(&names, "IP", "127.0.0.1");
    if (strcmp(listen, "0.0.0.0") == 0 || strcmp(listen, "::") == 0) {
        add(&names, "IP", "::1");
        add_machine(&names);
    } else if (strcmp(listen, "127.0.0.1") != 0) {
        add(&names, "IP", listen);
    }
}

void broker_names_url_host(const char *address, char *out, size_t cap)
{
    const bool is_v6 = strchr(address, ':') != NULL;
    (void)snprintf(out, cap, "%s%s%s", is_v6 ? "[" : "", address, is_v6 ? "]" : "");
}
