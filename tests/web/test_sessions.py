# SPDX-License-Identifier: MIT
"""A charger's page in Chromium: its sessions, and the timeline of one, on answers made here, and with a
real charger, a real car and a real gateway."""
import re
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from charging import SESSIONS, answer
from conftest import ROOT
from playwright.sync_api import expect

sys.path.append(str(ROOT / "tests" / "interop"))
from gateway_site import Gateway  # noqa: E402
from test_charger import Charger, has_ipv6  # noqa: E402

CHARGER = "home-01"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture
def open_charger(open_page):
    """open_charger(path): the page, where the first home is a charger with three sessions."""

    def of_device(route):
        parts = route.request.url.split(f"/api/devices/{CHARGER}")[1].strip("/").split("/")
        if parts[0] == "sessions":
            route.fulfill(json=answer(parts))
        elif parts == [""]:
            route.fulfill(json={**route.fetch().json(), "sessions": len(SESSIONS)})
        else:
            route.fallback()

    def opened(path, **options):
        page = open_page("/health", **options)
        page.get_by_role("heading", name="Health").wait_for()
        page.route(re.compile(rf"/api/devices/{CHARGER}"), of_device)
        page.evaluate("path => { location.hash = path; }", f"#{path}")
        expect(page.locator("svg.timeline")).to_be_visible()
        return page

    return opened


def test_a_charger_shows_its_newest_session_and_the_list(open_charger, screenshot):
    page = open_charger(f"/device/{CHARGER}")
    rows = page.locator("table.fleet tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("ended as agreed")
    expect(rows.nth(1)).to_contain_text("fault: isolation")
    screenshot(page, "charger")
    rows.nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Charging session 2")).to_be_visible()
    assert page.problems == []


def test_the_timeline_draws_what_was_measured(open_charger, screenshot):
    page = open_charger(f"/device/{CHARGER}/session/3")
    points = page.locator("svg.timeline .voltage .line").get_attribute("d")
    assert points.count("L") == len(SESSIONS[0]["samples"]) - 1
    expect(page.locator("svg.timeline .closed").first).to_be_attached()
    expect(page.locator("svg.timeline circle.said")).to_have_count(len(SESSIONS[0]["messages"]))
    expect(page.locator("svg.timeline line.broke")).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile("Pre charge"))).to_contain_text("0:09.5")
    screenshot(page, "session")
    assert page.problems == []


def test_the_slider_reads_a_moment_by_keyboard_and_the_pointer_does_too(open_charger):
    page = open_charger(f"/device/{CHARGER}/session/3")
    slider = page.get_by_role("slider", name="A moment of the session")
    slider.focus()
    page.keyboard.press("Home")
    readout = page.locator(".readout")
    expect(readout).to_contain_text("0:00.0 · 0.0 V · 0.0 A")
    page.keyboard.press("End")
    expect(readout).to_contain_text("Session stop: OK")
    assert "Session stop" in slider.get_attribute("aria-valuetext")
    box = page.locator(".timeline-place").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    expect(readout).to_contain_text("Current demand: OK")


def test_views_show_a_part_of_the_session(open_charger, screenshot):
    page = open_charger(f"/device/{CHARGER}/session/3")
    page.get_by_role("button", name="Until it charges").click()
    expect(page.locator("svg.timeline .lane text", has_text="Testing")).to_be_visible()
    screenshot(page, "session-start")
    page.get_by_role("button", name="The end").click()
    expect(page.locator("svg.timeline .lane text", has_text="Ramping down")).to_be_visible()
    page.get_by_role("button", name="All of it").click()
    expect(page.locator("svg.timeline .lane text", has_text="Charging")).to_be_visible()


def test_a_fault_is_a_red_line_and_a_red_word(open_charger, screenshot):
    page = open_charger(f"/device/{CHARGER}/session/2")
    expect(page.locator("svg.timeline line.broke")).to_have_count(1)
    expect(page.locator(".state.bad").first).to_have_text("fault: isolation")
    expect(page.locator("tr.bad")).to_contain_text("FAILED")
    screenshot(page, "session-fault")


@pytest.mark.parametrize("path", ["", "/session/3"])
def test_a_phone_shows_it_without_scrolling_sideways(open_charger, screenshot, path):
    page = open_charger(f"/device/{CHARGER}{path}", **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, "phone-charger" + path.replace("/", "-"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "/session/2"])
def test_axe_finds_nothing(open_charger, screenshot, path, scheme):
    page = open_charger(f"/device/{CHARGER}{path}", color_scheme=scheme)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    if scheme == "dark":
        screenshot(page, "dark-charger" + path.replace("/", "-"))


@pytest.fixture
def charger():
    """A charger that is enrolled at a gateway of its own."""
    gateway = Gateway().start()
    made = Charger(gateway).start()
    made.gateway = gateway
    yield made
    made.stop()
    gateway.close()


@pytest.mark.skipif(not has_ipv6(), reason="needs ::1")
def test_a_car_that_charges_appears_by_itself(charger, browser, screenshot):
    page = browser.new_page()
    page.goto(charger.gateway.page)
    page.get_by_label("Operator's password").fill(charger.gateway.password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name=charger.name).click()
    expect(page.get_by_role("heading", name=charger.name)).to_be_visible()
    status, timeline = charger.charge("--full", "45", "--evcc-id", "0465650064c3")
    assert status == 0, timeline
    row = page.locator("table.fleet tbody tr")
    expect(row).to_contain_text("ended as agreed", timeout=30000)
    expect(row).to_contain_text("ISO 15118-2, DC")
    expect(page.locator("svg.timeline .lane text", has_text="On")).to_be_visible()
    screenshot(page, "real-charger")
    row.get_by_role("link").click()
    expect(page.locator("dt:text('Car') + dd")).to_have_text("0465650064C3")
    expect(page.get_by_role("row", name=re.compile("Welding detection"))).to_contain_text("OK")
    page.close()
