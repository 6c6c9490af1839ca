#!/usr/bin/env python3
"""Reads every #include and every target of the tree: arrows point down, siblings in lib/ never meet."""
import pathlib
import re
import sys

# library -> what it may include besides itself
LIBRARIES = {
    "base": set(),
    "crypto": {"base"},
    "store": {"base"},
    "runtime": {"base"},
    "telemetry": {"base", "crypto"},
    "exi": {"base"},
    "v2g": {"base", "crypto", "exi"},
    "ledger": {"base", "crypto"},
    "market": {"base"},
    "solar": {"base"},
    "trust": {"base", "solar"},
}
C_LIBRARY = {"stdbool.h", "stddef.h", "stdint.h", "string.h", "limits.h", "stdarg.h", "stdalign.h"}
EXTRA = {"base": {"jsmn.h"}, "solar": {"math.h"}, "trust": {"math.h"}}
# Folders below which code may not include the folders named.
FORBIDDEN = {
    "app": {"gateway", "sim", "tools", "posix"},
    "port": {"gateway", "sim", "tools"},
    "gateway": {"sim", "tools"},
    "sim": {"tools"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^">]+)[">]')
root = pathlib.Path(__file__).resolve().parent.parent
wrong = []


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def complain(path, number, target, why):
    wrong.append(f"{path.relative_to(root)}:{number}: includes {target}: {why}")


for path in sorted((root / "lib").rglob("*.[ch]")):
    library = path.relative_to(root / "lib").parts[0]
    if library not in LIBRARIES:
        wrong.append(f"lib/{library}: a library that scripts/check_layers.py does not know")
        continue
    for number, kind, target in includes(path):
        if kind == "<":
            if target not in C_LIBRARY | EXTRA.get(library, set()):
                complain(path, number, target, "lib/ knows no operating system and no heap")
        elif "/" in target:
            first = target.split("/")[0]
            if first != library and first not in LIBRARIES[library]:
                complain(path, number, target, f"{library} may only use {sorted(LIBRARIES[library])}")
            if path.parts[-2] == "src" and first == library and not (
                root / "lib" / library / "include" / target
            ).exists():
                complain(path, number, target, "no such public header")

for folder, forbidden in FORBIDDEN.items():
    for path in sorted((root / folder).rglob("*.[ch]")) if (root / folder).is_dir() else []:
        for number, kind, target in includes(path):
            first = target.split("/")[0]
            if kind == '"' and "/" in target and first in forbidden:
                complain(path, number, target, f"{folder}/ stands below {first}/")

print("\n".join(wrong) if wrong else "layers: every include points down")
sys.exit(bool(wrong))
