#!/usr/bin/env bash
# The unit tests of lib/ on Cortex-M4 and RV32IMC under QEMU, over mbedTLS. Where mbedTLS cannot be
# fetched, tests that need cryptography count as skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

broken=()
for target in cortex-m4 rv32imc; do
    dir=build/$target
    (build "$dir" -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/toolchain-$target.cmake" -DWATTWARD_TESTS=ON)
    ctest --test-dir "$dir" -j2 --output-on-failure >"$dir/ctest.log" || {
        broken+=("$target")
        tail -n 40 "$dir/ctest.log"
    }
    grep -aE '^[0-9]+ passed, ' "$dir/Testing/Temporary/LastTest.log" | awk -v target="$target" \
        '{ p += $1; f += $3; s += $5 } END { printf "%d passed, %d failed, %d skipped on %s\n", p, f, s, target }'
done
[ ${#broken[@]} = 0 ] || die "tests failed on ${broken[*]}"
