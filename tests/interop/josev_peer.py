# SPDX-License-Identifier: MIT
"""Josev (iso15118) in a network namespace, with a PKI of its own or ours."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from v2g_cable import BUILD

PYTHON = BUILD / "venv-josev" / "bin" / "python"


def josev(namespace, folder, module, *arguments, **settings):
    log = open(folder / "josev.log", "w", encoding="utf-8")
    return subprocess.Popen(
        ["ip", "netns", "exec", namespace, PYTHON, "-m", module, *arguments], cwd=folder,
        stdout=log, stderr=log, start_new_session=True, env={**os.environ, **settings})


def end(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def car_settings(folder, protocol, service, mode, tls=False):
    """The car's ev.json."""
    (folder / "ev.json").write_text(json.dumps({
        "supportedProtocols": [protocol], "supportedEnergyServices": [service],
        "energyTransferMode": mode, "useTls": tls, "enforceTls": tls,
        "isCertInstallNeeded": False, "maxSupportingPoints": 1024}))


def wait_for_words(folder, process, words):
    """Until Josev's log has them; a charger listens after "UDP server started"."""
    until = time.monotonic() + 30
    log = folder / "josev.log"
    while words not in log.read_text():
        assert process.poll() is None and time.monotonic() < until, log.read_text()
        time.sleep(0.2)


def make_pki(folder):
    """Runs the PKI script of the package in a copy of its folder: (PKI_PATH, certificates, keys)."""
    found = subprocess.run(
        [PYTHON, "-c", "import iso15118.shared as s; print(s.__path__[0])"],
        capture_output=True, text=True, check=True).stdout.strip()
    shutil.copytree(pathlib.Path(found) / "pki", folder)
    subprocess.run(["bash", "create_certs.sh", "-v", "iso-2"], cwd=folder, capture_output=True,
                   check=True)
    return f"{folder}/", folder / "iso15118_2" / "certs", folder / "iso15118_2" / "private_keys"
