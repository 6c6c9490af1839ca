#!/usr/bin/env bash
# Runs every fuzz target under libFuzzer with the sanitizers: scripts/fuzz.sh [SECONDS] [TARGET...]
# (default 5 s each). A crash leaves its input in build/fuzz/crashes and is the exit status.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
seconds=${1:-5}
[ $# = 0 ] || shift
build build/fuzz -DCMAKE_C_COMPILER=clang -DWATTWARD_TESTS=ON -DWATTWARD_FUZZ=ON -DWATTWARD_SANITIZE=ON
mkdir -p build/fuzz/crashes
status=0
for target in build/fuzz/fuzz/fuzz_*; do
    name=$(basename "$target")
    [[ -f $target && -x $target ]] || continue
    [ $# = 0 ] || [[ " $* " = *" $name "* ]] || continue
    work=build/fuzz/corpus/$name
    seeds=tests/fuzz/corpus/${name#fuzz_}
    mkdir -p "$work"
    [ -d "$seeds" ] || seeds=
    # shellcheck disable=SC2086 # no seeds, no argument
    if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix=build/fuzz/crashes/"$name"- "$work" $seeds >"$work.log" 2>&1; then
        say "$name: $(grep -oE 'number_of_executed_units: [0-9]+' "$work.log" | grep -oE '[0-9]+') inputs, no finding"
    else
        status=1
        tail -n 25 "$work.log"
        say "$name: a finding; its input is in build/fuzz/crashes"
    fi
done
exit $status
