# SPDX-License-Identifier: MIT
"""The files of monitoring/ against a real gateway: promtool reads them, Prometheus scrapes it, and every
query of the alerts and dashboards finds the metrics that it names."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
import yaml

from gateway_site import ROOT, STORED, Gateway

MONITORING = os.path.join(ROOT, "monitoring")
DASHBOARDS = sorted(os.listdir(os.path.join(MONITORING, "grafana", "dashboards")))
SEED_NAMES = """te_messages_received_total te_messages_accepted_total te_messages_rejected_total
    te_penalties_applied_total te_processing_seconds te_crypto_validation_seconds te_validations_total
    bc_transactions_received_total bc_blocks_mined_total bc_rejected_total bc_mining_seconds
    prov_enrollment_requests_total prov_enrollment_results_total""".split()

pytestmark = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")


@pytest.fixture(scope="module")
def gateway():
    """With a reading stored, one refused, one claimed by another device, and a ledger."""
    g = Gateway().start("--weather", "http://127.0.0.1:1", "--place", "44.5,11.3")
    device = g.add("roof-1").connect()
    device.publish(device.reading(1))
    assert device.wait_ack(1) == [STORED]
    device.publish(b"\x00")
    device.publish(device.reading(2, device_id="roof-2"))
    g.act("ban", "nobody")
    g.control(do="operator.act", action=g.sign("ban", "roof-1", "x", number=0))
    end = time.monotonic() + 20
    while g.metric("wattward_ledger_entries") == 0 and time.monotonic() < end:
        time.sleep(0.1)
    device.close()
    yield g
    g.close()


def metrics(gateway):
    """Names and types; and the text."""
    _, _, text = gateway.open("/metrics")
    text = text.decode()
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M)), text


def promtool(*arguments, **more):
    return subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60,
                          check=False, **more)


def test_promtool_accepts_configuration_rules_and_their_tests():
    for what in (["check", "config", "prometheus.yml"], ["check", "rules", "alerts.yml"],
                 ["test", "rules", "alerts_test.yml"]):
        done = promtool(*what, cwd=MONITORING)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case_in_which_it_fires():
    def named(path):
        with open(os.path.join(MONITORING, path), encoding="utf-8") as f:
            return yaml.safe_load(f)
    alerts = {rule["alert"] for group in named("alerts.yml")["groups"] for rule in group["rules"]}
    fires = {case["alertname"] for story in named("alerts_test.yml")["tests"]
             for case in story["alert_rule_test"] if case["exp_alerts"]}
    assert alerts == fires


def test_promtool_finds_nothing_wrong_with_the_metrics(gateway):
    done = promtool("check", "metrics", input=metrics(gateway)[1])
    assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr


def test_the_seeds_names_are_there_with_what_happened(gateway):
    types, text = metrics(gateway)
    for name in SEED_NAMES:
        assert types[name] == ("histogram" if name.endswith("seconds") else "counter"), name
    values = {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
              for line in text.splitlines() if not line.startswith("#")}
    assert values["te_messages_received_total"] == 3
    assert values["te_messages_accepted_total"] == 1
    assert values['te_messages_rejected_total{reason="malformed_payload"}'] == 1
    assert values['te_messages_rejected_total{reason="invalid_signature"}'] == 1
    assert values['bc_rejected_total{reason="node_mismatch"}'] == 1
    assert values["bc_transactions_received_total"] >= 2
    assert values["bc_blocks_mined_total"] == values["wattward_ledger_entries"]
    assert values["bc_mining_seconds_count"] >= 1
    assert values["prov_enrollment_requests_total"] == 1
    assert values['prov_enrollment_results_total{result="success",reason="ok"}'] == 1
    assert values["wattward_operator_actions_refused_total"] == 1
    assert 'wattward_trust_evidence_log10{device="roof-1"}' in values


def expressions():
    with open(os.path.join(MONITORING, "alerts.yml"), encoding="utf-8") as f:
        for group in yaml.safe_load(f)["groups"]:
            for rule in group["rules"]:
                yield rule["alert"], rule["expr"]
    for name in DASHBOARDS:
        with open(os.path.join(MONITORING, "grafana", "dashboards", name), encoding="utf-8") as f:
            for panel in json.load(f)["panels"]:
                for target in panel["targets"]:
                    yield panel["title"], target["expr"]


def test_every_metric_that_is_asked_for_exists(gateway):
    types, _ = metrics(gateway)
    for where, expression in expressions():
        for name in re.findall(r"\b(?:wattward|te|bc|prov)_\w+", expression):
            bare = re.sub("_(bucket|sum|count)$", "", name)
            assert name in types or types.get(bare) == "histogram", (where, name)


def test_dashboards_and_their_provisioning_are_whole():
    ids = set()
    for name in DASHBOARDS:
        with open(os.path.join(MONITORING, "grafana", "dashboards", name), encoding="utf-8") as f:
            board = json.load(f)
        assert name == board["uid"] + ".json"
        assert board["templating"]["list"][0]["name"] == "datasource"
        assert board["schemaVersion"] >= 36 and board["title"] not in ids
        ids.add(board["title"])
        assert [p["id"] for p in board["panels"]] == list(range(1, len(board["panels"]) + 1))
        for panel in board["panels"]:
            assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
            assert all(t["datasource"]["uid"] == "${datasource}" for t in panel["targets"])
    assert len(ids) == 3
    for kind, member in (("datasources", "datasources"), ("dashboards", "providers")):
        path = os.path.join(MONITORING, "grafana", "provisioning", kind, "wattward.yaml")
        with open(path, encoding="utf-8") as f:
            text = yaml.safe_load(f)
        assert text["apiVersion"] == 1 and len(text[member]) == 1


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(port, path, **query):
    url = f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)["data"]


@pytest.fixture(name="prometheus")
def fixture_prometheus(gateway, tmp_path):
    """Prometheus with our files, but for the address and how often."""
    with open(os.path.join(MONITORING, "prometheus.yml"), encoding="utf-8") as f:
        text = f.read()
    text = text.replace("127.0.0.1:8080", gateway.page[len("http://"):]).replace("15s", "1s")
    (tmp_path / "prometheus.yml").write_text(text)
    shutil.copy(os.path.join(MONITORING, "alerts.yml"), tmp_path)
    port = free_port()
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen(
            ["prometheus", f"--config.file={tmp_path}/prometheus.yml",
             f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{port}"],
            stdout=log, stderr=log)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            samples = ask(port, "query", query="count_over_time(wattward_up[1m])")["result"]
            if samples and float(samples[0]["value"][1]) >= 3:
                break
        except OSError:
            pass
        time.sleep(0.2)
    else:
        process.kill()
        raise RuntimeError((tmp_path / "log").read_text())
    yield port
    process.send_signal(signal.SIGTERM)
    process.wait(20)


def test_prometheus_scrapes_the_gateway_and_answers_every_query(prometheus):
    target, = ask(prometheus, "targets")["activeTargets"]
    assert target["health"] == "up" and target["lastError"] == ""
    rules = [r for g in ask(prometheus, "rules")["groups"] for r in g["rules"]]
    assert len(rules) == 20 and all(r["health"] in ("ok", "unknown") for r in rules)
    silent = []
    for where, expression in expressions():
        if ">" in expression or "<" in expression or "== 0" in expression:
            expression = re.split(r" (?:>|<|==) ", expression)[0]  # what the alert looks at
        if not ask(prometheus, "query", query=expression)["result"]:
            silent.append(where)
    # Nobody is judged yet, and no weather came.
    assert set(silent) == {"WeatherOld", "Score of each device", "Age of the weather"}
    firing = {a["labels"]["alertname"] for a in ask(prometheus, "alerts")["alerts"]
              if a["state"] == "firing"}
    assert "GatewayGone" not in firing and "LedgerStandsStill" not in firing
