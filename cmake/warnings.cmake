# The warning set is an error everywhere; see CONTRIBUTING.md.
set(WATTWARD_WARNINGS
  -Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wold-style-definition -Wundef -Wcast-qual -Wcast-align -Wvla -Wformat=2
  -Wdouble-promotion -Wswitch-enum -Wwrite-strings -Wpointer-arith -Wnull-dereference
  -Wimplicit-fallthrough)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND WATTWARD_WARNINGS -Wlogical-op -Wduplicated-cond -Wduplicated-branches)
endif()
add_compile_options(${WATTWARD_WARNINGS} -ffunction-sections -fdata-sections)
# __FILE_NAME__ exists in clang and in gcc 12; paths of the builder never reach the binary.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(WATTWARD_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(WATTWARD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link) # coverage of the libraries steers the fuzzer
endif()
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  add_compile_options(-fstack-protector-strong -fPIE)
  add_link_options(-pie -Wl,-z,relro,-z,now -Wl,--gc-sections)
  if(CMAKE_BUILD_TYPE MATCHES "Rel" AND NOT WATTWARD_SANITIZE)
    add_compile_definitions(_FORTIFY_SOURCE=2)
  endif()
endif()
