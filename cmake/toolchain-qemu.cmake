# Shared by the microcontroller toolchains: Debian's cross compilers with picolibc, and a QEMU machine
# to run the tests on. Output, files and exit codes go through semihosting. What includes this sets
# prefix, machine_flags, flash (start, size), ram (start, size) and WATTWARD_EMULATOR.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_C_COMPILER ${prefix}-gcc)
set(CMAKE_AR ${prefix}-ar)
set(CMAKE_RANLIB ${prefix}-ranlib)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(WATTWARD_PORT qemu)

list(JOIN machine_flags " " machine_flags)
set(CMAKE_C_FLAGS_INIT "${machine_flags} --specs=picolibc.specs")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-Os -g" CACHE STRING "") # small, as on a chip
list(GET flash 0 flash_start)
list(GET flash 1 flash_size)
list(GET ram 0 ram_start)
list(GET ram 1 ram_size)
string(CONCAT CMAKE_EXE_LINKER_FLAGS_INIT
  "--oslib=semihost --crt0=semihost "
  "-Wl,--defsym=__flash=${flash_start} -Wl,--defsym=__flash_size=${flash_size} "
  "-Wl,--defsym=__ram=${ram_start} -Wl,--defsym=__ram_size=${ram_size} "
  "-Wl,--defsym=__stack_size=0x10000")
