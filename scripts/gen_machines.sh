#!/usr/bin/env bash
# Writes the diagrams of state machines into the READMEs, between the markers
# <!-- machine NAME --> and <!-- end machine -->. Machines are listed in tests/gen/print_machines.c.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
out=build/gen
mkdir -p "$out"
cc -std=c17 -Wall -Wextra -Werror -Ilib/base/include -Ilib/runtime/include -Ilib/runtime/src \
    tests/gen/print_machines.c lib/runtime/src/{hsm,hsm_diagram,text}.c lib/base/src/wbuf.c -o "$out/print_machines"
grep -rlE '^<!-- machine [a-z-]+ -->$' --include='*.md' lib app gateway port docs 2>/dev/null | while read -r page; do
    while IFS= read -r line; do
        if [[ $line =~ ^'<!-- machine '([a-z-]+)' -->'$ ]]; then
            # shellcheck disable=SC2016 # the fence of Markdown
            printf '%s\n```mermaid\n%s\n```\n' "$line" "$("$out/print_machines" "${BASH_REMATCH[1]}")"
            while IFS= read -r line && [ "$line" != '<!-- end machine -->' ]; do :; done
            [ "$line" = '<!-- end machine -->' ] || die "$page: a machine without an end"
        fi
        printf '%s\n' "$line"
    done <"$page" >"$out/page.md"
    cmp -s "$out/page.md" "$page" || cp "$out/page.md" "$page"
done
