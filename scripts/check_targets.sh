#!/usr/bin/env bash
# lib/ as a microcontroller gets it: every portable library compiled freestanding for Cortex-M4 and
# RV32IMC at -Os. Fails on an undefined symbol other than mem*, str*, panic, the compiler's own
# arithmetic and the doors of crypto/crypto.h (whose other side is the port's), on mutable data, on a
# function with more than 512 bytes of stack, and on a library that grew by more than 5 % against
# docs/sizes.tsv (--update writes that file). Then runs the unit tests under QEMU.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

update=
case ${1:-} in
    "") ;;
    --update) update=1 ;;
    *) sed -n '2,6p' "$0"; exit 2 ;;
esac

out=build/targets
mkdir -p "$out/include"
ln -sf /usr/include/jsmn.h "$out/include/jsmn.h"
doors=$(grep -ohE '\bcrypto_[a-z0-9_]+\(' lib/crypto/include/crypto/*.h | tr -d '(' | sort -u | paste -sd'|')
sizes=$out/sizes.tsv
printf 'library\ttarget\ttext_bytes\n' >"$sizes"

libraries() { # the portable ones, in dependency order
    sed -n 's/^set(WATTWARD_LIBRARIES \(.*\))/\1/p' lib/CMakeLists.txt | tr ' ' '\n' | while read -r name; do
        [ ! -f "lib/$name/sources.cmake" ] || grep -q _HOSTED "lib/$name/sources.cmake" || echo "$name"
    done
}
sources() { grep -ohE 'src/[A-Za-z0-9_/]+\.c' "lib/$1/sources.cmake" | sed "s|^|lib/$1/|"; }

# check_target NAME PREFIX FLAGS...
check_target() {
    local target=$1 prefix=$2 library source undefined mutable includes=()
    shift 2
    for library in $(libraries); do
        includes+=("-Ilib/$library/include")
    done
    rm -rf "${out:?}/$target"
    for library in $(libraries); do
        mkdir -p "$out/$target/$library"
        for source in $(sources "$library"); do
            "$prefix-gcc" "$@" --specs=picolibc.specs -Os -std=c17 -ffreestanding -ffunction-sections \
                -fdata-sections -Wall -Wextra -Werror -Wstack-usage=512 "${includes[@]}" "-Ilib/$library/src" \
                -isystem "$out/include" -c "$source" -o "$out/$target/$library/$(basename "$source" .c).o" ||
                die "$source does not compile for $target"
        done
        "$prefix-gcc" "$@" -nostdlib -r -o "$out/$target/$library.o" "$out/$target/$library"/*.o
        mutable=$("$prefix-nm" "$out/$target/$library.o" | grep -E ' [BbDdCc] ' || true)
        [ -z "$mutable" ] || die "$library has mutable data on $target: $mutable"
        printf '%s\t%s\t%s\n' "$library" "$target" \
            "$("$prefix-size" -A "$out/$target/$library.o" | awk '/^\.(text|rodata)/ { n += $2 } END { print n + 0 }')" >>"$sizes"
    done
    "$prefix-gcc" "$@" -nostdlib -r -o "$out/$target/all.o" "$out/$target"/*/*.o
    undefined=$("$prefix-nm" -u "$out/$target/all.o" | awk '{ print $2 }' |
        grep -vE "^(mem[a-z]+|str[a-z]+|panic|__aeabi_[a-z0-9_]+|__[a-z]+[dst]i[234]?|_GLOBAL_OFFSET_TABLE_|$doors)$" || true)
    [ -z "$undefined" ] || die "undefined on $target: $(tr '\n' ' ' <<<"$undefined")"
    say "$target: only mem*, str*, panic and the doors of crypto are undefined, no mutable data, stack <= 512"
}

check_target cortex-m4 arm-none-eabi -mcpu=cortex-m4 -mthumb
check_target rv32imc riscv64-unknown-elf -march=rv32imc -mabi=ilp32

column -t "$sizes" 2>/dev/null || cat "$sizes"
if [ -n "$update" ]; then
    cp "$sizes" docs/sizes.tsv
    exit 0
fi
awk -F'\t' 'FNR == 1 { next }
    NR == FNR { was[$1, $2] = $3; next }
    !(($1, $2) in was) { printf "%s on %s is not in docs/sizes.tsv (scripts/check_targets.sh --update)\n", $1, $2; bad = 1; next }
    $3 > was[$1, $2] * 1.05 + 64 { printf "%s on %s grew from %d to %d bytes\n", $1, $2, was[$1, $2], $3; bad = 1 }
    END { exit bad }' docs/sizes.tsv "$sizes" || die "a library grew; if it is worth it: scripts/check_targets.sh --update"
