/* SPDX-License-Identifier: MIT
 * A small HTTP server on the loopback for weather answers: one request a connection.
 */
#ifndef SIM_WEATHER_SERVER_H
#define SIM_WEATHER_SERVER_H

#include "posix/loop.h"
#include "weather_answer.h"

struct weather_server;

/* Listens on 127.0.0.1; `*port` 0 is any free one and then says which. NULL after a complaint.
 * `service` is lent. */
struct weather_server *weather_server_open(struct posix_loop *loop, uint16_t *port,
                                           const struct weather_service *service);
void weather_server_close(struct weather_server *server);

#endif
