"""K-factors of a case: from its tables into the fit, the feedback and the forecast."""

import numpy as np
import pytest

import transitplan as tp
from tests.scenario.demand_case import MODEL, TABLES, demand_case
from transitplan.demand.travel import CAR
from transitplan.scenario.demand_build import build_demand_model
from transitplan.scenario.demand_fit import Fitting
from transitplan.scenario.demand_model import solve_demand

NORTH = "245"
HEAD = "purpose,from_group,to_group,factor,low,high,source,status\n"


def with_factor(folder, row):
    """The case with a factor between the zones of the group north and the rest."""
    lines = TABLES["zones"].strip().split("\n")
    groups = ["k_group", *("north" if line[0] in NORTH else "" for line in lines[1:])]
    zones = "\n".join(f"{line},{group}" for line, group in zip(lines, groups, strict=True)) + "\n"
    model = MODEL.replace('hour = "am"', 'k_factors = "k_factors.csv"\nhour = "am"')
    return demand_case(folder, "17 18", zones=zones, model=model, k_factors=HEAD + row + "\n")


def fitted(folder):
    case = tp.read_case(folder)
    built = build_demand_model(case, 2025, threads=1)
    fit = Fitting(case.demand_model.targets, built.km, case.demand_model.file.modes[CAR])
    return solve_demand(built.model, fit=fit, threads=1)


def test_one_changes_no_bit_and_less_keeps_people_on_their_side(tmp_path):
    plain = fitted(demand_case(tmp_path / "plain", "17 18"))
    one = fitted(with_factor(tmp_path / "one", "all,north,rest,1,0.1,1,,calibrated"))
    for period, demand in plain.demand.items():
        np.testing.assert_array_equal(one.demand[period].trips_vph, demand.trips_vph)
    half = fitted(with_factor(tmp_path / "half", "commute,rest,north,0.5,0.1,1,,calibrated"))
    assert half.status == "converged"
    over = np.isin([str(zone) for zone in plain.model.ends.zone_ids], list(NORTH))
    between = over[:, None] != over
    before, after = (run.travel.total for run in (plain, half))
    assert after[0][between].sum() < 0.85 * before[0][between].sum()
    assert after[1][between].sum() == pytest.approx(before[1][between].sum(), rel=0.05)
    np.testing.assert_allclose(after.sum(axis=2), before.sum(axis=2), rtol=1e-6)  # homes
    np.testing.assert_allclose(half.travel.shares().loc["commute", "car"], 0.28, atol=2e-3)


def test_a_later_year_has_them_too(tmp_path):
    case = tp.read_case(with_factor(tmp_path, "commute,rest,north,0.5,,,,assumed"))
    base, later = (build_demand_model(case, year).model.k_factors for year in (2025, 2035))
    assert list(later) == ["commute"]
    np.testing.assert_array_equal(later["commute"], base["commute"])
    assert sorted(np.unique(base["commute"])) == [0.5, 1.0]


def test_their_problems_stand_with_those_of_other_tables(tmp_path):
    folder = with_factor(tmp_path, "work,south,rest,0,,,,assumed")
    lengths = TABLES["lengths"].replace("other,9", "fun,9")
    (folder / "demand" / "lengths.csv").write_text(lengths.lstrip("\n"), encoding="utf-8")
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_case(folder)
    told = "\n".join(caught.value.problems)
    assert "k_factors.csv, column factor: line 2 is 0" in told
    assert "k_factors.csv, column from_group: line 2 is none of north, rest" in told
    assert "k_factors.csv, column purpose: line 2 is none of commute, other, all" in told
    assert "lengths.csv, column purpose: line 3 is no purpose" in told
