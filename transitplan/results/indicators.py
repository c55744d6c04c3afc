"""Indicators named in a few letters, as ``time:C1->N07``: one number of a solved network."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from transitplan.access import cluster_times, reach
from transitplan.errors import ValidationError
from transitplan.model.banks import banks
from transitplan.model.network import Network
from transitplan.results.state import ALL, TOTALS, State, benefits
from transitplan.units import SECONDS_PER_MINUTE

ARROW = re.compile(r"\s*(?:->|→)\s*")
WITHIN = re.compile(r"(jobs|people)_(\d+)min$")
OPPORTUNITIES = {"jobs": "jobs", "people": "population"}
PLACES = "places are clusters, hubs and zones"
KNOWN = {
    **{name: f"{label} [{unit}]" for name, (label, unit) in TOTALS.items()},
    "user_benefit": "users' gain against the first version [CNY/h]",
    "mean_access": "mean time by car between clusters [min]",
    "time:C1->N07": f"time by car from a place to another; {PLACES} [min]",
    "length:C1->N07": "length of the fastest way by car [km]",
    "volume:X15": "vehicles over a crossing, both ways, or all of them: volume:all [veh/h]",
    "volume:X15:north": "the same towards one bank [veh/h]",
    "flow:1557": "vehicles on a link [veh/h]",
    "jobs_45min:C1": "jobs within any number of minutes by car",
    "people_30min:C1": "people within any number of minutes by car",
}


@dataclass(frozen=True)
class Indicator:
    """One number of a solved network.

    value
        Takes the state and the one it is compared with.
    """

    name: str
    label: str
    unit: str
    value: Callable[[State, State], float]


def indicator(text: str, *networks: Network) -> Indicator:
    """Read an indicator; places, crossings and links are looked up in the networks.

    Raises
    ------
    ValidationError
        If there is no such indicator, or one of the networks has no such place; the message says
        what there is.

    Examples
    --------
    >>> from transitplan.io import read_network
    >>> indicator("time:C1->C4", read_network("networks/two_banks/2025")).unit
    'min'
    """
    name, _, rest = text.strip().partition(":")
    within = WITHIN.match(name)
    if within and rest:
        return _within(text, within[1], int(within[2]), rest, networks)
    if rest and name in PLACED:
        return PLACED[name](text, name, rest, networks)
    if name in TOTALS and not rest:
        return Indicator(text, *TOTALS[name], lambda state, _: _total(state, name))
    if name in PLAIN and not rest:
        return Indicator(text, *PLAIN[name])
    raise ValidationError(_unknown(text))


def _unknown(text: str) -> str:
    near = get_close_matches(text, KNOWN, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    every = "\n".join(f"  {name}: {what}" for name, what in KNOWN.items())
    return f"indicator {text!r} is not known.{hint} There are:\n{every}"


def _total(state: State, name: str) -> float:
    return float(state.class_totals[name].to_dict()[ALL])


def _gain(state: State, before: State) -> float:
    table = benefits(before, state)
    return float(table["total_cny"].sum() + table["new_pairs_cny"].sum())


def _mean(state: State, _: State) -> float:
    clusters = state.network.clusters
    centres = clusters[clusters["kind"] == "cluster"]
    minutes = cluster_times(state.run.peak_time_s, centres).to_numpy()
    return float(minutes[~np.eye(len(minutes), dtype=bool)].mean()) if len(minutes) > 1 else np.nan


def _between(text: str, name: str, rest: str, networks: tuple[Network, ...]) -> Indicator:
    ends = [part for part in ARROW.split(rest) if part]
    if len(ends) == 1:  # C1-N07: split where both sides are places
        cuts = [(rest[:at], rest[at + 1 :]) for at, sign in enumerate(rest) if sign == "-"]
        known = _places(networks[0])
        ends = next((list(cut) for cut in cuts if set(cut) <= set(known)), ends)
    if len(ends) != len(("from", "to")):
        raise ValidationError(f"indicator {text!r}: name two places, as in {name}:C1->N07.")
    for end in ends:
        _check(text, end, "place", [_places(network) for network in networks])

    def value(state: State, _: State) -> float:
        places = _places(state.network)
        at = (places[ends[0]], places[ends[1]])
        if name == "time":
            return float(state.run.peak_time_s.to_numpy()[_row(state, at)]) / SECONDS_PER_MINUTE
        return float(state.run.distance_km.to_numpy()[_row(state, at)])

    label = f"{name} by car from {ends[0]} to {ends[1]}"
    return Indicator(text, label, "min" if name == "time" else "km", value)


def _row(state: State, ends: tuple[Any, Any]) -> tuple[int, int]:
    zones = state.run.peak_time_s.index
    origin, destination = zones.get_indexer(pd.Index(list(ends)))
    return int(origin), int(destination)


def _places(network: Network) -> dict[str, Any]:
    """Zone of each place: clusters and hubs by their ids, then zones by theirs."""
    zones = {str(zone): zone for zone in network.zones["zone_id"]}
    clusters = network.clusters
    return zones | dict(zip(clusters["cluster_id"], clusters["zone_id"], strict=True))


def _volume(text: str, _: str, rest: str, networks: tuple[Network, ...]) -> Indicator:
    crossing, _, bank = rest.partition(":")
    if bank not in ("", "north", "south"):
        raise ValidationError(f"indicator {text!r}: the bank is north or south.")
    known = [set(each.links["crossing_id"]) - {""} for each in networks]
    _check(text, crossing, "crossing", [set.union(*known, {ALL})])
    for each in networks:
        banks(each)  # says what is wrong where the river has none

    def value(state: State, _: State) -> float:
        table = state.crossings
        own = table[(table["crossing_id"] == crossing)]
        own = own[own["direction"] == f"to_{bank}"] if bank else own
        return float(own["flow_vph"].sum())

    towards = f" to the {bank}" if bank else ""
    return Indicator(text, f"volume of {crossing}{towards}", "veh/h", value)


def _flow(text: str, _: str, rest: str, networks: tuple[Network, ...]) -> Indicator:
    known = {str(link) for network in networks for link in network.links["link_id"]}
    _check(text, rest, "link", [known])

    def value(state: State, _: State) -> float:
        at = (state.network.links["link_id"].astype(str) == rest).to_numpy()
        return float(state.found.flow_vph[at].sum())

    return Indicator(text, f"flow of link {rest}", "veh/h", value)


def _within(
    text: str, what: str, minutes: int, place: str, networks: tuple[Network, ...]
) -> Indicator:
    _check(text, place, "place", [_places(network) for network in networks])
    column = OPPORTUNITIES[what]
    if any(column not in network.zones for network in networks):
        raise ValidationError(f"indicator {text!r}: zone.csv has no column {column}.")

    def value(state: State, _: State) -> float:
        there: pd.DataFrame = state.network.zones.set_index("zone_id")[[column]].fillna(0.0)
        zone = _places(state.network)[place]
        found = reach(state.run.peak_time_s, there, [zone], minutes=[minutes])
        return float(found[column].iloc[0])

    return Indicator(text, f"{what} within {minutes} min of {place}", what, value)


def _check(text: str, name: str, kind: str, known: list[Any]) -> None:
    """Refuse a place, crossing or link that one of the networks does not have."""
    for names in known:
        if name not in names:
            every = sorted(map(str, names), key=lambda each: (len(each), each))
            near = get_close_matches(name, every, n=SHOWN)
            listed = ", ".join(near or every[:MOST]) + ("" if near or len(every) <= MOST else ", …")
            raise ValidationError(
                f"indicator {text!r}: no {kind} {name!r}; there {'is' if near else 'are'} {listed}."
            )


SHOWN, MOST = 5, 30  # names that a message lists: those like it, or any

PLAIN: dict[str, tuple[str, str, Callable[[State, State], float]]] = {
    "user_benefit": ("users' gain", "CNY/h", _gain),
    "mean_access": ("mean time by car between clusters", "min", _mean),
}
PLACED: dict[str, Callable[[str, str, str, tuple[Network, ...]], Indicator]] = {
    "time": _between,
    "length": _between,
    "volume": _volume,
    "flow": _flow,
}
