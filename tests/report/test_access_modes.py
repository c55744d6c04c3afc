"""Public transport, equity, life circles and the policy board in page, workbook, layers, record."""

import itertools
import json
import shutil

import geopandas as gpd
import openpyxl
import pytest

import transitplan as tp
from tests.appraisal.test_policy import ROWS, write
from transitplan.appraisal.policy import policy_board
from transitplan.appraisal.policy_measures import MEASURES
from transitplan.errors import ValidationError
from transitplan.report.policy import HOW_ZH

PLACES = """kind,name,name_zh,lon,lat,source,status
shop,Mill shop,磨坊商店,117.0,36.815,made up,assumed
clinic,Northgate clinic,北门卫生站,117.1,36.825,made up,assumed
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two banks with requirements and places, assessed and written."""
    top = tmp_path_factory.mktemp("access")
    for part in ("networks", "od_matrices"):
        shutil.copytree(f"{part}/two_banks", top / part / "two_banks")
    case = top / "networks" / "two_banks"
    write(case, ROWS)
    (case / "places.csv").write_text(PLACES, encoding="utf-8")
    settings = case / "case.toml"
    settings.write_text('places = "places.csv"\n' + settings.read_text(encoding="utf-8"))
    found = tp.assess(tp.read_case(case), gap=1e-4, processes=1)
    found.to_report(top / "out")
    return case, found, top / "out"


def test_every_table_is_written(folder):
    _, found, out = folder
    page = (out / "report.html").read_text(encoding="utf-8")
    for words in (
        "minutes by public transport",
        "公共交通分钟数",
        'id="equity"',
        'id="policy"',
        "A synthetic layer",
        "虚拟数据",
    ):
        assert words in page
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    names = {"door_to_door", "equity", "winners", "life_circles", "policy", "policy_not_computed"}
    assert names <= set(record)
    book = openpyxl.load_workbook(out / "tables.xlsx", read_only=True)
    assert names | {"lorenz"} <= set(book.sheetnames)
    lines = gpd.read_file(out / "results.gpkg", layer="cluster_pairs")
    assert len(lines) == len(found.modes.pairs) == len(record["door_to_door"])
    first = lines.iloc[0]
    assert first["transit_min"] == pytest.approx(record["door_to_door"][0]["transit_min"])


def test_the_board_is_that_of_the_study_without_closures(folder):
    case, found, _ = folder
    read = tp.read_case(case)
    with tp.Runner(read, gap=1e-4, processes=1) as runner:
        board = policy_board(read, runner, closures=False)
    assert board.values.equals(found.policy.values)
    shut = board.values[board.values["measure"] == "closure_minutes"]
    assert shut["value"].isna().all()


def test_the_map_has_both_isochrones(folder):
    _, found, out = folder
    table = found.isochrones.sort_values("within_min")
    for _, own in table.groupby("mode"):
        assert own["population"].is_monotonic_increasing
        for near, far in itertools.pairwise(own["geometry"]):
            assert near.within(far.buffer(0.002))  # outlines are true to 150 m
    assert set(table["mode"]) == {"car", "transit"}
    page = (out / "map.html").read_text(encoding="utf-8")
    assert "Reach from Northgate by public transport" in page
    assert "Reach from Northgate by car" in page


def test_every_measure_is_told_in_chinese():
    assert set(HOW_ZH) == set(MEASURES)


def test_a_bad_requirement_comes_before_the_work(folder, tmp_path):
    shutil.copytree(folder[0].parents[1], tmp_path / "all")
    case = tmp_path / "all" / "networks" / "two_banks"
    write(case, [("X1", "wrong", "sheep", "", "at most", "1")])
    with pytest.raises(ValidationError, match="measure 'sheep'"):
        tp.assess(tp.read_case(case), processes=1, progress=pytest.fail)


def test_without_public_transport_the_page_says_so(folder, tmp_path):
    shutil.copytree(folder[0].parents[1], tmp_path / "all")
    case = tmp_path / "all" / "networks" / "two_banks"
    shutil.rmtree(case / "2025" / "transit")
    (case / "policy.csv").unlink()
    found = tp.assess(tp.read_case(case), gap=1e-3, processes=1)
    found.to_report(tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "No public transport: the network has no timetable" in page
    assert 'id="equity"' in page
    assert 'id="policy"' not in page
