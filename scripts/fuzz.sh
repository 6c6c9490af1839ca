#!/usr/bin/env bash
# Runs fuzz targets under libFuzzer with the sanitizers, two at a time.
#   scripts/fuzz.sh                      smoke: the same inputs every time, from the seeds in the tree
#   scripts/fuzz.sh SECONDS [TARGET...]  a search: so long each, random, going on from the last one
# A finding leaves its input in build/fuzz/crashes and is the exit status.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
case ${1:-} in
    -h | --help) sed -n '2,5s/^# *//p' "$0"; exit 0 ;;
    *[!0-9]*) die "the first argument is a number of seconds, not '$1'; --help says more" ;;
esac
seconds=${1:-}
[ $# = 0 ] || shift

# Inputs of a smoke run. Where one is a whole meeting or life, fewer, so that each takes seconds.
smoke_runs=50000
declare -A smoke_runs_of=([fuzz_csr]=30000 [fuzz_exi_roundtrip]=8000 [fuzz_meter]=500
    [fuzz_store]=1000 [fuzz_v2g_evcc]=10000 [fuzz_v2g_secc]=6000)

# libFuzzer's choices depend on addresses, where the system may move them.
fixed_addresses=(env)
if [ -z "$seconds" ] && setarch -R true 2>/dev/null; then
    fixed_addresses=(setarch -R)
fi

# fuzz PROGRAM: runs it, its output in its log.
fuzz() {
    local name work seeds how
    name=$(basename "$1")
    work=build/fuzz/corpus/$name
    seeds=tests/fuzz/corpus/${name#fuzz_}
    if [ -n "$seconds" ]; then
        how=(-max_total_time="$seconds")
    else
        work=build/fuzz/smoke/$name
        rm -rf "$work"
        how=(-seed=1 -reload=0 -runs="${smoke_runs_of[$name]:-$smoke_runs}" -max_total_time=60)
    fi
    mkdir -p "$work"
    [ -d "$seeds" ] || seeds=
    "${fixed_addresses[@]}" "$1" "${how[@]}" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix=build/fuzz/crashes/"$name"- "$work" ${seeds:+"$seeds"} >"build/fuzz/$name.log" 2>&1
}

# report PROGRAM STATUS
report() {
    local name log
    name=$(basename "$1")
    log=build/fuzz/$name.log
    if [ "$2" = 0 ]; then
        say "$name: $(sed -nE 's/^stat::number_of_executed_units: //p' "$log") inputs, no finding"
    else
        tail -n 25 "$log"
        say "$name: a finding; its input is in build/fuzz/crashes"
    fi
}

build build/fuzz -DCMAKE_C_COMPILER=clang -DWATTWARD_TESTS=ON -DWATTWARD_FUZZ=ON -DWATTWARD_SANITIZE=ON
mkdir -p build/fuzz/crashes
programs=()
for program in build/fuzz/fuzz/fuzz_*; do
    [[ -f $program && -x $program ]] || continue
    [ $# = 0 ] || [[ " $* " = *" $(basename "$program") "* ]] || continue
    programs+=("$program")
done
[ ${#programs[@]} -gt 0 ] || die "there is no such target: $*"

# Two run; the reports come in order.
status=0
pids=()
for ((i = 0; i <= ${#programs[@]}; i++)); do
    if [ "$i" -lt "${#programs[@]}" ]; then
        fuzz "${programs[i]}" &
        pids[i]=$!
    fi
    [ "$i" -gt 0 ] || continue
    result=0
    wait "${pids[i - 1]}" || result=$?
    report "${programs[i - 1]}" "$result"
    [ "$result" = 0 ] || status=1
done
exit $status
