#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes docs/conformance.md: which requirement of ISO 15118 is cited where, in code and in tests.

A requirement is cited as [V2G2-538] or [V2G20-1238] in a comment; a range as [V2G2-625..628]. With
--check nothing is written and the exit status tells whether the page is current."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/conformance.md"
CODE = ("lib/v2g", "app/evse", "app/ev", "app/src", "tools")
TESTS = ("tests/unit/v2g", "tests/vectors/v2g", "tests/sim", "tests/fuzz", "tests/interop",
         "tests/tools")
CITED = re.compile(r"\[(V2G2|V2G20)-(\d+)(?:\.\.(\d+))?(?:, ([\d, ]+))?\]")
HEAD = """# Conformance

Requirements of ISO 15118 (and DIN SPEC 70121, which has no numbers of its own here) that code or tests cite.
Written by `scripts/trace_requirements.py`; a requirement that is not listed is not claimed. The text of the standards was
not at hand: the numbers follow what public implementations cite, and want checking before a certification.

| requirement | code | tests |
|---|---|---|
"""
def files(folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".c", ".h", ".py"):
                yield path


def cited(folders):
    found = {}
    for path in files(folders):
        for line in path.read_text().splitlines():
            for part, first, last, more in CITED.findall(line):
                numbers = list(range(int(first), int(last or first) + 1))
                numbers += [int(n) for n in re.findall(r"\d+", more)]
                for n in numbers:
                    places = found.setdefault((part, n), [])
                    name = str(path.relative_to(ROOT))
                    if name not in places:
                        places.append(name)
    return found


def page():
    code, tests = cited(CODE), cited(TESTS)
    rows = []
    for key in sorted(set(code) | set(tests)):
        places = ["<br>".join(f"`{p}`" for p in found.get(key, [])) or "–" for found in (code, tests)]
        rows.append(f"| {key[0]}-{key[1]:03d} | {places[0]} | {places[1]} |\n")
    return HEAD + "".join(rows)


def main():
    text = page()
    if sys.argv[1:] == ["--check"]:
        current = PAGE.exists() and PAGE.read_text() == text
        if not current:
            print("docs/conformance.md is not current: run scripts/trace_requirements.py")
        return 0 if current else 1
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
