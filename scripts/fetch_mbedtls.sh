#!/usr/bin/env bash
# Fetches Debian's source package of mbedTLS (the cryptography of the microcontroller targets) through
# apt into build/mbedtls/src and prints that directory. A copy that is already there is used as it is.
# Exit 3, with one sentence, where apt cannot supply it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

# Debian 12's version; its package carries no patches, so the upstream archive inside is all there is.
version=2.28.3
archive=mbedtls_$version.orig.tar.gz
sha256=3b4953aa55a681e084d31892d9904cc5328d6b4958ea57b90ae4b4f94ae69a8d
out=build/mbedtls

unavailable() {
    say "mbedTLS $version is not available: $*" >&2
    exit 3
}

if [ "$(cat "$out/src/.complete" 2>/dev/null)" = "$sha256" ]; then
    say "$PWD/$out/src"
    exit
fi
command -v apt-get >/dev/null || unavailable "there is no apt here"
mkdir -p "$out"
work=$(mktemp -d "$PWD/$out/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial" "$work/src"

# The machine's own Debian sources, asked for source packages; its configuration is not touched.
for list in /etc/apt/sources.list.d/*.sources; do
    [ ! -e "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" >"$work/parts/$(basename "$list")"
done
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -e "$list" ] || sed -n 's/^deb /deb-src /p' "$list" >"$work/parts/$(basename "$list" .list).list"
done
apt=(apt-get -q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/parts"
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o "APT::Sandbox::User=$(id -un)")
"${apt[@]}" update >"$work/log" 2>&1 || unavailable "apt could not read the list of source packages"
(cd "$work/src" && "${apt[@]}" source --download-only mbedtls) >>"$work/log" 2>&1 || {
    tail -n 3 "$work/log" >&2
    unavailable "apt could not fetch the source package"
}
[ -f "$work/src/$archive" ] || unavailable "Debian's archive has another version now: $(cd "$work/src" && echo ./*.orig.*)"
echo "$sha256  $work/src/$archive" | sha256sum --quiet -c >/dev/null || unavailable "the archive is not the one this project knows"
mkdir "$work/tree"
tar -xzf "$work/src/$archive" -C "$work/tree" --strip-components=1
echo "$sha256" >"$work/tree/.complete"
rm -rf "$out/src"
mv "$work/tree" "$out/src"
say "$PWD/$out/src"
