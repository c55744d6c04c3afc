"""Published optima of the TransportationNetworks set, read from local files (not redistributed)."""

import re

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from tests.answers.cases import sioux_falls
from tests.assignment.test_equilibrium import IDS, METHODS
from tests.laws import check_accounts, check_flows, shared
from transitplan.assignment import BushBased, PathBased, assign
from transitplan.graph import compile_road
from transitplan.io.tntp import read_tntp

pytestmark = pytest.mark.shared
FOLDER = "data/tntp"


def anaheim():
    """Objective of the published flows, computed here with the formula of the file."""
    folder = shared(f"{FOLDER}/Anaheim")
    network, demand = read_tntp(
        folder / "Anaheim_net.tntp", folder / "Anaheim_trips.tntp", length_unit="ft"
    )
    flows = published_flows(folder / "Anaheim_flow.tntp")
    return network, demand, beckmann_min(network, flows), flows


def chicago_sketch():
    """17313018.7387477, stated with the flows; 0.02 min a cent and 0.04 min a mile."""
    folder = shared(f"{FOLDER}/Chicago-Sketch")
    network, demand = read_tntp(
        folder / "ChicagoSketch_net.tntp",
        folder / "ChicagoSketch_trips.tntp",
        node_path=folder / "ChicagoSketch_node.tntp",
        toll_factor=0.02,
        distance_factor=0.04,
    )
    return network, demand, 17313018.7387477, published_flows(folder / "ChicagoSketch_flow.tntp")


def braess():
    """Three routes of 2 veh/h: 386 veh/h min."""
    folder = shared(f"{FOLDER}/Braess-Example")
    return folder / "Braess_net.tntp", folder / "Braess_trips.tntp"


def published_flows(path):
    rows = [
        line.replace(";", " ").replace(":", " ").split() for line in path.read_text().splitlines()
    ]
    return np.array([float(row[2]) for row in rows if len(row) > 2 and row[0].isdigit()])


def beckmann_min(network, flow):
    links = network.links
    capacity = links["lane_capacity_pceph"] * links["lanes"]
    free = links["free_time_s"] / 60.0
    rise = links["vdf_alpha"] / (links["vdf_beta"] + 1) * (flow / capacity) ** links["vdf_beta"]
    return float((free * flow * (1 + rise)).sum())


@pytest.mark.parametrize(("method", "gap", "tolerance"), METHODS, ids=IDS)
def test_anaheim(method, gap, tolerance):
    del tolerance
    network, demand, optimum, _ = anaheim()
    found = assign(compile_road(network), demand, method, gap=min(gap, 8e-6), max_iterations=9000)
    check(found, demand, optimum, rtol=1e-5)


@pytest.mark.parametrize(("method", "gap", "tolerance"), METHODS[2:], ids=IDS[2:])
def test_chicago_sketch(method, gap, tolerance):
    """The slow methods are left out: minutes to this gap."""
    del tolerance, gap
    network, demand, optimum, _ = chicago_sketch()
    found = assign(compile_road(network), demand, method, gap=3e-5)
    check(found, demand, optimum, rtol=1e-5)


@pytest.mark.parametrize(("method", "gap", "tolerance"), METHODS, ids=IDS)
def test_braess(method, gap, tolerance):
    del tolerance
    network, demand = read_tntp(*braess())
    found = assign(compile_road(network), demand, method, gap=gap)
    check(found, demand, 386.0, rtol=1e-5)
    assert_allclose(found.flow_vph, [4, 2, 2, 2, 4], atol=1e-2)


@pytest.mark.parametrize("method", [PathBased(), BushBased()])
def test_precise_flows_are_the_published_ones_link_by_link(method):
    network, demand, optimum, flows = chicago_sketch()
    found = assign(compile_road(network), demand, method, gap=1e-12)
    assert_allclose(found.objective / 60.0, optimum, rtol=1e-12)
    assert_allclose(found.flow_vph, flows, atol=0.5)  # constant connectors leave some freedom


def test_shipped_sioux_falls_equilibrium_is_the_published_one():
    folder = shared(f"{FOLDER}/SiouxFalls")
    network, demand, flows = sioux_falls()
    assert_allclose(published_flows(folder / "SiouxFalls_flow.tntp"), flows, atol=1e-6)
    other, trips = read_tntp(
        folder / "SiouxFalls_net.tntp", folder / "SiouxFalls_trips.tntp", time_unit="0.01h"
    )
    columns = ["from_node_id", "to_node_id", "lane_capacity_pceph", "free_time_s", "vdf_alpha"]
    pd.testing.assert_frame_equal(other.links[columns], network.links[columns])
    assert (trips.trips_vph == demand.trips_vph).all()
    found = assign(compile_road(network), demand, gap=1e-13)
    assert_allclose(found.objective / 36.0e5, 42.31335287107440, rtol=1e-14)


def check(found, demand, optimum, *, rtol):
    assert found.status == "converged", found.summary()
    assert_allclose(found.objective / 60.0, optimum, rtol=rtol)
    check_flows(found, demand)
    check_accounts(found, demand)
    assert re.match(r"[0-9a-f]{16}$", found.network_version)
