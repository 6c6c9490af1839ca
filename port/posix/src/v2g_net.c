/* SPDX-License-Identifier: MIT
 * Sockets between a car and a charger.
 */
#include "posix/v2g_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 4,
    MAX_ANSWERS = 16,
    MAX_BINDS = 64,
    DYNAMIC_FIRST = 49152,
    DYNAMIC_PORTS = 16384
};

/* Keeps errno. */
static int give_up(int fd)
{
    const int why = errno;
    close(fd);
    errno = why;
    return E_IO;
}

int v2g_net_address(const char *interface, uint8_t address[16])
{
    struct ifaddrs *all = NULL;
    int result = E_NOTFOUND;
    if (getifaddrs(&all) != 0) {
        return E_IO;
    }
    for (const struct ifaddrs *at = all; at != NULL; at = at->ifa_next) {
        if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET6 ||
            strcmp(at->ifa_name, interface) != 0) {
            continue;
        }
        struct sockaddr_in6 found;
        memcpy(&found, at->ifa_addr, sizeof found);
        if (IN6_IS_ADDR_LINKLOCAL(&found.sin6_addr) || IN6_IS_ADDR_LOOPBACK(&found.sin6_addr)) {
            memcpy(address, &found.sin6_addr, 16);
            result = E_OK;
            break;
        }
    }
    freeifaddrs(all);
    return result;
}

int v2g_net_mac(const char *interface, uint8_t mac[6])
{
    struct ifreq request = {0};
    if (strlen(interface) >= sizeof request.ifr_name) {
        return E_ARG;
    }
    strcpy(request.ifr_name, interface);
    const int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return E_IO;
    }
    const bool ok = ioctl(fd, SIOCGIFHWADDR, &request) == 0;
    close(fd);
    if (ok) {
        memcpy(mac, request.ifr_hwaddr.sa_data, 6);
    }
    return ok ? E_OK : E_IO;
}

static struct sockaddr_in6 socket_address(const char *interface, const uint8_t address[16],
                                          uint16_t port)
{
    struct sockaddr_in6 made = {.sin6_family = AF_INET6,
                                .sin6_port = htons(port),
                                .sin6_scope_id = if_nametoindex(interface)};
    memcpy(&made.sin6_addr, address, 16);
    return made;
}

/* A port of the dynamic range, where cars expect a charger's; others may have it. */
static int bind_somewhere(int fd, struct sockaddr_in6 *own)
{
    const unsigned first = (unsigned)getpid();
    if (own->sin6_port != 0) {
        return bind(fd, (const struct sockaddr *)own, sizeof *own);
    }
    for (unsigned i = 0; i < MAX_BINDS; i++) {
        own->sin6_port = htons((uint16_t)(DYNAMIC_FIRST + (first + i * 97) % DYNAMIC_PORTS));
        if (bind(fd, (const struct sockaddr *)own, sizeof *own) == 0) {
            return 0;
        }
        if (errno != EADDRINUSE) {
            break;
        }
    }
    return -1;
}

int v2g_net_listen(const char *interface, struct v2g_endpoint *endpoint)
{
    const int on = 1;
    int result = v2g_net_address(interface, endpoint->address);
    if (result != E_OK) {
        return result;
    }
    struct sockaddr_in6 own = socket_address(interface, endpoint->address, endpoint->port);
    socklen_t len = sizeof own;
    const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return E_IO;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind_somewhere(fd, &own) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&own, &len) != 0) {
        return give_up(fd);
    }
    endpoint->port = ntohs(own.sin6_port);
    return fd;
}

static int datagrams(const char *interface, uint16_t port)
{
    const int on = 1;
    const int index = (int)if_nametoindex(interface);
    const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    const int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return E_IO;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface)) != 0 ||
        setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index) != 0 ||
        bind(fd, (const struct sockaddr *)&any, sizeof any) != 0) {
        return give_up(fd);
    }
    return fd;
}

static bool is_loopback(const char *interface)
{
    uint8_t address[16];
    struct in6_addr found;
    if (v2g_net_address(interface, address) != E_OK) {
        return false;
    }
    memcpy(&found, address, sizeof found);
    return IN6_IS_ADDR_LOOPBACK(&found);
}

int v2g_net_sdp_server(const char *interface, uint16_t port)
{
    const int fd = datagrams(interface, port);
    struct ipv6_mreq group = {.ipv6mr_interface = if_nametoindex(interface)};
    if (fd < 0 || is_loopback(interface)) {
        return fd;
    }
    inet_pton(AF_INET6, "ff02::1", &group.ipv6mr_multiaddr);
    if (setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group) != 0) {
        return give_up(fd);
    }
    return fd;
}

int v2g_net_sdp_client(const char *interface)
{
    return datagrams(interface, 0);
}

int v2g_net_accept(int fd, struct v2g_endpoint *peer)
{
    struct sockaddr_in6 from = {0};
    socklen_t len = sizeof from;
    const int on = 1;
    const int accepted = accept4(fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) {
        return E_STATE;
    }
    /* A response waits for nothing: the car counts milliseconds. */
    (void)setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    memcpy(peer->address, &from.sin6_addr, 16);
    peer->port = ntohs(from.sin6_port);
    return accepted;
}

int v2g_net_answer(int fd, const struct v2g_sdp_server *server)
{
    int n_answered = 0;
    for (unsigned i = 0; i < MAX_ANSWERS; i++) {
        uint8_t in[64];
        uint8_t out[V2G_SDP_RESPONSE_LEN];
        struct sockaddr_in6 from = {0};
        socklen_t from_len = sizeof from;
        const ssize_t n = recvfrom(fd, in, sizeof in, 0, (struct sockaddr *)&from, &from_len);
        if (n < 0) {
            break;
        }
        const int len = v2g_sdp_answer(server, in, (size_t)n, out);
        if (len > 0 && sendto(fd, out, (size_t)len, 0, (const struct sockaddr *)&from, from_len) ==
                           (ssize_t)len) {
            n_answered++;
        }
    }
    return n_answered;
}

int v2g_net_ask(int fd, const char *interface, uint16_t port, const uint8_t *datagram, size_t len)
{
    uint8_t everybody[16];
    inet_pton(AF_INET6, is_loopback(interface) ? "::1" : "ff02::1", everybody);
    const struct sockaddr_in6 to = socket_address(interface, everybody, port);
    const ssize_t n = sendto(fd, datagram, len, 0, (const struct sockaddr *)&to, sizeof to);
    return n == (ssize_t)len ? E_OK : E_IO;
}

int v2g_net_connect(const char *interface, const struct v2g_endpoint *endpoint)
{
    const int on = 1;
    const struct sockaddr_in6 to = socket_address(interface, endpoint->address, endpoint->port);
    const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return E_IO;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) {
        return give_up(fd);
    }
    return fd;
}

int v2g_net_connected(int fd)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        return E_IO;
    }
    errno = error;
    return error == 0 ? E_OK : E_IO;
}

int v2g_net_send(int fd, const uint8_t *bytes, size_t len)
{
    return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len ? E_OK : E_IO;
}

int v2g_net_receive(int fd, uint8_t *out, size_t cap)
{
    const ssize_t n = recv(fd, out, cap, 0);
    if (n > 0) {
        return (int)n;
    }
    if (n == 0) {
        return E_NOTFOUND;
    }
    return errno == EAGAIN || errno == EINTR ? 0 : E_IO;
}
