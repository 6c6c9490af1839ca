# SPDX-License-Identifier: MIT
"""The operator decides in the browser, with the key that the site made: a ban, and its end."""
import re

from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import expect

DEVICE = "home-04"


def decide(page, reason, button, key=None):
    page.get_by_label("Why", exact=True).fill(reason)
    if key is not None:
        page.get_by_label("The operator's key file").set_input_files(key)
    page.get_by_role("button", name=button).click()


def state(page):
    return page.locator("section.card").first.locator(".state")


def test_a_ban_and_its_end_are_signed_in_the_browser(site, open_page, screenshot):
    key = site.state / "operator" / "operator.key"
    page = open_page(f"/trust/{DEVICE}")
    decide(page, "seen on site", "Ban it", key)
    expect(state(page)).to_have_text("banned", timeout=20000)
    expect(page.locator("ol.cases")).to_contain_text("Seen on site")
    screenshot(page, "operator-banned")
    page.goto(f"{site.url}/#/trust")
    expect(page.locator("ul.cases")).to_contain_text(DEVICE)
    page.goto(f"{site.url}/#/")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=DEVICE))
    expect(row).to_contain_text("banned")
    screenshot(page, "live-banned")
    assert Axe().run(page).violations_count == 0
    page.goto(f"{site.url}/#/ledger")
    page.get_by_label("Show", exact=True).select_option("Bans")
    expect(page.locator("table.fleet tbody tr").first).to_contain_text("By operator: seen on site", timeout=20000)

    page.goto(f"{site.url}/#/trust/{DEVICE}")
    # The key was opened before, and this page still has it.
    expect(page.get_by_label("The operator's key file")).to_be_hidden()
    decide(page, "repaired", "Lift it")
    expect(state(page)).not_to_have_text("banned", timeout=20000)
    page.goto(f"{site.url}/#/")
    expect(row).to_contain_text("online", timeout=60000)
    assert page.problems == []


def test_a_strangers_key_or_none_decides_nothing(open_page, tmp_path):
    page = open_page(f"/trust/{DEVICE}")
    decide(page, "because", "Ban it")
    alert = page.locator("form.decide").get_by_role("alert")
    expect(alert).to_have_text("Choose the operator's key file first.")
    stranger = tmp_path / "stranger.key"
    private = Ed25519PrivateKey.generate()
    stranger.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    decide(page, "because", "Ban it", stranger)
    expect(alert).to_have_text(re.compile("not the key of the operator"))
    expect(state(page)).not_to_have_text("banned")


def test_a_session_alone_decides_nothing(site, open_page):
    page = open_page(f"/trust/{DEVICE}")
    answer = page.request.post(
        f"{site.url}/api/operator/act", headers={"X-Wattward": "1"}, data={"action": "AAAA"}
    )
    assert answer.status == 400 and "signed action" in answer.json()["error"]
    assert page.request.post(f"{site.url}/api/operator/act", data={"action": "AAAA"}).status == 403
    page.context.clear_cookies()
    assert page.request.get(f"{site.url}/api/operator").status == 401


def test_the_browser_reads_the_bytes_of_entries_as_the_gateway_does(open_page):
    page = open_page("/ledger")
    expect(page.get_by_text("The signature holds")).to_be_visible(timeout=30000)
    both = page.evaluate(
        """async () => {
        const { readEntry } = await import("/entry.js");
        const { fromBase64 } = await import("/merkle.js");
        const get = async (path) => (await fetch(path)).json();
        const types = (await get("/api/ledger/search?type=-readings&count=40")).entries;
        const newest = (await get("/api/ledger/search?type=readings&count=10")).entries;
        const both = [];
        for (const told of [...types, ...newest]) {
          const { entry } = await get(`/api/ledger/proof?index=${told.index}`);
          const { type, index, unix_ms, fields, authority } = readEntry(fromBase64(entry));
          const device = fields.find(({ name }) => name === "device")?.value;
          const read = { type, index: Number(index), unix_ms, device, signature: authority?.signature };
          both.push([read, told]);
        }
        return both;
    }"""
    )
    assert {"start", "operator", "enrolment", "readings"} <= {told["type"] for _, told in both}
    for read, told in both:
        for name in ("type", "index", "unix_ms"):
            assert read[name] == told[name]
        assert read.get("device") == told.get("device")
        assert read.get("signature") == told.get("signature")
