# SPDX-License-Identifier: MIT
"""Josev (iso15118) and our programs over TLS, as car and as charger, with its PKI and with ours."""

import shutil
import subprocess

import pytest

from josev_peer import (
    PYTHON, car_settings, charge_at_josev, check_charged, end, josev, make_pki, wait_for_words)
from v2g_cable import PROGRAMS, Cable, Charger, has_namespaces

pytestmark = [
    pytest.mark.skipif(not has_namespaces(), reason="needs root and network namespaces"),
    pytest.mark.skipif(not PYTHON.exists(), reason="needs Josev in build/venv-josev"),
]
SUITE = "TLSv1.2 ECDHE-ECDSA-AES128-SHA256"


@pytest.fixture
def cable():
    made = Cable(1)
    yield made
    made.cut()


def our_pki(folder):
    """Our PKI where Josev looks for a V2G root."""
    subprocess.run([PROGRAMS / "wattward", "v2g", "pki", folder], capture_output=True, check=True)
    certificates = folder / "iso15118_2" / "certs"
    certificates.mkdir(parents=True)
    shutil.copy(folder / "v2g-root.pem", certificates / "v2gRootCACert.pem")
    return f"{folder}/", {"tls_certificate": folder / "charger.pem",
                          "tls_key": folder / "charger.key"}


def its_pki(folder):
    """Its PKI, the charger's key without the password."""
    path, certificates, keys = make_pki(folder)
    key = folder / "charger.key"
    subprocess.run(["openssl", "ec", "-in", keys / "seccLeaf.key", "-passin", "pass:12345", "-out",
                    key], capture_output=True, check=True)
    key.chmod(0o600)
    return path, {"tls_certificate": certificates / "cpoCertChain.pem", "tls_key": key}


@pytest.mark.parametrize("pki, service, mode", [
    (our_pki, "DC", "DC_extended"), (its_pki, "AC", "AC_three_phase_core")])
def test_josev_charges_at_our_charger_over_tls(cable, tmp_path, pki, service, mode):
    path, certificate = pki(tmp_path / "pki")
    charger = Charger(cable, tmp_path, energy=service.lower(), tls="required", **certificate)
    car_settings(tmp_path, "ISO_15118_2", service, mode, tls=True)
    process = josev(cable.car, tmp_path, "iso15118.evcc.main", "ev.json", NETWORK_INTERFACE="car0",
                    PKI_PATH=path)
    try:
        charger.wait_for("session ended", seconds=60)
        charger.wait_for("state=OFF", 2, seconds=20)
    finally:
        end(process)
    assert f'speaks="{SUITE}"' in charger.log()
    assert "tls=yes" in charger.log()
    assert "how=STOPPED" in charger.log(), charger.log()
    assert ("AC_ON" if service == "AC" else "ON") in charger.supply()
    assert "fault" not in charger.log()
    assert charger.stop() == 0


@pytest.mark.parametrize("energy", ["ac", "dc"])
def test_our_car_charges_at_josev_over_tls(cable, tmp_path, energy):
    path, certificates, _ = make_pki(tmp_path / "pki")
    status, timeline = charge_at_josev(cable, tmp_path, "ISO_15118_2", "--energy", energy,
                                       "--protocol", "iso2", "--tls", "required", "--v2g-root",
                                       str(certificates / "v2gRootCACert.pem"),
                                       SECC_ENFORCE_TLS="true", PKI_PATH=path)
    check_charged(status, timeline, energy)
    assert f"connected     {SUITE}" in timeline, timeline


def test_josev_refuses_our_charger_when_it_does_not_know_its_root(cable, tmp_path):
    _, certificate = our_pki(tmp_path / "pki")
    path, _, _ = make_pki(tmp_path / "other")
    charger = Charger(cable, tmp_path, tls="required", **certificate)
    car_settings(tmp_path, "ISO_15118_2", "DC", "DC_extended", tls=True)
    process = josev(cable.car, tmp_path, "iso15118.evcc.main", "ev.json", NETWORK_INTERFACE="car0",
                    PKI_PATH=path)
    try:
        charger.wait_for("tls refused", seconds=60)
        wait_for_words(tmp_path, process, "CERTIFICATE_VERIFY_FAILED")
    finally:
        end(process)
        charger.stop()
    assert "connected plug" not in charger.log()
