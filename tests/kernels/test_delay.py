"""Delay functions against their formulas and against numerical integrals and slopes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad

from transitplan.kernels.delay import (
    AKCELIK,
    BPR,
    CONICAL,
    CONSTANT,
    MARGINAL,
    delays,
    integral,
    integrals,
    marginal,
    time_and_slope,
)
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


# --- every kind, against its formula as published and against laws --------------------------------

FREE, RISE, CAPACITY = 60.0, 25.0, 1000.0
SHAPES = [
    *((BPR, power) for power in (0.0, 0.5, 1.0, 2.3, 4.0, 8.0)),
    *((CONICAL, a) for a in (1.05, 1.5, 4.0, 8.0, 20.0)),
    *((AKCELIK, k) for k in (1e-4, 1e-3, 0.1, 2.0, 4.0, 6.0)),
    (CONSTANT, 4.0),
]
EVERY = SHAPES + [(kind + MARGINAL, p) for kind, p in SHAPES if kind in {CONICAL, AKCELIK}]
SATURATIONS = [1e-3, 0.3, 0.9, 1.0, 1.0001, 1.7, 5.0]


def published(kind, x, p):
    """Times as the papers print them, in plain numpy."""
    if kind == CONICAL:
        b = (2 * p - 1) / (2 * p - 2)
        shape = 2 + np.sqrt(p**2 * (1 - x) ** 2 + b**2) - p * (1 - x) - b - 1
    elif kind == AKCELIK:
        shape = (x - 1) + np.sqrt((x - 1) ** 2 + p * x)
    else:
        shape = x**p if kind == BPR else 0.0 * x
    return FREE + RISE * shape


def at(kind, flow, p):
    return time_and_slope(kind, flow, FREE, RISE, 1.0 / CAPACITY, p)


def one(kind, p, free=FREE, rise=RISE, inverse=1.0 / CAPACITY):
    return Delay(np.array([kind], np.int8), *(np.array([v]) for v in (free, rise, inverse, p)))


@pytest.mark.parametrize(("kind", "p"), SHAPES)
@pytest.mark.parametrize("x", [0.0, *SATURATIONS])
def test_times_are_the_published_formulas(kind, p, x):
    assert_allclose(at(kind, x * CAPACITY, p)[0], published(kind, np.float64(x), p), rtol=1e-14)


@pytest.mark.parametrize(("kind", "p"), EVERY)
@pytest.mark.parametrize("x", SATURATIONS)
def test_slopes_are_difference_quotients(kind, p, x):
    flow, step = x * CAPACITY, x * CAPACITY * 1e-5
    numeric = (at(kind, flow + step, p)[0] - at(kind, flow - step, p)[0]) / (2 * step)
    assert_allclose(at(kind, flow, p)[1], numeric, rtol=1e-6, atol=1e-8 / max(x, 1e-2))


@pytest.mark.parametrize(("kind", "p"), EVERY)
@pytest.mark.parametrize("x", SATURATIONS)
def test_integrals_are_areas(kind, p, x):
    flow = x * CAPACITY
    area = quad(lambda v: at(kind, v, p)[0], 0, flow, points=[0.9 * flow], limit=400, epsrel=1e-12)
    found = integral(kind, flow, FREE, RISE, 1.0 / CAPACITY, p)
    assert_allclose(found, area[0], rtol=1e-9)
    out = np.empty(1)
    integrals(np.array([flow]), one(kind, p), out)
    assert out[0] == found


@pytest.mark.parametrize(("kind", "p"), EVERY)
def test_times_never_fall_as_flow_rises_and_start_at_the_free_time(kind, p):
    found = [at(kind, flow, p) for flow in np.linspace(0, 4 * CAPACITY, 801)]
    times, slopes = np.array(found).T
    assert (np.diff(times) >= 0).all()
    assert (slopes >= 0).all()
    assert np.isfinite(found).all()
    if (kind, p) != (BPR, 0.0):  # a constant of free + rise
        assert times[0] == FREE
    assert integral(kind, 0.0, FREE, RISE, 1.0 / CAPACITY, p) == 0.0


@pytest.mark.parametrize("a", [1.05, 4.0, 8.0])
def test_a_conical_time_doubles_at_capacity(a):
    assert_allclose(time_and_slope(CONICAL, 500.0, 60.0, 60.0, 1 / 500, a)[0], 120.0, rtol=1e-14)


@pytest.mark.parametrize(("kind", "p"), SHAPES)
@pytest.mark.parametrize("flow", [0.0, 300.0, 1000.0, 2500.0])
def test_the_marginal_form_is_the_derivative_of_flow_times_time(kind, p, flow):
    costs = marginal(one(kind, p))
    time, slope, area = np.empty(1), np.empty(1), np.empty(1)
    delays(np.array([flow]), costs, time, slope)
    integrals(np.array([flow]), costs, area)
    own, own_slope = at(kind, flow, p)
    assert_allclose(time[0], own + flow * own_slope, rtol=1e-13)
    assert_allclose(area[0], flow * own, rtol=1e-13)


def test_a_marginal_form_has_no_marginal_form():
    with pytest.raises(ValueError, match="marginal ones already"):
        marginal(marginal(one(CONICAL, 4.0)))


@pytest.mark.parametrize("kind", [BPR, CONSTANT, CONICAL, AKCELIK, CONICAL + MARGINAL])
def test_no_rise_and_no_capacity_is_a_constant_time(kind):
    assert time_and_slope(kind, 500.0, 60.0, 0.0, 0.0, 4.0) == (60.0, 0.0)
    assert integral(kind, 500.0, 60.0, 0.0, 0.0, 4.0) == 30_000.0
