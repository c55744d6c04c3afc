"""Streets drawn once for both directions, against a search pair by pair."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString

import transitplan as tp
from transitplan.model.network_map import Base
from transitplan.viz.segments import merge_directions


def _links(lines, **columns):
    frame = pd.DataFrame({"link_id": range(1, len(lines) + 1), **columns})
    return gpd.GeoDataFrame(frame, geometry=lines, crs="EPSG:32650")


def test_both_directions_are_one_and_parallel_roads_two():
    there = LineString([(0, 0), (1000, 0)])
    round_about = LineString([(0, 0), (500, 800), (1000, 0)])
    bridge = LineString([(0, 0), (1000, 0)])
    links = _links([there, there.reverse(), round_about, bridge], crossing_id=["", "", "", "X1"])
    found = merge_directions(links)
    assert found.segment.tolist() == [0, 0, 1, 2]
    assert found.forward.tolist() == [True, False, True, True]
    assert found.frame["ids"].tolist() == ["1, 2", "3", "4"]


def test_a_network_against_every_pair():
    network = tp.read_network("networks/jinan/2025")
    found = Base(network).segments
    lines = network.link_lines()
    rng = np.random.default_rng(3)
    for at in rng.choice(len(lines), 60, replace=False):
        ends = np.array(lines[at].coords)[[0, -1]]
        for other in np.flatnonzero(found.segment == found.segment[at]):
            own = np.array(lines[other].coords)[[0, -1]]
            same = np.abs(own - ends).max() < 1.5
            assert same or np.abs(own[::-1] - ends).max() < 1.5
            assert (found.forward[other] == found.forward[at]) == same
    flow = rng.uniform(0, 1000, len(lines))
    assert found.total(flow).sum() == pytest.approx(flow.sum())
    one = found.segment == 7
    frame = found.flows(
        pd.DataFrame({"flow_vph": flow, "volume_capacity_ratio": flow / 900, "delay_s": flow / 7})
    )
    assert frame.loc[7, "flow_vph"] == pytest.approx(flow[one].sum())
    assert frame.loc[7, "volume_capacity_ratio"] == pytest.approx(flow[one].max() / 900)
    assert (frame["forward_vph"] + frame["backward_vph"]).to_numpy() == pytest.approx(
        frame["flow_vph"].to_numpy()
    )
