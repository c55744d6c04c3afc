"""The river as a screenline: banks, capacity, what limits it, and how many crossings may fail."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from transitplan.flow.maximum import MaximumFlow, capacity_graph, maximum_flow, prepared
from transitplan.model.banks import BANKS, banks
from transitplan.model.network import Network

MOST_SETS = 3000  # sets of crossings tried for one size
ROUNDING = 1e-9  # relative; capacities were rounded by less


def zones_of(network: Network, bank: "pd.Series[str]", side: str) -> list[object]:
    """Zones on a bank, in the order of their nodes."""
    nodes = network.nodes
    held = nodes["zone_id"].notna().to_numpy() & (bank.to_numpy() == side)
    return list(nodes.loc[held, "zone_id"])


def river_capacity(
    network: Network, *, use: str = "car", pce_vph: "pd.Series[float] | None" = None
) -> pd.DataFrame:
    """Capacity of each crossing by direction, open to a use.

    A crossing of several links one behind the other has the capacity of the narrowest.

    Parameters
    ----------
    pce_vph
        Flow of each link by ``link_id`` [pce/h]: adds ``flow_pceph``, the most on any of a
        crossing's links that way.

    Returns
    -------
    DataFrame
        In the order of the river: crossing_id, name, name_zh, direction (``to_north``,
        ``to_south``), capacity_pceph.
    """
    bank = banks(network)
    roads = capacity_graph(network, use)
    links = network.links
    names = network.crossings.set_index("crossing_id")
    inner = links["crossing_id"].to_numpy()
    place = names["river_km"].to_dict()
    every = sorted(
        {each for each in inner if each}, key=lambda each: (_last(place.get(each)), each)
    )
    rows = []
    for crossing in every:
        own = links[inner == crossing]
        others = [each for each in every if each != crossing]
        for start, end in (BANKS, BANKS[::-1]):
            ends = pd.unique(own[["from_node_id", "to_node_id"]].to_numpy().ravel())
            sides = {side: [node for node in ends if bank[node] == side] for side in BANKS}
            value = 0.0
            if sides[start] and sides[end]:
                value = maximum_flow(
                    roads, sides[start], sides[end], without=others, nodes=True
                ).value_pceph
            row = {
                "crossing_id": crossing,
                "name": names["name"].get(crossing, own["name"].iloc[0]),
                "name_zh": names["name_zh"].get(crossing, own["name_zh"].iloc[0]),
                "direction": f"to_{end}",
                "capacity_pceph": value,
            }
            if pce_vph is not None:
                row["flow_pceph"] = leaving(own, bank, start, pce_vph)
            rows.append(row)
    return pd.DataFrame(rows)


def leaving(
    links: pd.DataFrame, bank: "pd.Series[str]", side: str, flow: "pd.Series[float]"
) -> float:
    """Sum of a quantity of links, by ``link_id``, over those links that leave a bank."""
    away = links["from_node_id"].map(bank) == side
    return float(flow.loc[links.loc[away, "link_id"]].sum())


def _last(value: Any) -> float:
    """Return a number, inf where there is none, so that it sorts last."""
    return np.inf if value is None or pd.isna(value) else float(value)


def bank_flow(
    network: Network, *, use: str = "car", without: Iterable[str] = ()
) -> dict[str, MaximumFlow]:
    """Most vehicles between all zones of one bank and all of the other, by direction.

    Approach roads count: where they hold less than the crossings, they are the cut.
    """
    bank, roads = banks(network), capacity_graph(network, use)
    return {
        f"to_{end}": maximum_flow(
            roads, zones_of(network, bank, start), zones_of(network, bank, end), without=without
        )
        for start, end in (BANKS, BANKS[::-1])
    }


def place_flows(
    network: Network,
    starts: Mapping[str, Iterable[object]],
    ends: Mapping[str, Iterable[object]],
    *,
    use: str = "car",
) -> pd.DataFrame:
    """Most vehicles from each place to each other one, what limits them, and what it would take.

    Parameters
    ----------
    starts, ends
        Zones of each place, by its id.

    Returns
    -------
    DataFrame
        origin_id, destination_id, max_flow_pceph, cut, cut_zh (names of what limits it, by
        semicolon), cut_links (number), crossings_in_cut, people (who live at the origin),
        evacuation_h (people over persons an hour: no plan takes less time by car).
    """
    roads = capacity_graph(network, use)
    people = network.zones.set_index("zone_id")["population"]
    persons = persons_per_pce(network, use)
    rows = []
    for origin, zones in starts.items():
        for place, targets in ends.items():
            goal = list(targets)
            left = [zone for zone in zones if zone not in set(goal)]
            if origin == place or not left:
                continue
            found = maximum_flow(roads, left, goal)
            count = float(people.reindex(left).sum())
            rows.append(flow_row(network, (origin, place), found, count, persons))
    return pd.DataFrame(rows)


def flow_row(
    network: Network, ends: tuple[str, str], found: MaximumFlow, people: float, persons: float
) -> dict[str, object]:
    """One row of ``place_flows``: a maximum flow, its cut by name, and the time to leave.

    ends
        Ids of the place that people leave, and of the one they go to.
    persons
        Persons a passenger-car equivalent.
    """
    rate = found.value_pceph * persons
    over = found.cut.loc[found.cut["crossing_id"] != "", "crossing_id"]
    return {
        "origin_id": ends[0],
        "destination_id": ends[1],
        "max_flow_pceph": found.value_pceph,
        "cut": "; ".join(cut_names(network, found.cut, "name")),
        "cut_zh": "；".join(cut_names(network, found.cut, "name_zh")),
        "cut_links": len(found.cut),
        "crossings_in_cut": int(over.nunique()),
        "people": people,
        "evacuation_h": people / rate if rate > 0 else np.inf * people,
    }


def persons_per_pce(network: Network, use: str) -> float:
    """Persons that a passenger-car equivalent of a use carries; 1 where the network has no uses."""
    uses = network.table("use_definition")
    own = uses[uses["use"] == use]
    if own.empty:
        return 1.0
    pce, persons = float(own["pce"].iloc[0]), float(own["persons_per_vehicle"].iloc[0])
    return persons / pce if pce > 0 else np.inf


def cut_names(network: Network, cut: pd.DataFrame, column: str = "name") -> list[str]:
    """Names of a cut's links, each once: crossings by their own names, then roads."""
    crossings = network.crossings.set_index("crossing_id")[column].to_dict()
    rows = cut.to_dict("records")
    names = [
        str(crossings.get(row["crossing_id"]) or row[column] or row["crossing_id"])
        for row in rows
        if row["crossing_id"]
    ]
    names += [
        str(row[column] or f"{row['facility_type']} {row['link_id']}")
        for row in rows
        if not row["crossing_id"]
    ]
    return list(dict.fromkeys(names))


def failures(
    network: Network, demand_pceph: float, *, direction: str, use: str = "car", most: int = 4
) -> pd.DataFrame:
    """Worst set of crossings that fail at once, by their number, until demand is not met.

    Every set of a size is tried by its maximum flow between the banks, approaches included; sizes
    with more than 3,000 sets are left out, and so is what follows.

    Returns
    -------
    DataFrame
        failed, crossings (ids by comma), capacity_pceph (what is left), demand_pceph, enough.
        The redundancy of the river is the last ``failed`` that is ``enough``.
    """
    bank, roads = banks(network), capacity_graph(network, use)
    end = direction.removeprefix("to_")
    start = BANKS[1 - BANKS.index(end)]
    zones = [zones_of(network, bank, side) for side in (start, end)]
    problem = prepared(roads, *zones)
    open_ = network.links.loc[roads.capacity_pceph > 0, "crossing_id"]
    every = sorted(set(open_) - {""})
    rows: list[dict[str, object]] = []
    for count in range(min(most, len(every)) + 1):
        sets = list(combinations(every, count))
        if len(sets) > MOST_SETS:
            break
        values = [problem.value_pceph(each) for each in sets]
        worst = int(np.argmin(values))
        rows.append(
            {
                "failed": count,
                "crossings": ",".join(sets[worst]),
                "capacity_pceph": values[worst],
                "demand_pceph": demand_pceph,
                "enough": bool(values[worst] * (1 + ROUNDING) >= demand_pceph),
            }
        )
        if not rows[-1]["enough"]:
            break
    return pd.DataFrame(rows)
