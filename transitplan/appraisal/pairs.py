"""Rule of a half from matrices, by class and component, and whether it may be used.

Take ``hour_pairs`` with ``Runner.take``. Components of a pair are means over the routes it uses at
equilibrium, weighted by flow, so that trips × components add up to the totals over links.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from transitplan.appraisal.surplus import elastic_surplus, new_way_surplus
from transitplan.appraisal.worth import HourTotals
from transitplan.arrays import Bools, Floats
from transitplan.assignment.routes import Routes
from transitplan.graph.road import RoadGraph
from transitplan.model.demand import UserClass
from transitplan.paths import skim
from transitplan.scenario.case import Case
from transitplan.scenario.run import Run
from transitplan.units import METRES_PER_KM, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

PERIOD = "am_peak"  # the only period that is modelled
FIELDS = ("time_s", "length_m", "toll_cny")

# Ratio of a pair's cost, time or distance with the option to that without: between the two inner
# numbers nothing is said, between inner and outer a warning, beyond a serious one. The thresholds
# of TUBA: NRA Project Appraisal Guidelines, Unit 6.5 (2011), table 6.5.1.
SERIOUS_BELOW, WARNING_BELOW, WARNING_ABOVE, SERIOUS_ABOVE = 0.33, 0.67, 1.5, 3.0


@dataclass(frozen=True, eq=False)
class HourPairs:
    """Trips of one peak hour by pair, and what each of them spends, (n_classes, n_zones, n_zones).

    Pairs without trips have the components of their cheapest way; pairs without a way have inf.
    """

    zone_ids: "pd.Index[Any]"
    classes: tuple[UserClass, ...]
    trips_vph: Floats
    time_s: Floats
    length_m: Floats
    toll_cny: Floats
    cost_s: Floats
    elasticity: float
    surplus_s: Mapping[str, float] = field(default_factory=dict)  # by class, if trips respond

    @property
    def operating_cny(self) -> Floats:
        """Running cost as drivers reckon with it."""
        rates = np.array([each.distance_cost_cny_per_km for each in self.classes])
        way = np.isfinite(self.length_m)
        km = np.where(way, self.length_m, 0.0) / METRES_PER_KM
        return np.where(way, km * rates[:, None, None], np.inf)

    @property
    def time_cny(self) -> Floats:
        """Worth of the time."""
        return np.asarray(self.time_s / SECONDS_PER_HOUR * self._value_of_time)

    @property
    def cost_cny(self) -> Floats:
        """Generalised cost in money: time, running, tolls."""
        return self.time_cny + self.operating_cny + self.toll_cny

    @property
    def _value_of_time(self) -> Floats:
        return np.array([each.value_of_time_cny_per_h for each in self.classes])[:, None, None]


def hour_pairs(case: Case, run: Run) -> HourPairs:
    """Components of every pair by class; for ``Runner.take``."""
    del case
    return run_pairs(run)


def run_pairs(run: Run) -> HourPairs:
    """Components of every pair by class, of a run that has its assignment."""
    found = run.found
    if found is None or found.routes is None:
        raise ValueError("hour_pairs needs the assignment with its routes: take it from a Runner")
    zones = run.demand.zone_ids
    place = found.roads.zone_ids.get_indexer(zones)
    parts = []
    for at, each in enumerate(run.demand.classes):
        along = skim(
            found.roads, [*FIELDS, "cost_s"], times_s=found.time_s, user_class=each, threads=1
        )
        values = {name: along.array(name).copy() for name in (*FIELDS, "cost_s")}
        _put_means(values, found.roads, found.routes, at, each, found.time_s)
        parts.append({name: field[np.ix_(place, place)] for name, field in values.items()})
    stacked = {name: np.array([part[name] for part in parts]) for name in parts[0]}
    return HourPairs(
        zone_ids=zones,
        classes=run.demand.classes,
        trips_vph=run.demand.trips_vph,
        elasticity=run.variant.elasticity,
        surplus_s=run.surplus_s,
        **stacked,
    )


def _put_means(
    values: Mapping[str, Floats],
    roads: RoadGraph,
    routes: Routes,
    at: int,
    user: UserClass,
    time_s: Floats,
) -> None:
    """Put the means over the routes that a class uses in place of those of its cheapest way."""
    mine = routes.class_at == at
    if not mine.any():
        return
    toll = roads.in_rows(roads.toll_cny(user.payer))
    along = {
        "time_s": time_s + roads.in_rows(roads.slower_s(user.use)),
        "length_m": roads.in_rows(roads.length_m),
        "toll_cny": toll if user.pays_tolls else np.zeros_like(toll),
    }
    n_zones = len(routes.zone_ids)
    pair = routes.o_zone[mine] * n_zones + routes.d_zone[mine]
    flow = routes.flow_vph[mine]
    total = np.bincount(pair, flow, n_zones**2)
    used = total > 0
    for name, of_link in along.items():
        of_route = np.add.reduceat(of_link[routes.links], routes.first_link[:-1])[mine]
        sums = np.bincount(pair, flow * of_route, n_zones**2)
        values[name].flat[np.flatnonzero(used)] = sums[used] / total[used]
    if roads.turns.size:  # routes leave turns out: their time is what the others do not explain
        money_s = user.money_s(values["toll_cny"], values["length_m"])
        rest = values["cost_s"] - money_s
        values["time_s"].flat[np.flatnonzero(used)] = rest.flat[np.flatnonzero(used)]


def pair_benefits_by_class(
    before: HourPairs, after: HourPairs, values: Mapping[str, float]
) -> pd.DataFrame:
    """User benefits of one peak hour by class and component [CNY/h].

    ``½ (T₀ + T₁) (C₀ − C₁)`` for each component, where there is a way before and after. Pairs with
    a way in one of the two only are valued apart, by ``new_way_surplus`` with the parameter
    ``new_pair_scale``; how many there are, and that they were valued so, is in the table.

    Returns
    -------
    DataFrame
        class_name, purpose, mode, period, time_cny, operating_cny, toll_cny, total_cny,
        integrated_cny (the exact area, where demand answers; else the total), new_pairs,
        new_trips_vph, new_pairs_cny, alternative (said in words where it was used).
    """
    both = np.isfinite(before.cost_s) & np.isfinite(after.cost_s)
    rows = []
    for at, user in enumerate(after.classes):
        trips_0, trips_1 = before.trips_vph[at], after.trips_vph[at]
        parts = {
            f"{name}_cny": _half(
                both[at], trips_0, trips_1, getattr(before, what)[at], getattr(after, what)[at]
            )
            for name, what in (
                ("time", "time_cny"),
                ("operating", "operating_cny"),
                ("toll", "toll_cny"),
            )
        }
        total = sum(parts.values())
        new = _new_pairs(before, after, at, values["new_pair_scale"])
        rows.append(
            {
                "class_name": user.name,
                "purpose": user.purpose,
                "mode": user.use,
                "period": PERIOD,
                **parts,
                "total_cny": total,
                "integrated_cny": _integrated(before, after, at, both[at], total),
                **new,
            }
        )
    return pd.DataFrame(rows)


def _half(both: Bools, trips_0: Floats, trips_1: Floats, cost_0: Floats, cost_1: Floats) -> float:
    saved = np.subtract(cost_0, cost_1, out=np.zeros_like(cost_0), where=both)
    return float((0.5 * (trips_0 + trips_1) * saved).sum())


def _integrated(before: HourPairs, after: HourPairs, at: int, both: Bools, total: float) -> float:
    """Exact area left of the demand curve, where there is one."""
    user = after.classes[at]
    worth_s = user.value_of_time_cny_per_h / SECONDS_PER_HOUR
    if user.name in after.surplus_s:
        return after.surplus_s[user.name] * worth_s
    if not after.elasticity:
        return total
    area = elastic_surplus(
        before.trips_vph[at], before.cost_s[at], after.cost_s[at], after.elasticity
    )
    return float(area[both].sum() * worth_s)


def _new_pairs(before: HourPairs, after: HourPairs, at: int, scale: float) -> dict[str, object]:
    """Pairs with a way in one case only: how many, how many trips, worth what, valued how."""
    gained = np.isinf(before.cost_s[at]) & np.isfinite(after.cost_s[at])
    lost = np.isfinite(before.cost_s[at]) & np.isinf(after.cost_s[at])
    new = np.where(gained, after.trips_vph[at], 0.0)
    gone = np.where(lost, before.trips_vph[at], 0.0)
    minutes = float(new_way_surplus(new - gone, scale).sum())
    a_minute = after.classes[at].value_of_time_cny_per_h * SECONDS_PER_MINUTE / SECONDS_PER_HOUR
    pairs = int((new > 0).sum() + (gone > 0).sum())
    return {
        "new_pairs": pairs,
        "new_trips_vph": float(new.sum() - gone.sum()),
        "new_pairs_cny": minutes * a_minute,
        "alternative": f"logsum with staying at home, {scale:g} per minute" if pairs else "",
    }


def ratio_checks(before: HourPairs, after: HourPairs) -> pd.DataFrame:
    """How much the pairs with trips change, and so whether a straight demand curve will do.

    Returns
    -------
    DataFrame
        class_name, quantity (cost, time, distance), fine, warning, serious (numbers of pairs),
        warning_trips_share, serious_trips_share, worst_o_zone_id, worst_d_zone_id, worst_ratio
        (with the option over without; the pair that changes most).
    """
    rows = []
    for at, user in enumerate(after.classes):
        trips = 0.5 * (before.trips_vph[at] + after.trips_vph[at])
        for quantity, what in (("cost", "cost_s"), ("time", "time_s"), ("distance", "length_m")):
            was, is_now = getattr(before, what)[at], getattr(after, what)[at]
            known = (trips > 0) & np.isfinite(was) & np.isfinite(is_now) & (was > 0) & (is_now > 0)
            ratio = np.divide(is_now, was, out=np.ones_like(was), where=known)
            serious = known & ((ratio < SERIOUS_BELOW) | (ratio > SERIOUS_ABOVE))
            warning = known & ~serious & ((ratio < WARNING_BELOW) | (ratio > WARNING_ABOVE))
            worst = np.unravel_index(np.abs(np.log(ratio)).argmax(), ratio.shape)
            whole = trips[known].sum() or 1.0
            rows.append(
                {
                    "class_name": user.name,
                    "quantity": quantity,
                    "fine": int((known & ~serious & ~warning).sum()),
                    "warning": int(warning.sum()),
                    "serious": int(serious.sum()),
                    "warning_trips_share": float(trips[warning].sum() / whole),
                    "serious_trips_share": float(trips[serious].sum() / whole),
                    "worst_o_zone_id": after.zone_ids[worst[0]],
                    "worst_d_zone_id": after.zone_ids[worst[1]],
                    "worst_ratio": float(ratio[worst]),
                }
            )
    return pd.DataFrame(rows)


def matrix_against_links(pairs: HourPairs, totals: HourTotals) -> pd.DataFrame:
    """Totals of one hour from its matrices beside those from its links.

    Trips within zones are on no link and have no part in either.

    Returns
    -------
    DataFrame
        class_name, quantity (time_h, distance_km, toll_cny), by_matrix, by_link.
    """
    rows = []
    for at, user in enumerate(pairs.classes):
        way = np.isfinite(pairs.cost_s[at])
        trips = np.where(way, pairs.trips_vph[at], 0.0)
        np.fill_diagonal(trips, 0.0)
        for name, spent, unit in (
            ("time_h", pairs.time_s, SECONDS_PER_HOUR),
            ("distance_km", pairs.length_m, METRES_PER_KM),
            ("toll_cny", pairs.toll_cny, 1.0),
        ):
            by_matrix = float((trips * np.where(way, spent[at], 0.0)).sum() / unit)
            by_link = totals.by_class[name].to_dict()[user.name]
            rows.append((user.name, name, by_matrix, float(by_link)))
    return pd.DataFrame(rows, columns=["class_name", "quantity", "by_matrix", "by_link"])
