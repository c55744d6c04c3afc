"""``transitplan closures``: what is shut, files, and words for what is wrong."""

import json

import pandas as pd
import pytest

import transitplan as tp
from tests.cli.running import transitplan

CASE = ("networks/two_banks/2025", "od_matrices/two_banks/2025_am.omx")


def ranked(*options):
    done = transitplan("closures", *CASE, "--json", *options)
    assert done.code == 0, done.stderr
    return json.loads(done.stdout)


def test_crossings_alone_and_at_once_are_those_of_python():
    found = ranked("--each-crossing", "--crossings", "M+E")["ranked"]
    assert {row["closure"] for row in found} == {"M", "E", "W", "M+E"}
    network = tp.read_network(CASE[0])
    table = network.links
    shut = [
        table.loc[table["crossing_id"].isin(row["closure"].split("+")), "link_id"] for row in found
    ]
    expected = tp.rank_closures(tp.compile_road(network), tp.read_demand(CASE[1]), shut)
    assert [row["added_h"] for row in found] == pytest.approx(expected["added_h"].tolist())
    both = next(row for row in found if row["closure"] == "M+E")
    assert both["added_h"] > max(row["added_h"] for row in found if row is not both) > 0


def test_all_roads_at_the_times_of_an_assignment_into_files(tmp_path):
    times, out, page = (tmp_path / name for name in ("flows.csv", "all.gpkg", "map.html"))
    network, demand = tp.read_network(CASE[0]), tp.read_demand(CASE[1])
    found = tp.assign(tp.compile_road(network), demand, gap=1e-4)
    found.to_frame().sample(frac=1.0, random_state=1).to_csv(times, index=False)
    record = ranked("--times", times, "--out", out, "--map", page, "--top", "3")
    import geopandas as gpd

    table = gpd.read_file(out)
    assert len(table) == record["closures"] > len(record["ranked"]) == 3
    assert (table["trips_vph"] > 0).all()
    assert set(table.geometry.geom_type) == {"MultiLineString"}
    expected = tp.rank_closures(tp.compile_road(network), demand, [[1]], times_s=found.time_s)
    row = table.set_index("closure").loc["1"]
    assert row["added_h"] == pytest.approx(expected["added_h"].iloc[0])
    words = page.read_text(encoding="utf-8")
    assert "Hours added when it is shut" in words
    assert "关闭时增加的车时" in words


def test_both_ways_shut_a_street_once_and_a_toll_shuts_nothing(tmp_path):
    out = tmp_path / "streets.csv"
    found = ranked("--links", "1,2", "--both-ways", "--out", out)
    assert [(row["closure"], row["link_ids"]) for row in found["ranked"]] == [("1", "1 2")]
    assert pd.read_csv(out)["trips_vph"].iloc[0] == pytest.approx(found["ranked"][0]["trips_vph"])
    dearer = ranked("--links", "1,2", "--both-ways", "--toll", "1")["ranked"][0]
    assert 0 < dearer["added_h"] < found["ranked"][0]["added_h"]
    assert dearer["cut_off_vph"] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--crossings", "M+Q"), "no link has the crossing_id Q"),
        (("--links", "1,999"), "no link has the link_id 999"),
        (("--out", "x.xls"), "ends in .csv or .gpkg"),
        (("--map", "x.pdf"), "ends in .html"),
        (("--times", "nowhere.csv"), "no such file"),
        (("--links", "1", "--toll", "-3"), "give 0 or more"),
    ],
)
def test_what_is_wrong_is_said(options, message):
    done = transitplan("closures", *CASE, *options)
    assert done.code == 2
    assert message in " ".join(done.stderr.split())


def test_times_of_another_network_name_the_links_without_one(tmp_path):
    path = tmp_path / "times.csv"
    path.write_text("link_id,time_s\n1,60\n")
    done = transitplan("closures", *CASE, "--times", path)
    assert done.code == 2
    assert "no time_s for 39 of 40 links" in " ".join(done.stderr.split())
