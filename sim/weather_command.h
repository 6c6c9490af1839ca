/* SPDX-License-Identifier: MIT
 * `wattward-sim weather`: a weather service of one's own.
 */
#ifndef SIM_WEATHER_COMMAND_H
#define SIM_WEATHER_COMMAND_H

int weather_main(int argc, char **argv);

#endif
