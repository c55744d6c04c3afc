"""Matrices against links, and the checks on the rule of a half."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.appraisal.pairs import (
    HourPairs,
    hour_pairs,
    matrix_against_links,
    pair_benefits_by_class,
    ratio_checks,
)
from transitplan.appraisal.worth import hour_components, hour_totals
from transitplan.model.demand import UserClass
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant

BASE, BUILT = Variant(2035), Variant(2035, ("middle-bridge",))
MORE = Variant(2035, ("middle-bridge",), elasticity=-0.3)
VALUES = {"new_pair_scale": 0.03}


@pytest.fixture(scope="module")
def found():
    case = tp.read_case("networks/two_banks")
    with Runner(case, processes=1, gap=1e-9) as runner:
        variants = [BASE, BUILT, MORE]
        return runner.take(variants, hour_pairs), runner.take(variants, hour_totals)


@pytest.mark.parametrize("variant", [BASE, BUILT, MORE])
def test_totals_by_matrix_and_by_link_agree(found, variant):
    pairs, totals = found
    table = matrix_against_links(pairs[variant], totals[variant])
    assert len(table) == 12
    np.testing.assert_allclose(table["by_matrix"], table["by_link"], rtol=1e-9)


def test_the_rule_of_a_half_of_fixed_trips_is_the_saving_over_links(found):
    pairs, totals = found
    table = pair_benefits_by_class(pairs[BASE], pairs[BUILT], VALUES)
    parts = hour_components(totals[BASE], totals[BUILT])
    for name in ("time", "operating", "toll"):
        np.testing.assert_allclose(table[f"{name}_cny"], parts[name][0], rtol=1e-7)
    assert table["integrated_cny"].tolist() == table["total_cny"].tolist()
    assert table["new_pairs"].sum() == 0
    assert set(table["alternative"]) == {""}


def test_with_elastic_demand_the_half_is_near_the_area_and_above_it(found):
    """The chord of a demand curve that is hollow lies above it."""
    pairs, totals = found
    table = pair_benefits_by_class(pairs[BASE], pairs[MORE], VALUES)
    assert (table["total_cny"] > table["integrated_cny"]).all()
    assert table["total_cny"].sum() == pytest.approx(table["integrated_cny"].sum(), rel=0.03)
    users = hour_components(totals[BASE], totals[MORE])["time"][0]
    np.testing.assert_allclose(table["integrated_cny"], users, rtol=1e-9)


def made(cost_s, trips):
    """Three zones, one class; time is all of the cost, distance a kilometre a minute."""
    cost = np.asarray(cost_s, dtype=float)[None]
    user = UserClass("cars", value_of_time_cny_per_h=60.0, purpose="commute")
    return HourPairs(
        zone_ids=pd.Index([7, 8, 9]),
        classes=(user,),
        trips_vph=np.asarray(trips, dtype=float)[None],
        time_s=cost,
        length_m=cost * 1000 / 60,
        toll_cny=np.zeros_like(cost),
        cost_s=cost,
        elasticity=0.0,
    )


TRIPS = np.array([[0.0, 10.0, 20.0], [30.0, 0.0, 5.0], [0.0, 1.0, 0.0]])


def test_pairs_are_sorted_by_how_much_they_change():
    before = made(np.full((3, 3), 600.0), TRIPS)
    after = made([[600, 150, 300], [500, 600, 2400], [60, 1000, 600]], TRIPS)
    table = ratio_checks(before, after).set_index("quantity")
    cost = table.loc["cost"]
    # 0.25 and 4 are serious, 0.5 and 1.67 a warning, 0.83 fine; 0.1 has no trips.
    assert (cost["fine"], cost["warning"], cost["serious"]) == (1, 2, 2)
    assert cost["serious_trips_share"] == pytest.approx(15 / 66)
    assert cost["warning_trips_share"] == pytest.approx(21 / 66)
    assert cost["worst_ratio"] in (0.25, 4.0)
    assert (cost["worst_o_zone_id"], cost["worst_d_zone_id"]) in {(7, 8), (8, 9)}


def test_new_and_lost_pairs_are_counted_and_valued_apart():
    way = np.full((3, 3), 600.0)
    cut = way.copy()
    cut[0, 1] = np.inf
    joined = pair_benefits_by_class(made(cut, TRIPS), made(way, TRIPS), VALUES).iloc[0]
    assert joined["total_cny"] == 0.0  # nothing else changed
    assert (joined["new_pairs"], joined["new_trips_vph"]) == (1, 10.0)
    assert joined["new_pairs_cny"] == pytest.approx(10.0 / 0.03)  # minutes at a yuan each
    assert joined["alternative"] == "logsum with staying at home, 0.03 per minute"
    lost = pair_benefits_by_class(made(way, TRIPS), made(cut, TRIPS), VALUES).iloc[0]
    assert lost["new_pairs_cny"] == -joined["new_pairs_cny"]


def test_pairs_need_the_routes():
    case = tp.read_case("networks/two_banks")
    with Runner(case, processes=1) as runner:
        run = next(iter(runner.take([BASE], _kept).values()))
    with pytest.raises(ValueError, match="take it from a Runner"):
        hour_pairs(case, run)


def _kept(case, run):
    del case
    return replace(run, found=None)
