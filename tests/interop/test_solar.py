# SPDX-License-Identifier: MIT
"""lib/solar against pvlib itself, on places, times and skies drawn anew by a printed seed."""
import os
import random
import subprocess

import numpy
import pandas
import pytest
from pvlib import atmosphere, clearsky, iam, inverter, irradiance, pvsystem, solarposition, temperature

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PEER = os.path.join(ROOT, "build", "tests", "solar_peer")
N = 2000
SEED = int(os.environ.get("WATTWARD_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)


@pytest.fixture
def draw():
    print(f"WATTWARD_SEED={SEED}")
    dice = numpy.random.default_rng(SEED)
    return lambda low, high: dice.uniform(low, high, N)


def ours(word, *columns):
    lines = "".join(f"{word} " + " ".join(repr(float(x)) for x in row) + "\n" for row in zip(*columns))
    run = subprocess.run([PEER], input=lines, capture_output=True, text=True, timeout=60, check=True)
    rows = [[float(x) for x in line.split()] for line in run.stdout.splitlines()]
    assert len(rows) == N
    return numpy.array(rows).T


def check(got, want, what):
    """Within a millionth of the value, or of 1 (W/m2, degree C) where it is small."""
    want = numpy.asarray(want, dtype=float)
    off = numpy.abs(got - want) / numpy.maximum(numpy.abs(want), 1)
    assert off.max() <= 1e-6, f"{what}: {off.max()} at {off.argmax()}: {got[off.argmax()]} {want[off.argmax()]}"


def test_the_sun_stands_within_a_ten_thousandth_of_a_degree(draw):
    lat, lon, alt = draw(-66, 66), draw(-180, 180), draw(0, 3000)
    pressure, air, unix = draw(70000, 103000), draw(-20, 40), draw(0, 2.5e9).round()
    got = ours("position", lat, lon, alt, pressure, air, numpy.full(N, 67.0), unix)
    for i in range(0, N, 10):
        want = solarposition.spa_python(pandas.DatetimeIndex([pandas.Timestamp(unix[i], unit="s", tz="UTC")]),
                                        lat[i], lon[i], alt[i], pressure[i], air[i], delta_t=67.0).iloc[0]
        assert abs(got[0][i] - want["zenith"]) <= 1e-4
        assert abs(got[1][i] - want["apparent_zenith"]) <= 1e-4
        turn = abs(got[2][i] - want["azimuth"]) % 360
        assert min(turn, 360 - turn) * numpy.sin(numpy.radians(want["zenith"])) <= 1e-4
        assert abs(got[3][i] - want["equation_of_time"]) <= 1e-4


def test_air_mass_and_clear_sky(draw):
    zenith, pressure, turbidity = draw(0, 89.5), draw(70000, 103000), draw(2, 7)
    altitude, day = draw(0, 3000), draw(1, 366).round()
    outside, relative, absolute, ghi, dni, dhi = ours("sky", zenith, pressure, turbidity, altitude, day)
    check(outside, irradiance.get_extra_radiation(day, method="spencer"), "extraterrestrial")
    airmass = atmosphere.get_relative_airmass(zenith, "kastenyoung1989")
    check(relative, airmass, "relative air mass")
    check(absolute, atmosphere.get_absolute_airmass(airmass, pressure), "absolute air mass")
    sky = clearsky.ineichen(zenith, absolute, turbidity, altitude, outside)
    for got, name in ((ghi, "ghi"), (dni, "dni"), (dhi, "dhi")):
        check(got, sky[name], name)


def test_the_split_of_global_irradiance(draw):
    ghi, zenith, day = draw(0, 1100), draw(0, 87), draw(1, 366).round()
    dni, dhi = ours("split", ghi, zenith, day)
    want = irradiance.erbs(ghi, zenith, day)
    check(dni, want["dni"], "dni")
    check(dhi, want["dhi"], "dhi")


def test_transposition_by_three_models(draw):
    tilt, azimuth, zenith, turned = draw(0, 90), draw(0, 360), draw(1, 87), draw(0, 360)
    dni, dhi, day = draw(0, 950), draw(5, 400), draw(1, 366).round()
    ghi = dni * numpy.cos(numpy.radians(zenith)) + dhi
    isotropic, hay_davies, perez, beam, ground, incidence = ours("plane", tilt, azimuth, zenith, turned, ghi, dni,
                                                                 dhi, day)
    outside = irradiance.get_extra_radiation(day, method="spencer")
    airmass = atmosphere.get_relative_airmass(zenith, "kastenyoung1989")
    angle = irradiance.aoi(tilt, azimuth, zenith, turned)
    check(incidence, angle, "incidence")
    check(beam, numpy.maximum(dni * numpy.cos(numpy.radians(angle)), 0), "beam")
    check(ground, irradiance.get_ground_diffuse(tilt, ghi, 0.2), "ground")
    check(isotropic, irradiance.isotropic(tilt, dhi), "isotropic")
    check(hay_davies, irradiance.haydavies(tilt, azimuth, dhi, dni, outside, zenith, turned), "Hay and Davies")
    check(perez, irradiance.perez(tilt, azimuth, dhi, dni, outside, zenith, turned, airmass), "Perez")


def test_glass_cells_and_inverter(draw):
    light, air, wind, angle = draw(0, 1200), draw(-20, 45), draw(0, 15), draw(0, 89.9)
    rated, gamma = draw(500, 20000), draw(-0.006, -0.002)
    cell, pvsyst, faiman, glass, ashrae, dc, ac = ours("panel", light, air, wind, angle, rated, gamma)
    check(cell, temperature.sapm_cell(light, air, wind, a=-3.47, b=-0.0594, deltaT=3), "SAPM cell")
    check(pvsyst, temperature.pvsyst_cell(light, air, wind, u_c=29, u_v=0, module_efficiency=0.1,
                                          alpha_absorption=0.9), "PVsyst cell")
    check(faiman, temperature.faiman(light, air, wind, u0=25, u1=6.84), "Faiman module")
    check(glass, iam.physical(angle, n=1.526, K=4.0, L=0.002), "glass")
    check(ashrae, iam.ashrae(angle, b=0.05), "ASHRAE's glass")
    power = pvsystem.pvwatts_dc(light, cell, rated, gamma)
    check(dc, power, "direct current")
    check(ac, inverter.pvwatts(power, rated, 0.96), "inverter")
