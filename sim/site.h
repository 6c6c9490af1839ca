/* SPDX-License-Identifier: MIT
 * `wattward-sim site`: starts the gateway and a meter for every home, and keeps them running.
 */
#ifndef SIM_SITE_H
#define SIM_SITE_H

int site_main(int argc, char **argv);

#endif
