# SPDX-License-Identifier: MIT
"""A site's log against Go's transparency log reader, and against whoever changes it."""

import base64
import csv
import hashlib
import io
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys

import pytest

import settlement

TREE = pathlib.Path(__file__).resolve().parents[2]
WATTWARD = TREE / "build/bin/wattward"
PEER = TREE / "build/tests/ledger_peer"
GO_PATH = pathlib.Path("/usr/share/gocode")
BLOCKS = 700
# The tests' own node and npm, from PyPI.
os.environ["PATH"] = os.pathsep.join((str(pathlib.Path(sys.executable).parent), os.environ["PATH"]))


def run(*arguments):
    return subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=120)


def ledger(*arguments):
    return run(WATTWARD, "ledger", *arguments)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("ledger") / "log"
    made = run(PEER, path, BLOCKS)
    assert made.returncode == 0, made.stderr
    return path


@pytest.fixture
def copy(log, tmp_path):
    return pathlib.Path(shutil.copytree(log, tmp_path / "log"))


def frames(path):
    """Offsets of the entries in the file."""
    data = (path / "entries").read_bytes()
    at, found = 0, []
    while at < len(data):
        length = struct.unpack(">H", data[at : at + 2])[0]
        found.append(data[at : at + 2 + length])
        at += 2 + length
    return found


def verify_fails_at(path, index):
    result = ledger("verify", "--log", path)
    assert result.returncode == 1
    assert f"entry {index} is the first" in result.stderr, result.stderr


def test_a_whole_log_verifies(log):
    result = ledger("verify", "--log", log, "--key", log / "key")
    assert result.returncode == 0, result.stderr
    assert f"All {BLOCKS + 5} entries" in result.stdout


@pytest.mark.parametrize("index", [0, 1, 255, 256, 300, BLOCKS + 4])
def test_a_changed_entry_is_named(copy, index):
    entries = frames(copy)
    changed = bytearray(entries[index])
    changed[-1] ^= 1
    entries[index] = bytes(changed)
    (copy / "entries").write_bytes(b"".join(entries))
    verify_fails_at(copy, index)


@pytest.mark.parametrize("index", [0, 77, BLOCKS])
def test_a_dropped_entry_is_named(copy, index):
    entries = frames(copy)
    del entries[index]
    (copy / "entries").write_bytes(b"".join(entries))
    verify_fails_at(copy, index)


def test_entries_that_changed_places_are_named(copy):
    entries = frames(copy)
    entries[40], entries[41] = entries[41], entries[40]
    (copy / "entries").write_bytes(b"".join(entries))
    verify_fails_at(copy, 40)


def test_a_lost_end_is_named(copy):
    (copy / "entries").write_bytes(b"".join(frames(copy)[:-3]))
    verify_fails_at(copy, BLOCKS + 2)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "log"
    made = run(PEER, path, 12)
    assert made.returncode == 0, made.stderr
    return path


def places(path):
    """What each byte of the file of entries is of: (entry, "length" or "entry")."""
    found = []
    for index, frame in enumerate(frames(path)):
        found += [(index, "length")] * 2 + [(index, "entry")] * (len(frame) - 2)
    return found


def test_every_flipped_byte_names_its_entry(small, tmp_path):
    """Whatever byte of whatever entry: verify names that entry, or, when its length was changed, that one
    or the one before which the file now ends."""
    whole = (small / "entries").read_bytes()
    copy = pathlib.Path(shutil.copytree(small, tmp_path / "log"))
    of = places(small)
    assert len(of) == len(whole)
    step = 41  # a hundred runs of the program; coprime to every field's length
    for at in range(0, len(whole), step):
        for flip in (0x01, 0x80):
            changed = bytearray(whole)
            changed[at] ^= flip
            (copy / "entries").write_bytes(changed)
            verify_fails_at(copy, of[at][0])


def test_every_byte_of_every_length_names_its_entry(small, tmp_path):
    whole = (small / "entries").read_bytes()
    copy = pathlib.Path(shutil.copytree(small, tmp_path / "log"))
    for at, (index, what) in enumerate(places(small)):
        if what == "length":
            for flip in (0x01, 0x10, 0xFF):
                changed = bytearray(whole)
                changed[at] ^= flip
                (copy / "entries").write_bytes(changed)
                verify_fails_at(copy, index)


def test_every_flipped_byte_of_checkpoint_and_hashes_is_told(small, tmp_path):
    copy = pathlib.Path(shutil.copytree(small, tmp_path / "log"))
    for name, step in (("checkpoint", 3), ("tiles.0", 11), ("key", 3)):
        whole = (small / name).read_bytes()
        for at in range(0, len(whole) - (name == "key"), step):
            changed = bytearray(whole)
            changed[at] ^= 0x04
            (copy / name).write_bytes(changed)
            result = ledger("verify", "--log", copy)
            assert result.returncode == 1 and result.stderr.count("\n") == 1, (name, at, result.stderr)
            if name == "tiles.0":
                assert f"entry {at // 32} is the first" in result.stderr
        (copy / name).write_bytes(whole)
    assert ledger("verify", "--log", copy).returncode == 0  # and nothing was lost


def test_every_cut_names_the_first_entry_that_is_missing(small, tmp_path):
    whole = (small / "entries").read_bytes()
    copy = pathlib.Path(shutil.copytree(small, tmp_path / "log"))
    of = places(small)
    for length in range(0, len(whole), 29):
        (copy / "entries").write_bytes(whole[:length])
        verify_fails_at(copy, of[length][0])


def test_every_move_and_every_drop_names_the_first(small, tmp_path):
    whole = frames(small)
    copy = pathlib.Path(shutil.copytree(small, tmp_path / "log"))
    for i in range(len(whole)):
        (copy / "entries").write_bytes(b"".join(whole[:i] + whole[i + 1:]))
        verify_fails_at(copy, i)
        (copy / "entries").write_bytes(b"".join(whole[:i] + [whole[i]] + whole[i:]))
        if i + 1 < len(whole):
            verify_fails_at(copy, i + 1)
        for k in range(i + 1, len(whole)):
            moved = list(whole)
            moved[i], moved[k] = moved[k], moved[i]
            (copy / "entries").write_bytes(b"".join(moved))
            verify_fails_at(copy, i)


def test_entries_changed_with_their_hashes_do_not_have_the_signed_root(copy):
    entries = frames(copy)
    changed = entries[9][:-1] + bytes([entries[9][-1] ^ 1])
    entries[9] = changed
    (copy / "entries").write_bytes(b"".join(entries))
    tile = bytearray((copy / "tiles.0").read_bytes())
    tile[9 * 32 : 10 * 32] = hashlib.sha256(b"\0" + changed[2:]).digest()
    (copy / "tiles.0").write_bytes(bytes(tile))
    result = ledger("verify", "--log", copy)
    assert result.returncode == 1 and "not the signed root" in result.stderr


def test_another_key_did_not_sign(copy):
    text = (copy / "checkpoint").read_text()
    (copy / "checkpoint").write_text(text.replace(f"\n{BLOCKS + 5}\n", f"\n{BLOCKS + 4}\n"))
    result = ledger("verify", "--log", copy)
    assert result.returncode == 1 and "signature" in result.stderr


@pytest.mark.skipif(shutil.which("go") is None or not GO_PATH.exists(), reason="Go is not here")
def test_go_reads_checkpoint_and_proofs(log, tmp_path):
    program = tmp_path / "verify"
    environment = dict(os.environ, GO111MODULE="off", GOPATH=str(GO_PATH), GOCACHE=str(tmp_path))
    built = subprocess.run(["go", "build", "-o", str(program), "main.go"], cwd=TREE / "tests/interop/ledger_go",
                           env=environment, capture_output=True, text=True, timeout=300)
    assert built.returncode == 0, built.stderr
    proofs = []
    for name, arguments in [(f"i{i}", [str(i)]) for i in (0, 1, 255, 256, 511, BLOCKS + 4)] + [
        (f"c{i}", ["--consistency", str(i)]) for i in (1, 2, 255, 256, 700)
    ]:
        path = tmp_path / f"{name}.json"
        result = ledger("prove", "--log", log, *arguments)
        assert result.returncode == 0, result.stderr
        path.write_text(result.stdout)
        proofs.append(path)
        assert ledger("check", path).returncode == 0
    judged = run(program, log / "key", log / "checkpoint", *proofs)
    assert judged.stdout == f"ok {len(proofs)} proofs\n", judged.stdout
    forged = json.loads(proofs[2].read_text())
    forged["entry"] = base64.b64encode(b"forged").decode()
    proofs[2].write_text(json.dumps(forged))
    assert run(program, log / "key", log / "checkpoint", proofs[2]).returncode == 1
    assert ledger("check", proofs[2]).returncode == 1


@pytest.fixture(scope="module")
def npm_modules():
    """What tests/interop/ledger_npm/package-lock.json pins, installed once into the build."""
    source, target = TREE / "tests/interop/ledger_npm", TREE / "build/ledger_npm"
    pinned = (source / "package-lock.json").read_text()
    mark = target / ".wattward"
    if not mark.exists() or mark.read_text() != pinned:
        target.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, target / name)
        done = run("npm", "ci", "--prefix", target, "--no-audit", "--no-fund", "--ignore-scripts")
        assert done.returncode == 0, done.stderr
        mark.write_text(pinned)
    return target


def test_sigstore_reads_checkpoint_and_proofs(log, npm_modules, tmp_path):
    def judge(*proofs):
        return run("node", TREE / "tests/interop/ledger_npm/verify.cjs", npm_modules, log / "key", *proofs)

    paths = []
    for index in (0, 1, 2, 255, 256, 300, 511, 512, BLOCKS, BLOCKS + 4):
        result = ledger("prove", "--log", log, index)
        assert result.returncode == 0, result.stderr
        paths.append(tmp_path / f"{index}.json")
        paths[-1].write_text(result.stdout)
    judged = judge(*paths)
    assert judged.stdout == f"ok {len(paths)} proofs\n", judged.stdout + judged.stderr

    whole = json.loads(paths[4].read_text())
    name, size, root = whole["checkpoint"].split("\n")[:3]
    other_root = base64.b64encode(bytes(32)).decode()
    forgeries = {
        "calculated root hash": {"entry": base64.b64encode(b"forged").decode()},
        "invalid checkpoint signature": {"checkpoint": whole["checkpoint"].replace(
            f"\n{size}\n", f"\n{int(size) + 1}\n")},
        "invalid hash count": {"proof": whole["proof"][1:]},
        "does not match": {"root": other_root},
    }
    for reason, change in forgeries.items():
        forged = tmp_path / "forged.json"
        forged.write_text(json.dumps({**whole, **change}))
        refused = judge(forged)
        assert refused.returncode == 1 and reason in refused.stdout, (change, refused.stdout)
        assert ledger("check", forged, "--key", log / "key").returncode == 1


def test_the_seeds_table_has_a_chain_that_python_follows(log, tmp_path):
    exported = ledger("export", "--log", log, "--format", "seed")
    rows = list(csv.DictReader(io.StringIO(exported.stdout)))
    assert len(rows) == BLOCKS
    previous = "0" * 64
    for row in rows:
        assert row["prev_hash"] == previous
        text = previous + row["from_node"] + row["to_node"] + str(float(row["wh_amount"]))
        text += row["timestamp"] + row["signature"]
        previous = hashlib.sha256(text.encode()).hexdigest()
        assert row["block_hash"] == previous
    path = tmp_path / "seed.csv"
    path.write_text(exported.stdout)
    assert ledger("verify", "--seed", path).returncode == 0
    lines = exported.stdout.splitlines()
    path.write_text("\n".join(lines[:5] + lines[6:]))
    result = ledger("verify", "--seed", path)
    assert result.returncode == 1 and "row 5" in result.stderr


def test_tiles_are_those_of_the_specification(log, tmp_path):
    assert ledger("export", "--log", log, "--format", "tiles", "--out", tmp_path).returncode == 0
    bundle = (tmp_path / "tile/entries/000").read_bytes()
    tile = (tmp_path / "tile/0/000").read_bytes()
    at = 0
    for i in range(256):
        length = struct.unpack(">H", bundle[at : at + 2])[0]
        leaf = hashlib.sha256(b"\0" + bundle[at + 2 : at + 2 + length]).digest()
        assert tile[32 * i : 32 * i + 32] == leaf
        at += 2 + length
    assert at == len(bundle)
    assert (tmp_path / "tile/1/000.p/2").stat().st_size == 64


def test_a_statement_follows_from_a_copy_of_the_log(log, copy):
    first = run(WATTWARD, "settle", "--from-ledger", "--log", log)
    second = run(WATTWARD, "settle", "--log", copy, "--key", log / "key", "--month", "2026-01")
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    rows = {row["member"]: {k: int(v) for k, v in row.items() if k != "member"}
            for row in csv.DictReader(io.StringIO(first.stdout))}
    total = rows.pop("sum")
    for column, value in total.items():
        assert sum(row[column] for row in rows.values()) == value
    assert total["bought_wh"] == total["sold_wh"] > 0
    assert total["bought_cost"] == total["sold_credit"]
    page = run(WATTWARD, "settle", "--log", log, "--format", "html").stdout
    assert page.startswith("<!doctype html>") and "barn" in page


def by_member(text):
    rows = list(csv.DictReader(io.StringIO(text)))
    return {row.pop(next(iter(row))): {k: int(v) for k, v in row.items() if v} for row in rows}


@pytest.fixture(scope="module")
def terms_log(tmp_path_factory):
    """Nine days with every sharing key, gaps, transfers and corrections."""
    path = tmp_path_factory.mktemp("terms") / "log"
    made = run(PEER, path, 2600, "terms")
    assert made.returncode == 0, made.stderr
    return path


def test_python_settles_the_month_to_the_last_digit(terms_log):
    entries = [frame[2:] for frame in frames(terms_log)]
    ours = run(WATTWARD, "settle", "--from-ledger", "--log", terms_log, "--month", "2026-01")
    assert ours.returncode == 0, ours.stderr
    theirs = settlement.settle(entries, "2026-01")
    assert by_member(ours.stdout) == theirs
    assert all(theirs["sum"][field] > 0 for field in ("bought_wh", "import_wh", "export_wh"))


@pytest.mark.parametrize("leave_out", [0, 3, 6, 9])
def test_each_kind_of_term_matters(terms_log, leave_out):
    """The comparison above would see it if one of them were not settled at all."""
    entries = [frame[2:] for frame in frames(terms_log)]
    whole = settlement.settle(entries, "2026-01")
    less = entries[:-11 + leave_out] + entries[-11 + leave_out + 2:] if leave_out < 9 else entries[:-1]
    less = [e[:2] + struct.pack(">Q", i) + e[10:] for i, e in enumerate(less)]
    assert settlement.settle(less, "2026-01") != whole


def test_a_members_statement_adds_up_to_its_line(terms_log):
    whole = by_member(run(WATTWARD, "settle", "--log", terms_log).stdout)
    days = by_member(run(WATTWARD, "settle", "--log", terms_log, "--member", "flat").stdout)
    assert days.pop("sum") == whole["flat"]
    assert {field: sum(day[field] for day in days.values()) for field in settlement.FIELDS} == {
        field: whole["flat"][field] for field in settlement.FIELDS}
    quarters = by_member(
        run(WATTWARD, "settle", "--log", terms_log, "--member", "flat", "--day", "3").stdout)
    assert quarters.pop("sum") == days["2026-01-03"] and len(quarters) == 96
    page = run(WATTWARD, "settle", "--log", terms_log, "--member", "flat", "--format", "html").stdout
    assert "<h1>Statement 2026-01 of flat</h1>" in page and page.count("<tr>") == len(days) + 2


def test_a_changed_log_is_not_settled(copy):
    data = bytearray((copy / "entries").read_bytes())
    data[-70] ^= 1
    (copy / "entries").write_bytes(bytes(data))
    result = run(WATTWARD, "settle", "--log", copy)
    assert result.returncode == 1 and "not what was signed" in result.stderr
