"""Tiny networks whose equilibrium can be worked out on paper, and a grid of any size."""

import numpy as np
import pandas as pd

from transitplan.model.demand import Demand, build_demand
from transitplan.model.network import Network, build_network

MANY_VPH = 10_000.0


def two_routes() -> tuple[Network, Demand]:
    """Two parallel links from zone 1 to zone 2, and 3,000 veh/h.

    Times are t₁ = 600 (1 + v₁/1000) s on link 1 and t₂ = 900 (1 + v₂/1500) s on link 2. Both are
    used, so 600 + 0.6 v₁ = 900 + 0.6 (3000 − v₁): **v₁ = 1,750, v₂ = 1,250 veh/h, t = 1,650 s**.
    A third link leads back, so that each zone can be left.

    Examples
    --------
    >>> network, demand = two_routes()
    >>> demand.total_vph
    3000.0
    """
    links = pd.DataFrame(
        {
            "link_id": [1, 2, 3],
            "from_node_id": [1, 1, 2],
            "to_node_id": [2, 2, 1],
            "length_m": [10_000.0, 20_000.0, 10_000.0],
            "lane_capacity_pceph": [1000.0, 1500.0, 1000.0],
            "free_time_s": [600.0, 900.0, 600.0],
            "vdf_alpha": 1.0,
            "vdf_beta": 1.0,
        }
    )
    network = build_network(_zoned(links, [(0, 0), (10_000, 0)], zones=2), name="two_routes")
    return network, build_demand([1, 2], np.array([[0.0, 3000.0], [0.0, 0.0]]), name="two_routes")


def braess() -> tuple[Network, Demand]:
    """Braess's paradox: a new road that makes every trip slower.

    Braess, D. (1968), *Über ein Paradoxon aus der Verkehrsplanung*, Unternehmensforschung 12. Six
    veh/h go from zone 1 to zone 2 by 1–3–2, 1–4–2 or 1–3–4–2. In minutes the times are 10 v on
    1–3 and 4–2, 50 + v on 1–4 and 3–2, 10 + v on the new road 3–4. **Each of the three routes
    carries 2 veh/h and takes 92 min; without 3–4 two routes carry 3 veh/h and take 83 min.**
    The slopes are as published; times without a constant are given a free time of a millionth of
    a minute, since a BPR time is a multiple of its free time.

    Examples
    --------
    >>> network, demand = braess()
    >>> len(network.links)
    6
    """
    tiny = 1e-6  # min
    free_min = np.array([tiny, 50.0, 50.0, tiny, 10.0, 10.0])
    slope_min = np.array([10.0, 1.0, 1.0, 10.0, 1.0, 1.0])
    links = pd.DataFrame(
        {
            "link_id": [1, 2, 3, 4, 5, 6],
            "from_node_id": [1, 1, 3, 4, 3, 2],
            "to_node_id": [3, 4, 2, 2, 4, 1],
            "length_m": 10_000.0,
            "lane_capacity_pceph": free_min / slope_min,  # free (1 + v / capacity)
            "free_time_s": free_min * 60.0,
            "vdf_alpha": 1.0,
            "vdf_beta": 1.0,
        }
    )
    places = [(0, 0), (20_000, 0), (10_000, 5_000), (10_000, -5_000)]
    network = build_network(_zoned(links, places, zones=2), name="braess")
    return network, build_demand([1, 2], np.array([[0.0, 6.0], [0.0, 0.0]]), name="braess")


def grid(rows: int, columns: int, *, trips_vph: float = 100.0) -> tuple[Network, Demand]:
    """A grid of two-way streets, 1 km apart, with a zone at each corner.

    Streets are driven at 60 km/h, so the free time between two nodes is 60 s times the streets
    between them. Every pair of corners exchanges ``trips_vph`` in each direction.

    Examples
    --------
    >>> network, demand = grid(3, 4)
    >>> len(network.nodes), len(network.links), demand.total_vph
    (12, 34, 1200.0)
    """
    node = np.arange(rows * columns).reshape(rows, columns) + 1
    east = np.stack([node[:, :-1].ravel(), node[:, 1:].ravel()])
    north = np.stack([node[:-1].ravel(), node[1:].ravel()])
    one_way = np.concatenate([east, north], axis=1)
    tail, head = np.concatenate([one_way, one_way[::-1]], axis=1)
    links = pd.DataFrame(
        {
            "link_id": np.arange(1, tail.size + 1),
            "from_node_id": tail,
            "to_node_id": head,
            "length_m": 1000.0,
            "lane_capacity_pceph": 900.0,
            "free_speed_kph": 60.0,
        }
    )
    places = [(1000 * j, 1000 * i) for i in range(rows) for j in range(columns)]
    corners = np.unique(node[[0, 0, -1, -1], [0, -1, 0, -1]])
    tables = _zoned(links, places, zones=0)
    tables["zone"] = pd.DataFrame({"zone_id": corners})
    tables["node"]["zone_id"] = pd.Series(corners, index=corners - 1, dtype=object)
    trips = np.full((corners.size, corners.size), trips_vph)
    np.fill_diagonal(trips, 0.0)
    name = f"grid_{rows}_{columns}"
    return build_network(tables, name=name), build_demand(corners.tolist(), trips, name=name)


def _zoned(
    links: pd.DataFrame, places: list[tuple[int, int]], *, zones: int
) -> dict[str, pd.DataFrame]:
    """Tables of a network whose first nodes are its zones."""
    nodes = pd.DataFrame(places, columns=["x_m", "y_m"]).astype(float)
    nodes["node_id"] = np.arange(1, len(places) + 1)
    zone_ids = [*range(1, zones + 1), *[None] * (len(places) - zones)]
    nodes["zone_id"] = pd.Series(zone_ids, dtype=object)
    return {
        "node": nodes,
        "link": links,
        "zone": pd.DataFrame({"zone_id": np.arange(1, zones + 1)}),
    }
