"""Compiling a network: order, ids, free time, capacity, passability."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from transitplan.errors import ValidationError
from transitplan.graph import compile_road
from transitplan.model.cases import two_routes
from transitplan.model.network import build_network


def network(**columns):
    nodes = pd.DataFrame(
        {
            "node_id": [30, 10, 20],
            "x_m": 0.0,
            "y_m": 0.0,
            "node_type": ["junction", "centroid", "external"],
            "zone_id": [None, 7, 5],
        }
    )
    links = pd.DataFrame(
        {
            "link_id": [1, 2, 3, 4, 5],
            "from_node_id": [20, 10, 30, 10, 30],
            "to_node_id": [30, 30, 10, 30, 20],
            "length_m": 1000.0,
            "free_speed_kph": 36.0,
            "free_time_s": [np.nan, 7.0, 0.0, np.nan, np.nan],
            "lanes": 2.0,
            "lane_capacity_pceph": 900.0,
        }
    ).assign(**columns)
    return build_network({"node": nodes, "link": links, "zone": pd.DataFrame({"zone_id": [5, 7]})})


def test_links_are_sorted_by_tail_and_know_their_row():
    roads = compile_road(network())
    assert roads.node_ids.tolist() == [30, 10, 20]
    assert roads.link_ids.tolist() == [3, 5, 2, 4, 1]
    assert roads.row.tolist() == [2, 4, 1, 3, 0]
    assert roads.first_out.tolist() == [0, 2, 4, 5]
    assert roads.tail.tolist() == [0, 0, 1, 1, 2]
    assert roads.head.tolist() == [1, 2, 0, 0, 0]
    assert roads.in_rows(np.arange(5.0)).tolist() == [4.0, 2.0, 0.0, 3.0, 1.0]


def test_zones_follow_their_table_and_centroids_are_not_passed():
    roads = compile_road(network())
    assert roads.zone_ids.tolist() == [5, 7]
    assert roads.centroid.tolist() == [2, 1]
    assert roads.passable.tolist() == [True, False, False]


def test_free_time_is_as_given_zero_included_else_length_over_speed():
    roads = compile_road(network())
    assert_allclose(roads.in_rows(roads.free_time_s), [100.0, 7.0, 0.0, 100.0, 100.0])


def test_capacity_is_that_of_all_lanes():
    assert (compile_road(network()).capacity_vph == 1800.0).all()


def test_uses_are_looked_up_once_and_frozen():
    roads = compile_road(network(allowed_uses=["car", "all", "bus", "car,truck", "truck"]))
    assert roads.in_rows(roads.allowed("truck").astype(float)).tolist() == [0, 1, 0, 1, 1]
    assert roads.allowed("truck") is roads.allowed("truck")
    with pytest.raises(ValueError, match="read-only"):
        roads.allowed("truck")[0] = True


def test_congested_link_without_capacity_is_an_error_that_says_what_to_do():
    message = r"1 of 5 rows \(line 4\): no capacity.* use an edit to close a link instead"
    with pytest.raises(ValidationError, match=message):
        compile_road(network(lane_capacity_pceph=[900, 900, 0, 900, 900]))
    roads = compile_road(network(lane_capacity_pceph=[900, 900, 0, 900, 900], vdf_alpha=0.0))
    assert roads.delay.inverse_capacity.min() == 0.0


def test_version_is_that_of_the_network():
    case, _ = two_routes()
    assert compile_road(case).version == case.version
