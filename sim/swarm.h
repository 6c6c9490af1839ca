/* SPDX-License-Identifier: MIT
 * `wattward-sim swarm`: many real meters in one process against a real gateway.
 */
#ifndef SIM_SWARM_H
#define SIM_SWARM_H

int swarm_main(int argc, char **argv);

#endif
