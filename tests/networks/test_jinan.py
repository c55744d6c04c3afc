"""The shipped case: what the roads, crossings and zones must be, held against their sources."""

import subprocess
import sys
from pathlib import Path

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

import transitplan as tp
from transitplan.report.assessment import DATA_SUFFIXES
from transitplan.versions.apply import apply_cards

FOLDER = Path("networks/jinan")
ROAD_FORMS = ("bridge", "tunnel", "road_rail_bridge", "road_rail_tunnel", "pontoon")


@pytest.fixture(scope="module")
def network():
    return tp.read_network(FOLDER / "2025")


@pytest.fixture(scope="module")
def case():
    return tp.read_case(FOLDER)


def river(network, ground):
    import pyproj

    [feature] = [f for f in ground["features"] if f["properties"]["kind"] == "river"]
    forward = pyproj.Transformer.from_crs("EPSG:4326", network.crs, always_xy=True)
    line = shapely.geometry.shape(feature["geometry"])
    return shapely.transform(line, forward.transform, interleaved=False)


def test_links_across_the_river_are_the_open_crossings_once_a_direction(network, case):
    lines = network.link_lines()
    stream = river(network, case.ground)
    shapely.prepare(stream)
    links = network.links[shapely.intersects(lines, stream)]
    crossings = network.crossings
    opened = crossings[(crossings["status"] == "open") & crossings["form"].isin(ROAD_FORMS)]
    assert len(opened) >= 12
    assert sorted(links["crossing_id"]) == sorted([*opened["crossing_id"]] * 2)
    for crossing, pair in links.groupby("crossing_id"):
        one, two = pair[["from_node_id", "to_node_id"]].to_numpy().tolist()
        assert one == two[::-1], crossing
    assert (network.links["crossing_id"] != "").sum() == 2 * len(opened)


def test_each_crossing_line_meets_the_river_just_once(network, case):
    stream = river(network, case.ground)
    over = (network.links["crossing_id"] != "").to_numpy()
    met = shapely.intersection(network.link_lines()[over], stream)
    assert shapely.get_num_geometries(met).tolist() == [1] * over.sum()


def test_bans_of_a_crossing_are_bans_of_its_links(network):
    uses = network.table("use_definition")["use"].tolist()
    banned = network.crossings.set_index("crossing_id")["banned_uses"]
    links = network.links
    for use in uses:
        let_in = network.allowed(use)
        for crossing, text in banned.items():
            keeps_out = use in {name.strip() for name in text.split(",")}
            on_it = (links["crossing_id"] == crossing).to_numpy()
            assert not (keeps_out and let_in[on_it].any()), (crossing, use)
    assert "truck" in banned["X12"]


def test_every_row_of_the_crossing_table_has_a_place(network):
    crossings = network.crossings
    assert len(crossings) >= 20
    placed = crossings[["lon_south", "lat_south", "lon_north", "lat_north"]]
    assert placed.notna().to_numpy().all()
    assert crossings["source"].ne("").all()
    assert crossings["confidence"].ne("").all()


@pytest.mark.parametrize("use", ["car", "truck"])
def test_every_zone_reaches_every_zone(network, use):
    found = tp.skim(tp.compile_road(network), ["time_s"], use=use)
    assert found.reachable.all()
    assert len(found.zone_ids) >= 80


def test_roads_are_one_strongly_connected_network_for_cars(network):
    links = network.links[network.allowed("car")]
    graph = nx.from_pandas_edgelist(
        links, "from_node_id", "to_node_id", create_using=nx.MultiDiGraph
    )
    assert nx.is_strongly_connected(graph)
    assert set(graph) == set(network.nodes["node_id"])


def test_expressways_join_other_roads_by_ramps_only(network):
    links = network.links
    expressway = links["facility_type"] == "expressway"
    nodes = set(links.loc[expressway, "from_node_id"]) | set(links.loc[expressway, "to_node_id"])
    touching = links[
        ~expressway & (links["from_node_id"].isin(nodes) | links["to_node_id"].isin(nodes))
    ]
    external = set(network.nodes.loc[network.nodes["node_type"] == "external", "node_id"])
    connector = touching["facility_type"] == "connector"
    ends = touching.loc[connector, ["from_node_id", "to_node_id"]]
    assert ends.isin(external).any(axis=1).all()  # only border stations hang on the main line
    others = set(touching.loc[~connector, "facility_type"])
    assert others <= {"ramp", "urban_expressway"}


def test_the_jiluo_tunnel_passes_below_the_g35(network):
    links = network.links
    tunnel = links[links["crossing_id"] == "X12"]
    ends = set(tunnel["from_node_id"]) | set(tunnel["to_node_id"])
    at_ends = links[links["from_node_id"].isin(ends) | links["to_node_id"].isin(ends)]
    assert not at_ends["corridor_id"].isin(["E14", "E15"]).any()


def test_connectors_are_few_and_short(network):
    links, zones = network.links, network.zones
    connectors = links[links["facility_type"] == "connector"]
    assert connectors["length_m"].max() <= 8_000
    assert len(connectors) <= 8 * len(zones)


# Census of 1 November 2020 in the part of each district inside the area; the districts that lie
# wholly inside must have their published totals.
@pytest.mark.parametrize(
    ("district", "people"),
    [
        ("Lixia", 819_100),
        ("Shizhong", 903_800),
        ("Huaiyin", 675_000),
        ("Tianqiao", 770_202),
        ("Licheng", 1_112_000),
        ("High-tech zone", 424_000),
    ],
)
def test_people_add_up_to_the_published_totals(network, district, people):
    zones = network.zones
    assert zones.loc[zones["district"] == district, "population"].sum() == people


def test_each_cluster_has_zones_of_its_own(network):
    sizes = network.zones["super_zone"].value_counts()
    assert (sizes.reindex(["C1", "C2", "C3", "C4", "C5"]) >= 3).all()
    assert network.zones["source"].ne("").all()


def test_both_languages_are_there(network):
    for table in (network.zones, network.crossings, network.clusters):
        assert table["name"].ne("").all()
        assert table["name_zh"].ne("").all()


def test_the_folder_can_be_made_again_byte_for_byte(tmp_path):
    pytest.importorskip("scgraph_data", reason="the package with the roads is not installed")
    subprocess.run(
        [sys.executable, FOLDER / "build.py", "--out", tmp_path], check=True, capture_output=True
    )
    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert {Path("2025/link.csv"), Path("2025/node.csv"), Path("ground.geojson")} <= made
    assert sum(path.suffix == ".yml" for path in made) == len(list(FOLDER.rglob("cards/**/*.yml")))
    for path in sorted(made):
        assert (tmp_path / path).read_bytes() == (FOLDER / path).read_bytes(), path


def road_cards(case):
    cards = case.version(2030).cards
    return [card for card in cards if card.source_file.parent == FOLDER / "cards" / "2030"]


def test_the_network_of_2030_is_the_base_and_the_projects_under_way(network, case):
    """Against the hand table of the links, which the cards are made of but do not hold."""
    found = apply_cards(network, road_cards(case))
    table = pd.read_csv(FOLDER / "sources" / "committed_links.csv")
    links = found.network.links
    added = links[~links["link_id"].isin(network.links["link_id"])]
    assert len(added) == 2 * len(table)
    there = added.iloc[::2]
    assert there["from_node_id"].tolist() == table["a"].tolist()
    assert there["lanes"].tolist() == table["lanes"].tolist()
    given = table["length_km"].notna().to_numpy()
    drawn_km = there["length_m"].to_numpy()[given] / 1000  # never below the line as drawn
    np.testing.assert_allclose(drawn_km, table["length_km"][given], rtol=0.02)
    changes = tp.diff(network, found.network).to_frame()
    assert set(changes.loc[changes["kind"] == "added", "table"]) == {"link"}
    others = changes[changes["kind"] != "added"]
    assert set(others["table"]) == {"crossing"}  # X04 and X20B are open by then
    assert set(others["column"]) == {"status", "open_year"}
    assert set(others["id_b"].astype(str)) == {"X04", "X20B"}


def test_the_record_of_a_run_has_every_file_that_makes_its_numbers():
    files = [
        path for path in FOLDER.rglob("*") if path.is_file() and "__pycache__" not in str(path)
    ]
    left_out = {path.suffix for path in files} - DATA_SUFFIXES
    assert left_out <= {".py", ".md"}  # what made them, and what is said of them


def test_every_project_has_a_source_and_a_confidence(case):
    cards = case.version(2030).cards
    assert len(road_cards(case)) == 7
    assert len(cards) == 7 + 4  # and those of lines
    for card in cards:
        assert card.source.startswith("http"), card.project
        assert card.confidence in {"high", "medium", "low"}
        assert {"committed", "under construction"} & set(card.tags)
    assert case.version(2035) is case.version(2030)  # nothing later has a source


def test_the_demand_of_the_two_banks_is_what_the_command_writes():
    from transitplan.scenario.forecast import forecast

    case = tp.read_case("networks/two_banks")
    for year in case.years:
        shipped = tp.read_demand(case.demand_path(year))
        made = forecast(case, year)
        assert made.classes == shipped.classes
        np.testing.assert_allclose(made.trips_vph, shipped.trips_vph, rtol=1e-9)


def test_the_demand_of_jinan_is_what_the_command_writes(case):
    """The base year and the last: fitted, adjusted to counts and pivoted; 2030 is made alike.

    The same bytes on one machine. Another processor sums in another order, and the adjustment to
    counts ends where a round moves less than 0.2 % of the trips.
    """
    from transitplan.scenario.demand_make import make_demand, response_shares

    made = make_demand(case, years=[2035])
    assert [year.year for year in made.years] == [2025, 2035]
    for year in made.years:
        assert year.run.gap <= 1e-3
        path = case.demand_path(year.year)
        for period, demand in year.written.items():
            shipped = tp.read_demand(path.with_name(f"{year.year}_{period}.omx"))
            assert demand.classes == shipped.classes
            apart = np.abs(demand.trips_vph - shipped.trips_vph).sum()
            assert apart <= 2e-3 * shipped.total_vph
            assert demand.total_vph == pytest.approx(shipped.total_vph, rel=1e-5)
        shares = tp.read_demand(path.with_name(f"{path.stem}_response.omx"))
        made_shares = response_shares(year, "am").trips_vph
        np.testing.assert_allclose(made_shares, shares.trips_vph, atol=1e-3)


@pytest.mark.parametrize("use", ["car", "truck"])
def test_trees_are_those_of_networkx_igraph_and_scipy(network, use):
    roads = tp.compile_road(network)
    nodes = network.nodes
    place = pd.Index(nodes["node_id"])
    links = network.links[network.allowed(use)]
    seconds = links["free_time_s"].fillna(3.6 * links["length_m"] / links["free_speed_kph"])
    closed = set(nodes.loc[nodes["node_type"].isin(["centroid", "external"]), "node_id"])
    for origin in [1, 31, 116, 901]:
        start = nodes.loc[nodes["zone_id"] == origin, "node_id"].iloc[0]
        opened = ~links["from_node_id"].isin(closed - {start})  # no way leads through a centroid
        tail = place.get_indexer(links.loc[opened, "from_node_id"])
        head = place.get_indexer(links.loc[opened, "to_node_id"])
        cost = seconds[opened].to_numpy()
        found = tp.shortest_tree(roads, start, use=use).label

        matrix = coo_matrix((cost, (tail, head)), shape=(len(nodes),) * 2).tocsr()
        at = place.get_loc(start)
        np.testing.assert_allclose(found, dijkstra(matrix, indices=at), rtol=1e-12)

        graph = nx.DiGraph()
        graph.add_nodes_from(range(len(nodes)))
        graph.add_weighted_edges_from(zip(tail, head, cost, strict=True))
        theirs = nx.single_source_dijkstra_path_length(graph, at)
        expected = [theirs.get(node, np.inf) for node in range(len(nodes))]
        np.testing.assert_allclose(found, expected, rtol=1e-12)

        other = igraph.Graph(n=len(nodes), edges=list(zip(tail, head, strict=True)), directed=True)
        np.testing.assert_allclose(found, other.distances(at, weights=cost)[0], rtol=1e-12)


def test_free_flow_times_are_those_a_driver_knows(case, network):
    """Known drives within a third; the whole set without bias above a tenth."""
    roads = tp.compile_road(network)
    ratio = pd.Series(
        [
            tp.shortest_tree(roads, row["from_node_id"]).cost_to(row["to_node_id"])
            / 60
            / row["free_min"]
            for row in case.drives.to_dict("records")
        ]
    )
    assert ratio.between(0.75, 1.25).all()
    assert ratio.mean() == pytest.approx(1.0, abs=0.1)


def test_option_files_stand_where_the_site_table_says(case):
    table = pd.read_csv(FOLDER / "sites.csv").set_index("site_id")
    for site in case.sites:
        row = table.loc[site.site_id]
        assert (site.from_node_id, site.to_node_id) == (row["from_node_id"], row["to_node_id"])
        assert site.river_km == row["river_km"]
        drawn = [tuple(row[["lon_south", "lat_south"]]), tuple(row[["lon_north", "lat_north"]])]
        np.testing.assert_allclose(site.via, drawn, atol=1e-3)
