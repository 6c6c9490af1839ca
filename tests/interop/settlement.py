# SPDX-License-Identifier: MIT
"""A month's settlement, worked out anew from the entries of a ledger: written from docs/spec/ledger.md
and lib/market/README.md, with Python's own integers and fractions, and nothing of ours."""

import datetime
import struct
from fractions import Fraction
from math import floor

import cbor2

QUARTER_MS = 900_000
STATIC, DYNAMIC, AUCTION = range(3)
JUMP_MWH = 10_000_000_000  # a quarter of an hour


def round_half_away(x):
    return floor(x + Fraction(1, 2)) if x >= 0 else -floor(-x + Fraction(1, 2))


class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        assert self.at + n <= len(self.data)
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(">" + form)))[0]

    def text(self):
        return self.take(self.number("B")).decode("ascii")


def reading(message):
    """Time and counters (production, consumption) of a device's message."""
    body = cbor2.loads(cbor2.loads(message).value[2])
    counters = {kind: channel[0] for kind, channel in body[6].items()}
    return body[4], counters.get(0), counters.get(1)


class Log:
    """What a month follows from."""

    def __init__(self, entries):
        self.points, self.tariffs, self.terms = {}, [], {}
        self.corrections, self.transfers, self.blocks = [], [], {}
        for index, entry in enumerate(entries):
            b = Bytes(entry)
            b.take(1)
            kind = b.number("B")
            assert b.number("Q") == index
            b.take(8)
            take = {2: self.readings, 7: self.transfer, 8: self.tariff, 9: self.member,
                    10: self.correction}.get(kind)
            if take:
                take(b, index)

    def readings(self, b, index):
        device = b.text()
        b.take(32)
        start = b.number("q")
        b.take(4 + 4 + 32)
        for _ in range(b.number("B")):
            b.take(12)
        form = b.number("B")
        if form != 0 or start == 0:
            return
        unix_ms, produced, consumed = reading(b.take(b.number("H")))
        if produced is None and consumed is None:
            return  # the meter at the transformer
        self.blocks[index] = (device, unix_ms // QUARTER_MS)
        self.points.setdefault(device, []).append((unix_ms // QUARTER_MS, unix_ms, produced, consumed))

    def transfer(self, b, _):
        seller, buyer = b.text(), b.text()
        start, length, wh, price = b.number("q"), b.number("I"), b.number("q"), b.number("q")
        if seller != buyer and start % QUARTER_MS == 0 and length and length % 900 == 0:
            self.transfers.append((seller, buyer, start // QUARTER_MS, length // 900, wh, price))

    def tariff(self, b, _):
        name, start, sharing = b.text(), b.number("q"), b.number("B")
        self.tariffs.append((start, name, sharing, *(b.number("q") for _ in range(4))))

    def member(self, b, _):
        device = b.text()
        self.terms.setdefault(device, []).append(
            (b.number("q"), b.number("I"), b.number("q"), b.number("q")))

    def correction(self, b, _):
        corrected = b.number("Q")
        b.take(32)
        channel, mwh = b.number("B"), b.number("q")
        if corrected in self.blocks:
            self.corrections.append((*self.blocks[corrected], channel, mwh))

    def energy(self, device, channel):
        """Wh by interval."""
        newest = {}
        for interval, unix_ms, *counters in self.points[device]:
            if counters[channel] is not None and unix_ms >= newest.get(interval, (-1,))[0]:
                newest[interval] = (unix_ms, counters[channel])
        corrections = [(k, mwh) for name, k, of, mwh in self.corrections
                       if name == device and of == channel]
        wh, total, told = {}, 0, 0
        intervals = sorted(newest)
        for before, after in zip(intervals, intervals[1:]):
            n = after - before
            counted = newest[after][1] - newest[before][1]
            if counted < 0 or counted // n > JUMP_MWH:
                counted = 0
            for t in range(1, n + 1):
                now = total + round_half_away(Fraction(counted * t, n))
                now += sum(mwh for k, mwh in corrections if k <= before + t)
                now = max(now, told)
                wh[before + t] = now // 1000 - told // 1000
                told = now
            total += counted
        return wh


def apportion(total, weights):
    """By the largest remainder, of equal ones to the first."""
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    exact = [Fraction(total * w, whole) for w in weights]
    shares = [floor(x) for x in exact]
    for i in sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))[:total - sum(shares)]:
        shares[i] += 1
    return shares


def share(sharing, demand, surplus, terms, community_price):
    """Bought, sold and the price, of one interval."""
    n = len(demand)
    if sharing == AUCTION:
        return auction(demand, surplus, terms)
    left, bought = sum(surplus), [0] * n
    if sharing == DYNAMIC:
        bought = apportion(min(left, sum(demand)), demand)
    while sharing == STATIC and left > 0:
        given = apportion(left, [terms[i][0] if demand[i] > bought[i] else 0 for i in range(n)])
        given = [min(given[i], demand[i] - bought[i]) for i in range(n)]
        if not any(given):
            break
        bought = [bought[i] + given[i] for i in range(n)]
        left -= sum(given)
    return bought, apportion(sum(bought), surplus), community_price


def auction(demand, surplus, terms):
    """Unit by unit in blocks of one price: the highest bids with the lowest asks."""
    n = len(demand)
    bids = sorted({terms[i][1] for i in range(n) if demand[i]}, reverse=True)
    asks = sorted({terms[i][2] for i in range(n) if surplus[i]})
    best, level = 0, None
    for bid in bids:
        for ask in asks:
            if bid < ask:
                continue
            wanted = sum(d for d, t in zip(demand, terms) if t[1] >= bid)
            offered = sum(s for s, t in zip(surplus, terms) if t[2] <= ask)
            if min(wanted, offered) > best:
                best, level = min(wanted, offered), (bid, ask)
    if level is None:
        return [0] * n, [0] * n, 0
    bid, ask = level

    def fill(quantity, better, equal):
        got = [q if better[i] else 0 for i, q in enumerate(quantity)]
        rest = apportion(best - sum(got), [q if equal[i] else 0 for i, q in enumerate(quantity)])
        return [g + r for g, r in zip(got, rest)]

    bought = fill(demand, [t[1] > bid for t in terms], [t[1] == bid for t in terms])
    sold = fill(surplus, [t[2] < ask for t in terms], [t[2] == ask for t in terms])
    return bought, sold, floor(Fraction(bid + ask, 2))


FIELDS = ("production_wh", "consumption_wh", "self_wh", "bought_wh", "sold_wh", "import_wh", "export_wh",
          "bought_cost", "fee_cost", "import_cost", "sold_credit", "export_credit", "total")


def settle(entries, month):
    """The rows of the statement as `wattward settle` prints them, by member, with "sum"."""
    log = Log(entries)
    start = datetime.datetime.strptime(month + "+0000", "%Y-%m%z")
    end = (start + datetime.timedelta(days=32)).replace(day=1)
    members = sorted(log.points)
    made = {m: log.energy(m, 0) for m in members}
    used = {m: log.energy(m, 1) for m in members}
    rows = {m: dict.fromkeys(FIELDS, 0) for m in members}
    first, last = (int(t.timestamp()) * 1000 // QUARTER_MS for t in (start, end))
    for k in range(first, last):
        settle_interval(log, k, members, [made[m].get(k, 0) for m in members],
                        [used[m].get(k, 0) for m in members], rows)
    rows["sum"] = {field: sum(rows[m][field] for m in members) for field in FIELDS}
    nano = 10**9
    cents = floor(Fraction(rows["sum"]["total"], nano) + Fraction(1, 2))
    rows["sum"]["total_cent"] = cents
    order = sorted(members, key=lambda m: -(rows[m]["total"] % nano))
    for m in members:
        rows[m]["total_cent"] = rows[m]["total"] // nano
    for m in order[:cents - sum(rows[m]["total_cent"] for m in members)]:
        rows[m]["total_cent"] += 1
    return rows


def settle_interval(log, k, members, made, used, rows):
    n, now_ms = len(members), k * QUARTER_MS
    in_force = [t for t in log.tariffs if t[0] <= now_ms]
    sharing, imported, exported, community, fee = (in_force[-1][2:] if in_force else (DYNAMIC, 0, 0, 0, 0))
    terms = []
    for m in members:
        said = [t for t in log.terms.get(m, []) if t[0] <= now_ms]
        terms.append(said[-1][1:] if said else (1, imported - fee, exported))
    own = [min(a, b) for a, b in zip(made, used)]
    surplus = [a - o for a, o in zip(made, own)]
    demand = [u - o for u, o in zip(used, own)]
    bought, sold, cost, credit = [0] * n, [0] * n, [0] * n, [0] * n
    for seller, buyer, begin, length, wh, price in log.transfers:
        if seller not in members or buyer not in members or not begin <= k < begin + length:
            continue
        s, b, at = members.index(seller), members.index(buyer), k - begin
        part = (round_half_away(Fraction(wh * (at + 1), length)) -
                round_half_away(Fraction(wh * at, length)))
        met = min(part, surplus[s] - sold[s], demand[b] - bought[b])
        sold[s] += met
        bought[b] += met
        credit[s] += met * price
        cost[b] += met * price
    more, less, price = share(sharing, [d - x for d, x in zip(demand, bought)],
                              [s - x for s, x in zip(surplus, sold)], terms, community)
    for i, m in enumerate(members):
        cost[i] += more[i] * price
        credit[i] += less[i] * price
        bought[i] += more[i]
        sold[i] += less[i]
        rest, over = demand[i] - bought[i], surplus[i] - sold[i]
        values = (made[i], used[i], own[i], bought[i], sold[i], rest, over, cost[i], bought[i] * fee,
                  rest * imported, credit[i], over * exported)
        total = values[10] + values[11] - values[7] - values[8] - values[9]
        for field, value in zip(FIELDS, (*values, total)):
            rows[m][field] += value
