"""The policy board: measures by hand on two banks, bad rows named, the shipped board complete."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import shapely

import transitplan as tp
from tests.demand_record import MODES, write_record
from transitplan.appraisal.policy import COLUMNS, policy_board, read_policy
from transitplan.appraisal.policy_facts import Facts, rail_lines, stops_of
from transitplan.appraisal.policy_measures import MEASURES
from transitplan.scenario.case import Year

ROWS = [
    ("P1", "slowest", "worst_minutes", "mode=car;from=clusters;to=clusters", "at most", "15"),
    ("P2", "transit", "worst_minutes", "mode=transit;from=clusters;to=clusters", "at most", "60"),
    ("P3", "best", "worst_minutes", "mode=best;from=clusters;to=clusters", "at most", "60"),
    ("P4", "inside", "share_inside", "class=car_commute;from=clusters", "at least", "0.1"),
    ("P5", "near", "share_within", "class=car_commute;from=clusters;minutes=1000", "at least", "1"),
    ("P6", "co2", "co2_per_head", "", "report", ""),
    ("P7", "open", "crossings_open", "km_from=-99;km_to=99", "at least", "3"),
    ("P8", "shut", "closure_minutes", "from=clusters;to=clusters", "at most", "1"),
    ("P9", "bus class", "share_inside", "class=bus;from=clusters", "at least", "0.1"),
    ("P10", "greenways", "", "", "", ""),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    top = tmp_path_factory.mktemp("policy")
    shutil.copytree("networks/two_banks", top / "networks" / "two_banks")
    shutil.copytree("od_matrices/two_banks", top / "od_matrices" / "two_banks")
    write(top / "networks" / "two_banks", ROWS)
    return top / "networks" / "two_banks"


def write(folder, rows):
    frame = pd.DataFrame("", index=range(len(rows)), columns=list(COLUMNS))
    for i, (requirement, name, measure, arguments, sense, target) in enumerate(rows):
        values = {
            "requirement": requirement,
            "name": name,
            "measure": measure,
            "arguments": arguments,
            "sense": sense,
            "target": target,
            "why": "" if measure else "no data",
        }
        frame.loc[i, list(values)] = list(values.values())
    frame.to_csv(folder / "policy.csv", index=False)


@pytest.fixture(scope="module")
def board(folder):
    case = tp.read_case(folder)
    with tp.Runner(case, processes=1) as runner:
        return case, policy_board(case, runner)


def of(board, requirement, year=2025):
    rows = board[1].values.set_index(["requirement", "year"])
    return rows.loc[requirement, year]


def test_minutes_are_those_of_the_assessment(board):
    case = board[0]
    network, demand = case.version(2025).network, case.demand(2025)
    roads = tp.compile_road(network)
    found = tp.assign(roads, demand, gap=1e-8)
    times = tp.skim(roads, ["time_s"], times_s=found.time_s)["time_s"]
    clusters = network.clusters[network.clusters["kind"] == "cluster"]
    minutes = tp.cluster_times(times, network.clusters)[clusters["cluster_id"]]
    apart = ~np.eye(len(minutes), dtype=bool)
    row = of(board, "P1")
    assert row["value"] == pytest.approx(minutes.to_numpy()[apart].max(), rel=1e-5)
    start, end = row["detail"].split(" → ")
    assert minutes.loc[start, end] == pytest.approx(row["value"], rel=1e-5)
    assert row["met"] == ("yes" if row["value"] <= 15 else "no")


def test_transit_is_never_better_than_the_best_of_both(board):
    assert of(board, "P3")["value"] <= of(board, "P2")["value"]
    assert of(board, "P3")["value"] <= of(board, "P1")["value"]


def test_shares_by_hand(board):
    case = board[0]
    trips = case.demand(2025).matrix("car_commute")
    home = case.network.zones.set_index("zone_id")["super_zone"]
    starts = [zone for zone in trips.index if str(home[zone]).startswith("C")]
    own = sum(trips.loc[a, b] for a in starts for b in trips.columns if home[a] == home[b])
    total = trips.loc[starts].to_numpy().sum()
    assert of(board, "P4")["value"] == pytest.approx(own / total)
    assert of(board, "P5")["value"] == pytest.approx(1.0)
    assert of(board, "P5")["met"] == "yes"
    assert np.isnan(of(board, "P9")["value"])
    assert of(board, "P9")["detail"] == "the demand has no class bus"
    assert of(board, "P9")["met"] == ""


def test_a_closure_adds_what_a_run_without_the_crossing_adds(board):
    case = board[0]
    row = of(board, "P8")
    crossing = row["detail"].split(" ")[0]
    runs = []
    for network in (case.network, tp.close_crossing(case.network, crossing, reason="test")):
        roads = tp.compile_road(network)
        found = tp.assign(roads, case.demand(2025), gap=1e-8)
        times = tp.skim(roads, ["time_s"], times_s=found.time_s)["time_s"]
        runs.append(tp.cluster_times(times, network.clusters))
    more = (runs[1] - runs[0]).to_numpy().max()
    assert row["value"] == pytest.approx(more, abs=1e-3)


def test_what_has_no_measure_says_why(board):
    assert board[1].not_computed["why"].tolist() == ["no data"]
    assert len(board[1].values) == 2 * (len(ROWS) - 1)


def test_every_problem_of_the_file_is_named(tmp_path, folder):
    copy = tmp_path / "networks" / "two_banks"
    shutil.copytree(folder, copy)
    write(
        copy,
        [
            ("A", "a", "worst_minuts", "", "at most", "1"),
            ("B", "b", "worst_minutes", "from=clusters;to=X9", "at most", ""),
            ("C", "c", "co2_per_head", "", "below", "one"),
            ("D", "d", "worst_minutes", "mode=transt;to=C1", "report", ""),
            ("E", "e", "life_circle", "minutes=20", "report", ""),
            ("F", "f", "worst_minutes", "from=C1;to=C1", "report", ""),
            ("", "", "", "", "", ""),
        ],
    )
    text = (copy / "policy.csv").read_text(encoding="utf-8").replace("no data", "")
    (copy / "policy.csv").write_text(text, encoding="utf-8")
    with pytest.raises(tp.ValidationError) as caught:
        read_policy(tp.read_case(copy))
    told = str(caught.value)
    for words in (
        "line 2: measure 'worst_minuts': use",
        "line 3: sense 'at most' needs a target",
        "line 3: arguments, to: 'X9' is no cluster or hub",
        "line 4: sense 'below': use at most, at least, report",
        "line 4: target 'one' is not a number",
        "line 5: arguments: worst_minutes needs from; write from=…",
        "line 5: arguments, mode: 'transt': use car, truck, transit, best",
        "line 6: arguments, minutes: '20': use 5, 10, 15",
        "line 7: arguments: from and to are both C1, which leaves no pair",
        "line 8: requirement and name must be filled",
        "line 8: without a measure, say why not",
    ):
        assert words in told


def test_the_shipped_board_names_every_requirement_of_the_policy():
    rows = read_policy(tp.read_case("networks/jinan"))
    assert {f"T{i}" for i in range(1, 20)} <= set(rows["requirement"])
    assert set(rows["measure"]) - {""} <= set(MEASURES)
    assert (rows["source"] != "").all()
    asked = rows[rows["sense"].isin(["at most", "at least"])]
    assert set(asked["target_status"]) <= {"stated", "plan", "proposal"}


def test_rail_lines_and_stations_of_a_feed():
    network = tp.read_network("networks/two_banks/2025")
    lines, stops = rail_lines(network), stops_of(network, rail_only=False)
    kinds = network.transit.routes.set_index("route_id")["route_type"].astype(int)
    assert set(lines.index) == set(kinds.index[kinds.isin([0, 1, 2])])
    assert all(isinstance(line, shapely.LineString) for line in lines)
    assert len(stops) == network.transit.stop_times["stop_id"].nunique()
    assert set(stops_of(network, rail_only=True)["stop_id"]) <= set(stops["stop_id"])


@pytest.mark.parametrize(
    ("low", "high", "lines"), [(0, 12, 1), (9, 11, 1), (4, 9.5, 0), (100, 120, 0)]
)
def test_rail_over_a_reach_is_found_by_its_kilometre(board, low, high, lines):
    """The metro of two banks goes over the river at crossing M, kilometre 10."""
    case = board[0]
    facts = Facts(case, 2025, SimpleNamespace(network=case.version(2025).network))
    found = MEASURES["rail_crossings"](facts, {"km_from": str(low), "km_to": str(high)})
    assert found.value == lines


def test_pairs_that_never_had_a_way_lose_nothing(board):
    case = board[0]
    clusters = [str(each) for each in case.network.clusters["cluster_id"]]
    open_ = pd.DataFrame(10.0, index=clusters, columns=clusters)
    open_.iloc[0, 1] = np.inf
    shut = open_.copy()
    shut.iloc[0, 2] = 40.0
    hour = SimpleNamespace(network=case.network, minutes={"car": open_})
    facts = Facts(case, 2025, hour, {"M": shut})
    ends = " ".join(clusters[:3])
    found = MEASURES["closure_minutes"](facts, {"from": ends, "to": ends})
    assert found.value == 30.0


def test_the_docs_list_every_measure():
    text = Path("docs/policy.md").read_text(encoding="utf-8")
    for name in MEASURES:
        assert f"`{name}`" in text


@pytest.mark.parametrize(
    ("modes", "told"),
    [
        ("walk ebike transit", "walk 32%, ebike 26%, transit 16%"),
        ("walk ebike transit car car_passenger", None),
        ("tram", "the demand model has no mode tram"),
    ],
)
def test_mode_shares_are_those_of_all_trips(board, tmp_path, modes, told):
    """Trips of the made-up record by hand: 12.4 million a day, by purpose times share."""
    case = replace(board[0], years={2035: Year(demand=str(tmp_path / "2035.omx"))}, base_year=2035)
    facts = Facts(case, 2035, SimpleNamespace(network=case.network))
    assert MEASURES["mode_share"](facts, {"modes": modes}).detail.startswith("no demand model")
    write_record(tmp_path)
    facts = Facts(case, 2035, SimpleNamespace(network=case.network))
    found = MEASURES["mode_share"](facts, {"modes": modes})
    purposes = (6.0, 2.4, 4.0)
    if modes == "tram":
        assert found.value is None
    else:
        by_hand = sum(
            trips * share
            for mode in modes.split()
            for trips, share in zip(purposes, MODES[mode], strict=True)
        )
        assert found.value == pytest.approx(by_hand / sum(purposes))
    assert told is None or found.detail == told
