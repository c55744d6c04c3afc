"""Why a value moved: which inputs changed, those nearest to what moved first."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from transitplan.errors import NotFoundError, ValidationError
from transitplan.testing.baseline import Baseline, kept_inputs
from transitplan.testing.changed import InputChange, input_changes
from transitplan.testing.moves import Move
from transitplan.testing.regression import NetworkRegression

ENDS = ("from_node_id", "to_node_id")
NODES = (*ENDS, "node_id")


def explanation(
    found: NetworkRegression, old: Baseline, folder: Path, moved: Sequence[Move]
) -> tuple[list[InputChange], list[str]]:
    """Inputs that changed, nearest to what moved first, and what else may explain it."""
    new, about = found.gathered(), found.about()
    try:
        then = kept_inputs(folder)
    except (ValidationError, NotFoundError) as error:
        return [], [
            f"the inputs of the baseline cannot be read: {each}" for each in problems_of(error)
        ]
    links = pd.DataFrame(columns=["link_id", *ENDS]) if new.network is None else new.network.links
    changes = explained(input_changes(then, new), moved, links)
    notes = [
        f"the baseline keeps no {kind} to compare with"
        for kind in ("network", "demand")
        if getattr(then, kind) is None and getattr(new, kind) is not None
    ]
    if _differs(old.about, about, "software"):
        notes.append(f"software: {old.about['software']} → {about['software']}")
    told = any(each.what.startswith("demand") for each in changes)
    if _differs(old.about, about, "demand_version") and not told:
        notes.append("demand: other trips between the same ends, or other values of a class")
    if new.network is None and new.demand is None:
        notes.append("the test keeps no inputs: give them to network_regression.inputs()")
    elif not changes and not notes:
        notes.append("no input changed: the test itself did, or the program behind it")
    return changes, notes


def _differs(old: Mapping[str, str], new: Mapping[str, str], name: str) -> bool:
    return name in old and old[name] != new.get(name)


def explained(
    changes: Sequence[InputChange], moved: Sequence[Move], links: pd.DataFrame
) -> list[InputChange]:
    """Input changes, nearest to what moved first: same link, same crossing, a node of it, largest.

    Parameters
    ----------
    links
        link_id, from_node_id and to_node_id: where the links that moved are.
    """
    places = {name: _first(moved, name) for name in ("link_id", "crossing_id", "route_id")}
    beside: dict[str, int] = {}
    ends = zip(*(links[name].astype(str) for name in ("link_id", *ENDS)), strict=True)
    for link, *nodes in ends:
        for node in nodes if link in places["link_id"] else ():
            place = places["link_id"][link]
            beside[node] = min(place, beside.get(node, place))

    def near(change: InputChange) -> tuple[int, int, float]:
        for level, (name, place) in enumerate(places.items()):
            if change.ids.get(name) in place:
                return level, place[change.ids[name]], -change.size
        at = [beside[change.ids[end]] for end in NODES if change.ids.get(end) in beside]
        if at:
            return len(places), min(at), -change.size
        whole = -1 if not change.ids else 0  # totals of a class go before its zones
        return len(places) + 1, whole, -change.size

    return sorted(changes, key=near)


def _first(moved: Sequence[Move], name: str) -> dict[str, int]:
    """Where an id stands first among what moved."""
    found: dict[str, int] = {}
    for place, move in enumerate(moved):
        if move.ids.get(name):
            found.setdefault(move.ids[name], place)
    return found


def problems_of(error: Exception) -> list[str]:
    """Every problem that an error lists."""
    return list(getattr(error, "problems", (str(error),)))
