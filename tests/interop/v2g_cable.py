# SPDX-License-Identifier: MIT
"""Cars and chargers in two network namespaces, joined by veth pairs."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

BUILD = pathlib.Path(__file__).resolve().parents[2] / "build"
PROGRAMS = BUILD / "bin"
START_S = 10


def ip(*arguments):
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)


def inside(namespace, *command):
    """The command line of a command in a namespace. `ip netns exec` and `ip -n` would mount a /sys
    besides, which a changed root does not allow."""
    return ["nsenter", f"--net=/run/netns/{namespace}", "--", *command]


def ip_in(namespace, *arguments):
    return subprocess.run(inside(namespace, "ip", *arguments), capture_output=True, text=True,
                          check=False)


def has_namespaces():
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"ww-try-{os.getpid()}"
    made = ip("netns", "add", name).returncode == 0
    ip("netns", "del", name)
    return made


class Cable:
    """Pairs of interfaces: car<i> in one namespace, plug<i> in the other."""

    def __init__(self, n):
        self.car = f"ww-car-{os.getpid()}"
        self.charger = f"ww-evse-{os.getpid()}"
        for name in (self.car, self.charger):
            assert ip("netns", "add", name).returncode == 0
            ip_in(name, "link", "set", "lo", "up")
        for i in range(n):
            ip("link", "add", f"car{i}", "netns", self.car, "type", "veth", "peer", "name",
               f"plug{i}", "netns", self.charger)
            ip_in(self.car, "link", "set", f"car{i}", "up")
            ip_in(self.charger, "link", "set", f"plug{i}", "up")
        for i in range(n):
            self.wait_for_addresses(i)

    def wait_for_addresses(self, i=0):
        """Until both ends have checked that nobody else has their address, and may bind to it."""
        until = time.monotonic() + START_S
        for name, end in ((self.car, f"car{i}"), (self.charger, f"plug{i}")):
            shown = ""
            while "fe80" not in shown or "tentative" in shown:
                assert time.monotonic() < until, shown
                time.sleep(0.05)
                shown = ip_in(name, "-6", "address", "show", "dev", end).stdout

    def cut(self):
        ip("netns", "del", self.car)
        ip("netns", "del", self.charger)


class Charger:
    def __init__(self, cable, folder, plugs=1, arguments=(), **config):
        self.log_path = folder / "evse.log"
        path = folder / "evse.conf"
        names = " ".join(f"plug{i}" for i in range(plugs))
        lines = {"evse_id": "DE*WAT*E0001", "interfaces": f'"{names}"', "log_level": "debug",
                 **config}
        path.write_text("".join(f"{key} {value}\n" for key, value in lines.items()))
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                inside(cable.charger, PROGRAMS / "wattward-device", "--profile", "evse", "--config",
                       path, "--state", tempfile.mkdtemp(dir=folder), *arguments),
                stderr=log)
        self.wait_for("ready", plugs)

    def log(self):
        return self.log_path.read_text()

    def wait_for(self, words, n=1, seconds=START_S):
        until = time.monotonic() + seconds
        while self.log().count(words) < n:
            assert self.process.poll() is None and time.monotonic() < until, self.log()
            time.sleep(0.05)

    def supply(self, plug="plug0"):
        return re.findall(rf"supply plug={plug} state=(\w+)", self.log())

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=10)


def car(cable, *arguments, interface="car0"):
    return subprocess.Popen(
        inside(cable.car, PROGRAMS / "wattward-ev", "--interface", interface, *arguments),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def drive(cable, *arguments):
    process = car(cable, *arguments)
    timeline, _ = process.communicate(timeout=60)
    return process.returncode, timeline
