/* SPDX-License-Identifier: MIT
 * Namespaces and interfaces.
 */
#include "ev_link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"

enum { REQUEST_CAP = 256, ANSWER_CAP = 512 };

/* A request that grows; attributes nest. */
struct request {
    uint8_t bytes[REQUEST_CAP];
    size_t len;
};

static void put(struct request *r, const void *bytes, size_t len)
{
    ASSERT(r->len + NLMSG_ALIGN(len) <= sizeof r->bytes);
    if (len > 0) {
        memcpy(r->bytes + r->len, bytes, len);
    }
    r->len += NLMSG_ALIGN(len);
}

/* The place where its length is filled in by end(). */
static size_t begin(struct request *r, uint16_t type)
{
    const size_t at = r->len;
    const struct rtattr head = {.rta_type = type};
    put(r, &head, sizeof head);
    return at;
}

static void end(struct request *r, size_t at)
{
    const uint16_t len = (uint16_t)(r->len - at);
    memcpy(r->bytes + at, &len, sizeof len);
}

static void put_attribute(struct request *r, uint16_t type, const void *bytes, size_t len)
{
    const size_t at = r->len;
    const struct rtattr head = {.rta_type = type, .rta_len = (uint16_t)RTA_LENGTH(len)};
    put(r, &head, sizeof head);
    put(r, bytes, len);
    ASSERT(r->len == at + RTA_SPACE(len));
}

static int refused(int why)
{
    errno = why;
    return E_IO;
}

static int ask_kernel(struct request *r)
{
    uint8_t answer[ANSWER_CAP];
    const uint32_t total = (uint32_t)r->len;
    memcpy(r->bytes, &total, sizeof total);
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) {
        return E_IO;
    }
    ssize_t n = send(fd, r->bytes, r->len, 0);
    if (n == (ssize_t)r->len) {
        n = recv(fd, answer, sizeof answer, 0);
    }
    const int why = errno;
    close(fd);
    if (n < (ssize_t)(NLMSG_HDRLEN + sizeof(int))) {
        return refused(why);
    }
    int error = 0; /* of struct nlmsgerr: 0, or a negative errno */
    memcpy(&error, answer + NLMSG_HDRLEN, sizeof error);
    return error == 0 ? E_OK : refused(-error);
}

int ev_link_pair(const char *near, const char *far, pid_t pid)
{
    struct request r = {.len = 0};
    const struct nlmsghdr head = {.nlmsg_type = RTM_NEWLINK,
                                  .nlmsg_flags =
                                      NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL};
    const struct ifinfomsg any = {.ifi_family = AF_UNSPEC};
    const int32_t owner = pid;
    put(&r, &head, sizeof head);
    put(&r, &any, sizeof any);
    put_attribute(&r, IFLA_IFNAME, near, strlen(near) + 1);
    const size_t info = begin(&r, IFLA_LINKINFO);
    put_attribute(&r, IFLA_INFO_KIND, "veth", sizeof "veth");
    const size_t veth = begin(&r, IFLA_INFO_DATA);
    const size_t peer = begin(&r, VETH_INFO_PEER);
    put(&r, &any, sizeof any);
    put_attribute(&r, IFLA_IFNAME, far, strlen(far) + 1);
    put_attribute(&r, IFLA_NET_NS_PID, &owner, sizeof owner);
    end(&r, peer);
    end(&r, veth);
    end(&r, info);
    return ask_kernel(&r);
}

int ev_link_up(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_UP};
    ASSERT(strlen(name) < sizeof request.ifr_name);
    strcpy(request.ifr_name, name);
    const int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return E_IO;
    }
    const int result = ioctl(fd, SIOCSIFFLAGS, &request);
    const int why = errno;
    close(fd);
    return result == 0 ? E_OK : refused(why);
}

static bool write_text(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    const bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return ok;
}

int ev_link_leave(void)
{
    char map[64];
    const uid_t uid = geteuid();
    const gid_t gid = getegid();
    if (uid == 0) {
        return unshare(CLONE_NEWNET) == 0 ? E_OK : E_AUTH;
    }
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        return E_AUTH;
    }
    snprintf(map, sizeof map, "0 %u 1", (unsigned)uid);
    if (!write_text("/proc/self/setgroups", "deny") || !write_text("/proc/self/uid_map", map)) {
        return E_AUTH;
    }
    snprintf(map, sizeof map, "0 %u 1", (unsigned)gid);
    return write_text("/proc/self/gid_map", map) ? E_OK : E_AUTH;
}
