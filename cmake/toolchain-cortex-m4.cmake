# Cortex-M4 (Armv7E-M, no FPU used), run on QEMU's mps2-an386 board.
set(prefix arm-none-eabi)
set(CMAKE_SYSTEM_PROCESSOR cortex-m4)
set(machine_flags -mcpu=cortex-m4 -mthumb)
set(flash 0x0 0x400000)
set(ram 0x20000000 0x400000)
set(WATTWARD_EMULATOR qemu-system-arm -M mps2-an386 -nographic -monitor none -serial none
    -semihosting-config enable=on,target=native,arg= -kernel)
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-qemu.cmake)
