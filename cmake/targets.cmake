# How parts of the tree become targets. Layers are enforced here: a target sees only the public
# include directories of what it names in DEPENDS.

# wattward_library(NAME): lib/NAME, whose sources.cmake sets NAME_SOURCES and NAME_DEPENDS, and
# NAME_HOSTED where the library needs an operating system's C library.
function(wattward_library name)
  include(${CMAKE_SOURCE_DIR}/lib/${name}/sources.cmake)
  if(${name}_HOSTED AND NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
    return()
  endif()
  list(TRANSFORM ${name}_SOURCES PREPEND ${CMAKE_SOURCE_DIR}/lib/${name}/)
  add_library(${name} STATIC ${${name}_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/lib/${name}/include
                                     PRIVATE ${CMAKE_SOURCE_DIR}/lib/${name}/src)
  target_compile_options(${name} PRIVATE -Wpedantic)
  target_link_libraries(${name} PUBLIC ${${name}_DEPENDS})
endfunction()

# wattward_test(NAME SOURCE... DEPENDS target...): one test program, one ctest entry.
function(wattward_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "DEPENDS;SOURCES" ${ARGN})
  add_executable(${name} ${T_SOURCES} ${T_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/support)
  target_link_libraries(${name} PRIVATE ${T_DEPENDS} test_support)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  else()
    add_test(NAME ${name} COMMAND ${WATTWARD_EMULATOR} $<TARGET_FILE:${name}>)
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${T_TIMEOUT} SKIP_RETURN_CODE 77)
endfunction()
