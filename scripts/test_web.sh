#!/usr/bin/env bash
# The page without a browser: types (tsc) and pure functions (node). Its behaviour in Chromium is
# tests/web/*.py, which ./test web also runs.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
scripts/venv.sh
PATH=$PWD/build/venv/bin:$PATH

# tsc lives outside the tree; the lock file says which.
wanted=$(sha256sum tests/web/package-lock.json | cut -d' ' -f1)
if [ "$(cat build/web/.wattward 2>/dev/null)" != "$wanted" ]; then
    say "Installing the type checker ..."
    mkdir -p build/web
    cp tests/web/package.json tests/web/package-lock.json build/web/
    npm ci --prefix build/web --no-audit --no-fund >build/web/npm.log 2>&1 || {
        tail -n 5 build/web/npm.log >&2
        die "npm could not install tests/web/package-lock.json"
    }
    echo "$wanted" >build/web/.wattward
fi
build/web/node_modules/.bin/tsc -p tests/web/tsconfig.json
say "types: no finding"
node --test --test-reporter=tap tests/web/*.test.mjs | grep -E '^(# (pass|fail|skipped) |not ok|    (not ok|error:))'
