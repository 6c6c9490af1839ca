/* SPDX-License-Identifier: MIT
 * The control socket: a UNIX socket of mode 0600 that takes commands, one JSON object a line.
 */
#ifndef CONTROL_SOCKET_H
#define CONTROL_SOCKET_H

#include "web/api.h"

struct posix_loop;
struct control_socket;

/* Listens at <directory>/control.sock. NULL when that fails; why is logged. */
struct control_socket *control_socket_open(struct posix_loop *loop, struct web_api *api,
                                           const char *directory);
/* NULL is fine. Removes the socket. */
void control_socket_close(struct control_socket *control);

#endif
