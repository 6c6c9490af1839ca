#!/usr/bin/env python3
"""clang-tidy over the files named, two at a time. A file whose content, headers and settings were
clean before is not read again: the memory of that is build/tidy."""
import concurrent.futures
import hashlib
import json
import pathlib
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
memory = root / "build" / "tidy"
memory.mkdir(parents=True, exist_ok=True)
compiled = {
    pathlib.Path(entry["file"]).resolve()
    for entry in json.loads((root / "build/compile_commands.json").read_text())
}
headers = hashlib.sha256()
listed = subprocess.run(
    ["git", "ls-files", "*.h", ".clang-tidy"], cwd=root, capture_output=True, text=True, check=True
)
for name in sorted(listed.stdout.split()):
    headers.update((root / name).read_bytes())


def tidy(name):
    path = root / name
    if path.resolve() not in compiled:
        return None
    key = hashlib.sha256(headers.digest() + path.read_bytes()).hexdigest()
    mark = memory / key
    if mark.exists():
        return None
    run = subprocess.run(
        ["clang-tidy", "--quiet", "-p", "build", "--extra-arg=-Wno-unknown-warning-option", name],
        cwd=root,
        capture_output=True,
        text=True,
    )
    if run.returncode == 0:
        mark.touch()
        return None
    return run.stdout


with concurrent.futures.ThreadPoolExecutor(2) as pool:
    findings = [text for text in pool.map(tidy, sys.argv[1:]) if text]
print("".join(findings), end="")
sys.exit(bool(findings))
