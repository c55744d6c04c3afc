"""Laws of tolls: transfers cancel, Pigou's toll, closed forms on two routes and on one link."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq, minimize_scalar

import transitplan as tp
from tests.appraisal.toll_cases import SECONDS_PER_CNY, VALUE, YEARLY, Bridge, river_case
from transitplan.appraisal.toll_hour import toll_hour
from transitplan.appraisal.toll_tables import Target, uneven_share, why_outside
from transitplan.appraisal.tolls import halved, toll_study
from transitplan.model.demand import UserClass
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant

A = Target("A", ("A",))
BOTH = Target("city", ("A", "B"))
N = 1000.0
NO_SEARCH = 99.0  # CNY: any toll solved is near enough


def studied(case, **options):
    options.setdefault("tolerance_cny", NO_SEARCH)
    with Runner(case, gap=1e-12, processes=1) as runner:
        return toll_study(case, runner, **options)


def asked(study):
    """Rows of the levels that were asked for, without those of the search."""
    return study.levels[study.levels["swept"]]


def best(study, objective):
    return study.optima.set_index("objective").loc[objective]


def test_a_toll_on_the_only_way_is_a_pure_transfer(tmp_path):
    case = river_case(tmp_path, [Bridge("A", 600.0, 0.5)], N)
    rows = asked(studied(case, targets=[A], demands=["fixed"], levels=[0, 3, 9]))
    assert rows["welfare_cny_per_year"].abs().max() < 1e-3
    assert rows["revenue_cny_per_year"].tolist() == [0.0, 3 * N * YEARLY, 9 * N * YEARLY]
    np.testing.assert_allclose(
        rows["user_benefit_cny_per_year"], -rows["revenue_cny_per_year"], atol=1e-3
    )


def test_one_toll_on_every_crossing_moves_money_alone(tmp_path):
    case = river_case(tmp_path, [Bridge("A", 600.0, 0.6), Bridge("B", 900.0, 0.3)], N)
    study = studied(case, targets=[BOTH], demands=["fixed"], levels=[0, 5, 20])
    rows = asked(study)
    assert rows["welfare_cny_per_year"].abs().max() < 1.0  # of revenues of millions
    assert rows["revenue_cny_per_year"].tolist() == pytest.approx([0, 1e7, 4e7])
    flows = study.traffic.pivot_table(index="toll_cny", columns="crossing_id", values="cars_vph")
    np.testing.assert_allclose(flows.loc[[5.0, 20.0]], flows.loc[[0.0, 0.0]], rtol=1e-6)
    assert rows["outside"].tolist() == ["", "", "captive"]  # nobody can give up the trip


def test_the_toll_of_pigou_is_the_delay_to_others(tmp_path):
    """A: 300 + v s, B: 900 s. The optimum has v = 300 on A; there one more delays others by 300 s.

    Where the other way never fills, the toll taker seeks the same toll.
    """
    case = river_case(tmp_path, [Bridge("A", 300.0, 1.0), Bridge("B", 900.0)], N)
    study = studied(case, targets=[A], demands=["fixed"], levels=[0, 2, 8], tolerance_cny=0.05)
    for objective in ("welfare", "revenue"):
        found = best(study, objective)
        assert found["toll_cny"] == pytest.approx(3.0, abs=0.05)
        assert found["within_cny"] <= 0.05
        assert not found["at_edge"]
    # From v = 600 and 900 s for all to v = 300 and 600 s: 300 save 300 s each, before the toll.
    saved = 300 * 300 / SECONDS_PER_CNY * YEARLY
    assert best(study, "welfare")["welfare_cny_per_year"] == pytest.approx(saved, rel=1e-3)
    toll = study.marginal.set_index("crossing_id")
    assert toll.loc["A", "marginal_toll_s"] == pytest.approx(300.0, rel=1e-4)
    assert toll.loc["A", "car_cny"] == pytest.approx(3.0, rel=1e-4)
    assert toll.loc["B", "car_cny"] == pytest.approx(0.0, abs=1e-6)


def test_the_toll_taker_asks_more_than_all_would_where_both_ways_fill(tmp_path):
    """A: t + a v, B: T + b (N − v); the toll τ on A leaves v = (T + b N − t − τ)/(a + b).

    Revenue is greatest at (T + b N − t)/2, total time least at (T − t)/2: b N/2 apart.
    """
    t, a, far, b = 300.0, 0.6, 900.0, 0.4
    case = river_case(tmp_path, [Bridge("A", t, a), Bridge("B", far, b)], N)
    study = studied(case, targets=[A], demands=["fixed"], levels=[0, 2, 6, 8], tolerance_cny=0.1)
    for objective, seconds in (("welfare", (far - t) / 2), ("revenue", (far + b * N - t) / 2)):
        assert best(study, objective)["toll_cny"] == pytest.approx(
            seconds / SECONDS_PER_CNY, abs=0.1
        )
    for row in study.levels.itertuples():
        flow = (far + b * N - t - row.toll_cny * SECONDS_PER_CNY) / (a + b)
        assert row.passages_vph == pytest.approx(flow, rel=1e-5)
        assert row.revenue_cny_per_h == pytest.approx(row.toll_cny * flow, rel=1e-5)
    # Charging each crossing its own marginal cost does what the best toll on A does.
    study = studied(case, targets=[BOTH], demands=["fixed"], levels=[0.0], tolerance_cny=0.1)
    volume = (far - t + 2 * b * N) / (2 * (a + b))
    assert study.marginal["car_cny"].to_numpy() * SECONDS_PER_CNY == pytest.approx(
        [a * volume, b * (N - volume)], rel=1e-3
    )
    start = (far + b * N - t) / (a + b)
    saved = _total(t, a, far, b, start) - _total(t, a, far, b, volume)
    worth = best(study, "marginal_cost")["welfare_cny_per_year"]
    assert worth == pytest.approx(saved / SECONDS_PER_CNY * YEARLY, rel=1e-3)


def _total(t, a, far, b, volume):
    return volume * (t + a * volume) + (N - volume) * (far + b * (N - volume))


def test_elastic_trips_lose_the_triangle(tmp_path):
    """One way of 600 s, 6 CNY; a toll of 2 leaves N (8/6)^ε trips; ½ Δq τ is lost."""
    case = river_case(tmp_path, [Bridge("A", 600.0)], N, elasticity=-0.8)
    rows = asked(studied(case, targets=[A], demands=["elastic"], levels=[0, 2, 4]))
    for toll, row in zip((0.0, 2.0, 4.0), rows.itertuples(), strict=True):
        trips = N * ((6.0 + toll) / 6.0) ** -0.8
        assert row.cars_vph == pytest.approx(trips, rel=1e-7)
        lost = 0.5 * (N - trips) * toll * YEARLY
        assert row.welfare_cny_per_year == pytest.approx(-lost, rel=1e-6, abs=1e-3)
        assert row.revenue_cny_per_year == pytest.approx(toll * trips * YEARLY, rel=1e-6)
    # Arc elasticities by hand, between 2 and 4: a third of the trip of 9 CNY is toll.
    two, four = (N * (8 / 6) ** -0.8, N * (10 / 6) ** -0.8)
    change = (four - two) / ((four + two) / 2)
    last = rows.iloc[-1]
    assert last["toll_elasticity"] == pytest.approx(change / (2 / 3), rel=1e-6)
    assert last["cost_elasticity"] == pytest.approx(change / (2 / 9), rel=1e-6)
    assert last["river_car_cny"] == pytest.approx(10.0)


def test_the_best_toll_under_elastic_trips_is_that_of_the_scalar_problem(tmp_path):
    """One way of 300 + q s: trips, cost and welfare of each toll follow from one equation."""
    elasticity, free = -0.9, 13.0  # CNY: 1,300 s for N trips

    def answer(toll):
        def beyond(q):
            return q - N * (((300.0 + q) / SECONDS_PER_CNY + toll) / free) ** elasticity

        trips = brentq(beyond, 1.0, N + 1.0, xtol=1e-10)
        return trips, (300.0 + trips) / SECONDS_PER_CNY + toll

    def lost(toll):
        trips, cost = answer(toll)
        return -(0.5 * (N + trips) * (free - cost) + trips * toll)

    case = river_case(tmp_path, [Bridge("A", 300.0, 1.0)], N, elasticity=elasticity)
    study = studied(
        case, targets=[A], demands=["elastic"], levels=[0, 4, 8, 16], tolerance_cny=0.05
    )
    exact = minimize_scalar(lost, bounds=(0.0, 16.0), method="bounded", options={"xatol": 1e-6})
    found = best(study, "welfare")
    assert found["toll_cny"] == pytest.approx(exact.x, abs=0.06)
    assert found["welfare_cny_per_year"] == pytest.approx(-exact.fun * YEARLY, rel=1e-4)
    for row in study.levels.itertuples():
        assert row.cars_vph == pytest.approx(answer(row.toll_cny)[0], rel=1e-6)
        assert row.welfare_cny_per_year == pytest.approx(
            -lost(row.toll_cny) * YEARLY, rel=1e-5, abs=1.0
        )


def test_cars_of_both_plates_and_trucks_pay_what_they_are_asked(tmp_path):
    classes = (
        UserClass("car", value_of_time_cny_per_h=VALUE),
        UserClass("truck", use="truck", value_of_time_cny_per_h=VALUE, pce=2.0),
    )
    case = river_case(tmp_path, [Bridge("A", 600.0, 0.1)], N, classes=classes)
    case.values["toll_truck_factor"] = 3.0
    found = studied(case, targets=[A], demands=["fixed"], levels=[0, 4]).payers
    paid = found[found["toll_cny"] == 4.0].set_index("class_name")["paid_cny_per_year"]
    assert paid.to_dict() == pytest.approx({"car": 4 * N * YEARLY, "truck": 12 * N * YEARLY})


@pytest.fixture(scope="module")
def two_banks():
    case = tp.read_case("networks/two_banks")
    with Runner(case, processes=1) as runner:
        return case, toll_study(case, runner, levels=[0, 5, 10], tolerance_cny=NO_SEARCH)


def test_a_higher_toll_means_less_traffic_and_a_dearer_trip(two_banks):
    rows = two_banks[1].levels
    for _, own in rows.groupby(["target", "demand"]):
        assert own["toll_cny"].is_monotonic_increasing
        assert own["cars_vph"].is_monotonic_decreasing
        assert own["user_benefit_cny_per_year"].is_monotonic_decreasing
        assert own["river_car_cny"].is_monotonic_increasing
    elastic = rows[rows["demand"] == "elastic"]
    assert (elastic["river_trips_vph"].diff().dropna() != 0).all()


def test_money_adds_up(two_banks):
    _, study = two_banks
    keys = ["target", "demand", "toll_cny"]
    rows = asked(study).set_index(keys)
    paid = study.payers.groupby(keys)["paid_cny_per_year"].sum()
    by_cluster = study.clusters.groupby(keys)["user_benefit_cny_per_year"].sum()
    total = rows["user_benefit_cny_per_year"]
    pd.testing.assert_series_equal(
        paid.sort_index(), rows["revenue_cny_per_year"].sort_index(), check_names=False
    )
    np.testing.assert_allclose(by_cluster.sort_index(), total.sort_index(), rtol=1e-9)
    gains = ["user_benefit_cny_per_year", "tolls_change_cny_per_year", "others_cny_per_year"]
    noise = rows["noise_cny_per_year"].fillna(1e-3)
    assert ((rows[gains].sum(axis=1) - rows["welfare_cny_per_year"]).abs() <= noise).all()


def test_what_is_free_already_costs_nothing_to_free(two_banks):
    _, study = two_banks
    removal = study.removal.set_index(["free_for", "demand"])
    lost = -removal.loc[("everyone", "fixed"), "tolls_change_cny_per_year"]
    assert lost == pytest.approx(study.present["paid_cny_per_year"].sum(), rel=1e-9)
    other = -removal.loc[("other_plates", "fixed"), "tolls_change_cny_per_year"]
    assert 0 < other < lost
    assert study.n_equilibria > 10


def test_who_averages_tolls_sends_the_wrong_cars_elsewhere(two_banks):
    """Each car of the town would be charged for a toll that it does not pay."""
    _, study = two_banks
    cars = study.plates.pivot_table(index="crossing_id", columns="plates", values="cars_vph")
    assert cars.loc["M", "averaged"] < cars.loc["M", "apart"] < cars.loc["M", "ignored"]


def test_an_option_is_financed_by_its_own_toll():
    case = tp.read_case("networks/two_banks")
    options = {"levels": [0, 10], "demands": ["fixed"], "tolerance_cny": NO_SEARCH}
    with Runner(case, processes=1) as runner:
        study = toll_study(case, runner, built=["middle-bridge"], **options)
        hour = runner.take([Variant(2035, ("middle-bridge",), plates=True)], toll_hour)
    assert study.year == 2035
    free, tolled = study.finance.sort_values("toll_cny").to_dict("records")
    assert free["pv_revenue_cny"] == 0.0
    assert 0 < tolled["pv_upkeep_cny"] < tolled["pv_cost_cny"]
    # By hand: level to 2035, then 1 % a year more, 30 years from 2029, 8 % from 2025.
    row = study.levels.set_index(["target", "toll_cny"]).loc[("N", 10.0)]
    years = np.arange(2029, 2059)
    grown = 1.01 ** np.maximum(years - 2035, 0) * 1.08 ** -(years - 2025.0)
    worth = row["revenue_cny_per_h"] * 8 * 330 * 0.99 * grown.sum()
    assert tolled["pv_revenue_cny"] == pytest.approx(worth, rel=1e-9)
    assert tolled["covered_share"] == pytest.approx(worth / tolled["pv_cost_cny"], rel=1e-9)
    assert set(next(iter(hour.values())).passages_vph.index) == {"E", "M", "N", "W"}


@pytest.mark.parametrize(
    ("elasticity", "diverted", "why"),
    [
        (np.nan, np.nan, ""),
        (-0.21, 0.9, ""),
        (-0.5, 0.9, ""),
        (-0.7, 0.9, "diverts"),
        (-0.7, 0.1, "given_up"),
        (-0.01, 0.9, "captive"),
        (0.2, np.nan, "rises"),
    ],
)
def test_elasticities_outside_the_band_say_why(elasticity, diverted, why):
    assert why_outside(elasticity, diverted) == why


def test_an_even_loss_is_even():
    clusters = pd.DataFrame(
        {"inhabitants": [100.0, 300.0, 0.0], "user_benefit_cny_per_year": [-1.0, -3.0, -9.0]}
    )
    assert uneven_share(clusters) == 0.0
    one_pays_all = clusters.assign(user_benefit_cny_per_year=[-4.0, 0.0, -9.0])
    assert uneven_share(one_pays_all) == pytest.approx(0.75)
    assert np.isnan(uneven_share(clusters.assign(user_benefit_cny_per_year=1.0)))


def test_a_search_stops_where_its_best_toll_is_the_highest():
    assert halved({0.0: 1.0, 5.0: 2.0}, 0.1) == []
    assert halved({0.0: 2.0, 5.0: 1.0}, 0.1) == [2.5]
    assert halved({0.0: 2.0, 0.1: 1.0}, 0.1) == []
