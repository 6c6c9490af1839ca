/* SPDX-License-Identifier: MIT
 * The charger's door on the loopback: silent connections keep no car out, and the oldest gives way.
 */
#include "evse_door.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "posix/clock.h"
#include "posix/log.h"
#include "posix/v2g_pki.h"

enum { STEP_MS = 1, PATIENCE_MS = 20000, DAY_S = 86400 };

static struct evse_door door;
static struct v2g_tls *car_tls;
static struct v2g_link car, admitted;
static struct runtime_timer timer;
static uint16_t port;
static uint64_t until_ms;

static void admit(void *context, struct v2g_link *link, const struct v2g_endpoint *peer)
{
    (void)context;
    CHECK(peer->port != 0);
    admitted = *link;
}

static int call(void)
{
    const struct sockaddr_in6 to = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_EQ(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    CHECK_EQ(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static int listen_on_loopback(void)
{
    struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t len = sizeof own;
    const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(fd, (const struct sockaddr *)&own, sizeof own) != 0) {
        close(fd);
        return -1;
    }
    CHECK_EQ(listen(fd, 16), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&own, &len), 0);
    port = ntohs(own.sin6_port);
    return fd;
}

static struct v2g_tls *make_tls(void)
{
    char dir[] = "/tmp/wattward-door-XXXXXX";
    char path[3][64];
    char command[64];
    struct v2g_tls_error error;
    const struct v2g_pki_charger charger = {"c", "CPO", time(NULL) - DAY_S, time(NULL) + DAY_S};
    CHECK(mkdtemp(dir) != NULL);
    CHECK_EQ(v2g_pki_make(dir, &error), E_OK);
    CHECK_EQ(v2g_pki_issue(dir, &charger, &error), E_OK);
    snprintf(path[0], sizeof path[0], "%s/c.pem", dir);
    snprintf(path[1], sizeof path[1], "%s/c.key", dir);
    snprintf(path[2], sizeof path[2], "%s/v2g-root.pem", dir);
    struct v2g_tls *made = v2g_tls_charger(path[0], path[1], &error);
    car_tls = v2g_tls_car(path[2], &error);
    snprintf(command, sizeof command, "rm -r '%s'", dir);
    CHECK_EQ(system(command), 0);
    return made;
}

/* The car goes on with its handshake until both sides are through. */
static void step(void *context, uint64_t round_ms)
{
    struct posix_loop *loop = context;
    const int result = v2g_link_handshake(&car, posix_clock_mono_ms());
    if ((result == E_OK && v2g_link_is_open(&admitted)) || posix_clock_mono_ms() > until_ms) {
        posix_loop_stop(loop);
        return;
    }
    CHECK(result == E_OK || result == E_STATE);
    runtime_timer_start(posix_loop_timers(loop), &timer, round_ms + STEP_MS);
}

static void run(struct posix_loop *loop)
{
    timer = (struct runtime_timer){.fire = step, .context = loop};
    until_ms = posix_clock_mono_ms() + PATIENCE_MS;
    runtime_timer_start(posix_loop_timers(loop), &timer, posix_clock_mono_ms() + STEP_MS);
    (void)posix_loop_run(loop);
}

static void silent_connections_keep_no_car_out(void)
{
    int silent[2 * EVSE_DOOR_GUESTS_MAX];
    struct posix_loop *loop = posix_loop_open();
    const int listen_fd = listen_on_loopback();
    if (listen_fd < 0) {
        check_skip("there is no IPv6 loopback");
        posix_loop_close(loop);
        return;
    }
    log_open("test", LOG_LEVEL_ERROR);
    v2g_link_init(&admitted);
    door = (struct evse_door){.loop = loop, .plug = "lo", .tls = make_tls(), .admit = admit};
    CHECK_EQ(evse_door_open(&door, listen_fd), E_OK);
    for (unsigned i = 0; i < 2 * EVSE_DOOR_GUESTS_MAX; i++) {
        silent[i] = call();
    }
    CHECK_EQ(v2g_link_open(&car, call(), car_tls, posix_clock_mono_ms()), E_OK);
    run(loop);
    CHECK(v2g_link_is_open(&admitted) && v2g_link_is_tls(&admitted));
    unsigned n_waiting = 0;
    for (unsigned i = 0; i < EVSE_DOOR_GUESTS_MAX; i++) {
        n_waiting += v2g_link_is_open(&door.guests[i].link);
    }
    CHECK_EQ(n_waiting, EVSE_DOOR_GUESTS_MAX - 1);
    uint8_t byte;
    CHECK_EQ(recv(silent[0], &byte, 1, 0), 0); /* the first was sent away */
    evse_door_close(&door);
    for (unsigned i = 0; i < 2 * EVSE_DOOR_GUESTS_MAX; i++) {
        close(silent[i]);
    }
    v2g_link_close(&car);
    v2g_link_close(&admitted);
    v2g_tls_free(car_tls);
    v2g_tls_free(door.tls);
    posix_loop_close(loop);
}

static void a_door_that_was_never_opened_closes(void)
{
    static struct evse_door never;
    evse_door_close(&never);
    CHECK_EQ(never.listen_fd, 0);
}

CHECK_MAIN(TEST(silent_connections_keep_no_car_out), TEST(a_door_that_was_never_opened_closes))
