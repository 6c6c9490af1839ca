# SPDX-License-Identifier: MIT
"""The pages of trust, ledger and settlement in Chromium: on answers made here, and on those of the site."""
import json
import re
from urllib.parse import parse_qs, urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import SCREENSHOTS
from playwright.sync_api import expect
from signed_log import Log, entry, text

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DAY_MS = 86400000
FIRST_DAY_MS = 1470009600000


def judged(name, action, log10_e, **more):
    return {
        "id": name,
        "state": {"quarantine": "quarantined", "ban": "banned"}.get(action, "active"),
        "action": action,
        "log10_e": log10_e,
        "log10_shortfall": 0.0,
        "reputation": 987,
        "armed": True,
        "peers": 4,
        "inspect": False,
        "fault": False,
        "reason": None,
        "by": None,
        "decided_unix_ms": None,
        **more,
    }


WHY = "in 12 blocks since 1 August it reported 24.1 % more than its 4 neighbours let expect"
FLEET = [
    judged("home-01", "none", 0.31),
    judged("home-02", "watch", 1.92, reason=WHY, by="engine", decided_unix_ms=FIRST_DAY_MS),
    judged("home-03", "quarantine", 5.84, reason=WHY, by="engine", decided_unix_ms=FIRST_DAY_MS),
    judged("home-04", "ban", 8.2, reason=WHY, by="operator", decided_unix_ms=FIRST_DAY_MS),
    judged("home-05", "none", 0, armed=False, reputation=None, peers=0),
]
FEED = {
    "state": "fresh",
    "answered_unix_ms": FIRST_DAY_MS + 11 * DAY_MS,
    "until_unix_ms": FIRST_DAY_MS + 12 * DAY_MS,
    "gaps": 0,
    "reason": None,
}
TRUST = {
    "weather": {
        "cells": [
            {
                "latitude": 34.1,
                "longitude": -117.4,
                "forecast": FEED,
                "satellite": {**FEED, "state": "stale", "gaps": 3, "reason": "it did not answer"},
            }
        ]
    },
    "rule": "te2",
    "thresholds": {"watch": 1.301, "settle": 3.0, "quarantine": 5.0, "ban": 7.0},
    "devices": FLEET,
}
CASE = {
    **FLEET[2],
    "blocks": [
        {
            "day_unix_ms": FIRST_DAY_MS + day * DAY_MS,
            "block": 0,
            "by": by,
            "gate": "judged" if day != 4 else "the peers disagree",
            "reported_mwh": 24000000 + day * 300000,
            "expected_mwh": expected + day * 200000,
            "peers": 4,
            "log10_e": day / 2,
        }
        for day in range(12)
        for by, expected in (("neighbours", 20000000), ("weather", 21000000))
    ],
    "decisions": [
        {
            "unix_ms": FIRST_DAY_MS + 11 * DAY_MS,
            "kind": "action",
            "action": "quarantine",
            "before": "settle-at-expected",
            "by": "engine",
            "reason": WHY,
            "evidence": None,
        },
        {
            "unix_ms": FIRST_DAY_MS,
            "kind": "armed",
            "action": "none",
            "before": "",
            "by": "engine",
            "reason": "4 neighbours behave alike",
            "evidence": None,
        },
    ],
}
SUMS = {
    "production_wh": 412340,
    "consumption_wh": 388120,
    "self_wh": 226720,
    "bought_wh": 41000,
    "sold_wh": 52000,
    "import_wh": 120400,
    "export_wh": 133620,
    "bought_cost": 820000000000,
    "fee_cost": 205000000000,
    "import_cost": 3612000000000,
    "sold_credit": 1040000000000,
    "export_credit": 1068960000000,
}
SETTLEMENT = {
    "month": "2016-08",
    "tariff": "Summer",
    "entries": 4211,
    "unsigned_blocks": 0,
    "members": [
        {"member": "home-01", "jumps": 0, **SUMS, "total_cent": -2346},
        {"member": "home-02", "jumps": 2, **SUMS, "total_cent": 1200},
    ],
    "sum": {**SUMS, "total_cent": -1146},
}


def interval(i, sun):
    """A quarter of an hour: some sun, some use, the rest with members and the grid."""
    made, used = (150 + 10 * (i % 7) if sun else 0), 90 + 5 * (i % 5)
    own = min(made, used)
    return {
        "production_wh": made,
        "consumption_wh": used,
        "self_wh": own,
        "bought_wh": (used - own) // 3,
        "sold_wh": (made - own) // 2,
        "import_wh": used - own - (used - own) // 3,
        "export_wh": made - own - (made - own) // 2,
        "bought_cost": 0,
        "fee_cost": 0,
        "import_cost": 0,
        "sold_credit": 0,
        "export_credit": 0,
        "total": (20 if sun else -30) * 10**9,
    }


def statement(day):
    """home-01's month by day, or a day of it; half of the time is not over yet."""
    n = 31 if day is None else 96
    rows = [interval(i, n == 31 or 28 < i < 70) if i < 3 * n // 4 else None for i in range(n)]
    return {
        "member": "home-01",
        "month": "2016-08",
        "tariff": "Summer",
        "entries": 4211,
        "jumps": 2,
        "from_ms": FIRST_DAY_MS + (int(day or 1) - 1) * DAY_MS,
        "step_ms": DAY_MS if day is None else 900000,
        "intervals": rows,
        "sum": {**SUMS, "total_cent": -2528},
    }


PATHS = [
    "/trust",
    "/trust/home-03",
    "/ledger",
    "/ledger/5",
    "/settlement",
    "/settlement/home-01/2016-08",
    "/settlement/home-01/2016-08/5",
]


@pytest.fixture
def log():
    return Log(21)


@pytest.fixture
def open_books(open_page, log):
    """open_books(path): the page with this log and the figures above instead of the gateway's."""

    def answer(route):
        url = urlparse(route.request.url)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        parts = url.path.split("/")[2:]
        if parts[0] == "trust":
            body = TRUST if len(parts) == 1 else CASE
        elif parts[0] == "settlement":
            body = SETTLEMENT if len(parts) == 1 else statement(query.get("day"))
        elif len(parts) == 1:
            body = log.head()
        elif parts[1] == "consistency":
            body = log.growth(int(query["old"]))
        elif parts[1] == "search":
            body = log.search(
                int(query.get("before", len(log.entries))),
                int(query["count"]),
                query.get("type", ""),
                query.get("device", ""),
            )
        elif parts[1] == "entries":
            body = log.rows(int(query["from"]), int(query["count"]))
        else:
            body = log.proof(int(query["index"]))
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    def opened(path, **options):
        page = open_page("/health", **options)
        page.get_by_role("heading", name="Health").wait_for()
        page.route(re.compile(r"/api/(trust|ledger|settlement)"), answer)
        page.evaluate("path => { location.hash = path; }", f"#{path}")
        expect(page.locator("#main [aria-busy=true]")).to_have_count(0)
        return page

    return opened


def name_of(path):
    return path.replace("/", "-").rstrip("-")


def test_the_most_suspect_device_stands_first_and_the_held_ones_wait_for_the_operator(
    open_books, screenshot
):
    page = open_books("/trust")
    expect(page.locator("table.trust tbody th").first).to_have_text("home-04")
    assert page.locator("table.trust tbody th").all_inner_texts()[-1] == "home-05"
    expect(page.locator("ul.cases li")).to_have_count(2)
    expect(page.locator("ul.cases")).to_contain_text("24.1 % more")
    page.locator("ul.cases li").first.get_by_role("link", name="Look into it").click()
    expect(page.get_by_role("button", name="Lift it")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("img", name="Evidence 83", exact=True)).to_be_visible()
    weather = page.locator("section", has=page.get_by_role("heading", name="Weather"))
    expect(weather).to_contain_text("34.1° N, 117.4° W")
    expect(weather).to_contain_text("Satellite out of date")
    expect(weather).to_contain_text("3 gaps; it did not answer")
    screenshot(page, "trust")
    assert page.problems == []


def test_a_bar_is_as_long_as_the_logarithm_and_a_line_stands_at_every_threshold(open_books):
    page = open_books("/trust")
    row = page.locator("tr", has=page.get_by_role("link", name="home-03"))
    track = row.locator(".evidence-track").bounding_box()
    value = row.locator(".evidence-value").bounding_box()
    assert value["width"] / track["width"] == pytest.approx(5.84 / 8, abs=0.01)
    lines = [line.bounding_box() for line in row.locator(".evidence-line").all()]
    places = [(line["x"] + 1 - track["x"]) / track["width"] for line in lines]
    assert places == pytest.approx([x / 8 for x in (1.301, 3, 5, 7)], abs=0.01)


def test_a_devices_case_shows_the_comparison_and_every_decision(open_books, screenshot):
    page = open_books("/trust/home-03")
    expect(page.locator(".chart canvas").first).to_be_visible()
    expect(page.locator("ol.cases li")).to_have_count(2)
    expect(page.get_by_text("the peers disagree (2)")).to_be_visible()
    screenshot(page, "trust-device")
    assert page.problems == []


def test_the_browser_checks_the_signature_and_that_the_log_only_grew(open_books, log, screenshot):
    page = open_books("/ledger")
    expect(page.get_by_text("The signature holds: checked in this browser.")).to_be_visible()
    expect(page.get_by_text("sees the log for the first time")).to_be_visible()
    log.entries += [b"one more", b"and another"]
    page.reload()
    expect(page.get_by_text("only grew since this browser saw it last, by 2 entries")).to_be_visible()
    screenshot(page, "ledger")
    assert page.problems == []


def test_the_log_is_read_backwards_by_page_and_by_device(open_books):
    page = open_books("/ledger")
    rows = page.locator("table.fleet tbody tr")
    expect(rows).to_have_count(20)
    expect(rows.first.get_by_role("rowheader")).to_have_text("20")
    page.get_by_role("button", name="Older").click()
    expect(rows).to_have_count(21)
    expect(rows.last.get_by_role("rowheader")).to_have_text("0")
    expect(page.get_by_text("That was the first.")).to_be_visible()
    page.get_by_label("of", exact=True).fill("home-02")
    page.get_by_label("of", exact=True).press("Enter")
    expect(rows).to_have_count(7)
    page.get_by_label("Show", exact=True).select_option("Bans")
    expect(page.get_by_text("There is no such entry.")).to_be_visible()
    assert page.problems == []


@pytest.mark.parametrize("change", ["rewritten", "shrunk", "other key"])
def test_a_log_that_was_changed_is_found_out(open_books, log, change):
    page = open_books("/ledger")
    expect(page.get_by_text("sees the log for the first time")).to_be_visible()
    if change == "rewritten":
        log.entries = [b"another past"] + log.entries[1:] + [b"more"]
        words = "The log was rewritten"
    elif change == "shrunk":
        del log.entries[-3:]
        words = "The log has shrunk"
    else:
        log.__init__(22)
        words = "The log has another key"
    page.reload()
    expect(page.locator(".state.bad")).to_contain_text(words)


def test_a_forged_checkpoint_is_not_believed(open_books, log):
    honest = log.head()
    log.head = lambda: {**honest, "checkpoint": honest["checkpoint"].replace("\n21\n", "\n20\n")}
    page = open_books("/ledger")
    expect(page.locator(".state.bad")).to_contain_text("The signature is wrong")


def test_an_entry_is_proven_in_the_browser(open_books, screenshot):
    page = open_books("/ledger")
    page.get_by_label("Number of the entry").fill("5")
    page.get_by_role("button", name="Check its proof").click()
    expect(page.get_by_text("Yes. Its hash leads to the signed root")).to_be_visible()
    expect(page.locator("ol.way li")).to_have_count(7)
    expect(page.locator("dt:text('Kind') + dd")).to_have_text("removal")
    expect(page.locator("dt:text('Device') + dd")).to_have_text("home-01")
    screenshot(page, "ledger-entry")
    assert page.problems == []


def test_an_entry_in_another_form_is_proven_but_not_read(open_books, log):
    log.entries[5] = entry(5) + b"and more"
    page = open_books("/ledger/5")
    expect(page.get_by_text("Yes. Its hash leads to the signed root")).to_be_visible()
    expect(page.locator(".state.bad")).to_have_text("Something follows the entry.")


def test_an_entry_that_was_changed_is_not_proven(open_books, log):
    proof = log.proof
    log.proof = lambda i: {**proof(i), "entry": text(entry(i, b"forged"))}
    page = open_books("/ledger/5")
    expect(page.locator(".state.bad")).to_contain_text("No. The proof does not lead")


def test_another_entry_with_its_proof_is_not_taken_for_the_one_asked_for(open_books, log):
    proof = log.proof
    log.proof = lambda i: proof(i - 1)
    page = open_books("/ledger/5")
    expect(page.locator(".state.bad")).to_contain_text("No. The proof does not lead")


def test_an_entry_that_is_not_there_yet_is_said(open_books):
    page = open_books("/ledger/21")
    expect(page.get_by_role("alert")).to_contain_text("there is no entry 21 yet")


def test_the_sites_own_log_is_signed_and_its_first_entry_proven(open_page, screenshot):
    page = open_page("/ledger")
    expect(page.get_by_text("The signature holds")).to_be_visible(timeout=30000)
    screenshot(page, "own-ledger")
    page.goto(page.url + "/0")
    expect(page.get_by_text("Yes. Its hash leads to the signed root")).to_be_visible()
    screenshot(page, "own-ledger-entry")
    assert page.problems == []


def test_a_month_is_settled_to_the_cent_and_leads_to_every_statement(open_books, screenshot):
    page = open_books("/settlement")
    expect(page.get_by_role("row", name=re.compile("home-01"))).to_contain_text("pays 23.46")
    expect(page.get_by_role("row", name=re.compile("home-02"))).to_contain_text("gets 12.00")
    expect(page.get_by_role("row", name=re.compile("All together"))).to_contain_text("pays 11.46")
    expect(page.get_by_role("link", name="CSV")).to_have_attribute(
        "href", "/api/settlement?month=2016-08&format=csv"
    )
    screenshot(page, "settlement")
    assert page.problems == []


def test_a_ledger_that_is_still_being_read_is_waited_for(open_page):
    page = open_page("/health")
    page.get_by_role("heading", name="Health").wait_for()
    asked = []

    def answer(route):
        asked.append(route.request.url)
        read = 20000 * len(asked)
        far = {"read": read, "size": 50000}
        route.fulfill(status=202 if read < 50000 else 200, json=far if read < 50000 else SETTLEMENT)

    page.route(re.compile(r"/api/settlement"), answer)
    page.evaluate("() => { location.hash = '#/settlement'; }")
    expect(page.get_by_role("row", name=re.compile("home-01"))).to_be_visible(timeout=5000)
    assert len(asked) >= 3


def test_a_members_month_is_drawn_by_day_and_a_day_by_quarter_of_an_hour(open_books, screenshot):
    page = open_books("/settlement")
    page.get_by_role("link", name="home-01").click()
    expect(page.get_by_role("row", name=re.compile("^From the grid"))).to_contain_text("-36.12")
    expect(page.get_by_role("row", name=re.compile("^To the grid"))).to_contain_text("+10.69")
    expect(page.get_by_role("row", name=re.compile("^In all"))).to_contain_text("pays 25.28")
    expect(page.get_by_text("Its counters jumped 2 times")).to_be_visible()
    expect(page.locator("svg.bars g.bar")).to_have_count(31)
    expect(page.locator("table.fleet tbody tr")).to_have_count(23)
    screenshot(page, "statement")
    page.locator("svg.bars g.bar").nth(4).click()
    expect(page.get_by_role("heading", name="5 August 2016")).to_be_visible()
    expect(page.locator("svg.bars g.bar")).to_have_count(96)
    page.get_by_text("Every quarter of an hour in numbers").click()
    # The site is eight hours behind UTC, in which days are counted.
    expect(page.locator("table.fleet tbody tr").first.get_by_role("rowheader")).to_have_text("16:00")
    expect(page.locator("table.fleet tbody tr")).to_have_count(72)
    assert page.get_by_role("link", name="CSV").get_attribute("href").endswith(
        "/home-01?month=2016-08&day=5&format=csv"
    )
    screenshot(page, "statement-day")
    assert page.problems == []


def test_a_statement_prints_without_what_only_a_screen_needs(open_books, screenshot):
    page = open_books("/settlement/home-01/2016-08", color_scheme="dark")
    page.emulate_media(media="print")
    expect(page.locator("#top")).to_be_hidden()
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_role("row", name=re.compile("^In all"))).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.pdf(path=SCREENSHOTS / "statement.pdf", format="A4")
    assert page.problems == []


@pytest.mark.parametrize("path", ["/trust", "/ledger", "/settlement"])
def test_a_gateway_without_that_part_says_so(open_page, path):
    page = open_page("/health")
    page.get_by_role("heading", name="Health").wait_for()
    page.route(
        re.compile(r"/api/(trust|ledger|settlement)"),
        lambda route: route.fulfill(status=404, json={"error": "No such thing."}),
    )
    page.evaluate("path => { location.hash = path; }", f"#{path}")
    expect(page.get_by_text("not available on this gateway")).to_be_visible()


@pytest.mark.parametrize("path", ["/trust", "/ledger", "/settlement"])
def test_the_gateways_own_answer_is_shown_or_its_absence_said(open_page, screenshot, path):
    page = open_page(path)
    expect(page.locator("#main [aria-busy=false]").first).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    screenshot(page, f"own{name_of(path)}")


@pytest.mark.parametrize("path", PATHS)
def test_a_phone_shows_every_page_without_scrolling_sideways(open_books, screenshot, path):
    page = open_books(path, **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, f"phone{name_of(path)}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(open_books, screenshot, path, scheme):
    page = open_books(path, color_scheme=scheme)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    if scheme == "dark":
        screenshot(page, f"dark{name_of(path)}")
