# Weather: what is asked and what an answer says.
wattward_test(gateway_open_meteo ${CMAKE_CURRENT_LIST_DIR}/test_open_meteo.c DEPENDS weather)
