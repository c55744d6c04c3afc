"""Trips that answer by mode and destination: a closed form, a fixed point, files refused."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

import transitplan as tp
from transitplan.demand.response import Response
from transitplan.io import write_demand
from transitplan.io.text import write_whole
from transitplan.model.cases import two_routes
from transitplan.model.demand import Demand, UserClass
from transitplan.model.edits import set_columns
from transitplan.scenario.case import Year
from transitplan.scenario.induced import solve_induced
from transitplan.scenario.response import (
    COLUMNS,
    SHARE,
    ResponsePaths,
    has_response,
    read_response,
    response_paths,
)
from transitplan.scenario.run import Runner, solve_variant, whole
from transitplan.scenario.variants import Variant
from transitplan.units import SECONDS_PER_MINUTE

BRIDGE = ("middle-bridge",)
KINDS = ("modes", "destinations")


def write_response(response: Response, demand: Path, *, made_from: str = "") -> ResponsePaths:
    """Write the response of a demand beside it; the rules are those of all its years."""
    paths = response_paths(demand)
    paths.rules.parent.mkdir(parents=True, exist_ok=True)
    classes = tuple(UserClass(f"{SHARE}{name}") for name in response.shares)
    shares = np.stack(list(response.shares.values()))
    write_demand(
        Demand(response.zone_ids, classes, shares, paths.shares.stem, made_from), paths.shares
    )
    rows = [
        (
            name,
            *(
                each[name] * SECONDS_PER_MINUTE
                for each in (response.scale_per_s, response.deterrence_per_s)
            ),
        )
        for name in response.shares
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).round(12)
    write_whole(paths.rules, lambda part: table.to_csv(part, index=False, lineterminator="\n"))
    return paths


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def runs(case):
    with Runner(case, processes=1) as runner:
        wanted = [Variant(2035), Variant(2035, BRIDGE)]
        wanted += [Variant(2035, BRIDGE, response=kind) for kind in KINDS]
        return runner.take(wanted, whole)


def test_one_pair_meets_where_supply_crosses_demand():
    """Two routes whose capacity doubles: a trip took 750 + 0.3 T s, and takes 750 + 0.15 T s."""
    network, demand = two_routes()
    capacity = network.links["lane_capacity_pceph"]
    wide = set_columns(network, {"lane_capacity_pceph": 2 * capacity}, reason="twice as wide")
    base = tp.assign(tp.compile_road(network), demand, tp.PathBased(), gap=1e-12)
    name, share, scale = demand.classes[0].name, 0.4, 0.06 / 60
    shares = np.where(demand.trips_vph[0] > 0, share, 0.0)
    response = Response(demand.zone_ids, {name: shares}, {name: scale}, {name: scale})
    found = solve_induced(tp.compile_road(wide), demand, response, "modes", base, gap=1e-10)
    assert found.gap <= 1e-8

    def excess(trips):
        """Trips that the time of so many would make, less these."""
        grown = np.exp(scale * (1650.0 - (750.0 + 0.15 * trips)))
        return 3000.0 * grown / (1 - share + share * grown) - trips

    exact = brentq(excess, 3000.0, 6000.0, rtol=1e-12)
    assert exact > 3200.0
    assert found.found.demand.total_vph == pytest.approx(exact, rel=1e-7)
    grown = np.exp(scale * (900.0 - 0.15 * exact))
    logsum = 3000.0 / share * np.log(1 - share + share * grown) / scale
    assert found.surplus_s.tolist() == pytest.approx([logsum], rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_trips_are_those_that_the_final_costs_call_for(case, runs, kind):
    base, run = runs[Variant(2035)], runs[Variant(2035, BRIDGE, response=kind)]
    assert run.demand_gap <= 1e-6
    assert run.relative_gap <= 1e-8
    response = read_response(case, 2035)
    assert run.cost_error_cny_per_h > 0
    for each in base.demand.classes:
        before, after = (every.demand.matrix(each.name).to_numpy() for every in (base, run))
        share = response.shares.get(each.name, np.zeros_like(before))
        fixed = share == 0
        assert (before[fixed] == after[fixed]).all()
        if each.name == "truck":
            assert fixed.all()
            continue
        zones = base.demand.zone_ids
        change = (run.cost_s[each.name] - base.cost_s[each.name]).loc[zones, zones].to_numpy()
        grown = np.exp(-response.scale_per_s[each.name] * change)
        factor = grown / (1 - share + share * grown)
        asked = ~fixed & (before > 0)
        persons = [np.divide(trips, part, out=np.zeros_like(before), where=asked)
                   for trips, part in ((before, share), (after, share * factor))]  # fmt: skip
        if kind == "modes":
            np.testing.assert_allclose(persons[1], persons[0], rtol=1e-4)
        for axis in (0, 1):
            sums = [each.sum(axis=axis) for each in persons]
            np.testing.assert_allclose(sums[1], sums[0], rtol=1e-4)


def test_a_bridge_draws_cars_and_answers_stand_in_order(runs):
    """Who may also go elsewhere drives more over the river than who may only change mode."""
    fixed, modes, destinations = (
        runs[variant]
        for variant in (
            Variant(2035, BRIDGE),
            *(Variant(2035, BRIDGE, response=kind) for kind in KINDS),
        )
    )
    assert fixed.demand_gap == 0.0
    assert fixed.demand.total_vph < modes.demand.total_vph
    over = [run.flows["flow_vph"].iloc[-2:].sum() for run in (fixed, modes, destinations)]
    assert over == sorted(over)
    assert over[0] < over[1]
    for run in (modes, destinations):
        parts = [run.accounting[name] for name in ("assigned", "intrazonal", "unreachable")]
        assert sum(parts) == pytest.approx(run.demand.total_vph, rel=1e-12)


def test_with_nothing_built_nothing_answers(case):
    base = solve_variant(case, Variant(2035))[1]
    run, _ = solve_variant(case, Variant(2035, response="destinations"), start=base)
    np.testing.assert_allclose(run.demand.trips_vph, base.demand.trips_vph, rtol=1e-5)
    with pytest.raises(ValueError, match="needs the equilibrium of its base"):
        solve_variant(case, Variant(2035, response="modes"))


def test_a_variant_says_how_it_answers():
    assert Variant(2035, BRIDGE, response="modes").name == "middle-bridge 2035, modes answer"
    assert Variant(2035, BRIDGE, response="modes").base == Variant(2035)
    for wrong in ({"response": "all"}, {"response": "modes", "elasticity": -0.3},
                  {"response": "modes", "plates": True}):  # fmt: skip
        with pytest.raises(ValueError, match="response"):
            Variant(2035, **wrong)


@pytest.fixture
def own(case, tmp_path):
    """Return the case with its demand in a folder of its own, without responses."""
    for year in case.years:
        shutil.copy(case.demand_path(year), tmp_path)
    years = {year: Year(demand=str(tmp_path / f"{year}_am.omx")) for year in case.years}
    return replace(case, years=years)


def test_a_response_comes_back_as_it_was_written(case, own):
    assert has_response(case)
    assert not has_response(own)
    given = read_response(case, 2025)
    for year in own.years:
        write_response(given, own.demand_path(year))
    assert has_response(own)
    found = read_response(own, 2035)
    for name, share in given.shares.items():
        assert (found.shares[name] == share).all()
        assert found.scale_per_s[name] == pytest.approx(given.scale_per_s[name], rel=1e-9)


def test_no_response_says_which_command_writes_it(own):
    with pytest.raises(
        tp.NotFoundError, match=r"2025_am_response.omx and .*response.csv: no such "
    ):
        read_response(own, 2025)
    with pytest.raises(tp.NotFoundError, match="Run `transitplan demand networks/two_banks`"):
        read_response(own, 2025)


def test_wrong_files_are_refused_with_every_problem(case, own):
    given = read_response(case, 2025)
    paths = response_paths(own.demand_path(2025))
    write_response(given, own.demand_path(2025), made_from="0123456789abcdef")
    with pytest.raises(tp.ValidationError, match="made from other inputs than") as caught:
        read_response(own, 2025)
    assert "response.omx" in str(caught.value)
    write_response(given, own.demand_path(2025))
    rules = pd.read_csv(paths.rules)
    rules.assign(scale_per_min=["x", 0.05, 0.05], deterrence_per_min=[0.1, None, 0.01]).to_csv(
        paths.rules, index=False
    )
    with pytest.raises(tp.ValidationError) as caught:
        read_response(own, 2025)
    assert len(caught.value.problems) == 2
    assert all("response.csv, column " in text for text in caught.value.problems)
    rules.assign(class_name=["car_commute", "car_business", "tram"]).to_csv(
        paths.rules, index=False
    )
    with pytest.raises(tp.ValidationError) as caught:
        read_response(own, 2025)
    assert [text.split(": ", 1)[1][:38] for text in caught.value.problems] == [
        "response: class car_other has shares b",
        "response: tram have a scale but no sha",
    ]
