# SPDX-License-Identifier: MIT
"""A real site (gateway, signer, broker, meters) and a real browser for the tests of the page."""
import contextlib
import pathlib
import re
import signal
import socket
import subprocess
import tempfile

import pytest
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_ports(n):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(n)]
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]


class Site:
    """`wattward-sim site` with four homes, on free ports, in a folder of its own."""

    def __init__(self, state):
        http, est, mqtt = free_ports(3)
        self.state = pathlib.Path(state)
        self.process = subprocess.Popen(
            [ROOT / "build/bin/wattward-sim", "site", "--homes", "4", "--chargers", "0",
             "--rate", "3600"]
            + ["--state", state, "--port", str(http)]
            + ["--est-port", str(est), "--mqtt-port", str(mqtt)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self.password = None
        for line in self.process.stdout:
            if match := re.search(r"The page\s+(\S+)", line):
                self.url = match[1]
            if match := re.search(r"Password\s+(\S+)", line):
                self.password = match[1]
            if "Stop" in line:
                break
        assert self.url and self.password, "the site did not start"

    def gateway_pid(self):
        """The gateway is the child that is not a meter."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in map(int, children.read_text().split()):
            if "wattward-gateway" in pathlib.Path(f"/proc/{pid}/cmdline").read_text():
                return pid
        raise AssertionError("no gateway runs")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        assert self.process.returncode == 0


@pytest.fixture(scope="session")
def site():
    with tempfile.TemporaryDirectory() as state:
        running = Site(state)
        yield running
        running.stop()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def session_cookies(site, browser):
    """One login for all tests that are not about the login."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.url)
    page.get_by_label("Operator's password").fill(site.password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Devices").wait_for()
    cookies = context.cookies()
    context.close()
    return cookies


@pytest.fixture
def open_page(site, browser, session_cookies):
    """open_page(path, **context options): a page of the site, logged in, that may log no error."""
    with contextlib.ExitStack() as stack:

        def opened(path="/", **options):
            context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
            stack.callback(context.close)
            context.add_cookies(session_cookies)
            page = context.new_page()
            page.problems = []
            page.on("pageerror", lambda error: page.problems.append(str(error)))
            page.on("console", lambda m: m.type == "error" and page.problems.append(m.text))
            page.goto(f"{site.url}/#{path}")
            return page

        yield opened


@pytest.fixture(scope="session")
def screenshot():
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def take(page, name):
        # Two frames: what was just put into the page is drawn.
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        page.screenshot(path=SCREENSHOTS / f"{name}.png")

    return take
