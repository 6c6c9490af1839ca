#!/usr/bin/env bash
# Regenerates every generated file from its source; a clean tree afterwards means they were current.
set -euo pipefail
cd "$(dirname "$0")/.."
for generator in scripts/gen_*.sh scripts/gen_*.py; do
    [ -e "$generator" ] || continue
    echo "$generator"
    "$generator"
done
