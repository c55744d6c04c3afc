"""The streets for those who walk or cycle: what is open to them, at their own pace.

A link is open where its ``allowed_uses`` let the use in, except

* motorways and urban expressways that are open to "all", which is what a file says that does not
  say: they open only to uses that are named, and on crossings known to have a path;
* links of a crossing that bans the use (``banned_uses``) or has no path (``cycle_walk`` is "no").

Of crossings whose ``cycle_walk`` is unknown their links decide; ``walkable_crossings`` lists them.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from transitplan.arrays import Bools
from transitplan.errors import ValidationError
from transitplan.graph.road import RoadGraph, compile_road
from transitplan.model.network import Network
from transitplan.model.pace import PACES, Pace
from transitplan.units import KPH_PER_MPS

FAST = ("expressway", "urban_expressway")
UNSAID = "all"
YES, NO, UNKNOWN = "yes", "no", "unknown"


def compile_streets(network: Network, pace: Pace, *, unknown_crossings: bool = True) -> RoadGraph:
    """Turn the streets that are open to walkers or cyclists into frozen arrays.

    All times are length over the pace's speed. Tolls and volume-delay functions do not count.

    Parameters
    ----------
    pace
        Use and speed, as ``Pace("cycle", 15)``.
    unknown_crossings
        Whether crossings whose ``cycle_walk`` is unknown are open where their links let the use in.

    Raises
    ------
    ValidationError
        If no link is open to the use.

    Examples
    --------
    >>> from transitplan.io import read_network
    >>> from transitplan.model.pace import WALK
    >>> streets = compile_streets(read_network("networks/two_banks/2025"), WALK)
    >>> sorted(set(streets.network.links["crossing_id"]))  # neither the tunnel nor the motorway
    ['', 'W']
    """
    is_open = open_links(network, pace.use, unknown_crossings=unknown_crossings)
    if not is_open.any():
        raise ValidationError(
            f"{network.name}: no link is open to {pace.use}. Look at allowed_uses in link.csv and "
            "at banned_uses and cycle_walk in crossing.csv."
        )
    return _streets(network, pace, is_open)


def _streets(network: Network, pace: Pace, is_open: Bools) -> RoadGraph:
    """The graph of the links that are open, none of them perhaps."""
    links = network.links[is_open]
    if pace.both_ways:
        links = _both_ways(links)
    own = links.assign(
        free_time_s=links["length_m"] * KPH_PER_MPS / pace.speed_kph,
        free_speed_kph=pace.speed_kph,
        toll_cny=0.0,
        lane_capacity_pceph=np.maximum(links["lane_capacity_pceph"], 1.0),
    )
    dropped = {"vdf", "movement"} if pace.both_ways else {"vdf"}
    tables = {name: network.table(name) for name in network.table_names if name not in dropped}
    if "movement" in tables:
        turns, ids = tables["movement"], own["link_id"]
        tables["movement"] = turns[turns["ib_link_id"].isin(ids) & turns["ob_link_id"].isin(ids)]
    streets = Network(  # of a checked one; zones may well be cut off
        tables | {"link": own.reset_index(drop=True)},
        name=network.name,
        crs=network.crs,
        history=(*network.history, f"streets for {pace.use} at {pace.speed_kph:g} km/h"),
    )
    return replace(compile_road(streets), pace=pace)


def at_own_pace(roads: RoadGraph, use: str) -> RoadGraph:
    """The graph on which a use moves: that of its streets where it keeps its own pace.

    Roads compiled for cars give streets at the pace of ``PACES``, made once; where none is open,
    nothing is reached.

    Raises
    ------
    ValidationError
        If the graph was compiled for another use that keeps its own pace.
    """
    if roads.pace is not None:
        if roads.pace.use != use:
            raise ValidationError(
                f"use {use!r}: these streets are compiled for {roads.pace.use}. Use "
                "compile_road(network) for motor traffic, compile_streets(network, Pace(…)) else."
            )
        return roads
    if use not in PACES:
        return roads
    made: RoadGraph = roads.remember(
        ("streets", use),
        lambda: _streets(roads.network, PACES[use], open_links(roads.network, use)),
    )
    return made


def open_links(network: Network, use: str, *, unknown_crossings: bool = True) -> Bools:
    """Links on which one walks or cycles, (n_links,) in table order."""
    links = network.links
    said, banned = _paths(network, use)
    crossings = links["crossing_id"]
    path = crossings.map({crossing: said.get(crossing, "") for crossing in crossings.unique()})
    unsaid = links["facility_type"].isin(FAST) & (links["allowed_uses"] == UNSAID)
    closed = (path == NO) | links["crossing_id"].isin(banned) | (unsaid & (path != YES))
    if not unknown_crossings:
        closed |= path == UNKNOWN
    found: Bools = network.allowed(use) & ~closed.to_numpy(dtype=bool)
    return found


def walkable_crossings(network: Network, use: str = "walk") -> pd.DataFrame:
    """Crossings with links, and whether a use gets over on them.

    Returns
    -------
    DataFrame
        crossing_id, cycle_walk (yes, no, unknown), open.

    Examples
    --------
    >>> from transitplan.io import read_network
    >>> found = walkable_crossings(read_network("networks/two_banks/2025"))
    >>> found.set_index("crossing_id")["open"].to_dict()
    {'W': True, 'M': False, 'E': False}
    """
    links = network.links
    over = links["crossing_id"] != ""
    lets_in = pd.Series(open_links(network, use), index=links.index)[over]
    found = lets_in.groupby(links.loc[over, "crossing_id"], sort=False).all()
    said, _ = _paths(network, use)
    path = [said.get(crossing, UNKNOWN) for crossing in found.index]
    return pd.DataFrame(
        {"crossing_id": found.index, "cycle_walk": path, "open": found.to_numpy(dtype=bool)}
    )


def _paths(network: Network, use: str) -> tuple[dict[str, str], set[str]]:
    """What ``crossing.csv`` says of paths, and crossings that ban the use."""
    rows = network.crossings
    bans = [{name.strip() for name in str(text).split(",")} for text in rows["banned_uses"]]
    banned = {str(each) for each, ban in zip(rows["crossing_id"], bans, strict=True) if use in ban}
    return dict(zip(rows["crossing_id"], rows["cycle_walk"], strict=True)), banned


def _both_ways(links: pd.DataFrame) -> pd.DataFrame:
    """Links, and the way back on those that have none."""
    ends = pd.concat([links["from_node_id"], links["to_node_id"]], ignore_index=True)
    place, nodes = pd.factorize(ends)
    start, end = np.split(place, 2)
    way, back = start * len(nodes) + end, end * len(nodes) + start
    missing = links[~pd.Series(back).isin(way).to_numpy()]
    if missing.empty:
        return links
    ids = missing["link_id"]
    if pd.api.types.is_integer_dtype(ids):
        named = np.arange(len(missing)) + int(links["link_id"].max()) + 1
    else:
        named = np.array([f"{each} back" for each in ids], dtype=object)
    turned = missing.assign(
        link_id=named,
        from_node_id=missing["to_node_id"],
        to_node_id=missing["from_node_id"],
        dir_flag=-missing["dir_flag"],
    )
    return pd.concat([links, turned], ignore_index=True)
