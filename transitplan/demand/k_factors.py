"""Factors on the pull between groups of zones, for what no cost explains: a county border, say.

They are the K-factors of gravity models (Ortúzar & Willumsen 2011, *Modelling Transport*, chapter
5): weights of pairs before balancing, so that both trip ends stay.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats
from transitplan.demand.columns import Columns
from transitplan.demand.generation import STATUSES
from transitplan.demand.growth import REST

ALL = "all"
GROUP = "k_group"  # column of the zones
COLUMNS = ("purpose", "from_group", "to_group", "factor")
RANGE = ("low", "high")


def read_k_factors(
    table: pd.DataFrame, zones: pd.DataFrame, purposes: Sequence[str], zone_ids: "pd.Index[str]"
) -> dict[str, Floats]:
    """Factor of every pair of zones for each purpose that has one, (n, n).

    Parameters
    ----------
    table
        One row a pair of groups: purpose (some, separated by spaces, or ``all``), from_group,
        to_group, factor, low, high, source, status. A row holds both ways.
    zones
        Of the demand model: zone_id and ``k_group``; zones without a group are of group ``rest``.
    zone_ids
        Order of rows and columns, as text.

    Raises
    ------
    ValidationError
        With every problem of the table.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     [["all", "rest", "over", 0.5]], columns=["purpose", "from_group", "to_group", "factor"]
    ... )
    >>> zones = pd.DataFrame({"zone_id": ["1", "2"], "k_group": ["", "over"]})
    >>> read_k_factors(table, zones, ["work"], pd.Index(["1", "2"]))["work"].tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    rows = Columns(table, "k_factors", COLUMNS)
    own = Columns(zones, "zones", ["zone_id", GROUP])
    group = pd.Series(own.text(GROUP, REST).to_numpy(), index=own.text("zone_id"))
    ends = [rows.choices(name, sorted({*group, REST})) for name in COLUMNS[1:3]]
    factor, low, high = (rows.numbers(name, filled=name == "factor") for name in ("factor", *RANGE))
    rows.note(factor == 0, "factor", "is 0: nobody could cross. Give a small one")
    with np.errstate(invalid="ignore"):  # where there is no range
        rows.note((factor < low) | (factor > high), "factor", "is outside its low and high")
    rows.choices("status", STATUSES)
    meant = [_purposes(cell, purposes) for cell in rows.text("purpose")]
    strange = np.array([not names or not set(names) <= set(purposes) for names in meant])
    told = ", ".join((*purposes, ALL))
    rows.note(strange, "purpose", f"is none of {told}, or some of them separated by spaces")
    rows.note(_repeated(meant, *ends), "", "says again what a line before says of a purpose")
    rows.refuse()
    placed = group.reindex(zone_ids).fillna(REST).to_numpy()
    found: dict[str, Floats] = {}
    for names, one, other, value in zip(meant, *ends, factor, strict=True):
        there = np.outer(placed == one, placed == other)
        for name in names:
            own_factor = found.setdefault(name, np.ones(there.shape))
            own_factor[there | there.T] = value
    return found


def _purposes(cell: str, purposes: Sequence[str]) -> tuple[str, ...]:
    return tuple(purposes) if cell == ALL else tuple(cell.split())


def _repeated(
    meant: Sequence[tuple[str, ...]], one: "pd.Series[str]", other: "pd.Series[str]"
) -> Bools:
    """Whether a row speaks of a purpose and a pair of groups that one before it spoke of."""
    seen: set[tuple[str, frozenset[str]]] = set()
    again = []
    for names, *pair in zip(meant, one, other, strict=True):
        keys = [(name, frozenset(pair)) for name in names]
        again.append(len(set(keys)) < len(keys) or not seen.isdisjoint(keys))
        seen |= set(keys)
    return np.array(again)
