"""Skims: all fields along the path of least generalised cost, by hand."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph import compile_road
from transitplan.model.cases import grid, two_routes
from transitplan.model.demand import UserClass
from transitplan.model.network import build_network
from transitplan.paths import shortest_matrix, skim

FIELDS = ["cost_s", "time_s", "length_m", "toll_cny"]


def roads(**columns):
    network, _ = two_routes()
    tables = {name: network.table(name) for name in network.table_names}
    return compile_road(build_network({**tables, "link": network.links.assign(**columns)}))


def row(found):
    return [found[name].loc[1, 2] for name in found.fields]


def test_time_alone_decides_without_a_class():
    found = skim(roads(toll_cny=[50.0, 0, 0]), FIELDS)
    assert row(found) == [600.0, 600.0, 10_000.0, 50.0]


def test_money_decides_for_a_class_and_all_fields_follow_its_path():
    thrifty = UserClass("thrifty", value_of_time_cny_per_h=60.0)  # 50 CNY are 3,000 s
    found = skim(roads(toll_cny=[50.0, 0, 0]), FIELDS, user_class=thrifty)
    assert row(found) == [900.0, 900.0, 20_000.0, 0.0]
    rich = UserClass("rich", value_of_time_cny_per_h=3600.0)  # 50 CNY are 50 s
    found = skim(roads(toll_cny=[50.0, 0, 0]), FIELDS, user_class=rich)
    assert row(found) == [650.0, 600.0, 10_000.0, 50.0]


def test_congested_times_come_in_the_order_of_the_link_table():
    found = skim(roads(), FIELDS, times_s=[1000.0, 950.0, 1.0])
    assert row(found) == [950.0, 950.0, 20_000.0, 0.0]
    assert found["time_s"].loc[2, 1] == 1.0


def test_unreachable_is_infinite_and_masked_and_the_diagonal_is_zero():
    found = skim(roads(allowed_uses=["all", "all", "bus"]), FIELDS)
    assert found.reachable.tolist() == [[True, True], [False, True]]
    assert all(np.isinf(found[name].loc[2, 1]) for name in FIELDS)
    assert all(found[name].loc[2, 2] == 0.0 for name in FIELDS)
    assert skim(roads(allowed_uses=["all", "all", "bus"]), use="bus").reachable.all()


def test_labels_and_table_of_pairs():
    found = skim(roads())
    assert found.fields == ("time_s", "length_m")
    assert found["time_s"].index.tolist() == found["time_s"].columns.tolist() == [1, 2]
    frame = found.to_frame()
    assert list(frame) == ["o_zone_id", "d_zone_id", "time_s", "length_m"]
    assert frame["o_zone_id"].tolist() == [1, 1, 2, 2]
    assert frame["d_zone_id"].tolist() == [1, 2, 1, 2]
    assert frame["time_s"].tolist() == [0.0, 600.0, 600.0, 0.0]


def test_skim_equals_the_matrix_between_centroids_for_any_threads():
    network, _ = grid(7, 5)
    graph = compile_road(network)
    zones = graph.node_ids[graph.centroid]
    one, two = (skim(graph, ["time_s"], threads=n) for n in (1, 2))
    assert_array_equal(one.array("time_s"), shortest_matrix(graph, zones, zones).values)
    assert one.values.tobytes() == two.values.tobytes()


def test_unknown_fields_and_wrong_times_are_named():
    with pytest.raises(NotFoundError, match="no field 'fuel'. Use any of time_s, delay_s, length"):
        skim(roads(), ["time_s", "fuel"])
    with pytest.raises(NotFoundError, match=r"no field 'cost_s'; it has time_s, length_m"):
        skim(roads())["cost_s"]
    with pytest.raises(ValidationError, match=r"times_s: an array of shape \(1,\)"):
        skim(roads(), times_s=[1.0])
