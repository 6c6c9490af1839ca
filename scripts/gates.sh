#!/usr/bin/env bash
# The static gates: scripts/gates.sh [GATE...], all of them by default. `scripts/gates.sh --help`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

usage() {
    cat <<'HELP'
Usage: scripts/gates.sh [GATE...]

  layers     includes point down (scripts/check_layers.py)
  dialects   lib/ as c11, c17 and c2x, with gcc and clang
  targets    lib/ freestanding for Cortex-M4 and RV32IMC: symbols, stack, sizes; unit tests under QEMU
  format     clang-format over C, line length and unfinished work over the rest
  words      codespell
  shell      shellcheck
  cppcheck   cppcheck
  tidy       clang-tidy, with the size and complexity budgets
  generated  `make gen` changes nothing; docs/conformance.md is current
HELP
}

c_files() { git ls-files '*.c' '*.h' | grep -v '/corpus/'; }

gate_layers() { python3 scripts/check_layers.py; }

gate_dialects() {
    local compiler dialect
    for compiler in gcc clang; do
        for dialect in 11 2x; do
            say "lib/ as c$dialect with $compiler"
            build_dialect "$compiler" "$dialect"
        done
    done
}
# CMake's name of c2x is 23.
build_dialect() {
    local standard=$2
    [ "$standard" != 2x ] || standard=23
    (build "build/c$2-$1" -DCMAKE_C_COMPILER="$1" -DCMAKE_C_STANDARD="$standard" -DWATTWARD_LIB_ONLY=ON)
}

gate_targets() { scripts/check_targets.sh && scripts/size_exi.sh && scripts/check_qemu.sh && scripts/check_mbedtls.sh; }

gate_format() {
    c_files | xargs clang-format --dry-run -Werror
    ! git grep -nIE '\b(TODO|FIXME|XXX)\b' -- '*.[ch]' '*.sh' '*.py' '*.js' '*.md' '*.cmake' \
        ':!scripts/gates.sh' || die "unfinished work is marked in the tree"
    ! git grep -nI '[[:space:]]$' -- '*.[ch]' '*.sh' '*.py' '*.js' '*.css' '*.cmake' ||
        die "white space at the end of lines"
}

gate_words() {
    git ls-files -z -- ':!*.csv' ':!*.tsv' ':!*lock*' ':!tests/fuzz/corpus' ':!lib/exi/src/*tables*' |
        xargs -0 codespell --ignore-words scripts/words.txt
}

gate_shell() {
    # shellcheck disable=SC2046 # one argument per file is what is meant
    shellcheck -x run test .ci/run $(git ls-files 'scripts/*.sh')
}

gate_cppcheck() {
    configured
    cppcheck --quiet --error-exitcode=1 --std=c11 -j2 --inline-suppr \
        --enable=warning,style,performance,portability --suppressions-list=scripts/cppcheck.txt \
        -i tests -i bench -i build -i lib/exi/src --project=build/compile_commands.json
}

gate_tidy() {
    local files
    configured
    files=$(c_files | grep '\.c$' | grep -vE '^(tests/|bench/)|_tables\.c$')
    # Only what changed since the last clean run is looked at again; the first run looks at all.
    # shellcheck disable=SC2086 # one argument per file is what is meant
    scripts/tidy_changed.py $files
}

gate_generated() {
    scripts/trace_requirements.py --check
    if [ ! -d "${WATTWARD_DATA:-../shared/data}" ]; then
        say "SKIP generated: the schema files are not here"
        return
    fi
    local before
    before=$(git diff | sha256sum)
    scripts/gen.sh >/dev/null
    [ "$before" = "$(git diff | sha256sum)" ] || { git diff --stat; return 1; }
}

configured() { [ -f build/compile_commands.json ] || (build build -DWATTWARD_TESTS=ON); }

gates=(layers dialects targets format words shell cppcheck tidy generated)
for argument in "$@"; do
    case $argument in
        -h | --help) usage; exit 0 ;;
        all) ;;
        *) [[ " ${gates[*]} " = *" $argument "* ]] || { usage >&2; die "there is no gate '$argument'"; } ;;
    esac
done
[ $# = 0 ] || [ "$1" = all ] || gates=("$@")

broken=()
for gate in "${gates[@]}"; do
    started=$SECONDS
    # Not in an `if`, where bash would forget to stop at the first failure.
    set +e
    (set -e; "gate_$gate")
    status=$?
    set -e
    if [ "$status" = 0 ]; then
        say "gate $gate: passed ($((SECONDS - started)) s)"
    else
        say "gate $gate: FAILED ($((SECONDS - started)) s)"
        broken+=("$gate")
    fi
done
[ ${#broken[@]} = 0 ] || die "failed: ${broken[*]}"
