# SPDX-License-Identifier: MIT
"""The page as a person uses it, in Chromium, against a real site."""
import os
import re
import signal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
PAGES = ["/", "/device/home-01", "/health"]


def wait_for_readings(page):
    """Every home of the test site has reported once."""
    for home in ("home-01", "home-02", "home-03", "home-04"):
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=home))
        expect(row.get_by_text("online")).to_be_visible(timeout=30000)


def wait_until_settled(page, path):
    if path == "/health":
        page.get_by_role("heading", name="Health").wait_for()
    else:
        expect(page.locator(".chart canvas").first).to_be_visible(timeout=30000)


def test_a_wrong_password_is_refused_in_words(site, browser, screenshot):
    page = browser.new_page()
    page.goto(site.url)
    page.get_by_label("Operator's password").fill("not this one")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("password", re.I))
    screenshot(page, "login-refused")
    page.close()


def test_nothing_of_the_site_is_shown_without_a_session(site, browser):
    page = browser.new_page()
    for path in ("/api/site", "/api/devices", "/api/devices/home-01", "/api/events"):
        assert page.request.get(site.url + path).status == 401
    page.close()


def test_the_live_page_fills_and_moves_by_itself(open_page, screenshot):
    page = open_page("/")
    wait_for_readings(page)
    expect(page.get_by_role("img", name=re.compile("The roofs make"))).to_be_visible()
    first = page.locator("#clock").inner_text()
    expect(page.locator("#clock")).not_to_have_text(first, timeout=10000)
    wait_until_settled(page, "/")
    screenshot(page, "live")
    assert page.problems == []


def test_devices_sort_by_the_column_that_is_pressed(open_page):
    page = open_page("/")
    wait_for_readings(page)
    header = page.get_by_role("columnheader", name="Device")
    page.get_by_role("button", name="Device").click()
    expect(header).to_have_attribute("aria-sort", "descending")
    names = page.locator(".fleet tbody th").all_inner_texts()
    assert names == ["home-04", "home-03", "home-02", "home-01"]


def test_find_shows_only_what_matches_and_says_so_when_nothing_does(open_page):
    page = open_page("/")
    wait_for_readings(page)
    page.get_by_label("Find a device").fill("02")
    expect(page.locator(".fleet tbody tr")).to_have_count(1)
    page.get_by_label("Find a device").fill("zzz")
    expect(page.get_by_text("No device has that in its name.")).to_be_visible()


def test_a_device_has_a_page_with_its_curve_and_certificate(open_page, screenshot):
    page = open_page("/")
    wait_for_readings(page)
    page.get_by_role("link", name="home-01").click()
    expect(page.get_by_role("heading", name="home-01")).to_be_visible()
    wait_until_settled(page, "/device/home-01")
    page.get_by_role("button", name="6 hours").click()
    expect(page.get_by_role("button", name="6 hours")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("dt:text('Certificate serial') + dd")).to_have_text(re.compile("^[0-9A-Fa-f:]{16,}$"))
    screenshot(page, "device")
    assert page.problems == []


def test_a_device_that_is_not_there_is_named(open_page):
    page = open_page("/device/nobody")
    expect(page.get_by_role("alert")).to_have_text("There is no device nobody.")


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_shows_every_page_without_scrolling_sideways(open_page, screenshot, path):
    page = open_page(path, **PHONE)
    wait_until_settled(page, path)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    screenshot(page, "phone" + path.replace("/", "-").rstrip("-"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(open_page, screenshot, path, scheme):
    page = open_page(path, color_scheme=scheme)
    wait_until_settled(page, path)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    if scheme == "dark":
        screenshot(page, "dark" + path.replace("/", "-").rstrip("-"))


def test_a_silent_gateway_is_said_and_a_speaking_one_too(site, open_page, screenshot):
    page = open_page("/")
    wait_for_readings(page)
    os.kill(site.gateway_pid(), signal.SIGSTOP)
    banner = page.get_by_text("The connection to the gateway is lost.")
    expect(banner).to_be_visible(timeout=15000)
    screenshot(page, "connection-lost")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    os.kill(site.gateway_pid(), signal.SIGCONT)
    expect(banner).to_be_hidden(timeout=20000)


def test_the_session_ends_with_the_logout(site, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.url)
    page.get_by_label("Operator's password").fill(site.password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Operator's password")).to_be_visible()
    assert page.request.get(f"{site.url}/api/site").status == 401
    context.close()
