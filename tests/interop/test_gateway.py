# SPDX-License-Identifier: MIT
"""The real gateway, its signer and its broker, against devices that share no code with it."""

import sqlite3
import time

import pytest

from gateway_site import STORED, Gateway


@pytest.fixture(scope="module")
def gateway():
    g = Gateway().start("--name", "Test site")
    yield g
    g.close()


@pytest.fixture(scope="module")
def meter(gateway):
    device = gateway.add("meter-1").connect()
    yield device
    device.close()


def rows(gateway, query):
    with sqlite3.connect(f"file:{gateway.state}/gateway/gateway.db?mode=ro", uri=True) as db:
        return db.execute(query).fetchall()


def test_a_signed_reading_is_stored_and_acknowledged(gateway, meter):
    signed = meter.reading(1)
    meter.publish(signed)
    assert meter.wait_ack(1) == [STORED]
    assert rows(gateway, "SELECT signed FROM readings WHERE sequence = 1") == [(signed,)]


def test_the_site_shows_it(gateway, meter):
    assert gateway.login() == 204
    site = gateway.get("/api/site")
    assert site["name"] == "Test site"
    assert site["devices"] == {"known": 1, "enrolled": 1, "online": 1, "banned": 0}
    assert site["flows"]["production_mw"] == 1500000
    assert gateway.open("/healthz")[0] == 200
