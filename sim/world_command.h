/* SPDX-License-Identifier: MIT
 * `wattward-sim world`: tells the story of sim/community.h.
 */
#ifndef SIM_WORLD_COMMAND_H
#define SIM_WORLD_COMMAND_H

int world_main(int argc, char **argv);

#endif
