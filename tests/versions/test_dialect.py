"""Cards as network_wrangler's public examples write them, on a network of our own."""

from pathlib import Path

import pandas as pd
import pytest

import transitplan as tp
from transitplan.errors import ValidationError
from transitplan.model.network import build_network
from transitplan.model.transit_build import build_transit
from transitplan.versions.apply import apply_cards
from transitplan.versions.reading import read_card


@pytest.fixture(scope="module")
def network():
    """Two banks, its links made of ways of OpenStreetMap as an import writes them."""
    base = tp.read_network("networks/two_banks/2025")
    tables = {name: base.table(name) for name in base.table_names}
    numbers = tables["link"]["link_id"].astype(int)
    tables["link"]["osm_way"] = (numbers + 1000).astype(str) + ";" + (numbers + 2000).astype(str)
    return build_network(tables, name="osm", crs=base.crs, transit=base.transit)


def applied(network, tmp_path, text):
    path = Path(tmp_path) / "card.yml"
    path.write_text(text, encoding="utf-8")
    return apply_cards(network, [read_card(path)]).network


def links(network):
    return network.links.set_index("link_id")


def test_ways_of_openstreetmap_and_an_empty_list_of_tags(network, tmp_path):
    found = applied(
        network,
        tmp_path,
        """
project: Road Diet
tags:
dependencies:
  prerequisites: []
  corequisites:
  conflicts: []
roadway_property_change:
  facility:
    links:
      osm_link_id:
        - '1001'
        - 2002
  property_changes:
    lanes:
      existing: 2
      change: -1
notes: two ways, each a part of a link
""",
    )
    changed = links(found)["lanes"] != links(network)["lanes"]
    assert changed[changed].index.tolist() == [1, 2]
    assert links(found).loc[[1, 2], "lanes"].tolist() == [1.0, 1.0]


def test_parts_of_names_between_nodes_of_openstreetmap(network, tmp_path):
    found = applied(
        network,
        tmp_path,
        """
project: Transitway
roadway_property_change:
  facility:
    links:
      name: ['North r', 'Sixth']
    from: {osm_node_id: '11'}
    to: {osm_node_id: '12'}
  property_changes:
    lanes: {set: 5}
""",
    )
    assert links(found).index[links(found)["lanes"] == 5].tolist() == [1]


def test_values_by_time_of_day_with_either_spelling(network, tmp_path):
    """The network is of 08:00: what holds from 6 to 9 holds."""
    found = applied(
        network,
        tmp_path,
        """
project: Time of day
roadway_property_change:
  facility:
    links: {model_link_id: [1]}
  property_changes:
    lanes:
      set: 1
      scoped:
        - timespan: ['19:00', '6:00']
          set: 7
        - timespans: ['6:00', '9:00']
          set: 3
""",
    )
    assert links(found).loc[1, "lanes"] == 3


def test_a_road_is_deleted_for_any_mode(network, tmp_path):
    found = applied(
        network,
        tmp_path,
        """
project: deletion
tags: ['delete roadway']
roadway_deletion:
  links:
    model_link_id: [1]
    modes: ['any']
    ignore_missing: False
""",
    )
    assert set(links(network).index) - set(links(found).index) == {1}


def test_headways_by_a_part_of_the_name_of_a_line(network, tmp_path):
    name = network.transit.routes.set_index("route_id")["route_long_name"]
    line = name.index[name.str.contains("Metro")][0]
    found = applied(
        network,
        tmp_path,
        """
project: Frequency
transit_property_change:
  service:
    route_properties:
      route_long_name: [Metro]
  property_changes:
    headway_secs: {set: 1800}
""",
    )
    trips = found.transit.trips
    own = trips.loc[trips["route_id"] == line, "trip_id"]
    rows = found.transit.frequencies
    assert set(rows.loc[rows["trip_id"].isin(own), "headway_secs"]) == {1800}
    before = network.transit.frequencies
    others = ~before["trip_id"].isin(own)
    pd.testing.assert_frame_equal(before[others], rows[others.to_numpy()])


def test_a_routing_passes_nodes_below_zero_without_a_stop(network, tmp_path):
    """Numbers are stops; those below 0 are nodes on the way."""
    stops = [f"{i}" for i in range(1, 5)]
    renamed = dict(zip(["m1", "m2", "m3", "m4"], stops, strict=True))
    service = network.transit
    tables = {name: service.table(name) for name in service.table_names}
    for name in ("stops", "stop_times"):
        tables[name] = tables[name].assign(stop_id=tables[name]["stop_id"].replace(renamed))
    for end in ("from_stop_id", "to_stop_id"):
        if "transfers" in tables:
            tables["transfers"][end] = tables["transfers"][end].replace(renamed)
    if "translations" in tables:
        tables["translations"]["record_id"] = tables["translations"]["record_id"].replace(renamed)
    numbered = build_transit(tables)
    base = build_network(
        {name: network.table(name) for name in network.table_names},
        name="n",
        crs=network.crs,
        transit=numbered,
    )
    found = applied(
        base,
        tmp_path,
        """
project: Bus Reroute
transit_routing_change:
  service:
    trip_properties: {route_id: [M1], direction_id: 0}
  routing:
    existing: [1, -20, 2, 3]
    set: [1, -21, -22, 3]
""",
    )
    times = found.transit.stop_times
    assert times.loc[times["trip_id"] == "M1.0.weekday", "stop_id"].tolist() == ["1", "3", "4"]


def test_a_routing_of_nodes_alone_says_what_to_do(tmp_path):
    path = tmp_path / "card.yml"
    path.write_text(
        "project: shape\ntransit_routing_change:\n"
        "  service: {trip_properties: {route_id: [M1]}}\n"
        "  routing: {existing: [-1, -2], set: [-1, -3, -2]}\n"
    )
    with pytest.raises(ValidationError, match="all nodes are passed without a stop"):
        read_card(path)


def test_ways_need_their_column(tmp_path):
    base = tp.read_network("networks/two_banks/2025")
    with pytest.raises(ValidationError, match="neither osm_way nor osm_link_id"):
        applied(
            base,
            tmp_path,
            "project: p\nroadway_property_change:\n"
            "  facility: {links: {osm_link_id: [5]}}\n  property_changes: {lanes: {set: 1}}\n",
        )
