"""Access by all modes on two banks: equal to the skims, to hand sums, and without a timetable."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import transitplan as tp
from transitplan.appraisal.mode_access import HALVING_MIN, mode_access
from transitplan.appraisal.policy_facts import Facts, RoadHour
from transitplan.model.network import build_network


def measured(case, faster=1.0):
    """Access with times by car as on empty roads, and an option that changes them by a factor."""
    time_s = tp.skim(tp.compile_road(case.network), ["time_s"])["time_s"]
    runs, facts = {}, []
    for year in sorted(case.years):
        network = case.version(year).network
        runs["none", year] = SimpleNamespace(free_time_s=time_s, peak_time_s=time_s)
        runs["middle-bridge", year] = SimpleNamespace(peak_time_s=time_s * faster)
        minutes = tp.cluster_times(time_s, network.clusters.assign(kind="cluster"))
        hour = RoadHour({"car": minutes}, time_s / 60, {}, 0.0, network)
        facts.append(Facts(case, year, hour))
    return time_s, mode_access(case, facts, runs)


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def found(case):
    return measured(case, faster=0.5)


def test_pairs_are_those_of_the_skims(case, found):
    _, modes = found
    network = case.network
    lines = tp.compile_frequency(network.transit, "2025-03-05", (7, 9), network=network)
    skim = tp.skim_transit(lines)
    row = modes.pairs.set_index(["year", "origin_id", "destination_id"]).loc[2025, "C1", "C5"]
    for name, field in (("transit", "time_s"), ("walk", "walk_s"), ("wait", "wait_s")):
        assert row[f"{name}_min"] == pytest.approx(skim[field].loc[1, 5] / 60)
    assert row["changes"] == skim["transfers"].loc[1, 5] == 1
    parts = modes.pairs[["walk_min", "wait_min", "ride_min"]].sum(axis=1)
    np.testing.assert_allclose(parts, modes.pairs["transit_min"])
    assert len(modes.pairs) == 2 * 6 * 5  # years, places, other places


def test_the_best_mode_is_never_slower_than_either(found):
    _, modes = found
    either = modes.pairs[["car_peak_min", "transit_min"]].min(axis=1)
    np.testing.assert_array_equal(modes.pairs["best_min"], either)
    by_car = modes.pairs["best_mode"] == "car"
    assert (modes.pairs["car_peak_min"] <= modes.pairs["transit_min"])[by_car].all()


def test_jobs_within_reach_are_a_sum_by_hand(case, found):
    time_s, modes = found
    zones = case.network.zones.set_index("zone_id")
    total = sum(
        zones.loc[i, "population"] * zones.loc[j, "jobs"]
        for i in zones.index
        for j in zones.index
        if time_s.loc[i, j] <= 45 * 60
    )
    row = modes.equity.set_index(["year", "mode", "measure"]).loc[2025, "car", "jobs_45"]
    assert row["mean_jobs"] == pytest.approx(total / zones["population"].sum())
    assert row["theil"] == pytest.approx(row["theil_between"] + row["theil_within"])
    assert row["concentration"] == pytest.approx(row["gini"])  # ranked by itself


def test_half_the_time_wins_for_everybody(case, found):
    """A zone's jobs at half the minutes: the change by hand, and nobody loses."""
    time_s, modes = found
    rows = modes.winners.set_index(["option_id", "mode", "group_id"])
    own = rows.loc["middle-bridge", "car", "C3"]
    jobs = case.network.zones.set_index("zone_id")["jobs"]
    usual, fast = (
        (jobs * 0.5 ** (time_s.loc[3] * share / 60 / HALVING_MIN)).sum() for share in (1.0, 0.5)
    )
    assert own["mean_change"] == pytest.approx(fast / usual - 1)
    everybody = rows.loc["middle-bridge", "car", "all"]
    assert everybody["winners"] == everybody["people"] == 780_000
    assert everybody["losers"] == 0
    assert rows.loc["none", "transit", "all"]["winners"] == 0  # the feed is the same in 2035


def test_a_network_without_public_transport_has_cars_only(case):
    tables = {name: case.network.table(name) for name in ("node", "link", "zone", "cluster")}
    tables |= {name: case.network.table(name) for name in ("use_definition", "use_group")}
    bare = build_network(tables, name="no transit", crs=case.network.crs)
    _, modes = measured(replace(case, network=bare))
    assert not modes.has_transit
    assert set(modes.equity["mode"]) == {"car"}
    assert (modes.pairs["best_mode"] == "car").all()
    assert modes.circles.empty
