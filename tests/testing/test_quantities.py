"""What is checked of a network, against other counts of the same."""

import igraph
import numpy as np
import pytest

import transitplan as tp
from transitplan.model.cases import braess
from transitplan.testing import quantities


@pytest.fixture(scope="module")
def network():
    return tp.read_network("networks/two_banks/2025")


@pytest.fixture(scope="module")
def roads(network):
    return tp.compile_road(network)


@pytest.fixture(scope="module")
def found(roads):
    return tp.assign(roads, tp.read_demand("od_matrices/two_banks/2025_am.omx"), gap=1e-8)


def by_key(table):
    return table.frame.set_index(table.key[0])


def test_structure_agrees_with_the_files(network, roads):
    totals, classes, crossings, connected, _ = quantities.structure(roads)
    value = by_key(totals)["value"]
    assert (value["links"], value["nodes"], value["zones"]) == (40, 18, 8)
    # 2 × 2 lanes × 2000, 1500 and 1500 pce/h a lane: link.csv, the three crossings
    links = network.links[network.links["crossing_id"] != ""]
    expected = sum(row.lanes * row.lane_capacity_pceph for row in links.itertuples())
    assert value["capacity_over_river_pceph"] == expected == 20_000
    assert by_key(crossings).loc["N", "links"] == 0
    assert by_key(classes)["links"].sum() == 40
    for use, row in by_key(connected).iterrows():
        graph = igraph.Graph.TupleList(
            network.links.loc[network.allowed(use), ["from_node_id", "to_node_id"]].itertuples(
                index=False
            ),
            directed=True,
        )
        parts = graph.connected_components("strong").sizes()
        assert (row["parts"], row["nodes_of_largest_part"]) == (len(parts), max(parts))


def test_lines_agree_with_the_departures_of_the_feed(network, roads):
    lines = by_key(quantities.structure(roads)[4])
    transit = network.transit
    for route in transit.routes["route_id"]:
        trips = transit.trips.set_index("trip_id")["route_id"]
        mine = set(trips.index[trips == route])
        starts = []
        for span in transit.frequencies.itertuples():
            if span.trip_id in mine:
                starts += range(int(span.start_time), int(span.end_time), int(span.headway_secs))
        repeated = set(transit.frequencies["trip_id"])
        assert lines.loc[route, "departures"] == len(starts) + len(mine - repeated)
        calls = transit.stop_times[transit.stop_times["trip_id"].isin(mine)]
        assert lines.loc[route, "stops"] == len(set(calls["stop_id"]))


def test_a_closed_road_shows_in_connectivity():
    network, _ = braess()
    open_, shut = (
        by_key(quantities.structure(tp.compile_road(each))[3]).iloc[0]
        for each in (network, tp.close_links(network, [1, 2], reason="test"))
    )
    assert shut["unreachable_zone_pairs"] > open_["unreachable_zone_pairs"]


def test_traffic_is_accounted_for(found):
    value = by_key(quantities.traffic(found))["value"]
    trips = {each.name: value[f"trips_{each.name}_vph"] for each in found.classes}
    assert sum(trips.values()) == pytest.approx(found.demand.total_vph, rel=1e-12)
    weighted = sum(each.pce * value[f"cost_{each.name}_h"] for each in found.classes) * 3600
    assert weighted == pytest.approx(found.total_cost, rel=1e-9)  # no turn costs time here


def test_skims_are_those_of_the_clusters_and_of_the_zones(roads, found):
    few = quantities.skims(roads, found.time_s).frame
    assert len(few) == 5 * 5  # five clusters to the other four and the hub
    every = quantities.skims(roads, found.time_s, zones=True).frame
    assert len(every) == 8 * 7
    matrix = tp.skim(roads, ["time_s"], times_s=found.time_s)["time_s"] / 60
    first = every.set_index(["origin_id", "destination_id"]).loc[("1", "2")]
    assert first["peak_min"] == matrix.loc[1, 2]
    assert (few["peak_min"] >= few["free_min"] - 1e-9).all()


def test_access_counts_whole_zones(network, roads):
    frame = quantities.access(roads, None).frame
    times = tp.skim(roads, ["time_s"])["time_s"]
    people = network.zones.set_index("zone_id")["population"]
    near = times.loc[1] <= 30 * 60
    row = frame[(frame["origin_id"] == "C1") & (frame["within_min"] == 30)].iloc[0]
    assert row["people"] == people[near.index[near]].sum()


def test_flows_of_crossings_are_always_written(found):
    table = quantities.flows(found, 1e9)
    assert table.written()["crossing_id"].tolist() == ["W", "W", "M", "M", "E", "E"]
    np.testing.assert_array_equal(table.frame["flow_pceph"], found.pce_vph)
