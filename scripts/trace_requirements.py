#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes docs/conformance.md: which requirement of ISO 15118 is cited where, in code and in tests.

A requirement is cited as [V2G2-538] or [V2G20-1238] in a comment; several as [V2G2-625..628] or
[V2G2-545, 548]. Only numbers of scripts/requirements.tsv may be cited. With --check nothing is
written and the exit status tells whether the page is current."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/conformance.md"
LIST = ROOT / "scripts/requirements.tsv"
CODE = ("lib/v2g", "app", "port/posix", "tools")
TESTS = ("tests/unit/v2g", "tests/app", "tests/vectors/v2g", "tests/sim", "tests/fuzz",
         "tests/interop", "tests/tools", "tests/port")
CITED = re.compile(r"\[(V2G2|V2G20)-([\d., ]+)\]")
HEAD = """# Conformance

Requirements of ISO 15118 that code or tests cite, in our words. Written by `scripts/trace_requirements.py`; a
requirement that is not listed is not claimed. The text of the standards was not at hand: a number is listed only when
public implementations cite it with this meaning, and wants checking before a certification. DIN SPEC 70121 has numbers of
its own, which are not cited here; where it differs (times, names, response codes) the code says DIN, and most tests run
for both.

| requirement | what | code | tests |
|---|---|---|---|
"""


def files(folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".c", ".h", ".py"):
                yield path


def numbers(text):
    for part in text.split(","):
        first, _, last = part.strip().partition("..")
        yield from range(int(first), int(last or first) + 1)


def cited(folders):
    found = {}
    for path in files(folders):
        text = re.sub(r"\n\s*\*? ?", " ", path.read_text())
        for part, given in CITED.findall(text):
            for n in numbers(given):
                places = found.setdefault(f"{part}-{n:03d}", [])
                name = str(path.relative_to(ROOT))
                if name not in places:
                    places.append(name)
    return found


def known():
    rows = [line.split("\t") for line in LIST.read_text().splitlines() if not line.startswith("#")]
    return {number: what for number, what in rows}


def page(complaints):
    code, tests, meaning = cited(CODE), cited(TESTS), known()
    rows = []
    for number in sorted(set(code) | set(tests), key=lambda n: (len(n.split("-")[0]), n)):
        if number not in meaning:
            complaints.append(f"{number} is cited but not in {LIST.name}: {code.get(number) or tests[number]}")
            continue
        places = ["<br>".join(f"`{p}`" for p in found.get(number, [])) or "–" for found in (code, tests)]
        rows.append(f"| {number} | {meaning[number]} | {places[0]} | {places[1]} |\n")
    complaints += [f"{n} is in {LIST.name} but nobody cites it" for n in meaning
                   if n not in code and n not in tests]
    return HEAD + "".join(rows)


def main():
    complaints = []
    text = page(complaints)
    if sys.argv[1:] == ["--check"]:
        if not PAGE.exists() or PAGE.read_text() != text:
            complaints.append("docs/conformance.md is not current: run scripts/trace_requirements.py")
    else:
        PAGE.write_text(text)
    print("".join(f"{line}\n" for line in complaints), end="")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
