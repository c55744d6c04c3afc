"""Regression baselines of the shipped versions: what the program found before, not what is true.

A failure names what moved and the input that moved it. After a change that is meant, write them
anew with ``pytest tests/regression --transitplan-update`` and read ``git diff``.
"""

import pytest

import transitplan as tp
from transitplan.appraisal.benefits import class_benefits
from transitplan.scenario.run import solve_variant


def saved(case, year, option):
    """What each class saves by an option in the peak hour, and the equilibria without and with."""
    base, start = solve_variant(case, tp.Variant(year))
    built, found = solve_variant(case, tp.Variant(year, (option,)), start=start)
    rows = class_benefits(base, built, base.demand).set_index("class_name")["total_cny"]
    return {f"{name}_cny_per_h": each for name, each in rows.items()}, start, found


def check_traffic(network_regression, found, **flows):
    network_regression.skims(found)
    network_regression.access(found)
    network_regression.traffic(found)
    network_regression.flows(found, **flows)


@pytest.mark.parametrize("year", [2025, 2030])
def test_jinan(network_regression, year):
    case = tp.read_case("networks/jinan")
    network_regression.check(case.version(year), case.demand(year))


def test_jinan_2035_and_what_a_tunnel_brings(network_regression):
    case = tp.read_case("networks/jinan")
    benefits, before, _ = saved(case, 2035, "huanggang-tunnel")
    network_regression.inputs(case.version(2035), case.demand(2035))
    network_regression.structure(case.version(2035))
    check_traffic(network_regression, before)
    network_regression.benefits(benefits)


def test_two_banks_with_its_middle_bridge(network_regression):
    case = tp.read_case("networks/two_banks")
    benefits, _, after = saved(case, 2035, "middle-bridge")
    network_regression.structure(after.roads.network)
    check_traffic(network_regression, after, least_pceph=0.0)
    network_regression.benefits(benefits)
