# The simulated flash needs no operating system: it is built here where sim/ is not.
if(NOT TARGET sim_flash)
  add_library(sim_flash STATIC ${CMAKE_SOURCE_DIR}/sim/flash.c)
  target_include_directories(sim_flash PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(sim_flash PUBLIC store)
endif()
list(APPEND depends sim_flash)
