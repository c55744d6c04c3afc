"""Flows, times and vehicle-kilometres of the same roads in two versions, and of the crossings."""

from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, geh
from transitplan.results.columns import compared, described, outer
from transitplan.results.state import ALL, State
from transitplan.units import METRES_PER_KM, SECONDS_PER_HOUR
from transitplan.versions.kinds import ADDED, REMOVED, SPLIT
from transitplan.versions.matching import Matching

JOINED = "+"  # between the ids of parts
WORDS = ["name", "name_zh", "facility_type", "crossing_id"]
SUMMED = ["length_km", "veh_km", "veh_h", "time_s", "flow_vph"]


def link_table(before: State, after: State, matching: Matching) -> pd.DataFrame:
    """Compare what links carry, one row a road that is in either version.

    A link that was split stands beside its parts as one road, and so does one that parts were
    merged into: vehicle-kilometres, vehicle-hours and times of parts add up, and their flow is the
    mean by length, so that flow times length is what was driven. A link that only one version has
    carries 0 in the other, and has no time there.

    Returns
    -------
    DataFrame
        how (same, renumbered, moved, reversed, split, merged, added, removed), link_id_before,
        link_id_after (ids of parts joined by ``+``), name, name_zh, facility_type, crossing_id;
        then before, after, change and relative of length_km, flow_vph, time_s, speed_kph, veh_km,
        veh_h (an hour), veh_h_per_km (a kilometre of road: short links count like long ones), and
        geh of the flows.
    """
    one, two = (_carried(state) for state in (before, after))
    groups = _groups(matching, len(one), len(two))
    sums = [
        _summed(table, groups[side].to_numpy(), groups["group"].to_numpy())
        for table, side in ((one, "a"), (two, "b"))
    ]
    first = groups.drop_duplicates("group").set_index("group")
    words = _words(one, two, first)
    columns: dict[str, Any] = {"how": first["how"], **_ids(one, two, groups)}
    columns |= {name: words[name] for name in WORDS}
    for name, unit in QUANTITIES:
        columns |= compared(name, unit, *(_quantity(table, name, unit) for table in sums))
    columns["geh"] = geh(columns["flow_before_vph"], columns["flow_after_vph"])
    return pd.DataFrame(columns).reset_index(drop=True)


QUANTITIES = (
    ("length", "km"),
    ("flow", "vph"),
    ("time", "s"),
    ("speed", "kph"),
    ("veh_km", ""),
    ("veh_h", ""),
    ("veh_h_per_km", ""),
)


def _carried(state: State) -> pd.DataFrame:
    """What each link carries, in the order of the link table."""
    found, links = state.found, state.network.links
    length = links["length_m"].to_numpy() / METRES_PER_KM
    slower = np.array([found.roads.in_rows(found.roads.slower_s(c.use)) for c in found.classes])
    hours = (found.class_flow_vph * (found.time_s + slower)).sum(axis=0) / SECONDS_PER_HOUR
    return links[["link_id", *WORDS]].assign(
        length_km=length,
        veh_km=found.flow_vph * length,
        veh_h=hours,
        time_s=found.time_s,
        flow_vph=found.flow_vph,
    )


def _groups(matching: Matching, n_before: int, n_after: int) -> pd.DataFrame:
    """Rows of the two link tables by the road they belong to: group, how, a, b (−1: none).

    A group has one row but where a link was split or merged: there it has one a part.
    """
    pairs = matching.links[["a", "b", "how"]].astype({"a": "int64", "b": "int64"})
    chains = matching.chains[["a", "b", "how"]].astype({"a": "int64", "b": "int64"})
    whole = np.where(chains["how"] == SPLIT, chains["a"], -1 - chains["b"])
    pairs = pairs.assign(group=np.arange(len(pairs)))
    chains = chains.assign(group=len(pairs) + pd.factorize(whole)[0])
    known = pd.concat([pairs, chains], ignore_index=True)
    gone = np.setdiff1d(np.arange(n_before), known["a"])
    new = np.setdiff1d(np.arange(n_after), known["b"])
    alone = pd.DataFrame(
        {
            "a": np.concatenate([gone, np.full(new.size, -1)]),
            "b": np.concatenate([np.full(gone.size, -1), new]),
            "how": [REMOVED] * gone.size + [ADDED] * new.size,
        }
    )
    start = int(known["group"].max()) + 1 if len(known) else 0
    alone["group"] = start + np.arange(len(alone))
    every = pd.concat([known, alone], ignore_index=True)
    place = every.assign(later=every["a"] < 0, at=np.where(every["a"] < 0, every["b"], every["a"]))
    return place.sort_values(["later", "at", "b"], kind="stable", ignore_index=True)


def _summed(table: pd.DataFrame, rows: Any, group: Any) -> pd.DataFrame:
    """Sums over the parts of each road; NaN where the version has none of it."""
    there = rows >= 0
    own = table[SUMMED].iloc[rows[there]].assign(group=group[there], row=rows[there])
    own = own.drop_duplicates(["group", "row"])  # the whole stands beside each of its parts
    count = own.groupby("group").size()
    sums: pd.DataFrame = own.groupby("group")[SUMMED].sum()
    length = sums["length_km"]
    mean = (sums["veh_km"] / length).where(length > 0)
    sums["flow_vph"] = mean.where((count > 1) & (length > 0), sums["flow_vph"] / count)
    every = pd.Index(dict.fromkeys(group.tolist()), name="group")
    return sums.reindex(every)


def _quantity(table: pd.DataFrame, name: str, unit: str) -> Floats:
    """One quantity; what a missing road carries is 0, its length, time and speed are not known."""
    length = table["length_km"].to_numpy()
    if name == "speed":
        time = table["time_s"].to_numpy()
        per_s = np.divide(length, time, out=np.full(length.size, np.nan), where=time > 0)
        return np.asarray(per_s * SECONDS_PER_HOUR)
    if name == "veh_h_per_km":
        hours = table["veh_h"].to_numpy()
        there = np.divide(hours, length, out=np.zeros(length.size), where=length > 0)
        return np.where(np.isnan(length), 0.0, there)
    values = table[f"{name}_{unit}" if unit else name].to_numpy(dtype=float)
    return values if name in ("length", "time") else np.nan_to_num(values)


def _ids(one: pd.DataFrame, two: pd.DataFrame, groups: pd.DataFrame) -> dict[str, "pd.Series[Any]"]:
    """Ids of each road in the two versions; None where it is in one only."""
    found = {}
    for side, table, name in (("a", one, "link_id_before"), ("b", two, "link_id_after")):
        own = groups[groups[side] >= 0].drop_duplicates(["group", side])
        ids = table["link_id"].iloc[own[side]].to_numpy()
        parts: dict[Any, list[Any]] = {}
        for group, each in zip(own["group"], ids, strict=True):
            parts.setdefault(group, []).append(each)
        every = list(dict.fromkeys(groups["group"]))
        values = [
            None
            if group not in parts
            else parts[group][0]
            if len(parts[group]) == 1
            else JOINED.join(map(str, parts[group]))
            for group in every
        ]
        found[name] = pd.Series(values, index=every, dtype=object)
    return found


def _words(one: pd.DataFrame, two: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """Names and class of each road: of the later version where it has it."""
    here = first["b"].to_numpy() >= 0
    told = pd.DataFrame(index=first.index, columns=WORDS, dtype=object)
    told.loc[here] = two[WORDS].iloc[first["b"].to_numpy()[here]].to_numpy()
    told.loc[~here] = one[WORDS].iloc[first["a"].to_numpy()[~here]].to_numpy()
    return told


def crossing_table(before: State, after: State) -> pd.DataFrame:
    """Compare the volume of each crossing by direction, and of the whole river.

    Returns
    -------
    DataFrame
        crossing_id (``all`` for the river), direction, name, name_zh; before, after, change and
        relative of flow_vph; geh. A crossing that is not there carries 0.
    """
    one, two = before.crossings, after.crossings
    keys = ["crossing_id", "direction"]
    table = outer(one, two, keys, {"flow": "vph"}, absent=0.0)
    order = pd.concat([one[keys], two[keys]]).drop_duplicates(ignore_index=True)
    whole = order["crossing_id"] == ALL
    order = pd.concat([order[~whole], order[whole]], ignore_index=True)
    table = order.merge(table, on=keys, how="left")
    table = described(table, keys, two, one, words=("name", "name_zh"))
    table["geh"] = geh(table["flow_before_vph"], table["flow_after_vph"])
    return table
