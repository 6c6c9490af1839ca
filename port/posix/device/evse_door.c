/* SPDX-License-Identifier: MIT
 * Handshakes of cars that speak TLS.
 */
#include "evse_door.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "posix/clock.h"
#include "posix/log.h"

static void dismiss(struct evse_guest *guest)
{
    runtime_timer_stop(posix_loop_timers(guest->door->loop), &guest->timer);
    posix_loop_unwatch(guest->door->loop, guest->link.fd);
    v2g_link_close(&guest->link);
}

static void admit(struct evse_guest *guest)
{
    struct evse_door *door = guest->door;
    struct v2g_link link = guest->link;
    char text[64];
    runtime_timer_stop(posix_loop_timers(door->loop), &guest->timer);
    posix_loop_unwatch(door->loop, link.fd);
    v2g_link_init(&guest->link);
    v2g_link_describe(&link, text, sizeof text);
    log_info("evse: tls plug=%s speaks=\"%s\"", door->plug, text);
    door->admit(door->context, &link, &guest->car);
}

static void on_guest(void *context, int events);

static void go_on(struct evse_guest *guest)
{
    struct evse_door *door = guest->door;
    const int result = v2g_link_handshake(&guest->link, posix_clock_mono_ms());
    if (result == E_OK) {
        admit(guest);
        return;
    }
    if (result == E_STATE) {
        if (posix_loop_watch(door->loop, guest->link.fd, v2g_link_waits_for(&guest->link), on_guest,
                             guest) == E_OK) {
            runtime_timer_start(posix_loop_timers(door->loop), &guest->timer,
                                v2g_link_deadline(&guest->link));
            return;
        }
    } else {
        log_warn("evse: tls refused plug=%s why=\"%s\"", door->plug, v2g_link_why(&guest->link));
    }
    dismiss(guest);
}

static void on_guest(void *context, int events)
{
    (void)events;
    go_on(context);
}

static void on_time(void *context, uint64_t round_ms)
{
    (void)round_ms;
    go_on(context);
}

/* A free place, else that of who has been at it longest. */
static struct evse_guest *make_room(struct evse_door *door)
{
    struct evse_guest *oldest = &door->guests[0];
    for (unsigned i = 0; i < EVSE_DOOR_GUESTS_MAX; i++) {
        struct evse_guest *guest = &door->guests[i];
        if (!v2g_link_is_open(&guest->link)) {
            return guest;
        }
        if (guest->number < oldest->number) {
            oldest = guest;
        }
    }
    log_warn("evse: tls refused plug=%s why=\"too many handshakes at once\"", door->plug);
    dismiss(oldest);
    return oldest;
}

static void on_knock(void *context, int events)
{
    struct evse_door *door = context;
    struct v2g_endpoint car;
    (void)events;
    const int fd = v2g_net_accept(door->listen_fd, &car);
    if (fd < 0) {
        return;
    }
    struct evse_guest *guest = make_room(door);
    if (v2g_link_open(&guest->link, fd, door->tls, posix_clock_mono_ms()) != E_OK) {
        close(fd);
        return;
    }
    guest->car = car;
    guest->number = door->n_guests++;
    go_on(guest);
}

int evse_door_open(struct evse_door *door, int listen_fd)
{
    ASSERT(listen_fd >= 0 && door->tls != NULL && door->admit != NULL);
    door->listen_fd = listen_fd;
    for (unsigned i = 0; i < EVSE_DOOR_GUESTS_MAX; i++) {
        struct evse_guest *guest = &door->guests[i];
        guest->door = door;
        guest->timer = (struct runtime_timer){.fire = on_time, .context = guest};
        v2g_link_init(&guest->link);
    }
    return posix_loop_watch(door->loop, listen_fd, POSIX_LOOP_READ, on_knock, door);
}

void evse_door_close(struct evse_door *door)
{
    if (door->guests[0].door == NULL) {
        return;
    }
    for (unsigned i = 0; i < EVSE_DOOR_GUESTS_MAX; i++) {
        if (v2g_link_is_open(&door->guests[i].link)) {
            dismiss(&door->guests[i]);
        }
    }
    posix_loop_unwatch(door->loop, door->listen_fd);
    close(door->listen_fd);
    door->listen_fd = -1;
}
