"""The bound on what was not tried: laws, an exact case, and random networks."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.appraisal.programme_bound import (
    _beside_itself,
    least_social_cost,
    most_worth,
    relaxed_network,
    social_cost,
)
from transitplan.appraisal.worth import hour_totals, hour_worth
from transitplan.model.cases import braess, two_routes
from transitplan.model.demand import UserClass, build_demand
from transitplan.model.edits import set_columns
from transitplan.model.network import build_network
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant


def cost_by_hand(found):
    """Time and distance of all vehicles in money, from link flows; no tolls [CNY/h]."""
    length_km = found.roads.network.links["length_m"].to_numpy() / 1000
    return sum(
        float(
            (flow * found.time_s).sum() / 3600 * each.value_of_time_cny_per_h
            + (flow * length_km).sum() * each.distance_cost_cny_per_km
        )
        for each, flow in zip(found.classes, found.class_flow_vph, strict=True)
    )


def test_with_one_class_it_is_the_system_optimum_on_paper():
    """1,625 veh/h at 1,575 s and 1,375 veh/h at 1,725 s, at 60 CNY/h a vehicle."""
    network, demand = two_routes()
    found = least_social_cost(network, demand, gap=1e-10)
    exact = (1625 * 1575 + 1375 * 1725) * 60 / 3600
    assert found.objective == pytest.approx(exact, rel=1e-9)
    assert found.lower_bound == pytest.approx(exact, rel=1e-9)


def test_braess_road_is_worth_nothing_and_its_bound_does_not_go_below_that():
    """At equilibrium the road costs 9 min a trip, yet the bound may not assume that it helps."""
    network, demand = braess()
    with_road = tp.assign(tp.compile_road(network), demand, gap=1e-10)
    without = tp.assign(
        tp.compile_road(tp.close_links(network, [5], reason="before")), demand, gap=1e-10
    )
    least = least_social_cost(network, demand, gap=1e-9).lower_bound
    assert cost_by_hand(with_road) == pytest.approx(6 * 92)
    assert cost_by_hand(without) == pytest.approx(6 * 83)
    assert least == pytest.approx(6 * 83, rel=1e-6)  # the optimum leaves the road empty


def random_network(rng):
    """A ring of two-way streets with chords: links 900… are options, of all kinds of delay."""
    n = 8
    ring = [(i, (i + 1) % n) for i in range(n)]
    chords = [(int(a), int(b)) for a, b in rng.integers(0, n, (5, 2)) if a != b]
    options = [(0, 4), (1, 5), (2, 7)]
    rows = []
    for place, (a, b) in enumerate([*ring, *chords, *options]):
        first = 900 if place >= len(ring) + len(chords) else 100
        for way, (start, end) in enumerate(((a, b), (b, a))):
            rows.append(
                {
                    "link_id": first + 2 * place + way,
                    "from_node_id": start + 1,
                    "to_node_id": end + 1,
                    "length_m": float(rng.uniform(500, 9000)),
                    "lane_capacity_pceph": float(rng.uniform(300, 1500)),
                    "free_speed_kph": float(rng.uniform(30, 90)),
                    "toll_cny": float(rng.choice([0.0, 10.0])),
                    "allowed_uses": str(rng.choice(["all", "all", "car"])) if place >= n else "all",
                    "vdf_alpha": float(rng.choice([0.0, 0.15, 0.8])),
                    "vdf_beta": float(rng.choice([0.0, 1.0, 2.5, 4.0, 6.0])),
                    "facility_type": str(rng.choice(["arterial", "local", "collector"])),
                }
            )
    angle = np.arange(n) * 2 * np.pi / n
    tables = {
        "node": pd.DataFrame(
            {
                "node_id": np.arange(1, n + 1),
                "x_m": 5e3 * np.cos(angle),
                "y_m": 5e3 * np.sin(angle),
                "zone_id": np.arange(1, n + 1).astype(object),
            }
        ),
        "link": pd.DataFrame(rows),
        "zone": pd.DataFrame({"zone_id": np.arange(1, n + 1)}),
        "vdf": pd.DataFrame(
            {
                "facility_type": ["local", "collector"],
                "function": ["conical", "akcelik"],
                "alpha": [6.0, np.nan],
                "delay_factor": [np.nan, 0.8],
                "period_h": [np.nan, 1.0],
            }
        ),
    }
    return build_network(tables), [900 + 2 * (8 + len(chords) + i) for i in range(3)]


def random_demand(rng):
    classes = (
        UserClass("car", value_of_time_cny_per_h=30.0, distance_cost_cny_per_km=0.6),
        UserClass("business", value_of_time_cny_per_h=110.0, distance_cost_cny_per_km=0.6),
        UserClass(
            "truck", "truck", pce=2.0, value_of_time_cny_per_h=55.0, distance_cost_cny_per_km=4.5
        ),
    )
    trips = rng.uniform(0, 120, (3, 8, 8)) * rng.uniform(0.2, 1.5)
    trips[:, np.arange(8), np.arange(8)] = 0.0
    return build_demand(np.arange(1, 9).tolist(), trips, classes=classes)


@pytest.mark.parametrize("seed", range(12))
def test_no_equilibrium_on_any_part_of_the_network_costs_less(seed):
    rng = np.random.default_rng(seed)
    network, options = random_network(rng)
    demand = random_demand(rng)
    rough, fine = (least_social_cost(network, demand, gap=gap) for gap in (1e-2, 1e-6))
    assert rough.lower_bound <= fine.objective * (1 + 1e-12)
    for size in range(4):
        for built in combinations(options, size):
            gone = [each + way for each in set(options) - set(built) for way in (0, 1)]
            part = tp.close_links(network, gone, reason="not built") if gone else network
            found = tp.assign(tp.compile_road(part), demand, gap=1e-6)
            assert cost_by_hand(found) >= fine.lower_bound
            assert cost_by_hand(found) >= rough.lower_bound


def test_the_bound_is_close_where_there_is_little_to_misroute():
    """So that it is of use: within 2 % of an equilibrium without queues or tolls to avoid."""
    rng = np.random.default_rng(1)
    network, _ = random_network(rng)
    network = set_columns(network, {"toll_cny": 0 * network.links["toll_cny"]}, reason="free")
    demand = random_demand(rng).scaled(0.05)
    found = tp.assign(tp.compile_road(network), demand, gap=1e-6)
    assert least_social_cost(network, demand).lower_bound >= 0.98 * cost_by_hand(found)


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


def test_on_a_case_no_option_is_worth_more_than_its_bound(case):
    base = Variant(2035)
    built = [Variant(2035, (option,)) for option in case.option_ids[1:]]
    with Runner(case, processes=1) as runner:
        totals = runner.take([base, *built], hour_totals)
    every = most_worth(case, base, frozenset(case.option_ids[1:]), totals[base])
    for each in built:
        own = most_worth(case, base, frozenset(each.built), totals[base])
        assert hour_worth(totals[base], totals[each]) <= own <= every * (1 + 1e-3)
    assert social_cost(totals[base]) > every


def test_the_relaxed_network_has_both_forms_side_by_side(case):
    whole = relaxed_network(case, frozenset(case.option_ids[1:]), 2035)
    crossing = case.sites[0].crossing_id
    on_it = whole.links[whole.links["crossing_id"] == crossing]
    assert on_it["structure"].value_counts().to_dict() == {"bridge": 2, "tunnel": 2}


def test_a_link_that_an_option_makes_worse_stays_beside_itself():
    network, _ = two_routes()
    more = set_columns(network, {"lanes": network.links["lanes"] + 1}, reason="widened")
    assert len(_beside_itself(network, more).links) == 3  # wider is never worse
    slower = set_columns(network, {"free_time_s": network.links["free_time_s"] + 1}, reason="test")
    assert len(_beside_itself(network, slower).links) == 6
    shut = tp.close_links(network, [1], reason="test")
    assert len(_beside_itself(network, shut).links) == 3
