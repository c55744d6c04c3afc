import subprocess
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.scenario import solve as runs_of_cases
from transitplan.scenario.run import Runner, run_options, whole
from transitplan.scenario.variants import Variant


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def runs(case):
    return run_options(case, processes=1)


def test_results_do_not_depend_on_the_number_of_processes(case, runs):
    again = run_options(case, processes=2)
    assert list(again) == list(runs)
    for key, run in runs.items():
        pd.testing.assert_frame_equal(again[key].flows, run.flows)
        assert again[key].relative_gap == run.relative_gap


def test_a_script_without_a_main_guard_can_run_it():
    script = """
import transitplan as tp
from transitplan.scenario.run import run_options
print(len(run_options(tp.read_case("networks/two_banks"), processes=2)))
"""
    done = subprocess.run(
        [sys.executable], input=script, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "6", done.stderr


def test_every_equilibrium_reaches_its_gap_and_loses_no_trip(runs):
    for run in runs.values():
        assert run.relative_gap <= 1e-6
        parts = [run.accounting[name] for name in ("assigned", "intrazonal", "unreachable")]
        assert sum(parts) == pytest.approx(run.accounting["demand"], rel=1e-12)


def test_a_tunnel_that_bans_trucks_carries_none(runs):
    flows = runs["middle-tunnel", 2025].flows
    assert flows.iloc[-2:]["flow_truck_vph"].sum() == 0
    assert flows.iloc[-2:]["flow_vph"].sum() > 1000


def test_totals_by_link_agree_with_totals_by_pair(case, runs):
    """Generalised cost summed over links is that summed over pairs, up to the gap."""
    demand = tp.read_demand(case.demand_path(2025))
    run = runs["none", 2025]
    by_link = run.class_totals.set_index("class_name")["cost_s"]
    for each, trips in zip(demand.classes, demand.trips_vph, strict=True):
        cost = run.cost_s[each.name].loc[demand.zone_ids, demand.zone_ids].to_numpy()
        by_pair = float((trips * cost).sum())
        assert by_link[each.name] == pytest.approx(by_pair, rel=1e-4)
        assert by_link[each.name] >= by_pair * (1 - 1e-12)  # no route beats the best one


def test_free_times_are_never_above_peak_times(runs):
    for run in runs.values():
        slack = run.peak_time_s.to_numpy() - run.free_time_s.to_numpy()
        assert (slack >= -1e-6).all()


def test_the_progress_is_told_for_each_run(case):
    told = []
    run_options(case, options=["none"], processes=1, progress=lambda *step: told.append(step))
    assert told == [(1, 2, "none 2025"), (2, 2, "none 2035")]
    assert np.isfinite(case.parameter("discount_rate"))


def test_several_things_are_taken_at_one_solving():
    case = tp.read_case("networks/two_banks")
    variants = [Variant(2025), Variant(2025, ("middle-bridge",))]
    with Runner(case, processes=1) as runner:
        names, gaps = runner.take_each(variants, [_name, _gap])
        assert runner.solved == 2
        assert runner.take(variants, _gap) == gaps
        assert runner.solved == 2
    assert names == {variant: variant.name for variant in variants}
    assert all(gap <= 1e-8 for gap in gaps.values())


def _name(case, run):
    del case
    return run.name


def _gap(case, run):
    del case
    return run.relative_gap


def test_a_gap_that_is_not_reached_names_the_option_and_year(case, monkeypatch):
    monkeypatch.setattr(runs_of_cases, "assign", partial(runs_of_cases.assign, max_iterations=1))
    with (
        Runner(case, processes=1) as runner,
        pytest.raises(tp.ConvergenceError, match=r"^none 2035: assign: .* a larger --gap\."),
    ):
        runner.take([Variant(2035)], whole)
