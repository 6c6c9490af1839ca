# SPDX-License-Identifier: MIT
"""The store beside littlefs on the same flash and the same updates: bytes programmed, erases, how even
the wear is. littlefs comes from PyPI (littlefs-python) and runs as its own documentation says."""
import pathlib
import re
import subprocess

import pytest

littlefs = pytest.importorskip("littlefs")
from littlefs.context import UserContext  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECTOR_LEN, N_SECTORS, UPDATES = 4096, 8, 10000


class CountingFlash(UserContext):
    """littlefs' own memory, counted as sim/flash.c counts."""

    def __init__(self):
        super().__init__(SECTOR_LEN * N_SECTORS)
        self.programmed_len = 0
        self.erases = [0] * N_SECTORS

    def prog(self, cfg, block, off, data):
        self.programmed_len += len(data)
        return super().prog(cfg, block, off, data)

    def erase(self, cfg, block):
        self.erases[block] += 1
        return super().erase(cfg, block)


def littlefs_wear(n_keys, value_len):
    flash = CountingFlash()
    fs = littlefs.LittleFS(context=flash, block_size=SECTOR_LEN, block_count=N_SECTORS, read_size=16,
                           prog_size=4, cache_size=256, lookahead_size=8, block_cycles=500)
    for key in range(n_keys):
        with fs.open(f"{key}", "wb") as file:
            file.write(bytes(value_len))
    programmed, erased = flash.programmed_len, sum(flash.erases)
    for i in range(UPDATES):
        with fs.open(f"{i % n_keys}", "wb") as file:
            file.write(i.to_bytes(4, "little").ljust(value_len, b"\1"))
    return ((flash.programmed_len - programmed) / UPDATES, (sum(flash.erases) - erased) * 1000 / UPDATES,
            max(flash.erases) - min(flash.erases))


def store_wear(n_keys, value_len):
    program = ROOT / "build" / "tests" / "store_budget"
    if not program.exists():
        pytest.skip(f"{program} is not built")
    out = subprocess.run([program, "wear_is_small_and_even"], check=True, capture_output=True, text=True).stdout
    found = re.search(rf"unit +4, +{n_keys} keys of +{value_len} bytes: ([\d.]+) bytes programmed per update, "
                      r"(\d+) erases per 1000, spread (\d+)", out)
    assert found, out
    return tuple(float(figure) for figure in found.groups())


@pytest.mark.parametrize("n_keys, value_len", [(4, 8), (40, 64)])
def test_the_store_writes_less_and_wears_more_evenly_than_littlefs(n_keys, value_len):
    ours, theirs = store_wear(n_keys, value_len), littlefs_wear(n_keys, value_len)
    print(f"\n{n_keys} keys of {value_len} bytes, per update: store {ours[0]:.1f} bytes, {ours[1]:.0f} erases per "
          f"1000, spread {ours[2]:.0f}; littlefs {theirs[0]:.1f} bytes, {theirs[1]:.0f} erases, spread {theirs[2]}")
    assert ours[0] < theirs[0]
    assert ours[1] < theirs[1]
    assert ours[2] <= theirs[2]
