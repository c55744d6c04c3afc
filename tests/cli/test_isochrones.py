"""``transitplan access --isochrones`` as a user meets it."""

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import typer

import transitplan as tp
from tests.cli.test_verbs import run
from transitplan.cli.isochrones import Question, show_isochrones

TWO_BANKS = Path("networks/two_banks/2025")


def ask(place="1", mode="transit", minutes="15,30", window="7-9", barrier=None):
    return Question(place, mode, minutes, window, 50.0, barrier)


def test_areas_are_printed_and_written(tmp_path):
    river = tmp_path / "river.geojson"
    line = {"type": "LineString", "coordinates": [[116.8, 36.75], [117.5, 36.75]]}
    feature = {"type": "Feature", "properties": {"kind": "river"}, "geometry": line}
    river.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    out = tmp_path / "iso.geojson"
    asked = ("--isochrones", "C1", "--mode", "transit", "--minutes", "15,45", "--barrier", river)
    done = run("access", TWO_BANKS, *asked, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    assert f"written: {out}" in done.stderr
    rows = json.loads(done.stdout)
    assert [row["within_min"] for row in rows] == [45, 15]
    assert rows[0]["people"] > rows[1]["people"] > 0
    written = gpd.read_file(out)
    assert written.crs == "EPSG:4326"
    network = tp.read_network(TWO_BANKS)
    day = tp.compile_timetable(network.transit, network.transit.busiest("weekday"), network=network)
    barrier = shapely.transform(shapely.geometry.shape(line), network.to_metres, interleaved=False)
    found = tp.transit_isochrones(network, day, 1, (7, 9), minutes=[15, 45], barrier=barrier)
    apart = written.to_crs(network.crs).geometry.symmetric_difference(found.geometry).area
    assert (apart < 1e-4 * found.area).all()
    assert list(tmp_path.glob(".part*")) == []


@pytest.mark.parametrize("mode", ["car", "walk", "cycle"])
@pytest.mark.parametrize("place", ["m4", "11", "117.05,36.69"])
def test_every_mode_starts_from_every_kind_of_place(mode, place, capsys):
    show_isochrones(TWO_BANKS, ask(place, mode), out=None, as_json=False)
    assert f"Within reach of {place} by {mode}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("question", "error", "words"),
    [
        (ask(mode="ski"), typer.BadParameter, "use car, transit, walk, cycle"),
        (ask(minutes="ten"), typer.BadParameter, "'ten' is not like"),
        (ask(window="7"), typer.BadParameter, "give from and to in hours, as 7-9"),
        (ask(place="117,x"), typer.BadParameter, r"not like 117.05,36.69 \(longitude"),
        (ask(place="zz"), tp.NotFoundError, "'zz' is no cluster, zone, stop or node"),
        (ask(barrier=Path("nowhere")), tp.NotFoundError, "nowhere: no such file"),
        (ask(barrier=Path("README.md")), tp.ValidationError, "no GeoJSON with features"),
    ],
)
def test_wrong_questions_are_said(question, error, words):
    with pytest.raises(error, match=words):
        show_isochrones(TWO_BANKS, question, out=None, as_json=False)


def test_other_files_and_networks_without_transit_are_refused(tmp_path):
    with pytest.raises(tp.ValidationError, match=r"Name a \.geojson file"):
        show_isochrones(TWO_BANKS, ask(), out=tmp_path / "a.csv", as_json=False)
    with pytest.raises(tp.NotFoundError, match="Sioux Falls: no folder transit/"):
        show_isochrones(Path("networks/sioux_falls"), ask(), out=None, as_json=False)
