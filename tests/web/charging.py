# SPDX-License-Identifier: MIT
"""Charging sessions as the gateway tells them: one that charges, one that breaks off by a fault."""

START_MS = 1470045600000
STATES = [
    (0, "OFF"),
    (6200, "TESTING"),
    (8400, "DISCHARGING"),
    (8900, "TESTED"),
    (9600, "PRE_CHARGING"),
    (11900, "CLOSING"),
    (12100, "ON"),
]
PHASES = [
    (0, "SETUP"),
    (700, "DISCOVERY"),
    (1900, "AUTHORIZATION"),
    (3100, "PARAMETERS"),
    (6000, "CABLE_CHECK"),
    (9500, "PRE_CHARGE"),
    (12100, "CHARGING"),
]
MESSAGES = [
    (100, "SUPPORTED_APP_PROTOCOL", "OK_SuccessfulNegotiation"),
    (700, "SESSION_SETUP", "OK_NewSessionEstablished"),
    (1200, "SERVICE_DISCOVERY", "OK"),
    (1900, "AUTHORIZATION", "OK"),
    (3100, "CHARGE_PARAMETER_DISCOVERY", "OK"),
    (6000, "CABLE_CHECK", "OK"),
    (9500, "PRE_CHARGE", "OK"),
    (12100, "POWER_DELIVERY", "OK"),
    (12600, "CURRENT_DEMAND", "OK"),
]


def moments(rows, *names):
    return [dict(zip(("t_ms", *names), row)) for row in rows]


def course(end_ms):
    """Pre-charge to 396 V, then 120 A until the battery is nearly full, then ever less."""
    for t in range(0, end_ms + 1, 500):
        if t < 9600:
            yield [t, 0, 0, None]
        elif t < 12100:
            yield [t, int(396000 * (1 - 2.718 ** (-(t - 9600) / 500))), 0, 20]
        else:
            soc = min(80, 20 + (t - 12100) // 3000)
            ma = min(120000, (t - 12100) * 40) if soc < 70 else 120000 - (soc - 70) * 9000
            yield [t, 380000 + soc * 400, ma, soc]


def session(number, end_ms=210000, fault=None):
    stop = [(end_ms - 4000, "RAMPING_DOWN"), (end_ms - 2500, "OPENING"), (end_ms - 2000, "OFF")]
    last = [(end_ms - 4200, "POWER_DELIVERY", "OK"), (end_ms - 600, "SESSION_STOP", "OK")]
    if fault:
        stop = [(end_ms - 2000, "FAULT")]
        last = [(end_ms - 1900, "CURRENT_DEMAND", "FAILED")]
    samples = list(course(end_ms - 4000))
    return {
        "session": number,
        "start_unix_ms": START_MS + number * 3600000,
        "duration_ms": end_ms,
        "plug": 1,
        "protocol": "ISO 15118-2",
        "energy": "DC",
        "car": "0465650064C3",
        "energy_wh": 2610,
        "peak_w": 49200,
        "soc_first_pct": 20,
        "soc_last_pct": samples[-1][3],
        "ended": "LOST" if fault else "STOPPED",
        "fault": fault,
        "complete": True,
        "samples": samples,
        "states": moments(STATES + stop, "state"),
        "phases": moments(PHASES + [(end_ms - 4200, "STOPPING")], "phase"),
        "messages": moments(MESSAGES + last, "message", "answer"),
        "faults": [{"t_ms": end_ms - 2000, "fault": fault}] if fault else [],
    }


SESSIONS = [session(3), session(2, 60000, "ISOLATION"), session(1)]
COURSE = {"complete", "samples", "states", "phases", "messages", "faults"}


def answer(parts):
    """Of /api/devices/<id>/<parts>: the list, or one session."""
    if parts == ["sessions"]:
        return {"sessions": [{k: v for k, v in s.items() if k not in COURSE} for s in SESSIONS]}
    return next(s for s in SESSIONS if s["session"] == int(parts[1]))
