#!/usr/bin/env bash
# The microcontroller's cryptography on the host: every unit test and every vector of lib/crypto over
# mbedTLS instead of OpenSSL. Skipped, and counted so, where mbedTLS cannot be fetched.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

status=0
scripts/fetch_mbedtls.sh >/dev/null || status=$?
if [ "$status" = 3 ]; then
    say "0 passed, 0 failed, 1 skipped: lib/crypto over mbedTLS"
    exit
fi
[ "$status" = 0 ] || exit "$status"
dir=build/host-mbedtls
mkdir -p $dir
cmake -B $dir -G Ninja -DWATTWARD_TESTS=ON -DWATTWARD_CRYPTO=mbedtls >$dir/build.log 2>&1 || build_failed $dir/build.log
targets=$(ninja -C $dir -t targets all | sed -nE 's/^((vectors_)?crypto_[a-z0-9_]+): phony$/\1/p')
# shellcheck disable=SC2086 # one argument per target is what is meant
ninja -C $dir $targets >$dir/build.log 2>&1 || build_failed $dir/build.log
ctest --test-dir $dir -j2 -R '^(vectors_)?crypto_' --output-on-failure >$dir/ctest.log || {
    tail -n 40 $dir/ctest.log
    exit 1
}
grep -aE '^  [a-zA-Z0-9_/.-]+: [0-9]+ cases' $dir/Testing/Temporary/LastTest.log
grep -aE '^[0-9]+ passed' $dir/Testing/Temporary/LastTest.log |
    awk '{ p += $1; f += $3; s += $5 } END { printf "%d passed, %d failed, %d skipped: lib/crypto over mbedTLS\n", p, f, s }'
