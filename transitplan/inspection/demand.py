"""``audit_demand``: trips held against themselves, and against the zones of a network."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from transitplan.inspection.result import Audit, Finding, in_order
from transitplan.inspection.rules import Found, Rule, listed
from transitplan.model.demand import Demand
from transitplan.model.network import Network

LOPSIDED = 0.5  # of all trips, whose way back is not in the matrix
MANY_INSIDE = 0.2  # of a zone's trips


class _Pair(NamedTuple):
    demand: Demand
    network: Network | None


def _unknown_zones(pair: _Pair, *, with_trips: bool) -> Iterator[Found]:
    if pair.network is None:
        return
    strange = ~pair.demand.zone_ids.isin(pair.network.zones["zone_id"])
    trips = _ends_vph(pair.demand)
    for row in np.flatnonzero(strange & ((trips > 0) == with_trips)).tolist():
        yield Found(pair.demand.zone_ids[row], f"not in zone.csv; {trips[row]:,.0f} trip ends/h")


def _lost(pair: _Pair) -> Iterator[Found]:
    return _unknown_zones(pair, with_trips=True)


def _idle(pair: _Pair) -> Iterator[Found]:
    return _unknown_zones(pair, with_trips=False)


def _absent(pair: _Pair) -> Iterator[Found]:
    if pair.network is None:
        return
    zones = pair.network.zones
    for zone in zones.loc[~zones["zone_id"].isin(pair.demand.zone_ids), "zone_id"]:
        yield Found(zone, "in zone.csv and not in the matrix: it has no trips")


def _silent(pair: _Pair) -> Iterator[Found]:
    people = pd.Series(dtype=float)
    if pair.network is not None and len(pair.network.zones):
        zones = pair.network.zones.set_index("zone_id")
        people = zones["population"] + zones["jobs"]
    trips = pair.demand.trips_vph.sum(axis=0)
    for end, axis in (("starts", 1), ("ends", 0)):
        for zone in pair.demand.zone_ids[trips.sum(axis=axis) == 0].tolist():
            lives = float(people.get(zone, 0.0))
            beside = f", and it has {lives:,.0f} residents and jobs" if lives else ""
            yield Found(zone, f"no trip {end} there{beside}")


def _inside(pair: _Pair) -> Iterator[Found]:
    trips = pair.demand.trips_vph.sum(axis=0)
    inside, out = np.diag(trips), trips.sum(axis=1)
    if not inside.any():
        return
    share = inside.sum() / trips.sum()
    most = inside > out * MANY_INSIDE
    zones = f"; above {MANY_INSIDE:.0%} in zones {listed(pair.demand.zone_ids[most])}"
    yield Found(
        "all",
        f"{inside.sum():,.0f} trips/h ({share:.1%}) stay in their zone and use no link"
        + (zones if most.any() else ""),
    )


def _lopsided(pair: _Pair) -> Iterator[Found]:
    for each, trips in zip(pair.demand.classes, pair.demand.trips_vph, strict=True):
        total = trips.sum()
        share = np.abs(trips - trips.T).sum() / 2 / total if total else 0.0
        if share > LOPSIDED:
            yield Found(
                each.name,
                f"{share:.0%} of its trips have no counterpart the other way; in a day they would",
            )


def _empty(pair: _Pair) -> Iterator[Found]:
    for each, trips in zip(pair.demand.classes, pair.demand.trips_vph, strict=True):
        if not trips.any():
            yield Found(each.name, "it has no trips")


def _uses(pair: _Pair) -> Iterator[Found]:
    known = set() if pair.network is None else set(pair.network.table("use_definition")["use"])
    for each in pair.demand.classes:
        if known and each.use not in known:
            yield Found(each.name, f"its use {each.use!r} is not in use_definition.csv")


RULES = (
    Rule(
        "zone-unknown", "error", "zone",
        "trips of a zone that the network does not have",
        "矩阵中有路网没有的小区且带出行量",
        "Add the zone to zone.csv, or take it out of the matrix.",
        "在 zone.csv 中补上该小区，或从矩阵中删除。",
        _lost,
    ),
    Rule(
        "zone-not-used", "warning", "zone",
        "a zone without trips that the network does not have",
        "矩阵中多余的空小区",
        "Take it out of the matrix.",
        "从矩阵中删除。",
        _idle,
    ),
    Rule(
        "zone-absent", "error", "zone",
        "a zone of the network that the matrix does not have",
        "矩阵中缺少路网的小区",
        "Add it to the matrix, with zeros if it has no trips.",
        "在矩阵中补上该小区（没有出行则填零）。",
        _absent,
    ),
    Rule(
        "class-use", "error", "class",
        "a class whose use the network does not define",
        "用户类别的车种未在路网中定义",
        "Correct the attribute `use` of the matrix.",
        "改正矩阵的 use 属性。",
        _uses,
    ),
    Rule(
        "zone-silent", "warning", "zone",
        "a zone where no trip starts, or none ends",
        "没有出行产生或吸引的小区",
        "Compare with its residents and jobs.",
        "与其人口、岗位核对。",
        _silent,
    ),
    Rule(
        "class-empty", "warning", "class",
        "a class without trips",
        "没有出行的用户类别",
        "Fill it or leave it out.",
        "补充或删除。",
        _empty,
    ),
    Rule(
        "trips-inside", "note", "zone",
        "trips that start and end in one zone",
        "区内出行",
        "They load no link; count them where access is measured.",
        "不加载到路段上；可达性分析时需计入。",
        _inside,
    ),
    Rule(
        "one-sided", "note", "class",
        f"a class of which more than {LOPSIDED:.0%} has no counterpart the other way",
        "双向不平衡的用户类别",
        "Right for a peak hour; wrong for a day, and for rows and columns exchanged.",
        "高峰小时属正常；全日矩阵或行列颠倒则需改正。",
        _lopsided,
    ),
)  # fmt: skip


def audit_demand(demand: Demand, network: Network | None = None) -> Audit:
    """Hold demand against itself, and against the zones and uses of its network where given.

    Examples
    --------
    >>> from transitplan.model.cases import grid
    >>> network, trips = grid(2, 2)
    >>> audit_demand(trips, network).ok
    True
    """
    pair = _Pair(demand, network)
    findings = [_finding(rule, found) for rule in RULES for found in rule.find(pair)]
    names = tuple(rule.name for rule in RULES)
    return Audit(demand.name, demand.version, in_order(findings), names)


def _ends_vph(demand: Demand) -> Any:
    """Trips that start or end in each zone, (n_zones,) [veh/h]."""
    trips = demand.trips_vph.sum(axis=0)
    return trips.sum(axis=0) + trips.sum(axis=1)


def _finding(rule: Rule, found: Found) -> Finding:
    texts = (found.text, rule.next_step, rule.title_zh, rule.next_step_zh)
    return Finding(rule.severity, rule.name, rule.table, found.id, None, None, *texts)
