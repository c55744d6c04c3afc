"""Skims and access of two versions side by side."""

from typing import Any

import numpy as np
import pandas as pd

from transitplan.access import cluster_times, reach
from transitplan.appraisal.pairs import HourPairs
from transitplan.arrays import Floats
from transitplan.results.columns import compared, described, outer
from transitplan.results.state import State
from transitplan.units import METRES_PER_KM, SECONDS_PER_MINUTE

REACH_MINUTES = (30, 45, 60)
PLACE = ("kind", "place_id", "name", "name_zh")
PAIR = ("o_zone_id", "d_zone_id")
QUANTITIES = {"time": "min", "length": "km", "cost": "cny"}


def skim_table(before: State, after: State) -> pd.DataFrame:
    """Compare what a trip between each pair of zones takes, by class.

    Means over the routes that the class uses; a pair without trips has its cheapest way. Zones are
    those of the demand; no way is inf.

    Returns
    -------
    DataFrame
        class_name, o_zone_id, d_zone_id, trips_before_vph, trips_after_vph; before, after, change
        and relative of time_min, length_km, cost_cny (generalised: time, running cost, tolls).
    """
    parts = []
    for name in [each.name for each in after.pairs.classes]:
        both = _both(before.pairs, after.pairs, name)
        columns = {
            "trips_before_vph": both["trips_before"],
            "trips_after_vph": both["trips_after"],
        }
        for quantity, unit in QUANTITIES.items():
            sides = (both[f"{quantity}_{side}"] for side in ("before", "after"))
            columns |= compared(quantity, unit, *sides)
        parts.append(pd.DataFrame({"class_name": name, **both["zones"], **columns}))
    return pd.concat(parts, ignore_index=True)


def _both(before: HourPairs, after: HourPairs, name: str) -> dict[str, Any]:
    """Arrays of a class over the zones of either version, (n_zones²,)."""
    zones = after.zone_ids.union(before.zone_ids, sort=False)
    n_zones = len(zones)
    found: dict[str, Any] = {
        "zones": {
            "o_zone_id": np.repeat(zones.to_numpy(), n_zones),
            "d_zone_id": np.tile(zones.to_numpy(), n_zones),
        }
    }
    for side, pairs in (("before", before), ("after", after)):
        at = [each.name for each in pairs.classes].index(name)
        own = pairs.zone_ids.get_indexer(zones)
        there = np.flatnonzero(own >= 0)
        fields = {
            "trips": (pairs.trips_vph[at], 0.0),
            "time": (pairs.time_s[at] / SECONDS_PER_MINUTE, np.inf),
            "length": (pairs.length_m[at] / METRES_PER_KM, np.inf),
            "cost": (pairs.cost_cny[at], np.inf),
        }
        for field, (values, absent) in fields.items():
            whole: Floats = np.full((n_zones, n_zones), absent)
            whole[np.ix_(there, there)] = values[np.ix_(own[there], own[there])]
            found[f"{field}_{side}"] = whole.ravel()
    return found


def skim_summary(skims: pd.DataFrame) -> pd.DataFrame:
    """Sum the skims up by class.

    Means are over trips that have a way, each version with its own; pairs within a zone have none.

    Returns
    -------
    DataFrame
        class_name; before, after, change and relative of the mean time_min, length_km and cost_cny
        of a trip; gained_pairs, lost_pairs (that have a way in one version only), gained_trips_vph,
        lost_trips_vph; best_o_zone_id, best_d_zone_id, best_change_cny (the pair with trips whose
        cost falls most: time and length jump where a toll makes two ways cost the same),
        worst_o_zone_id, worst_d_zone_id, worst_change_cny.
    """
    between = skims[skims["o_zone_id"] != skims["d_zone_id"]]
    rows = []
    for name, own in between.groupby("class_name", sort=False):
        was, now = (np.isfinite(own[f"time_{side}_min"]) for side in ("before", "after"))
        row: dict[str, Any] = {"class_name": name}
        for quantity, unit in QUANTITIES.items():
            means = [
                _mean(own[f"{quantity}_{side}_{unit}"], own[f"trips_{side}_vph"])
                for side in ("before", "after")
            ]
            columns = compared(quantity, unit, *([mean] for mean in means))
            row |= {label: values[0] for label, values in columns.items()}
        row |= {
            "gained_pairs": int((now & ~was).sum()),
            "lost_pairs": int((was & ~now).sum()),
            "gained_trips_vph": float(own.loc[now & ~was, "trips_after_vph"].sum()),
            "lost_trips_vph": float(own.loc[was & ~now, "trips_before_vph"].sum()),
        }
        used = own[(own["trips_before_vph"] + own["trips_after_vph"] > 0) & was & now]
        changes = used["cost_change_cny"]
        for word, at in (("best", changes.argmin), ("worst", changes.argmax)):
            ends = used.iloc[at()] if len(used) else dict.fromkeys(used.columns, np.nan)
            row |= {f"{word}_{end}": ends[end] for end in PAIR}
            row[f"{word}_change_cny"] = ends["cost_change_cny"]
        rows.append(row)
    return pd.DataFrame(rows)


def _mean(values: "pd.Series[float]", weight: "pd.Series[float]") -> float:
    """Mean by weight of what is finite."""
    way = np.isfinite(values)
    total = float(weight[way].sum())
    return float((values[way] * weight[way]).sum() / total) if total > 0 else np.nan


def access_table(before: State, after: State) -> pd.DataFrame:
    """Compare the times by car from each cluster to each cluster and hub in the peak hour.

    Returns
    -------
    DataFrame
        origin_id, destination_id; before, after, change and relative of time_min. Empty without
        clusters.
    """
    one, two = (_minutes(state) for state in (before, after))
    return outer(one, two, ["origin_id", "destination_id"], {"time": "min"}, absent=np.inf)


def _minutes(state: State) -> pd.DataFrame:
    clusters = state.network.clusters
    if clusters.empty:
        return pd.DataFrame(columns=["origin_id", "destination_id", "time_min"])
    table = cluster_times(state.run.peak_time_s, clusters)
    table.columns.name = "destination_id"
    long = table.reset_index().melt("origin_id", value_name="time_min")
    return long[long["origin_id"] != long["destination_id"]]


def reach_table(before: State, after: State) -> pd.DataFrame:
    """Compare people and jobs within 30, 45 and 60 minutes by car of each zone and cluster.

    Each version counts the people and jobs of its own zones.

    Returns
    -------
    DataFrame
        kind (cluster, hub, zone), place_id, name, name_zh, within_min; before, after, change and
        relative of people and jobs. Empty where zones have neither.
    """
    one, two = (_reached(state) for state in (before, after))
    keys = ["kind", "place_id", "within_min"]
    table = outer(one, two, keys, {"people": "", "jobs": ""}, absent=0.0)
    return described(table, keys, two, one, words=("name", "name_zh"))


def _reached(state: State) -> pd.DataFrame:
    zones = state.network.zones
    if not {"population", "jobs"} <= set(zones.columns) or not zones["population"].notna().any():
        return pd.DataFrame(columns=[*PLACE, "within_min", "people", "jobs"])
    there = zones.set_index("zone_id")[["population", "jobs"]].fillna(0.0)
    time_s = state.run.peak_time_s
    found = reach(time_s, there, time_s.index.tolist(), minutes=REACH_MINUTES)
    found = found.rename(columns={"population": "people"})
    table = _places(state).merge(found, on="zone_id")
    return table[[*PLACE, "within_min", "people", "jobs"]]


def _places(state: State) -> pd.DataFrame:
    """Clusters, hubs and zones with the zone that stands for each; ids as text."""
    clusters, zones = state.network.clusters, state.network.zones
    words = ["name", "name_zh"]
    one = clusters[["kind", "cluster_id", *words, "zone_id"]].rename(
        columns={"cluster_id": "place_id"}
    )
    named = {word: zones.get(word, "") for word in words}
    two = pd.DataFrame({"kind": "zone", "place_id": zones["zone_id"].astype(str), **named}).assign(
        zone_id=zones["zone_id"]
    )
    return pd.concat([one, two], ignore_index=True) if len(one) else two
