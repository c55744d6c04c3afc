"""Regression baselines of the shipped versions: what the program found before, not what is true.

A failure names what moved and the input that moved it. After a change that is meant, write them
anew with ``pytest tests/regression --transitplan-update`` and read ``git diff``.
"""

import pytest

import transitplan as tp
from transitplan.appraisal.benefits import class_benefits
from transitplan.scenario.run import solve_variant


@pytest.mark.parametrize("year", [2025, 2030, 2035])
def test_jinan(network_regression, year):
    case = tp.read_case("networks/jinan")
    run, found = solve_variant(case, tp.Variant(year))
    network_regression.inputs(run.network, run.demand)
    network_regression.structure(run.network)
    network_regression.skims(found)
    network_regression.access(found)
    network_regression.traffic(found)
    network_regression.flows(found, least_pceph=1000.0)
