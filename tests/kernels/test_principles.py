"""Scalar equations of logit shares and elastic demand; the same answers without the compiler."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.optimize import brentq

from transitplan.kernels.delay import BPR, CONSTANT, delays, integrals, marginal
from transitplan.kernels.elastic import meet
from transitplan.kernels.logit import balance
from transitplan.kernels.records import Delay

SCRIPT = """
import json
from transitplan.assignment import *
from transitplan.graph import compile_road
from transitplan.model.cases import grid
network, demand = grid(3, 3, trips_vph=700.0)
roads = compile_road(network)
base = assign(roads, demand.scaled(0.9), gap=1e-6)
sought = (SystemOptimum(), StochasticEquilibrium(0.01), ElasticDemand(-0.5, base))
print(json.dumps([assign(roads, demand, principle=each, gap=1e-6).flow_vph.tolist()
                  for each in sought]))
"""
WIDE = st.floats(0.0, 1e4)
FLOW = st.floats(0.0, 1e5)


def test_same_answers_without_the_compiler():
    compiled, plain = (
        json.loads(
            subprocess.run(
                [sys.executable, "-c", SCRIPT],
                env={**os.environ, "NUMBA_DISABLE_JIT": disabled},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for disabled in ("0", "1")
    )
    np.testing.assert_allclose(compiled, plain, rtol=1e-9, atol=1e-9)


@settings(max_examples=300, deadline=None)
@given(st.floats(-1e4, 1e4), WIDE, FLOW, st.floats(1e-3, 1e5), st.floats(1e-6, 1e2))
def test_balance_leaves_logit_shares(gain, curve, here, there, theta):
    u = balance(gain, curve, here, there, theta)
    both = here + there

    def off(x):
        share = 1 / (1 + np.exp(-x)) if x > 0 else np.exp(x) / (1 + np.exp(x))
        return x + theta * (gain - curve * (here - both * share))

    low, high = -theta * (curve * there + gain), theta * (curve * here - gain)
    pad = 1.0 + 1e-9 * max(abs(low), abs(high))
    expected = brentq(off, low - pad, high + pad, xtol=1e-12)
    scale = max(1.0, abs(low), abs(high))
    assert abs(off(u)) <= 1e-12 * scale or abs(u - expected) <= 1e-11 * max(1.0, abs(expected))


@settings(max_examples=300, deadline=None)
@given(
    st.floats(1e-2, 1e4),
    st.floats(1e-1, 1e5),
    WIDE,
    st.floats(1e-2, 1e4),
    st.floats(1e-1, 1e5),
    st.floats(-5.0, -0.02),
)
def test_meet_is_where_cost_is_worth_it(trips, cost, curve, at_base, base_cost, elasticity):
    found = meet(trips, cost, curve, at_base, base_cost, elasticity)
    demand = at_base * (cost / base_cost) ** elasticity
    assert min(trips, demand) * (1 - 1e-9) <= found <= max(trips, demand) * (1 + 1e-9)

    def off(s):  # in logarithms of the trips
        price = base_cost * np.exp(s / elasticity)
        return cost + curve * (at_base * np.exp(s) - trips) - price

    ends = np.log(np.array([trips, demand]) / at_base)
    low, high = ends.min() - 1e-6, ends.max() + 1e-6
    if off(low) < 0 < off(high):
        expected = at_base * np.exp(brentq(off, low, high, xtol=1e-14, rtol=1e-14))
        assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("power", [0.5, 1.0, 4.0])
def test_marginal_is_the_derivative_of_the_total(power):
    delay = Delay(
        np.array([BPR, CONSTANT], np.int8),
        np.array([60.0, 60.0]),
        np.array([9.0, 0.0]),
        np.array([1e-3, 0.0]),
        np.array([power, power]),
    )
    time, slope, area = np.empty(2), np.empty(2), np.empty(2)
    flow = np.array([1500.0, 1500.0])
    delays(flow, delay, time, slope)
    total = flow * time
    marginal_time = np.empty(2)
    delays(flow, marginal(delay), marginal_time, np.empty(2))
    integrals(flow, marginal(delay), area)
    assert_allclose(marginal_time, time + flow * slope, rtol=1e-14)
    assert_allclose(area, total, rtol=1e-14)
    whole = quad(lambda v: 60 + 9 * (1 + power) * (v * 1e-3) ** power, 0, 1500)[0]
    assert_allclose(area[0], whole, rtol=1e-8)
