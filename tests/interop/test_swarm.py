# SPDX-License-Identifier: MIT
"""wattward-sim swarm: many meters in one process against the real gateway."""

import os
import re
import resource
import sqlite3
import subprocess

from gateway_site import PROGRAMS, ROOT, Gateway

SIM = os.path.join(PROGRAMS, "wattward-sim")


def swarm(*arguments, **limits):
    return subprocess.run([SIM, "swarm", *arguments], cwd=ROOT, capture_output=True, text=True,
                          timeout=120, check=False, **limits)


def figures(text):
    """The rows that begin with a name and a number."""
    return {m[1]: float(m[2]) for m in re.finditer(r"^  ([a-z ]+?) +([0-9.]+) ", text, re.M)}


def test_every_reading_of_twenty_meters_is_stored_once(tmp_path):
    done = swarm("--devices", "20", "--seconds", "20", "--interval", "500", "--per-second", "10",
                 "--state", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    seen = figures(done.stdout)
    assert seen["enrolled"] == 20
    # Each meter began within two seconds and took two readings a second.
    assert 20 * 2 * 15 < seen["taken"] <= 20 * 2 * 21
    assert seen["taken"] == seen["acknowledged"] == seen["stored"]
    assert seen["refused"] == seen["waiting"] == 0
    with sqlite3.connect(f"file:{tmp_path}/gateway/gateway.db?mode=ro", uri=True) as db:
        rows, distinct, devices = db.execute(
            "SELECT count(*), count(DISTINCT signed), count(DISTINCT device) FROM readings"
        ).fetchone()
    assert rows == distinct == seen["taken"] and devices == 20


def test_a_gateway_that_runs_already_is_joined_and_left_running():
    gateway = Gateway().start()
    try:
        done = swarm("--devices", "3", "--seconds", "5", "--interval", "200", "--state",
                     gateway.state, "--running", "--est-port", str(gateway.ports[1]), "--mqtt-port",
                     str(gateway.ports[2]))
        assert done.returncode == 0, done.stdout + done.stderr
        assert gateway.login() == 204
        site = gateway.get("/api/site")
        assert site["devices"]["enrolled"] == 3
        assert site["readings"]["stored"] == figures(done.stdout)["stored"] > 0
    finally:
        gateway.close()


def test_readings_that_cannot_be_acknowledged_fail_the_swarm(tmp_path):
    """Nobody listens on the broker's port: what the meters took stays with them."""
    gateway = Gateway(str(tmp_path)).start()
    try:
        done = swarm("--devices", "2", "--seconds", "5", "--interval", "200", "--state",
                     gateway.state, "--running", "--est-port", str(gateway.ports[1]), "--mqtt-port",
                     "9")
        assert done.returncode == 1
        assert "It does NOT hold." in done.stdout
        assert figures(done.stdout)["waiting"] > 0
    finally:
        gateway.close()


def test_a_swarm_that_does_not_fit_says_so():
    done = swarm("--devices", "1000", preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_NOFILE, (256, 1112)))
    assert done.returncode == 1
    assert ("1000 meters need 3512 open files, but this process may have 1112 (ulimit -Hn): "
            "at most 200 meters fit") in done.stderr


def test_a_ramp_that_is_longer_than_the_run_is_refused():
    done = swarm("--devices", "1000", "--seconds", "10")
    assert done.returncode == 2 and "takes 20 s" in done.stderr
    assert swarm("--seconds", "10").returncode == 2
    assert swarm("--help").returncode == 0
