"""Least costs between any nodes, many to many."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, frozen, positions
from transitplan.errors import ValidationError
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
    out: Floats | None = None,
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
    out
        Array of float64, (n_origins, n_destinations), that is filled and stands in the answer.
        Who asks block after block for all nodes of a large network saves the time that the system
        takes to hand over new memory.

    Raises
    ------
    NotFoundError
        If a node or the name of the cost is unknown.
    ValidationError
        If the cost array or ``out`` does not fit.

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
    filled = None if out is None else _fitting(out, (len(rows), len(columns)))[np.newaxis]
    found = between(
        roads,
        link_cost(roads, cost, use),
        positions(roads.node_ids, rows, what="origins"),
        positions(roads.node_ids, columns, what="destinations"),
        [],
        threads,
        filled,
    )
    return LabelledMatrix(rows, columns, frozen(found[0]))


def _fitting(out: Floats, shape: tuple[int, int]) -> Floats:
    """Refuse an array that the answer cannot be written into."""
    if out.shape != shape or out.dtype != np.float64 or not out.flags.c_contiguous:
        raise ValidationError(
            f"out: {out.dtype} of shape {out.shape} was given; the answer needs float64 of shape "
            f"{shape}, row after row in memory."
        )
    return out
