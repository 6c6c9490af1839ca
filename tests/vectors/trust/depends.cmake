set(depends trust sim_fleet)
