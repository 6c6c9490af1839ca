/* SPDX-License-Identifier: MIT
 * Every subcommand of `wattward`, in the order of its --help: one line each.
 */
#ifndef TOOLS_COMMANDS_H
#define TOOLS_COMMANDS_H

#define WATTWARD_COMMANDS(X)                                                                       \
    X(status)                                                                                      \
    X(device)                                                                                      \
    X(operator)                                                                                    \
    X(trust)                                                                                       \
    X(exi)                                                                                         \
    X(ledger)                                                                                      \
    X(tariff)                                                                                      \
    X(settle)                                                                                      \
    X(charger)                                                                                     \
    X(v2g)

#endif
