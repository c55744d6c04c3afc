"""Opportunities that count by how far they are: gravity, logsum, nearest ones, best of modes."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transitplan.access.decay import Decay
from transitplan.arrays import Floats, positions
from transitplan.errors import ValidationError
from transitplan.graph.road import RoadGraph
from transitplan.graph.streets import at_own_pace
from transitplan.paths.costs import link_cost
from transitplan.paths.search import prepare
from transitplan.units import SECONDS_PER_MINUTE

AT_A_TIME = 2**22  # pairs of node and zone: some copies of 34 MB


def gravity_access(time_s: pd.DataFrame, opportunities: pd.DataFrame, decay: Decay) -> pd.DataFrame:
    """Opportunities that count from each zone, Σ_j O_j f(t_ij), (n_zones, n_kinds).

    Hansen (1959), *How accessibility shapes land use*, Journal of the American Institute of
    Planners 25(2). With ``Step`` it is the cumulative measure.

    Parameters
    ----------
    time_s
        Zone × zone times [s], labelled by zone id; inf where there is no way.
    opportunities
        One column a kind (jobs, places at school), indexed by zone id.
    decay
        Weight of each time, as ``Exponential(0.05)``.

    Examples
    --------
    >>> import pandas as pd
    >>> from transitplan.access import Step, gravity_access
    >>> times = pd.DataFrame([[0.0, 600.0], [600.0, 0.0]], index=[1, 2], columns=[1, 2])
    >>> jobs = pd.DataFrame({"jobs": [100.0, 50.0]}, index=[1, 2])
    >>> gravity_access(times, jobs, Step(5.0))["jobs"].tolist()
    [100.0, 50.0]
    """
    there = _at(time_s.columns, opportunities)
    return pd.DataFrame(
        decay(minutes(time_s)) @ there, index=time_s.index, columns=opportunities.columns
    )


def node_access(
    roads: RoadGraph,
    origins: Iterable[Any],
    opportunities: pd.DataFrame,
    decay: Decay,
    *,
    use: str = "car",
    times_s: npt.ArrayLike | None = None,
    threads: int | None = None,
) -> pd.DataFrame:
    """Opportunities that count from any nodes, without a table of all pairs.

    As ``gravity_access``, for the many junctions of a large network: times are found and weighed
    some origins at a time, so that memory does not grow with them.

    Parameters
    ----------
    roads
        Compiled network.
    origins
        Node ids.
    opportunities
        One column a kind, indexed by zone id; zones without a row have nothing.
    decay
        Weight of each time, as ``Exponential(0.05)``.
    use, times_s
        As for ``skim``.

    Returns
    -------
    DataFrame
        Indexed by node_id, one column a kind.

    Raises
    ------
    NotFoundError
        If a node or a zone is unknown.
    ValidationError
        If a cell is negative or empty, or ``times_s`` does not fit.

    Examples
    --------
    >>> import pandas as pd
    >>> from transitplan.access import Step, node_access
    >>> from transitplan.graph import compile_road
    >>> from transitplan.model.cases import two_routes
    >>> network, _ = two_routes()  # zone 2 lies 10 min from zone 1
    >>> jobs = pd.DataFrame({"jobs": [100.0, 50.0]}, index=[1, 2])
    >>> node_access(compile_road(network), [1], jobs, Step(5.0))["jobs"].tolist()
    [100.0]
    """
    roads = at_own_pace(roads, use)
    names = pd.Index(list(origins), name="node_id")
    there = _at(opportunities.index, opportunities)
    zones = positions(roads.zone_ids, opportunities.index, what="opportunities, zones")
    search = prepare(
        roads,
        link_cost(roads, times_s, use),
        positions(roads.node_ids, names, what="origins"),
        roads.centroid[zones],
        [],
    )
    found = np.zeros((len(names), there.shape[1]))
    at_a_time = max(AT_A_TIME // max(len(zones), 1), 1)
    for first in range(0, len(names), at_a_time):
        end = min(first + at_a_time, len(names))
        times = search.rows(first, end, threads=threads)[0]
        found[first:end] = decay(times / SECONDS_PER_MINUTE) @ there
    return pd.DataFrame(found, index=names, columns=opportunities.columns)


def logsum_access(
    cost_min: pd.DataFrame, opportunities: pd.DataFrame, per_min: float
) -> pd.DataFrame:
    """Expected best of all destinations, (1/β) ln Σ_j O_j exp(−β c_ij), in minutes of cost.

    The inclusive value of a logit choice among destinations whose size is O_j; a difference of two
    versions is a benefit in minutes per trip. Ben-Akiva & Lerman (1985), *Discrete choice
    analysis*, chapter 10. −inf where nothing is reached.

    Parameters
    ----------
    cost_min
        Zone × zone generalised cost [min].
    per_min
        Sensitivity β of the choice [1/min].
    """
    if not per_min > 0:
        raise ValidationError(f"logsum_access: per_min is {per_min!r}; give a number above 0.")
    there = _at(cost_min.columns, opportunities)
    utility = -per_min * cost_min.to_numpy(dtype=float)
    best = utility.max(axis=1, keepdims=True)
    best = np.where(np.isfinite(best), best, 0.0)
    with np.errstate(divide="ignore"):  # the logarithm of nothing is −inf, as said
        sums = (best + np.log(np.exp(utility - best) @ there)) / per_min
    return pd.DataFrame(sums, index=cost_min.index, columns=opportunities.columns)


def nearest(time_s: pd.DataFrame, counts: "pd.Series[Any]", *, k: int = 1) -> "pd.Series[float]":
    """Minutes from each zone to the k-th nearest facility; inf where fewer are reached.

    Parameters
    ----------
    counts
        Facilities in each zone, indexed by zone id.
    """
    if k < 1:
        raise ValidationError(f"nearest: k is {k}; give 1 or more.")
    there = _at(time_s.columns, counts.to_frame())[:, 0]
    times = minutes(time_s)
    order = np.argsort(times, axis=1, kind="stable")
    reached = np.cumsum(there[order], axis=1) >= k
    place = reached.argmax(axis=1)
    rows = np.arange(len(times))
    found = np.where(reached.any(axis=1), times[rows, order[rows, place]], np.inf)
    return pd.Series(found, index=time_s.index, name=f"minutes_to_{k}")


def best_mode(times_s: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Least time of several modes and the name of the mode; empty where none gets there.

    The first mode named wins a tie.
    """
    tables = list(times_s.values())
    if not tables:
        raise ValidationError("best_mode: no mode was given. Give times by mode, at least one.")
    first = tables[0]
    stack = np.stack([table.loc[first.index, first.columns].to_numpy() for table in tables])
    least = stack.min(axis=0)
    names = np.array([*times_s, ""])[np.where(np.isfinite(least), stack.argmin(axis=0), -1)]
    return (
        pd.DataFrame(least, index=first.index, columns=first.columns),
        pd.DataFrame(names, index=first.index, columns=first.columns),
    )


def minutes(time_s: pd.DataFrame) -> Floats:
    """Times of a table in minutes, (n_origins, n_destinations)."""
    return time_s.to_numpy(dtype=float) / SECONDS_PER_MINUTE


def _at(zones: "pd.Index[Any]", frame: pd.DataFrame) -> Floats:
    """Rows of a table in the order of the zones; each zone must have one, and no negative."""
    absent = zones.difference(frame.index)
    if len(absent):
        raise ValidationError(
            f"opportunities: {len(absent)} zones have no row ({', '.join(map(str, absent[:5]))}). "
            "Give 0 where there is nothing."
        )
    values = frame.loc[zones].to_numpy(dtype=float)
    if not (np.isfinite(values) & (values >= 0)).all():
        raise ValidationError("opportunities: empty, infinite or negative cells. Correct them.")
    return np.asarray(values)
