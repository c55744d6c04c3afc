"""How often routes pass links, screenlines and turns, and what share of each pair's trips does."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from transitplan.arrays import Bools, Floats, Ints, frozen
from transitplan.assignment.routes import Routes


def passes(routes: Routes, counted: Sequence[Sequence[int]], turning: Bools) -> Any:
    """How often each route passes each place, sparse (n_places, n_routes).

    Parameters
    ----------
    counted
        Rows of the link table of each place: a link, or the links of a screenline, every one of
        which counts; or, where ``turning``, links that must follow each other without a gap.

    Examples
    --------
    >>> from transitplan.assignment import assign
    >>> from transitplan.graph import compile_road
    >>> from transitplan.model.cases import braess
    >>> network, demand = braess()
    >>> routes = assign(compile_road(network), demand, gap=1e-10).routes
    >>> found = passes(routes, [(0,), (0, 4)], np.array([False, True]))
    >>> (found @ routes.flow_vph).round(6).tolist()
    [4.0, 2.0]
    """
    n_routes = routes.flow_vph.size
    route_at = np.repeat(np.arange(n_routes), np.diff(routes.first_link))
    rows = [
        _hits(routes, np.asarray(places, dtype=np.int64), route_at, turn=bool(turn))
        for places, turn in zip(counted, turning, strict=True)
    ]
    place = np.repeat(np.arange(len(rows)), [hit.size for hit in rows])
    hit = np.concatenate(rows) if rows else np.zeros(0, np.int64)
    # Doubles add up: a route that passes a screenline twice counts twice.
    return sparse.csr_matrix((np.ones(hit.size), (place, hit)), shape=(len(rows), n_routes))


def _hits(routes: Routes, places: Ints, route_at: Ints, *, turn: bool) -> Ints:
    """Routes that pass, once for each pass."""
    if not turn:
        return np.asarray(route_at[np.isin(routes.links, places)])
    at = np.flatnonzero(routes.links[: routes.links.size - places.size + 1] == places[0])
    for step, link in enumerate(places[1:], start=1):
        at = at[(routes.links[at + step] == link) & (route_at[at + step] == route_at[at])]
    return np.asarray(route_at[at])


def pair_shares(
    routes: Routes, passing: Any, zones: Ints, n_zones: int, seen: Bools
) -> tuple[Any, Floats]:
    """Share of the trips of each class and pair that each place sees; trips on routes of each.

    Parameters
    ----------
    passing
        As ``passes`` gives it.
    zones
        Position that each zone of the routes has among ``n_zones``, (n_zones of the routes,).
    seen
        Classes that each place counts, (n_places, n_classes).

    Returns
    -------
    shares
        Sparse (n_places, n_classes × n_zones × n_zones), by class, origin and destination.
    routed
        Trips on routes, (n_classes × n_zones × n_zones,).
    """
    n_classes = len(routes.class_names)
    cell = (routes.class_at * n_zones + zones[routes.o_zone]) * n_zones + zones[routes.d_zone]
    n_cells = n_classes * n_zones**2
    routed = np.bincount(cell, routes.flow_vph, n_cells).astype(float)
    part = np.divide(routes.flow_vph, routed[cell], out=np.zeros(cell.size), where=routed[cell] > 0)
    to_cell = sparse.csr_matrix((part, (np.arange(cell.size), cell)), shape=(cell.size, n_cells))
    shares = masked(passing, routes.class_at, seen) @ to_cell
    return shares.tocsr(), frozen(routed)


def masked(passing: Any, class_at: Ints, seen: Bools) -> Any:
    """Passes of the classes that each place counts, of the same shape."""
    entries = passing.tocoo()
    kept = seen[entries.row, class_at[entries.col]]
    return sparse.csr_matrix(
        (entries.data[kept], (entries.row[kept], entries.col[kept])), shape=passing.shape
    )
