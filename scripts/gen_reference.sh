#!/usr/bin/env bash
# Writes docs/reference/*.md: the configuration keys of our programs, from their own schemas.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
[ -x build/bin/wattward-device ] || build build
mkdir -p docs/reference
build/bin/wattward-device --print-config-reference >docs/reference/wattward-device.md
build/bin/wattward-device --profile evse --print-config-reference >docs/reference/wattward-device-evse.md
