"""Least costs between any nodes, many to many."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, frozen, positions
from transitplan.graph.road import RoadGraph
from transitplan.graph.streets import at_own_pace
from transitplan.paths.costs import Cost, link_cost
from transitplan.paths.search import between


@dataclass(frozen=True, eq=False)
class LabelledMatrix:
    """Values by row and column id; inf where there is no path."""

    rows: "pd.Index[Any]"
    columns: "pd.Index[Any]"
    values: Floats  # (n_rows, n_columns)

    @property
    def reachable(self) -> Bools:
        """Where there is a path, (n_rows, n_columns)."""
        return np.isfinite(self.values)

    def to_frame(self) -> pd.DataFrame:
        """Return the same as a DataFrame."""
        return pd.DataFrame(self.values, index=self.rows, columns=self.columns, copy=True)


def shortest_matrix(
    roads: RoadGraph,
    origins: Iterable[Any],
    destinations: Iterable[Any],
    *,
    use: str = "car",
    cost: Cost = None,
    threads: int | None = None,
) -> LabelledMatrix:
    """Least cost between nodes, many to many.

    Parameters
    ----------
    roads
        Compiled network.
    origins, destinations
        Node ids, in any order.
    use, cost
        As in ``shortest_tree``; seconds by default.
    threads
        At most so many at a time; all cores by default. The answer is the same.

    Raises
    ------
    NotFoundError
        If a node or the name of the cost is unknown.
    ValidationError
        If the cost array does not fit.

    Examples
    --------
    >>> from transitplan.graph import compile_road
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()
    >>> shortest_matrix(compile_road(network), [1], [2, 1]).values.tolist()
    [[600.0, 0.0]]
    """
    roads = at_own_pace(roads, use)
    rows, columns = pd.Index(list(origins)), pd.Index(list(destinations))
    found = between(
        roads,
        link_cost(roads, cost, use),
        positions(roads.node_ids, rows, what="origins"),
        positions(roads.node_ids, columns, what="destinations"),
        [],
        threads,
    )
    return LabelledMatrix(rows, columns, frozen(found[0]))
