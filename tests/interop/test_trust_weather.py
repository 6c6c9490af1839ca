# SPDX-License-Identifier: MIT
"""A real roof beside satellite weather (NREL SERF East and NSRDB), judged by `wattward trust replay --weather`."""
import csv
import datetime
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WATTWARD = ROOT / "build" / "bin" / "wattward"
DATA = pathlib.Path(os.environ.get("WATTWARD_DATA", ROOT.parent / "shared" / "data")) / "pv" / "pvanalytics"
QUARTER_S = 900


def end_of(row):
    return int(datetime.datetime.fromisoformat(row["measured_on"]).timestamp()) + QUARTER_S


@pytest.fixture(scope="module")
def roof(tmp_path_factory):
    if not DATA.exists():
        pytest.skip(f"{DATA} is not here")
    folder = tmp_path_factory.mktemp("roof")
    (folder / "devices.csv").write_text(
        "device,peak_w,tilt_deg,azimuth_deg,lat,lon\nserf,6000,45.7,162.3,39.742,-105.18\n"
    )
    with open(DATA / "serf_east_15min_ac_power.csv") as file:
        power = [(end_of(row), max(0.0, float(row["ac_power"]))) for row in csv.DictReader(file) if row["ac_power"]]
    (folder / "readings.csv").write_text(
        "device,unix_s,energy_wh\n" + "".join(f"serf,{end},{watts / 4:.3f}\n" for end, watts in power)
    )
    with open(DATA / "serf_east_psm3_data.csv") as file:
        rows = list(csv.DictReader(file))
    weather = {
        "minutely_15": {
            "time": [end_of(row) for row in rows],
            "shortwave_radiation": [float(row["ghi"]) for row in rows],
            "temperature_2m": [float(row["temp_air"]) for row in rows],
        }
    }
    (folder / "weather.json").write_text(json.dumps(weather))
    return folder, weather


def replay(folder, *options, weather="weather.json"):
    run = subprocess.run(
        [WATTWARD, "trust", "replay", "--devices", "devices.csv", "--readings", "readings.csv", "--weather", weather]
        + ["--blocks", "1", "--json", *options],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )
    return run, [json.loads(line) for line in run.stdout.splitlines()]


def test_an_honest_roof_is_not_settled_in_hundred_days(roof):
    folder, _ = roof
    run, lines = replay(folder)
    assert run.returncode == 0
    assert {line.get("action") for line in lines} <= {"none", "watch", None}
    assert any(line.get("reputation", 0) > 0.9 for line in lines)


@pytest.mark.parametrize("factor,settle,quarantine", [(1.24, 18, 30), (1.15, 32, 45)])
def test_theft_is_found_by_weather_alone_and_never_banned(roof, factor, settle, quarantine):
    folder, _ = roof
    for day in ("08-01", "08-06", "08-10", "08-15"):
        _, lines = replay(folder, "--inject", f"serf:{factor}:2016-{day}")
        found = lines[-1]["summary"]["inject"]
        assert found["settle_after_days"] <= settle
        assert found["quarantine_after_days"] <= quarantine
        assert found["ban_after_days"] is None


def test_weather_that_is_missing_is_unknown_and_accuses_nobody(roof):
    folder, weather = roof
    quarters = {name: list(values) for name, values in weather["minutely_15"].items()}
    quarters["shortwave_radiation"][3000:7000] = [None] * 4000
    (folder / "gaps.json").write_text(json.dumps({"minutely_15": quarters}))
    run, lines = replay(folder, weather="gaps.json")
    assert run.returncode == 0
    assert "4000 of 10000 points have no radiation" in run.stderr
    assert {line.get("action") for line in lines} <= {"none", "watch", None}


@pytest.mark.parametrize(
    "text,sentence",
    [
        ("{", "this is not a JSON text"),
        ("{}", "there is neither minutely_15 nor hourly with times"),
        ('{"error":true,"reason":"limit exceeded"}', "limit exceeded"),
        ('{"hourly":{"time":[3600,7200,9000],"shortwave_radiation":[1,2,3]}}', "the times do not rise in even steps"),
    ],
)
def test_weather_that_cannot_be_used_gets_one_sentence(roof, text, sentence):
    folder, _ = roof
    (folder / "broken.json").write_text(text)
    run, _ = replay(folder, weather="broken.json")
    assert run.returncode == 1
    assert sentence in run.stderr
