/* SPDX-License-Identifier: MIT
 * Reads a home's record (sim/homes/home-NN.csv) into memory.
 */
#ifndef SIM_HOME_RECORD_H
#define SIM_HOME_RECORD_H

#include "app/replay.h"

/* Memory from malloc, freed by sim_home_record_free(). Prints what is wrong with the file. */
int sim_home_record_load(struct replay_record *record, const char *folder, const char *id) MUST_USE;
void sim_home_record_free(struct replay_record *record);

#endif
