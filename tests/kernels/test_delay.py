"""Delay functions against their formulas and against numerical integrals and slopes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad

from transitplan.kernels.delay import BPR, delays, integrals, time_and_slope
from transitplan.kernels.records import Delay

POWERS = [0.5, 1.0, 1.7, 4.0, 6.0]


def time(flow, free=60.0, alpha=0.15, capacity=1000.0, power=4.0):
    return free * (1.0 + alpha * (flow / capacity) ** power)


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("flow", [1.0, 900.0, 2500.0])
def test_time_is_the_bpr_formula_and_slope_its_derivative(power, flow):
    found, slope = time_and_slope(BPR, flow, 60.0, 9.0, 1e-3, power)
    assert_allclose(found, time(flow, power=power), rtol=1e-14)
    step = 1e-3
    numeric = (time(flow + step, power=power) - time(flow - step, power=power)) / (2 * step)
    assert_allclose(slope, numeric, rtol=1e-6, atol=1e-10)  # of the difference quotient


@pytest.mark.parametrize("power", POWERS)
def test_integral_is_the_area_under_the_time(power):
    delay = Delay(
        np.array([BPR]), np.array([60.0]), np.array([9.0]), np.array([1e-3]), np.array([power])
    )
    found = np.empty(1)
    integrals(np.array([1800.0]), delay, found)
    assert_allclose(found[0], quad(time, 0, 1800, args=(60.0, 0.15, 1000.0, power))[0], rtol=1e-8)


@pytest.mark.parametrize(
    ("flow", "free", "rise", "inverse", "power", "expected"),
    [
        (0.0, 60.0, 9.0, 1e-3, 4.0, 60.0),
        (0.0, 60.0, 9.0, 1e-3, 0.5, 60.0),  # its slope is infinite at no flow, taken just above
        (500.0, 60.0, 0.0, 0.0, 4.0, 60.0),  # no alpha, no capacity
        (500.0, 0.0, 0.0, 1e-3, 4.0, 0.0),  # no free time
        (500.0, 60.0, 9.0, 1e-3, 0.0, 69.0),  # power 0: a constant
        (-1e-9, 60.0, 9.0, 1e-3, 4.0, 60.0),  # rounding below no flow
    ],
)
def test_edges_are_guarded(flow, free, rise, inverse, power, expected):
    found, slope = time_and_slope(BPR, flow, free, rise, inverse, power)
    assert found == expected
    assert np.isfinite(slope)
    assert slope >= 0.0
    delay = Delay(*(np.array([each]) for each in (BPR, free, rise, inverse, power)))
    times, slopes, areas = np.empty(1), np.empty(1), np.empty(1)
    delays(np.array([flow]), delay, times, slopes)
    integrals(np.array([flow]), delay, areas)
    assert times[0] == expected
    assert_allclose(areas[0], max(flow, 0.0) * expected, atol=1e-6)
