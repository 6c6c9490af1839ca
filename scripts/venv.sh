#!/usr/bin/env bash
# The tests' Python environments, exactly as their requirements say: build/venv, and build/venv-josev,
# since Josev pins versions that the tests do not share. Does nothing when they are current.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
mkdir -p build
exec {venv_lock}>build/.venv.lock
flock "$venv_lock"

# environment DIR REQUIREMENTS
environment() {
    local dir=$1 requirements=$2 log=$1.log wanted
    wanted=$(sha256sum "$requirements" | cut -d' ' -f1)
    [ "$(cat "$dir/.wattward" 2>/dev/null)" != "$wanted" ] || return 0
    say "Installing the tests' Python packages of $requirements ..."
    [ -x "$dir/bin/python" ] || python3 -m venv "$dir"
    "$dir/bin/python" -m pip install -q --disable-pip-version-check --no-input -r "$requirements" >"$log" 2>&1 || {
        tail -n 5 "$log" >&2
        die "pip could not install $requirements (its whole output: $log)"
    }
    echo "$wanted" >"$dir/.wattward"
}

environment build/venv tests/requirements.txt
environment build/venv-josev tests/requirements-josev.txt
