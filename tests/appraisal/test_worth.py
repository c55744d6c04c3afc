"""Laws of what an hour is worth, and the same from whole runs, links and matrices."""

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from tests.appraisal.hours import CASE, hour
from transitplan.appraisal.benefits import class_benefits
from transitplan.appraisal.indicators import incremental_ladder
from transitplan.appraisal.vehicles import (
    SPEEDS_KPH,
    accident_cny_per_km,
    co2_kg_per_km,
    dearness,
    operating_cny_per_km,
    share_by_speed,
)
from transitplan.appraisal.worth import (
    CORE,
    hour_benefits,
    hour_components,
    hour_quantities,
    hour_totals,
    hour_worth,
    without,
)
from transitplan.errors import ValidationError
from transitplan.graph import compile_road
from transitplan.scenario.run import Runner, whole
from transitplan.scenario.variants import Toll, Variant

BASE, BUILT = Variant(2035), Variant(2035, ("middle-bridge",))
SHUT = Variant(2035, ("middle-tunnel",), closed=("N",))
FREE = Variant(2035, tolls=(Toll("E", "car", 0.0), Toll("E", "truck", 0.0)))
MORE = Variant(2035, ("middle-bridge",), elasticity=-0.3)


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def runs(case):
    with Runner(case, processes=1, gap=1e-9) as runner:
        return runner.take([BASE, BUILT, SHUT, FREE, MORE], whole)


@pytest.fixture(scope="module")
def totals(case, runs):
    return {variant: hour_totals(case, run) for variant, run in runs.items()}


def test_totals_give_the_benefits_of_whole_runs(runs, totals):
    full = class_benefits(runs[BASE], runs[BUILT], runs[BASE].demand).set_index("class_name")
    table = hour_benefits(totals[BASE], totals[BUILT])
    for column in ("time_cny", "operating_cny", "toll_cny"):
        assert table[column].to_dict() == pytest.approx(full[column].to_dict(), rel=1e-6, abs=1e-3)


def test_running_costs_are_those_of_each_link_at_its_speed(case, runs, totals):
    """Link by link with a straight line between the speeds, without the shared kilometres."""
    run = runs[BUILT]
    roads = compile_road(run.network)
    km = run.network.links["length_m"].to_numpy() / 1000.0
    for each in run.demand.classes:
        time_s = run.flows["time_s"].to_numpy() + roads.in_rows(roads.slower_s(each.use))
        kph = km * 3600.0 / time_s
        curve = operating_cny_per_km(each.use, case.values, 2035)[0]
        by_link = run.flows[f"flow_{each.name}_vph"] * km * np.interp(kph, SPEEDS_KPH, curve)
        place = list(totals[BUILT].by_class.index).index(each.name)
        assert totals[BUILT].km_by_speed[place] @ curve == pytest.approx(by_link.sum(), rel=1e-12)


def test_two_options_alike_are_worth_nothing(totals):
    assert hour_worth(totals[BUILT], totals[BUILT]) == 0.0


def test_a_closed_tunnel_is_a_tunnel_never_built(totals):
    noise = totals[BASE].cost_error_cny_per_h + totals[SHUT].cost_error_cny_per_h
    shut = hour_worth(totals[BASE], totals[SHUT])
    assert abs(shut) <= max(10 * noise, 1e-6 * hour_worth(totals[BASE], totals[BUILT]))


def test_a_pure_transfer_of_tolls_is_worth_nothing():
    before = hour(time_h=500.0, km=20_000.0, toll=3000.0)
    after = hour(time_h=500.0, km=20_000.0, toll=[0.0, 9000.0])
    assert hour_worth(before, after) == pytest.approx(0.0, abs=1e-9)
    parts = hour_components(before, after)
    assert parts["toll"].tolist() == [[3000.0, -6000.0]]


def test_tolls_cancel_whatever_traffic_does(totals):
    parts = hour_components(totals[BASE], totals[FREE])
    assert parts["toll"].sum() > 0
    np.testing.assert_allclose(parts["toll"] + parts["taker"], 0.0, atol=1e-9)
    rest = sum(parts[name].sum() for name in CORE if name not in {"toll", "taker"})
    assert hour_worth(totals[BASE], totals[FREE]) == pytest.approx(rest, rel=1e-12)


def test_time_savings_of_a_published_example():
    """NZ Transport Agency, Economic evaluation manual 1 (2007), A4.6, example 1: 131.19 NZD/h.

    3,393 vehicles an hour save 9.2 s each at 15.13 an hour.
    """
    before = hour(time_h=[3393 * 30.0 / 3600, 0.0], km=0.0)
    after = hour(time_h=[3393 * 20.8 / 3600, 0.0], km=0.0)
    values = {**CASE, "value_of_time_commute": CASE["value_of_time_commute"] * 15.13 / 30.0}
    assert hour_components(before, after, values)["time"].sum() == pytest.approx(131.19, abs=0.005)


def test_draws_are_each_draw_alone(totals):
    rng = np.random.default_rng(1)
    own = totals[BASE].values
    names = ["value_of_time_commute", "occupancy_other", "carbon_price", "operating_best_speed",
             "electric_share_car_2035", "accident_cost_arterial", "nox_cost", "distance_cost_car",
             "operating_rise_at_20", "co2_truck_diesel"]  # fmt: skip
    draws = {name: own[name] * rng.uniform(0.8, 1.2, 50) for name in names}
    together = hour_worth(totals[BASE], totals[BUILT], {**own, **draws})
    assert together.shape == (50,)
    assert together.std() > 0.01 * together.mean()
    for draw in (0, 17, 49):
        alone = {name: float(values[draw]) for name, values in draws.items()}
        one = hour_worth(totals[BASE], totals[BUILT], {**own, **alone})
        assert together[draw] == pytest.approx(one[0], rel=1e-12)


def test_the_central_values_are_the_case_s_own(case, totals):
    given = hour_worth(totals[BASE], totals[BUILT], case.values)
    assert given.tolist() == [hour_worth(totals[BASE], totals[BUILT])]


def test_reliability_stands_apart(totals):
    own = totals[BASE].values
    more = {**own, "reliability_ratio": 2 * own["reliability_ratio"]}
    once, twice = (hour_components(totals[BASE], totals[BUILT], v) for v in (own, more))
    np.testing.assert_allclose(twice["reliability"], 2 * once["reliability"], rtol=1e-12)
    assert hour_worth(totals[BASE], totals[BUILT], more)[0] == pytest.approx(
        hour_worth(totals[BASE], totals[BUILT]), rel=1e-12
    )


def test_other_trips_without_a_demand_curve_are_refused():
    with pytest.raises(ValidationError, match="1,000.0|2,000.0 trips an hour"):
        hour_worth(hour(time_h=1.0, km=1.0), hour(time_h=1.0, km=1.0, trips=2000.0))


def test_welfare_with_elastic_demand_is_that_of_an_exact_integral(runs, totals):
    """Integrate each pair's demand numerically: no formula of ours."""
    run, base = runs[MORE], runs[BASE]
    gained = 0.0
    for each, trips in zip(base.demand.classes, base.demand.trips_vph, strict=True):
        before, after = (one.cost_s[each.name].to_numpy() for one in (base, run))
        for i, j in zip(*np.nonzero((trips > 0) & (before > 0)), strict=True):
            cost = np.linspace(after[i, j], before[i, j], 4001)
            area = np.trapezoid(trips[i, j] * (cost / before[i, j]) ** -0.3, cost)
            gained += area / 3600 * each.value_of_time_cny_per_h
    parts = hour_components(totals[BASE], totals[MORE])
    users = sum(parts[name].sum() for name in ("time", "operating", "toll"))
    assert users == pytest.approx(gained, rel=1e-5)


def test_a_currency_changes_no_ranking_and_no_ratio(totals):
    """All money times seven: worth times seven, the same order."""
    own = totals[BASE].values
    kinds = ("value_of_time", "distance_cost", "operating_cost", "carbon_price", "accident_cost")
    kinds += ("nox_cost", "pm_cost")
    money = [name for name in own if name.startswith(kinds)]
    seven = {**own, **{name: 7.0 * own[name] for name in money}}
    ours = hour_worth(totals[BASE], totals[BUILT])
    assert hour_worth(totals[BASE], totals[BUILT], seven)[0] == pytest.approx(7 * ours, rel=1e-12)
    table = pd.DataFrame({"option_id": list("abcd"), "pv_costs_cny": [4.0, 1.0, 9.0, 6.0],
                          "pv_benefits_cny": [9.0, 3.0, 13.0, 8.0]})  # fmt: skip
    scaled = table.assign(pv_costs_cny=7 * table["pv_costs_cny"],
                          pv_benefits_cny=7 * table["pv_benefits_cny"])  # fmt: skip
    same = ["option_id", "status", "compared_with", "bcr", "incremental_bcr", "best"]
    assert incremental_ladder(table)[same].equals(incremental_ladder(scaled)[same])


def test_shared_kilometres_keep_their_sum_and_their_mean_speed():
    kph = np.random.default_rng(3).uniform(5.0, 130.0, 200)
    shares = share_by_speed(kph)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(shares @ SPEEDS_KPH, kph, rtol=1e-12)
    np.testing.assert_allclose(share_by_speed(np.array([1.0, 400.0])).argmax(axis=1), [0, 25])


def test_curves_have_the_values_their_parameters_say():
    at = {kph: int(np.flatnonzero(kph == SPEEDS_KPH)[0]) for kph in (20.0, 55.0, 110.0)}
    curve = dearness(CASE)[0]
    assert [curve[at[kph]] for kph in (20.0, 55.0, 110.0)] == pytest.approx([1.25, 1.0, 1.2])
    car = operating_cny_per_km("car", CASE, 2030)[0]
    assert car[at[55.0]] == pytest.approx(0.65 * 0.75 + 0.35 * 0.42)
    # Half-way between 2025 and 2030, and level after 2035.
    middle = operating_cny_per_km("car", CASE, 2028)[0, at[55.0]]
    assert middle == pytest.approx(0.75 - (0.12 + 0.6 * 0.23) * 0.33)
    assert operating_cny_per_km("car", CASE, 2060).tolist() == (
        operating_cny_per_km("car", CASE, 2035).tolist()
    )
    co2 = co2_kg_per_km("car", CASE, 2030)[0, at[20.0]]
    assert co2 == pytest.approx(0.65 * 0.19 * 1.25 + 0.35 * 0.15 * 0.55)
    assert accident_cny_per_km(CASE).tolist() == [[0.02, 0.03, 0.06, 0.08]]


def test_quantities_are_what_the_kilometres_use():
    used = hour_quantities(hour(time_h=500.0, km=[20_000.0, 0.0], kph=55.0))
    assert used.loc["car_commute", "co2_t"] == pytest.approx(20 * (0.65 * 0.19 + 0.35 * 0.0825))
    nox = np.interp(55.0, [35.0, 60.0], [0.90, 0.86]) * 0.65 * 0.035
    assert used.loc["car_commute", "nox_kg"] == pytest.approx(20 * nox)
    assert used.loc["truck"][["co2_t", "nox_kg", "pm_kg"]].tolist() == [0.0, 0.0, 0.0]


def test_trips_taken_out_leave_nothing_behind():
    """A class whose trips are all taken out is as one that never drove."""
    full, cars = hour(time_h=[500.0, 90.0], km=[20_000.0, 3000.0], toll=50.0), ["car_commute"]
    taken = full.by_class.loc[cars, ["time_h", "distance_km", "toll_cny"]]
    left = without(full, taken)
    never = hour(time_h=[0.0, 90.0], km=[0.0, 3000.0], toll=[0.0, 50.0])
    assert hour_worth(left, never) == 0.0
    half = without(full, taken / 2)
    assert hour_worth(full, half) == pytest.approx(hour_worth(full, never) / 2, rel=1e-12)
