#!/usr/bin/env bash
# The one Python environment of the tests, build/venv, exactly as tests/requirements.txt says. Does
# nothing when it is current.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
wanted=$(sha256sum tests/requirements.txt | cut -d' ' -f1)
mark=build/venv/.wattward
mkdir -p build
exec {venv_lock}>build/.venv.lock
flock "$venv_lock"
[ "$(cat $mark 2>/dev/null)" != "$wanted" ] || exit 0
say "Installing the tests' Python packages ..."
log=build/venv.log
[ -x build/venv/bin/python ] || python3 -m venv build/venv
build/venv/bin/python -m pip install -q --disable-pip-version-check --no-input \
    -r tests/requirements.txt >"$log" 2>&1 || {
    tail -n 5 "$log" >&2
    die "pip could not install tests/requirements.txt (its whole output: $log)"
}
echo "$wanted" >$mark
