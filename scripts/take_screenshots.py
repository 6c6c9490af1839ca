#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes pictures of docs/images from a running site:

    build/venv/bin/python scripts/take_screenshots.py ADDRESS PASSWORD dashboard trust-device=home-04 ...

What follows "=" is the device, for a statement device/month. Look at them before you commit them."""
import pathlib
import sys

from playwright.sync_api import sync_playwright

IMAGES = pathlib.Path(__file__).resolve().parents[1] / "docs" / "images"
DESKTOP = {"viewport": {"width": 1180, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "device_scale_factor": 1.5}
# Name: path of the page, what to wait for, how it is looked at.
PICTURES = {
    "dashboard": ("/", ".chart canvas", DESKTOP),
    "dashboard-phone": ("/", ".chart canvas", PHONE),
    "trust": ("/trust", "table.trust", DESKTOP),
    "trust-device": ("/trust/{}", ".chart canvas", DESKTOP),
    "ledger": ("/ledger", ".state.good", DESKTOP),
    "statement": ("/settlement/{}", "svg.bars", DESKTOP),
    "charger": ("/device/{}", "svg.timeline", DESKTOP),
}


def main(address, password, *wanted):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for picture in wanted:
            name, _, what = picture.partition("=")
            path, ready, options = PICTURES[name]
            context = browser.new_context(**options)
            page = context.new_page()
            page.goto(address)
            page.get_by_label("Operator's password").fill(password)
            page.get_by_role("button", name="Log in").click()
            page.get_by_role("heading", name="Devices").wait_for()
            page.goto(f"{address}/#{path.format(what)}")
            page.locator(ready).first.wait_for()
            page.wait_for_timeout(800)
            page.screenshot(path=IMAGES / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
