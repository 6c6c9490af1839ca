#!/usr/bin/env bash
# Flash of lib/exi's codec and tables, linked at -Os for Cortex-M4 and RV32IMC, for growing choices of
# message sets: what a program with them takes beyond one without. Fails when a choice is over its
# budget, or more than 5 % over docs/sizes-exi.tsv (--update writes that file).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

update=
case ${1:-} in
    "") ;;
    --update) update=1 ;;
    *) sed -n '2,4p' "$0"; exit 2 ;;
esac

out=build/size_exi
mkdir -p "$out"
sizes=$out/sizes.tsv
printf 'sets\ttarget\tbytes\tbudget_bytes\n' >"$sizes"

din="sap din"
iso2="$din iso2"
signed="$iso2 din_fragment iso2_fragment xmldsig"
dc="$signed iso20 iso20_fragment iso20_dc"
all="$dc iso20_dc_fragment iso20_ac iso20_ac_fragment iso20_acdp iso20_acdp_fragment iso20_wpt iso20_wpt_fragment"
sources=$(grep -ohE 'src/[A-Za-z0-9_/]+\.c' lib/exi/sources.cmake | grep -vE 'json|name_tables|dictionary' | sed 's|^|lib/exi/|')

# linked NAME OPTION...: bytes of flash of a program.
linked() {
    local name=$1
    shift
    # shellcheck disable=SC2086 # one argument per source is what is meant
    "$prefix-gcc" "${flags[@]}" --specs=picolibc.specs -Os -std=c17 -ffreestanding -ffunction-sections \
        -fdata-sections -Ilib/exi/include -Ilib/base/include -Ilib/exi/src "$@" bench/size_exi.c $sources \
        -nostartfiles -Wl,--gc-sections -Wl,--defsym=choice=0x20000000 -Wl,--defsym=buffer=0x20001000 \
        -Wl,--defsym=memory=0x20002000 -o "$out/$name.elf"
    "$prefix-size" -A "$out/$name.elf" | awk '/^\.(text|rodata|init|data)/ { n += $2 } END { print n + 0 }'
}

# row NAME BUDGET SET...
row() {
    local name=$1 budget=$2 list="" set total
    shift 2
    for set in "$@"; do
        list+="X($set) "
    done
    total=$(linked "$target" -DWITH_CODEC "-DSETS=$list")
    printf '%s\t%s\t%s\t%s\n' "$name" "$target" $((total - base)) "$budget" >>"$sizes"
}

for target in cortex-m4 rv32imc; do
    if [ "$target" = cortex-m4 ]; then
        prefix=arm-none-eabi flags=(-mcpu=cortex-m4 -mthumb)
    else
        prefix=riscv64-unknown-elf flags=(-march=rv32imc -mabi=ilp32)
    fi
    base=$(linked "$target-base" -DSETS=)
    # shellcheck disable=SC2086 # one argument per set is what is meant
    {
        row "SAP" - sap
        row "SAP + DIN" - $din
        row "SAP + DIN + ISO-2" - $iso2
        row "SAP + DIN + ISO-2 with fragments and xmldsig" - $signed
        row "the same and -20 common and DC" 24576 $dc
        row "every set" 36864 $all
    }
done

column -t -s "$(printf '\t')" "$sizes" 2>/dev/null || cat "$sizes"
awk -F'\t' 'FNR > 1 && $4 != "-" && $3 > $4 { print $1 " on " $2 " takes " $3 " bytes, more than " $4; bad = 1 }
    END { exit bad }' "$sizes" || die "over the budget"
if [ -n "$update" ]; then
    cp "$sizes" docs/sizes-exi.tsv
    exit 0
fi
awk -F'\t' 'FNR == 1 { next }
    NR == FNR { was[$1, $2] = $3; next }
    !(($1, $2) in was) { print $1 " on " $2 " is not in docs/sizes-exi.tsv"; bad = 1; next }
    $3 > was[$1, $2] * 1.05 { print $1 " on " $2 " grew from " was[$1, $2] " to " $3 " bytes"; bad = 1 }
    END { exit bad }' docs/sizes-exi.tsv "$sizes" || die "lib/exi grew; if it is worth it: scripts/size_exi.sh --update"
