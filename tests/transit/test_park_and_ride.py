"""Park and ride, bike and ride: against brute force over all stations, and by hand."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from tests.transit import hyper
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph.frequency import compile_frequency
from transitplan.graph.road import compile_road
from transitplan.graph.streets import compile_streets
from transitplan.io import read_network
from transitplan.model.cases import two_routes
from transitplan.model.pace import CYCLE
from transitplan.transit.park_and_ride import Parking, skim_park_and_ride
from transitplan.transit.search_net import TransitWeights, link_costs

WEIGHTS = TransitWeights()
METRO = ["m1", "m2", "m3", "m4"]
NOT_BESIDE = ["expressway", "urban_expressway", "ramp", "connector"]


@pytest.fixture(scope="module")
def network():
    return read_network("networks/two_banks/2025")


@pytest.fixture(scope="module")
def lines(network):
    return compile_frequency(network.transit, "2025-03-05", (7, 9), network=network)


def by_roads(network, stop_m, seconds, local_kph):
    """Seconds from each zone to a stop: along its nearest street, either way."""
    place = network.nodes.set_index("node_id")[["x_m", "y_m"]]
    graph = nx.DiGraph()
    beside = {}
    for link, s in zip(network.links.itertuples(), seconds, strict=True):
        if not np.isfinite(s):
            continue
        graph.add_edge(link.from_node_id, link.to_node_id, s=s)
        if link.facility_type in NOT_BESIDE:
            continue
        a, b = (place.loc[end].to_numpy() for end in (link.from_node_id, link.to_node_id))
        share = np.clip((stop_m - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        beside[link.from_node_id, link.to_node_id] = (
            np.hypot(*(stop_m - a - share * (b - a))),
            share,
        )
    least = min(away for away, _ in beside.values())
    zones = network.nodes.dropna(subset="zone_id").set_index("zone_id")["node_id"]
    found = {}
    for zone, node in zones.items():
        ways = graph.subgraph((set(graph) - set(zones)) | {node})
        reached = nx.single_source_dijkstra_path_length(ways, node, weight="s")
        found[zone] = min(
            reached.get(tail, np.inf) + share * graph[tail][head]["s"]
            for (tail, head), (away, share) in beside.items()
            if away < least + 1
        )
    return pd.Series(found) + least * 1.3 * 3.6 / local_kph


def brute(network, lines, seconds, local_kph, parking, sites=METRO):
    """Least cost over the stations; rides by the linear programme of Spiess & Florian."""
    places = lines.places
    often = lines.per_hour / 3600 / (WEIGHTS.headway_share * WEIGHTS.wait)
    links = (lines.tail, lines.head, often, link_costs(lines, WEIGHTS))
    change_s = WEIGHTS.walk * parking.walk_s + parking.penalty_s
    change_s += parking.parking_cny * 3600 / WEIGHTS.value_of_time_cny_per_h
    costs = []
    for site in sites:
        stop = places.stop_ids.get_loc(site)
        drive = by_roads(network, places.stop_m[stop], seconds, local_kph)
        ride = []
        for end in lines.destinations:
            found = hyper.least_total(links, lines.n_nodes, [(stop, 1.0)], end)
            ride.append(found.fun if found.status == 0 else np.inf)
        costs.append(drive.loc[places.zone_ids].to_numpy()[:, None] + change_s + ride)
    return np.array(costs)


def check(found, costs):
    least = costs.min(axis=0)
    np.fill_diagonal(least, 0.0)
    assert_allclose(found.skim["cost_s"], least, rtol=1e-9)
    i, j = np.nonzero(np.isfinite(least) & ~np.eye(len(least), dtype=bool))
    assert_allclose(costs[found.site[i, j], i, j], least[i, j], rtol=1e-9)
    assert (found.site >= 0).sum() == i.size > 20


def test_park_and_ride_is_the_best_of_all_stations(network, lines):
    peak_s = network.links["length_m"].to_numpy() * 3.6 / 25  # as if all drove 25 km/h
    parking = Parking(walk_s=90, parking_cny=6, penalty_s=200)
    toll = network.links["toll_cny"].to_numpy() * 3600 / WEIGHTS.value_of_time_cny_per_h
    found = skim_park_and_ride(compile_road(network), lines, times_s=peak_s, parking=parking)
    assert found.site_ids.tolist() == METRO
    check(found, brute(network, lines, peak_s + toll, 20.0, parking))
    rows = found.to_frame()
    money_s = (rows["money_cny"] + rows["fare_cny"]) * 3600 / WEIGHTS.value_of_time_cny_per_h
    cost = rows["drive_s"] + rows["ride_s"] + 2 * (rows["walk_s"] + rows["wait_s"]) + money_s
    assert_allclose(rows["cost_s"], cost + 300 * rows["transfers"] + 200, rtol=1e-12)
    assert_allclose(rows["time_s"], rows[["drive_s", "ride_s", "walk_s", "wait_s"]].sum(axis=1))


def test_bike_and_ride_is_the_best_of_all_stations(network, lines):
    streets = compile_streets(network, CYCLE)
    seconds = np.where(
        network.links["crossing_id"].isin(["M", "E"]),
        np.inf,
        network.links["length_m"] * 3.6 / CYCLE.speed_kph,
    )
    parking = Parking(walk_s=60, penalty_s=0)
    found = skim_park_and_ride(streets, lines, parking=parking)
    check(found, brute(network, lines, seconds, CYCLE.speed_kph, parking))
    assert (found.to_frame()["money_cny"] == 0).all()


def test_dearer_parking_never_costs_less_and_more_sites_never_more(network, lines):
    roads = compile_road(network)
    cheap = skim_park_and_ride(roads, lines)
    dear = skim_park_and_ride(roads, lines, parking=Parking(parking_cny=15))
    assert (dear.skim.array("cost_s") >= cheap.skim.array("cost_s")).all()
    one = skim_park_and_ride(roads, lines, sites=["m2"])
    assert (one.skim.array("cost_s") >= cheap.skim.array("cost_s")).all()
    assert set(one.to_frame()["stop_id"]) == {"m2"}


def test_marked_stops_go_before_rails_and_wrong_input_is_said(network, lines):
    stops = network.transit.stops
    stops["park_and_ride"] = np.where(stops["stop_id"] == "m3", "yes", "")
    service = type(network.transit)({**network.transit._tables, "stops": stops})
    marked = compile_frequency(service, "2025-03-05", (7, 9), network=network)
    roads = compile_road(network)
    assert skim_park_and_ride(roads, marked).site_ids.tolist() == ["m3"]
    with pytest.raises(NotFoundError, match="no stop 'm9' that is called at"):
        skim_park_and_ride(roads, lines, sites=["m1", "m9"])
    with pytest.raises(ValidationError, match="roads and lines have other zones"):
        skim_park_and_ride(compile_road(two_routes()[0]), lines)
    with pytest.raises(ValidationError, match="Parking.walk_s: -1 was given"):
        Parking(walk_s=-1)
