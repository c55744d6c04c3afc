"""What one peak hour spends, pair by pair and link by link, so that benefits can be followed down.

Take ``hour_spent`` of variants with ``Runner.take``. Every amount is a sum over vehicles on links,
put together once by link and once by the pair of zones whose routes use the link; both sums are the
same but for rounding. Trips are fixed, so that the rule of a half is what is spent less.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from transitplan.appraisal import vehicles
from transitplan.arrays import Floats, Ints
from transitplan.assignment import Assignment
from transitplan.assignment.routes import Routes
from transitplan.model.demand import CAR, FREIGHT, UserClass, fleet
from transitplan.scenario.case import Case
from transitplan.scenario.run import Run
from transitplan.units import METRES_PER_KM, SECONDS_PER_HOUR

HOURS = "vehicle_h"
PERCEIVED = ("time", "operating", "toll")  # what users choose by: the user benefit of a year
AMOUNTS = (HOURS, *PERCEIVED, "unperceived", "accidents", "co2", "air", "reliability")
TOLD_PAIRS = 200  # those that spend most: on which links is kept too
ENDS = ["o_zone_id", "d_zone_id"]


@dataclass(frozen=True, eq=False)
class HourSpent:
    """One peak hour, by pair of zones and by link; amounts in CNY/h, ``vehicle_h`` in h.

    pairs
        Index o_zone_id, d_zone_id; trips_vph, each of ``AMOUNTS``, and each class by its name: what
        its users reckon with. Pairs whose trips meet no link are left out.
    links
        Index link_id; flow_vph and the same columns.
    classes
        Index class_name; purpose, use and each of ``AMOUNTS``.
    told
        Index o_zone_id, d_zone_id, link_id; vehicle_h and ``users``, what users reckon with: of the
        pairs that spend most.
    """

    class_names: tuple[str, ...]
    pairs: pd.DataFrame
    links: pd.DataFrame
    classes: pd.DataFrame = field(default_factory=pd.DataFrame)
    told: pd.DataFrame = field(default_factory=pd.DataFrame)


def hour_spent(case: Case, run: Run) -> HourSpent:
    """Add a run up by pair and by link; for ``Runner.take``."""
    found, routes = _solved(run)
    rates = [class_rates(case, run.variant.year, found, each) for each in found.classes]
    n_zones = len(routes.zone_ids)
    of_pairs = np.zeros((n_zones**2, 1 + len(AMOUNTS) + len(rates)))
    of_links = np.zeros((len(routes.link_ids), of_pairs.shape[1]))
    for at, rate in enumerate(rates):
        mine = np.flatnonzero(routes.class_at == at)
        flow = routes.flow_vph[mine]
        spent = flow[:, None] * (_passed(routes, mine) @ rate)
        pair = routes.o_zone[mine] * n_zones + routes.d_zone[mine]
        _add(of_pairs, at, _by(pair, flow, spent, n_zones**2))
        on_link = found.class_flow_vph[at]
        _add(of_links, at, np.column_stack([on_link, on_link[:, None] * rate]))
    names = [each.name for each in found.classes]
    by_class = [found.class_flow_vph[at] @ rate for at, rate in enumerate(rates)]
    used = np.flatnonzero(of_pairs[:, 0] > 0)
    ends = [routes.zone_ids[used // n_zones], routes.zone_ids[used % n_zones]]
    return HourSpent(
        class_names=tuple(names),
        pairs=pd.DataFrame(
            of_pairs[used],
            index=pd.MultiIndex.from_arrays(ends, names=ENDS),
            columns=["trips_vph", *AMOUNTS, *names],
        ),
        links=pd.DataFrame(
            of_links,
            index=pd.Index(routes.link_ids, name="link_id"),
            columns=["flow_vph", *AMOUNTS, *names],
        ),
        classes=pd.DataFrame(
            by_class, index=pd.Index(names, name="class_name"), columns=AMOUNTS
        ).assign(
            purpose=[each.purpose for each in found.classes],
            use=[each.use for each in found.classes],
        ),
        told=_told(routes, rates, of_pairs),
    )


def _told(routes: Routes, rates: Sequence[Floats], of_pairs: Floats) -> pd.DataFrame:
    """What the pairs that spend most spend on each link."""
    spent = of_pairs[:, _places(PERCEIVED)].sum(axis=1)
    chosen = np.sort(np.argsort(-spent, kind="stable")[:TOLD_PAIRS])
    pair = routes.o_zone * len(routes.zone_ids) + routes.d_zone
    parts = []
    for at, rate in enumerate(rates):
        mine = np.flatnonzero((routes.class_at == at) & np.isin(pair, chosen))
        passed = _passed(routes, mine).tocoo()
        amount = passed.data * routes.flow_vph[mine][passed.row]
        users = rate[:, [place - 1 for place in _places(PERCEIVED)]].sum(axis=1)
        parts.append(
            pd.DataFrame(
                {
                    "pair": pair[mine][passed.row],
                    "at": passed.col,
                    HOURS: amount * rate[passed.col, 0],
                    "users": amount * users[passed.col],
                }
            )
        )
    sums = pd.concat(parts).groupby(["pair", "at"])[[HOURS, "users"]].sum()
    pairs, place = (sums.index.get_level_values(name).to_numpy() for name in ("pair", "at"))
    n_zones = len(routes.zone_ids)
    ids = [routes.zone_ids[pairs // n_zones], routes.zone_ids[pairs % n_zones]]
    links = pd.Index(routes.link_ids)[place]
    return sums.set_axis(pd.MultiIndex.from_arrays([*ids, links], names=[*ENDS, "link_id"]))


def pair_on_links(case: Case, run: Run, origin: Any, destination: Any) -> pd.DataFrame:
    """What the trips of one pair spend on each link that their routes use; as ``links``."""
    found, routes = _solved(run)
    place = routes.zone_ids.get_indexer(pd.Index([origin, destination]))
    own = (routes.o_zone == place[0]) & (routes.d_zone == place[1])
    on_links = np.zeros((len(routes.link_ids), 1 + len(AMOUNTS) + len(found.classes)))
    for at, user in enumerate(found.classes):
        mine = np.flatnonzero(own & (routes.class_at == at))
        flow = _passed(routes, mine).T @ routes.flow_vph[mine]
        rate = class_rates(case, run.variant.year, found, user)
        _add(on_links, at, np.column_stack([flow, flow[:, None] * rate]))
    table = pd.DataFrame(
        on_links,
        index=pd.Index(routes.link_ids, name="link_id"),
        columns=["flow_vph", *AMOUNTS, *(each.name for each in found.classes)],
    )
    return table[table["flow_vph"] > 0]


def class_rates(case: Case, year: int, found: Assignment, user: UserClass) -> Floats:
    """What one vehicle of a class spends on each link, (n_links, n_amounts), as ``AMOUNTS``."""
    roads, values = found.roads, case.values
    links = roads.network.links
    km = links["length_m"].to_numpy() / METRES_PER_KM
    taken_h = (found.time_s + roads.in_rows(roads.slower_s(user.use))) / SECONDS_PER_HOUR
    late_h = (found.time_s - roads.in_rows(roads.free_time_s)) / SECONDS_PER_HOUR
    worth_h = user.value_of_time_cny_per_h
    at_speed = vehicles.share_by_speed(km / np.maximum(taken_h, 1e-9 / SECONDS_PER_HOUR))
    operating = km * user.distance_cost_cny_per_km
    toll = roads.in_rows(roads.toll_cny(user.payer)) if user.pays_tolls else 0.0 * km
    if user.purpose == FREIGHT and fleet(user.use) == CAR:  # as ``worth._running``
        running = user.distance_cost_cny_per_km * vehicles.dearness(values)[0]
    else:
        running = vehicles.operating_cny_per_km(user.use, values, year)[0]
    carbon = vehicles.co2_kg_per_km(user.use, values, year)[0] / vehicles.KG_PER_T
    road = links["facility_type"].map(vehicles.ACCIDENTS).fillna(vehicles.OTHER_ROADS)
    accidents = dict(zip(vehicles.ROADS, vehicles.accident_cny_per_km(values)[0], strict=True))
    return np.column_stack(
        [
            taken_h,
            taken_h * worth_h,
            operating,
            toll,
            km * (at_speed @ running) - operating,
            km * road.map(accidents).to_numpy(dtype=float),
            km * (at_speed @ carbon) * values["carbon_price"],
            km * (at_speed @ vehicles.air_cny_per_km(user.use, values, year)[0]),
            values["reliability_ratio"] * values["reliability_sd_share"] * late_h * worth_h,
        ]
    )


def _solved(run: Run) -> tuple[Assignment, Routes]:
    if run.found is None or run.found.routes is None:
        raise ValueError("hour_spent needs the assignment with its routes: take it from a Runner")
    return run.found, run.found.routes


def _passed(routes: Routes, mine: Ints) -> csr_matrix:
    """How often each of these routes uses each link, (n_mine, n_links)."""
    shape = (routes.flow_vph.size, len(routes.link_ids))
    once = np.ones(routes.links.size)
    return csr_matrix((once, routes.links, routes.first_link), shape=shape)[mine]


def _by(pair: Ints, flow: Floats, spent: Floats, n_pairs: int) -> Floats:
    columns = [flow, *spent.T]
    return np.column_stack([np.bincount(pair, each, n_pairs) for each in columns])


def _add(table: Floats, at: int, amounts: Floats) -> None:
    """Add a class to all its columns, and what its users reckon with to its own."""
    n_shared = amounts.shape[1]
    table[:, :n_shared] += amounts
    table[:, n_shared + at] += amounts[:, _places(PERCEIVED)].sum(axis=1)


def _places(names: Sequence[str]) -> list[int]:
    """Columns of amounts, after trips or flow."""
    return [1 + AMOUNTS.index(name) for name in names]
