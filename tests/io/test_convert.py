"""From any format to any other: what is held stays, what is not is said on stderr."""

import itertools
from functools import cache

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import transitplan as tp
from transitplan.cli.main import app
from transitplan.graph.road import free_time_s

SOURCE = "networks/two_banks/2025"
WHOLE = ("", ".gpkg", ".graphml", ".geojson")  # formats that hold a network as it is
PARTLY = (".shp", ".tntp")
DEMAND = (".omx", ".csv", ".tntp")


def convert(*words):
    done = CliRunner().invoke(app, ["convert", *(str(word) for word in words)])
    assert done.exit_code == 0, done.output
    return done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The network in each format, written from the GMNS folder."""
    folder = tmp_path_factory.mktemp("formats")
    found = {}
    for suffix in (*WHOLE, *PARTLY):
        found[suffix] = folder / f"town{suffix}"
        convert(SOURCE, found[suffix])
    return found


@cache
def read_once(path):
    return tp.read_network(path)


def roads(network):
    """What every format holds, in the order of the links: places, length, time, capacity."""
    nodes = network.nodes.set_index("node_id")
    links = network.links
    columns = [
        nodes.loc[links[end], place].to_numpy()
        for end in ("from_node_id", "to_node_id")
        for place in ("x_m", "y_m")
    ]
    columns += [links["length_m"], free_time_s(links), links["toll_cny"]]
    columns += [
        links["lane_capacity_pceph"] * links["lanes"],
        links["vdf_alpha"],
        links["vdf_beta"],
    ]
    return np.stack([np.asarray(column, dtype=float) for column in columns])


@pytest.mark.parametrize(
    ("source", "target"), list(itertools.product((*WHOLE, *PARTLY), repeat=2)), ids=str
)
def test_any_network_to_any(source, target, made, tmp_path):
    said = convert(made[source], tmp_path / f"out{target}")
    before, after = read_once(made[source]), tp.read_network(tmp_path / f"out{target}")
    np.testing.assert_allclose(roads(after), roads(before), rtol=1e-12, atol=1e-6)
    assert after.crs == before.crs
    assert len(after.zones) == len(before.zones) == 8
    if target in WHOLE:
        assert "not in this format" not in said
    if target in WHOLE and source != ".tntp":  # whose speed and link_type nobody understands
        assert after.version == before.version
    if source in WHOLE and target in PARTLY:
        assert "not in this format" in said
        assert "crossing.csv" in said


def test_a_shapefile_holds_links_with_names_and_uses(made):
    before, after = tp.read_network(SOURCE), tp.read_network(made[".shp"])
    for column in ("link_id", "name", "name_zh", "lanes", "structure", "crossing_id", "toll_cny"):
        assert after.links[column].tolist() == before.links[column].tolist(), column
    assert after.nodes["name_zh"].tolist() == before.nodes["name_zh"].tolist()
    tables = {"node": before.nodes, "link": before.links, "zone": before.zones}
    assert set(after.table_names) <= set(tables)
    for use in ("car", "truck", "walk"):  # groups were taken apart
        assert after.allowed(use).tolist() == before.allowed(use).tolist(), use


def test_the_bent_links_of_jinan_keep_their_lines(tmp_path):
    before = tp.read_network("networks/jinan/2025")
    for suffix in (".geojson", ".shp"):
        after = tp.read_network(tp.write_network(before, tmp_path / f"j{suffix}", lossy=True))
        pairs = zip(before.link_lines(), after.link_lines(), strict=True)
        assert max(one.hausdorff_distance(two) for one, two in pairs) < 0.002  # 1e-8 degrees
        if suffix == ".geojson":
            assert after.version == before.version


def test_a_format_that_loses_something_is_refused_unless_asked(tmp_path):
    network = tp.read_network(SOURCE)
    with pytest.raises(tp.ValidationError, match="has no place for zone.csv, use_definition.csv"):
        tp.write_network(network, tmp_path / "x.shp")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("source", "target"), list(itertools.product(DEMAND, repeat=2)), ids=str)
def test_any_demand_to_any(source, target, tmp_path):
    said = convert("od_matrices/two_banks/2025_am.omx", tmp_path / f"one{source}")
    before = tp.read_demand(tmp_path / f"one{source}")
    convert(tmp_path / f"one{source}", tmp_path / f"two{target}")
    after = tp.read_demand(tmp_path / f"two{target}")
    if target == ".tntp" and len(before.classes) > 1:
        pce = np.array([each.pce for each in before.classes])
        expected = np.tensordot(pce, before.trips_vph, axes=1)[np.newaxis]
    else:
        expected = before.trips_vph
    np.testing.assert_allclose(after.trips_vph, expected, rtol=1e-12)
    assert ("not in this format" in said) == (source != ".omx")


def test_tntp_states_its_units_only_when_we_wrote_it(made, tmp_path):
    text = made[".tntp"].read_text()
    assert "<TIME UNIT> min" in text
    foreign = tmp_path / "X_net.tntp"
    kept = [line for line in text.splitlines() if "UNIT>" not in line and "<CRS>" not in line]
    foreign.write_text("\n".join(kept))
    with pytest.raises(tp.ValidationError, match="do not say their units"):
        tp.read_network(foreign)
    convert(foreign, tmp_path / "x", "--time-unit", "min", "--length-unit", "km")
    lengths = tp.read_network(tmp_path / "x").links["length_m"]
    np.testing.assert_allclose(lengths, tp.read_network(made[".tntp"]).links["length_m"])


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("origin,destination,car,truck\n1,2,10,3\n2,1,5,0\n", ("car", "truck")),
        ("From_Zone,To_Zone,trips\n1,2,10\n2,1,5\n", ("trips",)),
        ("zone,1,2\n1,0,10\n2,5,0\n", ("vehicles",)),
        ("zone,2,1\n1,10,0\n2,0,5\n", ("vehicles",)),
    ],
)
def test_csv_demand_as_the_field_has_it(text, classes, tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(text)
    demand = tp.read_demand(path)
    assert tuple(each.name for each in demand.classes) == classes
    first = demand.matrix(classes[0])
    assert (first.loc[1, 2], first.loc[2, 1]) == (10.0, 5.0)
    assert pd.Index(demand.zone_ids).tolist() == [1, 2]


def test_a_matrix_that_is_not_square_is_refused(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("zone,1,2,3\n1,0,10,1\n2,5,0,1\n")
    with pytest.raises(tp.ValidationError, match="a square matrix whose"):
        tp.read_demand(path)
