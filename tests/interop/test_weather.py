# SPDX-License-Identifier: MIT
"""The gateway's real fetcher against `wattward-sim weather`: fetched, missing, stale, back again."""
import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

from gateway_site import PROGRAMS, ROOT, STORED, Gateway

SITE_MS = 1470168000000  # noon of 2016-08-02 in California


class Weather:
    """`wattward-sim weather`, on the port of the one before if there was one."""

    port = 0

    def start(self, *arguments):
        self.process = subprocess.Popen(
            [os.path.join(PROGRAMS, "wattward-sim"), "weather", "--port", str(self.port),
             "--homes-dir", os.path.join(ROOT, "sim", "homes"), *arguments],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("ready weather=http://127.0.0.1:"), line
        self.port = int(line.rsplit(":", 1)[1])
        return self

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(10) == 0
        self.process.stdout.close()


def wait_for(condition, what, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come true")


def health(gateway):
    status, _, text = gateway.open("/healthz")
    assert status == 200
    return text.decode()


@pytest.fixture
def site():
    clock = f"{int(time.time() * 1000)}:{SITE_MS}:3600"
    weather = Weather().start("--clock", clock)
    gateway = Gateway()
    gateway.start("--clock", clock, "--place", "34.1,-117.4", "--weather", f"http://127.0.0.1:{weather.port}")
    yield gateway, weather, clock
    gateway.close()
    weather.stop()


def test_weather_is_fetched_goes_stale_without_its_service_and_comes_back(site):
    gateway, weather, clock = site
    wait_for(lambda: health(gateway) == "ok\nweather forecast=fresh satellite=fresh\n", "fresh weather")
    assert gateway.metric("wattward_weather_points_total") > 100
    assert gateway.metric('wattward_weather_feeds{endpoint="satellite",state="fresh"}') == 1
    gateway.login()
    cell = gateway.get("/api/trust")["weather"]["cells"][0]
    assert (cell["latitude"], cell["longitude"]) == (34.1, -117.4)
    assert cell["forecast"]["state"] == "fresh" and cell["forecast"]["reason"] is None

    again = subprocess.run([os.path.join(PROGRAMS, "wattward"), "--state", gateway.state, "trust", "replay"],
                           capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr  # beside the gateway at work
    assert json.loads(again.stdout.splitlines()[-1])["summary"]["weather_points"] > 100

    weather.stop()  # two hours of the site are two seconds
    wait_for(lambda: "forecast=stale" in health(gateway), "a stale forecast")
    wait_for(lambda: gateway.metric('wattward_weather_requests_total{result="failed"}') > 0, "a failed question")
    assert "cannot be used: Couldn't connect to server" in gateway.log_text()
    assert gateway.process.poll() is None

    weather.start("--clock", clock)
    wait_for(lambda: "forecast=fresh" in health(gateway), "weather again", 60)


@pytest.mark.parametrize("fault,sentence", [
    ("garbage", "the answer is no JSON"),
    ("500", "the service answers with status 500"),
    ("units", "radiation is not in W/m2"),
    ("gap", "has gaps: 36 moments are unknown, not dark"),
])
def test_a_faulty_service_is_named_in_the_log_and_readings_go_on(fault, sentence):
    clock = f"{int(time.time() * 1000)}:{SITE_MS}:1"
    weather = Weather().start("--clock", clock, "--fault", fault)
    gateway = Gateway()
    try:
        gateway.start("--clock", clock, "--place", "34.1,-117.4", "--weather", f"http://127.0.0.1:{weather.port}")
        wait_for(lambda: sentence in gateway.log_text(), sentence)
        assert health(gateway).startswith("ok\n")
    finally:
        gateway.close()
        weather.stop()


def feeds(gateway):
    cell = gateway.get("/api/trust")["weather"]["cells"][0]
    return [(cell[feed]["state"], cell[feed]["reason"]) for feed in ("forecast", "satellite")]


def test_answers_that_take_too_long_are_given_up_and_readings_go_on_meanwhile(site):
    """What was known goes stale, what was never known is missing; a question is given up after 15 s."""
    gateway, weather, clock = site
    wait_for(lambda: health(gateway) == "ok\nweather forecast=fresh satellite=fresh\n", "fresh weather")
    weather.stop()
    weather.start("--clock", clock, "--fault", "slow")
    meter = gateway.add("roof").connect()
    late = Gateway()
    try:
        late.start("--clock", clock, "--place", "34.1,-117.4", "--weather", f"http://127.0.0.1:{weather.port}")
        given_up = "Timeout was reached"
        sequence = 0
        while given_up not in late.log_text():  # a question is open all the time
            sequence += 1
            assert sequence < 60
            meter.publish(meter.reading(sequence, unix_ms=SITE_MS + sequence * 1000))
            assert meter.wait_ack(sequence) == [STORED]  # within five seconds
            time.sleep(0.5)
        assert sequence > 3
        late.login()
        gateway.login()
        wait_for(lambda: ("missing", given_up) in feeds(late), "missing weather")
        assert "=missing" in health(late)
        wait_for(lambda: given_up in [reason for _, reason in feeds(gateway)], "the same where there was weather", 60)
        wait_for(lambda: health(gateway) == "ok\nweather forecast=stale satellite=stale\n", "stale weather")
        assert gateway.metric('wattward_weather_requests_total{result="failed"}') > 0
    finally:
        meter.close()
        late.close()


def serve_once(answer):
    """A server that sends these bytes to everybody, as fast as they are taken."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                try:
                    client.recv(4096)
                    for part in answer:
                        client.sendall(part)
                except OSError:
                    pass

    threading.Thread(target=serve, daemon=True).start()
    return server


def test_an_answer_without_end_and_a_redirection_are_not_followed():
    endless = [b"HTTP/1.1 200 OK\r\n\r\n"] + [b" " * 65536] * 64
    elsewhere = [b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"]
    forecast, satellite = serve_once(endless), serve_once(elsewhere)
    gateway = Gateway()
    try:
        gateway.start("--place", "34.1,-117.4", "--weather",
                      f"http://127.0.0.1:{forecast.getsockname()[1]},http://127.0.0.1:{satellite.getsockname()[1]}")
        wait_for(lambda: "longer than 1048576 bytes" in gateway.log_text(), "a bound on the answer")
        wait_for(lambda: "the service answers with status 302" in gateway.log_text(), "a refused redirection")
    finally:
        gateway.close()
        forecast.close()
        satellite.close()


def test_the_fetcher_has_no_privilege_and_ends_with_the_gateway(site):
    gateway, _, _ = site
    children = subprocess.run(["ps", "--ppid", str(gateway.process.pid), "-o", "pid="], capture_output=True,
                              text=True, check=True).stdout.split()
    filtered = []
    for child in children:
        with open(f"/proc/{child}/status", encoding="utf-8") as f:
            facts = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
        assert facts["NoNewPrivs"] == "1" or facts["Name"] == "wattward-gatewa"
        filtered += [child] if facts["Seccomp"] == "2" else []
    assert len(filtered) >= 2  # signer and fetcher
    gateway.kill()
    wait_for(lambda: not any(os.path.exists(f"/proc/{child}") for child in children), "the end of the children")


@pytest.mark.parametrize("address", ["ftp://x", "http://", "http://x/path", "http://a,", "http://a b", "nonsense"])
def test_an_address_that_is_none_is_refused(address):
    run = subprocess.run([os.path.join(PROGRAMS, "wattward-gateway"), "--weather", address, "--check"],
                         capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr == "wattward-gateway: --weather is open-meteo or an address, as in http://127.0.0.1:8089\n"
