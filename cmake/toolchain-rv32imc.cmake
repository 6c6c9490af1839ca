# RV32IMC (as in the ESP32-C3), run on QEMU's virt board.
set(prefix riscv64-unknown-elf)
set(CMAKE_SYSTEM_PROCESSOR rv32imc)
set(machine_flags -march=rv32imc -mabi=ilp32)
set(flash 0x80000000 0x400000)
set(ram 0x80400000 0x400000)
set(WATTWARD_EMULATOR qemu-system-riscv32 -M virt -cpu rv32 -m 16M -nographic -monitor none -serial none
    -bios none -semihosting-config enable=on,target=native,arg= -kernel)
include(${CMAKE_CURRENT_LIST_DIR}/toolchain-qemu.cmake)
