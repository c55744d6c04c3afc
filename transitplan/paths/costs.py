"""What a path is measured by: the cost that decides it and the quantities added up along it."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from transitplan.arrays import Floats
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph.road import RoadGraph

Cost: TypeAlias = str | npt.ArrayLike | None
FIELDS = ("time_s", "delay_s", "length_m", "toll_cny", "money_cny", "cost_s")


def link_cost(roads: RoadGraph, cost: Cost, use: str) -> Floats:
    """Cost of each link for a use, (n_links,) in the graph's order; inf where it may not run.

    Raises
    ------
    NotFoundError
        If ``cost`` names no field.
    ValidationError
        If ``cost`` is an array of another size, negative or empty somewhere.
    """
    if cost is None or isinstance(cost, str):
        name = cost or "time_s"
        known = {"time_s": roads.free_time_s + roads.slower_s(use), "length_m": roads.length_m}
        if name not in known:
            raise NotFoundError(
                f"cost: no field {name!r}. Use one of {', '.join(known)}, or give an array in the "
                "order of the link table."
            )
        values = known[name]
    else:
        values = link_values(roads, cost, what="cost")
    return np.where(roads.allowed(use), values, np.inf)


def link_values(roads: RoadGraph, values: npt.ArrayLike, *, what: str) -> Floats:
    """Take an array in link table order to the graph's order; inf closes a link.

    Turns cost their penalties [s].
    """
    given = np.asarray(values, dtype=np.float64)
    if given.shape != (roads.n_rows,):
        raise ValidationError(
            f"{what}: an array of shape {given.shape} was given; the network has {roads.n_rows} "
            "links, in the order of its link table."
        )
    wrong = ~(given >= 0)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        link = roads.network.links["link_id"].iloc[row]
        raise ValidationError(
            f"{what}: {wrong.sum()} of {given.size} values are negative or empty (link {link}: "
            f"{given[row]}). Give 0 or more; inf closes a link."
        )
    return roads.from_rows(given, at_turns=roads.turn_penalty_s)
