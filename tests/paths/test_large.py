"""Correctness at scale: matrices of real large networks equal those of SciPy's Dijkstra.

Philadelphia is not shipped: it is read from the folder that ``TRANSITPLAN_SHARED`` names. The world
highway graph is that of the package scgraph_data.
"""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from transitplan.graph import compile_road
from transitplan.graph.hierarchy import build_hierarchy
from transitplan.io.tntp import read_tntp
from transitplan.kernels.hierarchy import customise, empty_weights
from transitplan.kernels.records import Graph
from transitplan.paths import skim
from transitplan.paths.search import Above, Search

SHARED = os.environ.get("TRANSITPLAN_SHARED", str(Path(__file__).parents[3] / "shared"))
PHILADELPHIA = Path(SHARED) / "data/tntp/Philadelphia/Philadelphia_net.tntp"
SAME = 1e-9


def test_all_zones_of_philadelphia_equal_scipy(tmp_path):
    if not PHILADELPHIA.is_file():
        pytest.skip(f"NO {PHILADELPHIA}: name its folder in TRANSITPLAN_SHARED")
    zones = re.search(r"<NUMBER OF ZONES>\s*(\d+)", PHILADELPHIA.read_text())[1]
    none = tmp_path / "none.tntp"
    none.write_text(f"<NUMBER OF ZONES> {zones}\n<END OF METADATA>\n")
    network, _ = read_tntp(PHILADELPHIA, none, toll_factor=0.055)
    roads = compile_road(network)
    odd = roads.free_time_s + np.random.default_rng(3).uniform(0.1, 0.2, roads.n_links)
    found = skim(roads, ["time_s"], times_s=roads.in_rows(odd))
    n = roads.n_nodes  # links leave zones from copies that no link enters: none is passed
    tail = np.where(roads.passable[roads.tail], roads.tail, roads.tail + n)
    cost = csr_matrix((odd, (tail, roads.head)), (2 * n, 2 * n))
    assert cost.nnz == roads.n_links  # no two links are parallel: their costs would add up
    expected = dijkstra(cost, indices=roads.centroid + n)[:, roads.centroid]
    np.fill_diagonal(expected, 0.0)
    assert expected.shape == (1525, 1525)
    assert_allclose(found.array("time_s"), expected, rtol=SAME)


@pytest.fixture(scope="module")
def world():
    """The arrays of the world highway graph, and its lengths [km]."""
    package = pytest.importorskip("scgraph_data.world_highways", reason="NO scgraph_data")
    links = package.world_highways_geograph.graph
    tail = np.repeat(np.arange(len(links)), [len(each) for each in links])
    head = np.fromiter((node for each in links for node in each), np.int32, tail.size)
    km = np.fromiter((length for each in links for length in each.values()), float, tail.size)
    first = np.searchsorted(tail, np.arange(len(links) + 1)).astype(np.int64)
    return Graph(first, tail.astype(np.int32), head, np.ones(len(links), bool)), km


def test_random_pairs_on_the_world_highway_graph_equal_scipy(world):
    graph, km = world
    n_nodes = graph.passable.size
    assert n_nodes > 500_000
    whole = build_hierarchy(graph)
    weights = empty_weights(whole.upper.size)
    customise(whole, km, weights)
    rng = np.random.default_rng(11)
    origins, targets = rng.integers(0, n_nodes, 12), rng.integers(0, n_nodes, 4000)
    nothing = np.zeros((0, km.size))
    along = (np.zeros((whole.upper.size, 0)), np.zeros((whole.upper.size, 0)))
    search = Search(km, origins, targets, nothing, Above(whole, weights, along))
    found = search.rows(0, 12, threads=2)[0]
    matrix = csr_matrix((km, graph.head, graph.first_out), (n_nodes, n_nodes))
    expected = dijkstra(matrix, indices=origins)[:, targets]
    assert np.isfinite(expected).sum() > 5_000
    assert_allclose(found, expected, rtol=SAME)
