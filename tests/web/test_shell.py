# SPDX-License-Identifier: MIT
"""What surrounds the pages: the first start, the login, the keyboard, motion, policy and weight."""
import gzip
import re
import signal
import subprocess

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT, free_ports
from playwright.sync_api import expect

# What a browser loads before the first page stands, packed. A page that outgrows it slows every start.
FIRST_LOAD_MAX = 105_000
OWN_FILES_MAX = 64_000


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A gateway that was started for the first time and knows no device: its address and password."""
    http, est, mqtt = free_ports(3)
    ports = ["--http-port", str(http), "--est-port", str(est), "--mqtt-port", str(mqtt)]
    state = tmp_path_factory.mktemp("empty") / "state"
    process = subprocess.Popen(
        [ROOT / "build/bin/wattward-gateway", "--state", state, "--name", "Quiet Lane", *ports],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    facts = {}
    for line in process.stdout:
        word, _, rest = line.strip().partition(" ")
        facts[word] = rest
        if word == "ready":
            break
    yield re.search(r"page=(\S+)", facts["ready"])[1], facts["operator-password"]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


@pytest.fixture
def first_start(empty, browser):
    url, password = empty
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(url)
    page.get_by_label("Operator's password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Devices").wait_for()
    page.address = url
    yield page
    context.close()


@pytest.mark.parametrize(
    "path, words",
    [
        ("/", "wattward device add NAME --peak-power W"),
        ("/trust", "No devices yet."),
        ("/ledger", "The signature holds: checked in this browser."),
        ("/settlement", "nothing was metered yet"),
        ("/health", "0 of 0"),
    ],
)
def test_every_page_of_a_first_start_says_what_is_not_there_yet(
    first_start, screenshot, path, words
):
    page = first_start
    page.goto(f"{page.address}/#{path}")
    expect(page.get_by_text(words)).to_be_visible(timeout=20000)
    assert Axe().run(page).violations_count == 0
    screenshot(page, "empty" + path.replace("/", "-").rstrip("-"))
    assert page.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_the_login(site, browser, scheme):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(site.url)
    page.get_by_label("Operator's password").wait_for()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    context.close()


def test_the_page_is_used_by_keyboard_alone(site, browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(site.url)
    # The password has the focus; Enter sends it.
    expect(page.get_by_label("Operator's password")).to_be_focused()
    page.keyboard.type(site.password)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Devices").wait_for()
    page.get_by_role("link", name="Health").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Health")).to_be_visible()
    expect(page.locator("#main")).to_be_focused()
    page.reload()
    page.get_by_role("heading", name="Health").wait_for()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    assert skip.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    expect(page.get_by_role("heading", name="Health")).to_be_visible()
    outline = page.get_by_role("link", name="Trust").evaluate(
        "node => { node.focus({ focusVisible: true }); return getComputedStyle(node).outlineStyle; }"
    )
    assert outline == "solid"
    context.close()


@pytest.mark.parametrize("wish, animation", [("reduce", "none"), ("no-preference", "flow")])
def test_who_wants_less_motion_gets_none(open_page, wish, animation):
    dots = open_page("/", reduced_motion=wish).locator(".flow-dots").first
    expect(dots).to_be_attached()
    assert dots.evaluate("node => getComputedStyle(node).animationName") == animation


def test_the_policy_lets_nothing_in_but_our_own_files(open_page, site):
    page = open_page("/health")
    policy = page.request.get(site.url + "/").headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    page.get_by_role("heading", name="Health").wait_for()
    assert page.problems == []
    page.evaluate(
        """() => {
        const script = document.createElement("script");
        script.textContent = "window.intruder = true";
        document.body.append(script);
        const image = document.createElement("img");
        image.src = "https://example.org/pixel.png";
        document.body.append(image);
    }"""
    )
    assert page.evaluate("window.intruder") is None
    assert any("Content Security Policy" in problem for problem in page.problems)


def test_the_first_page_weighs_little(site, browser):
    context = browser.new_context()
    page = context.new_page()
    loaded = {}
    page.on("response", lambda answer: loaded.setdefault(answer.url, answer))
    page.goto(site.url, wait_until="networkidle")
    sizes = {url: len(gzip.compress(answer.body())) for url, answer in loaded.items() if answer.ok}
    own = sum(size for url, size in sizes.items() if "dygraph" not in url)
    assert len(sizes) > 10
    assert sum(sizes.values()) <= FIRST_LOAD_MAX, sizes
    assert own <= OWN_FILES_MAX, sizes
    packed = loaded[f"{site.url}/dygraph.js"]
    assert packed.headers.get("content-encoding") == "gzip"
    context.close()


def test_a_browser_without_ed25519_says_so_and_still_checks_the_rest(site, browser, session_cookies):
    context = browser.new_context()
    context.add_cookies(session_cookies)
    context.add_init_script(
        """const real = SubtleCrypto.prototype.importKey;
        SubtleCrypto.prototype.importKey = function (format, data, algorithm, ...rest) {
          return algorithm?.name === "Ed25519"
            ? Promise.reject(new DOMException("unrecognized name", "NotSupportedError"))
            : real.call(this, format, data, algorithm, ...rest);
        };"""
    )
    page = context.new_page()
    page.goto(f"{site.url}/#/ledger/0")
    expect(page.get_by_text("This browser cannot check Ed25519 signatures.")).to_be_visible(timeout=30000)
    expect(page.get_by_text("Yes. Its hash leads to")).to_be_visible()
    context.close()


def test_guessing_is_slowed_down(empty, browser):
    """Last, and at a gateway where nobody else wants to log in."""
    url, _ = empty
    page = browser.new_page()
    answers = [
        page.request.post(
            f"{url}/api/login", headers={"X-Wattward": "1"}, data={"password": f"guess {i}"}
        ).status
        for i in range(12)
    ]
    assert set(answers) == {401, 429} and answers[-1] == 429
    page.close()
