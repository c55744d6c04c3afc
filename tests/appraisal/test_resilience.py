"""Closures: shut is removed, expected losses by hand, cut-off trips apart, availability 1 is 0."""

import dataclasses
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.appraisal.closure_hours import Loss
from transitplan.appraisal.dangerous_goods import goods_times
from transitplan.appraisal.expected import expected_loss
from transitplan.appraisal.resilience import resilience
from transitplan.appraisal.worth import hour_totals, hour_worth
from transitplan.scenario.closure_states import Event, Level, closing
from transitplan.scenario.closures import CELL_HOURS, HOURS_PER_YEAR
from transitplan.scenario.run import Runner, whole
from transitplan.scenario.variants import Variant, variant_network

OPTION = "middle-tunnel"
VALUES = {"benefit_hours_per_day": 8.0, "days_per_year": 330.0, "night_hour_worth": 0.05}
MEAN = 8 * 330 / HOURS_PER_YEAR  # what an hour at any time is worth in peak hours


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def runner(case):
    with Runner(case, processes=1) as runner:
        yield runner


@pytest.fixture(scope="module")
def found(case, runner):
    return resilience(case, runner, options=[OPTION], critical=4)


def chance(hours):
    """Spread hours evenly over the year."""
    return np.full(CELL_HOURS.shape, hours / HOURS_PER_YEAR)


def test_two_independent_crossings_by_hand():
    """p₁(1−p₂)L₁ + p₂(1−p₁)L₂ + p₁p₂L₁₂, over all hours of the year."""
    events = [
        Event("one", (Level(closing("A"), chance(876.0)),), 0.5, 2.0),
        Event("other", (Level(closing("B"), chance(1752.0)),), 0.5, 2.0),
    ]
    losses = {
        closing("A"): Loss(1000.0, 0.0, 0.0),
        closing("B"): Loss(300.0, 2.0, 0.0),
        closing("AB"): Loss(5000.0, 50.0, 0.0),
    }
    p, q = 0.1, 0.2
    # evenly spread over day and night, so that each hour has the mean worth of its time of day
    expected = MEAN * HOURS_PER_YEAR * (p * (1 - q) * 1000 + q * (1 - p) * 300 + p * q * 5000)
    got = expected_loss(events, losses, VALUES)
    assert got.cny == pytest.approx(expected, rel=1e-12)
    lost = MEAN * HOURS_PER_YEAR * (q * (1 - p) * 2 + p * q * 50)
    assert got.unreachable == pytest.approx(lost, rel=1e-12)
    assert sum(got.by_cause_cny.values()) == pytest.approx(got.cny)
    low = expected_loss(events, losses, VALUES, end="low")
    p, q = 0.05, 0.1
    expected = MEAN * HOURS_PER_YEAR * (p * (1 - q) * 1000 + q * (1 - p) * 300 + p * q * 5000)
    assert low.cny == pytest.approx(expected, rel=1e-12)


def test_three_independent_crossings_are_exact_where_losses_interact_in_pairs():
    """Brute force over all eight states, the third order of the losses being nothing."""
    shares = {"A": 0.1, "B": 0.2, "C": 0.05}
    alone = {"A": 10.0, "B": 20.0, "C": 40.0}
    more = {("A", "B"): 7.0, ("A", "C"): -3.0, ("B", "C"): 100.0}

    def loss(names):
        return sum(alone[name] for name in names) + sum(
            more[pair] for pair in combinations(names, 2)
        )

    events = [Event(each, (Level(closing(each), chance(p * HOURS_PER_YEAR)),))
              for each, p in shares.items()]  # fmt: skip
    losses = {
        closing(names): Loss(loss(names), 0.0, 0.0)
        for size in (1, 2)
        for names in combinations("ABC", size)
    }
    brute = 0.0
    for size in range(4):
        for names in combinations("ABC", size):
            chances = [p if each in names else 1 - p for each, p in shares.items()]
            brute += float(np.prod(chances)) * loss(names)
    got = expected_loss(events, losses, VALUES)
    assert got.cny == pytest.approx(MEAN * HOURS_PER_YEAR * brute, rel=1e-12)


def test_levels_of_one_event_exclude_each_other():
    levels = (Level(closing("A"), chance(10.0)), Level(closing("AB"), chance(20.0)))
    losses = {closing("A"): Loss(1.0, 0, 0), closing("AB"): Loss(5.0, 0, 0)}
    got = expected_loss([Event("fog", levels)], losses, VALUES)
    assert got.cny == pytest.approx(MEAN * (10 * 1.0 + 20 * 5.0))
    assert got.overlaps_cny == 0.0


def test_a_crossing_shut_all_year_loses_its_yearly_benefit(case, runner):
    """The option shut for 8,760 h loses the annual benefit that it has when open."""
    base, built = runner.take([Variant(2035), Variant(2035, (OPTION,))], hour_totals).values()
    benefit = hour_worth(base, built) * 8 * 330
    event = Event("always", (Level(closing("N"), chance(HOURS_PER_YEAR)),))
    lost = resilience(case, runner, options=[OPTION], critical=0, most_pairs=0).singles
    row = lost[(lost["option_id"] == OPTION) & (lost["crossing_id"] == "N")].iloc[0]
    losses = {closing("N"): Loss(row["loss_cny_per_h"], 0.0, 0.0)}
    assert expected_loss([event], losses, case.values).cny == pytest.approx(benefit, rel=1e-4)


def test_a_closed_tunnel_is_the_network_without_it(case, runner):
    shut = Variant(2035, (OPTION,), closed=("N",))
    closed, removed = runner.take([shut, Variant(2035)], whole).values()
    for name in ("time_s", "distance_m", "toll_cny", "cost_s"):
        np.testing.assert_allclose(
            closed.class_totals[name], removed.class_totals[name], rtol=1e-4, atol=1e-3
        )
    links = variant_network(case, shut).links
    pd.testing.assert_frame_equal(links, removed.network.links, check_dtype=False)


def test_a_narrowed_crossing_keeps_a_share_of_its_capacity(case):
    variant = Variant(2025, closed=("W",), narrowed=(("M", 0.5),))
    half = variant_network(case, variant).links.set_index("link_id")
    assert half.loc[19, "lane_capacity_pceph"] == 750.0
    assert 17 not in half.index


def test_availability_one_is_no_closure_model(case):
    """A calendar whose hours are all nothing, and no calendar at all: the loss is exactly zero."""
    zero = case.closures.assign(hours=0.0, hours_low=0.0, hours_high=0.0)
    for calendar in (zero, case.closures.iloc[:0]):
        calm = dataclasses.replace(case, closures=calendar)
        with Runner(calm, processes=1) as own:
            calmly = resilience(calm, own, options=[], critical=0, most_pairs=0)
        assert calmly.annual[["loss_cny_per_year", "loss_low_cny"]].eq(0.0).all().all()
        assert calmly.annual["unreachable_per_year"].eq(0.0).all()
        assert calmly.states.empty


def test_cut_off_trips_are_counted_and_never_priced_as_a_gain(case, runner, found):
    """Without both bridges no truck crosses: all of theirs are counted, the rest still loses."""
    base = runner.take([Variant(2035)], whole)[Variant(2035)]
    demand = base.demand
    north = [zone in (1, 2, 3, 8) for zone in demand.zone_ids]
    apart = np.array(north)[:, None] != np.array(north)[None, :]
    trucks = [row for row, each in enumerate(demand.classes) if each.use == "truck"]
    expected = demand.trips_vph[trucks][:, apart].sum()
    pair = found.pairs.set_index(["option_id", "first", "second"]).loc[("none", "W", "E")]
    assert expected > 100
    assert pair["unreachable_vph"] == pytest.approx(expected)
    closed = runner.take([Variant(2035, closed=("E", "W"))], whole)
    assert closed[Variant(2035, closed=("E", "W"))].accounting["unreachable"] == pytest.approx(
        expected
    )
    assert pair["loss_cny_per_h"] > 0
    # Naive totals take the time that the missing trucks no longer drive for a saving.
    naive = -hour_worth(*(hour_totals(case, run) for run in (base, *closed.values())))
    assert pair["loss_cny_per_h"] > naive


def test_a_closure_costs_the_same_as_a_crossing_and_as_a_section(found):
    """Two ways through the code: shut as a variant, and as a section of the road network."""
    section = found.critical_links.set_index("crossing_id")["loss_cny_per_h"]
    single = found.singles[found.singles["option_id"] == "none"].set_index("crossing_id")
    assert section["E"] == pytest.approx(single.loc["E", "loss_cny_per_h"], rel=1e-6)


def test_more_closed_loses_more_here(found):
    """No law (Braess), but so in this case: two shut cost more than either."""
    single = found.singles[found.singles["option_id"] == "none"]
    alone = single.set_index("crossing_id")["loss_cny_per_h"]
    for row in found.pairs.itertuples():
        assert row.loss_cny_per_h > max(alone[row.first], alone[row.second])
        assert row.more_than_both_cny_per_h == pytest.approx(
            row.loss_cny_per_h - alone[row.first] - alone[row.second]
        )


def test_the_annual_table_adds_up(found):
    annual = found.annual.set_index("option_id")
    states = found.states.groupby("option_id")["loss_cny_per_year"].sum()[annual.index]
    total = states + annual["of_overlaps_cny"]
    pd.testing.assert_series_equal(total, annual["loss_cny_per_year"], check_names=False)
    by_cause = found.causes.groupby("option_id")["loss_cny_per_year"].sum()[annual.index]
    pd.testing.assert_series_equal(by_cause, annual["loss_cny_per_year"], check_names=False)
    assert annual.loc["none", "saved_cny_per_year"] == 0.0
    saved = annual["loss_cny_per_year"]["none"] - annual["loss_cny_per_year"][OPTION]
    assert annual.loc[OPTION, "saved_cny_per_year"] == pytest.approx(saved)
    assert (annual["loss_low_cny"] < annual["loss_cny_per_year"]).all()
    assert (annual["loss_cny_per_year"] < annual["loss_high_cny"]).all()


def test_minutes_and_policy_follow_from_whole_runs(case, runner, found):
    base, closed = runner.take([Variant(2035), Variant(2035, closed=("W",))], whole).values()
    rows = found.minutes.set_index(["option_id", "state", "origin_id", "destination_id"])
    zone = case.network.clusters.set_index("cluster_id")["zone_id"]
    added = (closed.peak_time_s - base.peak_time_s).loc[zone["C1"], zone["H1"]] / 60
    assert rows.loc[("none", "W", "C1", "H1"), "added_min"] == pytest.approx(added)
    worst = found.policy.set_index(["option_id", "cluster_id"]).loc[("none", "C1")]
    own = found.minutes[
        (found.minutes["option_id"] == "none") & found.minutes["state"].isin(["W", "M", "E"])
    ]
    own = own[
        own[["origin_id", "destination_id"]].isin(["C1"]).any(axis=1)
        & own[["origin_id", "destination_id"]].isin(["H1"]).any(axis=1)
    ]
    assert worst["added_min"] == own["added_min"].max()
    assert worst["met"] == (own["added_min"].max() < 15.0)


def test_dangerous_goods_go_round_the_tunnel(case, runner):
    """From Mill Town to Old Port: over the west bridge on paper, cars through the tunnel."""
    run = runner.take([Variant(2025)], whole)[Variant(2025)]
    table = goods_times(case, run).set_index(["origin_id", "destination_id"])
    row = table.loc[("C1", "C4")]
    km = {"connectors": 2.16 + 2.16, "bridge": 11.1, "south": 4.69}
    assert row["free_km"] == pytest.approx(sum(km.values()))
    by_hand = 60 * (4.32 / 30 + 11.1 / 60 + 4.69 / 48)
    assert row["free_min"] == pytest.approx(by_hand)
    west = variant_network(case, Variant(2025, closed=("E",)))
    flows = run.flows[run.flows["link_id"].isin(west.links["link_id"])]
    alone = goods_times(case, dataclasses.replace(run, network=west, flows=flows))
    both_shut = tp.close_crossing(west, "W", reason="test")
    flows = run.flows[run.flows["link_id"].isin(both_shut.links["link_id"])]
    cut_off = goods_times(case, dataclasses.replace(run, network=both_shut, flows=flows))
    pair = cut_off.set_index(["origin_id", "destination_id"]).loc[("C1", "C4")]
    assert np.isinf(pair["free_min"])
    assert np.isfinite(pair["car_peak_min"])
    assert np.isfinite(alone["free_min"]).all()


def test_options_change_the_detour_only_where_they_let_dangerous_goods_in(case, runner):
    options = ["middle-bridge", OPTION]
    table = resilience(case, runner, options=options, critical=0, most_pairs=0).dangerous_goods
    rows = table[(table["state"] == "")].set_index(["option_id", "origin_id", "destination_id"])
    ends = ("C2", "C4")
    assert rows.loc[(OPTION, *ends), "free_min"] == rows.loc[("none", *ends), "free_min"]
    assert rows.loc[("middle-bridge", *ends), "free_min"] < rows.loc[("none", *ends), "free_min"]


def test_equilibria_are_counted(case):
    with Runner(case, processes=1) as own:
        found = resilience(case, own, options=[], critical=0)
    # open; W, M, E; three pairs; one narrowed state (wind)
    assert found.equilibria == 1 + 3 + 3 + 1
    assert found.notes == ()


def test_pairs_left_out_are_told(case, runner):
    found = resilience(case, runner, options=[], critical=0, most_pairs=1)
    assert len(found.pairs) == 1
    assert found.notes == ("none: 2 pairs of crossings were not shut together.",)
