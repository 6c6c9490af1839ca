#!/usr/bin/env bash
# Builds and runs the benchmarks of bench/, or the ones named.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
packages_install packages/run.txt packages/bench.txt
build build/bench -DCMAKE_BUILD_TYPE=Release -DWATTWARD_BENCH=ON
for program in build/bench/bench/*; do
    [[ -f $program && -x $program ]] || continue
    [ $# = 0 ] || [[ " $* " = *" $(basename "$program") "* ]] || continue
    say "== $(basename "$program")"
    "$program"
done
