"""Tables of a toll study, made from the peak hours of its equilibria."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transitplan.appraisal.benefits import group_benefits
from transitplan.appraisal.money import annual_factor
from transitplan.appraisal.toll_hour import TollHour, user_benefit_pairs
from transitplan.appraisal.worth import BESIDE, hour_components, hour_worth
from transitplan.demand.peak_hour import grown_zones
from transitplan.model.demand import CAR, FREIGHT, TRUCK, UserClass
from transitplan.scenario.case import Case
from transitplan.scenario.toll_rules import LOCAL
from transitplan.scenario.tolls import BORDER

FIXED, ELASTIC = "fixed", "elastic"
BAND = (-0.5, -0.03)  # published elasticities of traffic to toll: field notes, section 6
MOSTLY = 0.5  # share of the traffic lost that is found again on other crossings
BORDER_GROUP = "border"  # who comes from outside the area


@dataclass(frozen=True)
class Target:
    """Crossings that are charged one toll."""

    target_id: str  # a crossing, or ``city``: all that are not on expressways
    crossing_ids: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Setting:
    """A target at a toll, with trips fixed or elastic, against the present rules."""

    target: Target
    demand: str  # fixed or elastic
    toll_cny: float
    base: TollHour
    hour: TollHour

    @property
    def label(self) -> dict[str, str | float]:
        """The first columns of its rows."""
        return {
            "target": self.target.target_id,
            "demand": self.demand,
            "toll_cny": self.toll_cny,
        }


def effects(case: Case, demand: str, base: TollHour, hour: TollHour) -> dict[str, float]:
    """What an hour changes for users, for the toll taker and for all, in a year [CNY/year].

    With fixed trips the total is ``worth.hour_worth``, from sums over links; with elastic trips it
    is the users' surplus by the rule of a half, the tolls that come in, and what falls on others
    (accidents, CO2, air) or is not reckoned with by drivers.
    """
    factor = float(annual_factor(case.values))
    users = float(user_benefit_pairs(base, hour).to_numpy().sum())
    tolls = hour.tolls_cny - base.tolls_cny
    parts = hour_components(base.totals, hour.totals)
    others = sum(float(parts[name].sum()) for name in BESIDE)
    worth = hour_worth(base.totals, hour.totals) if demand == FIXED else users + tolls + others
    noise = base.totals.cost_error_cny_per_h + hour.totals.cost_error_cny_per_h
    return {
        "user_benefit_cny_per_year": users * factor,
        "tolls_change_cny_per_year": tolls * factor,
        "others_cny_per_year": others * factor,
        "welfare_cny_per_year": worth * factor,
        "noise_cny_per_year": noise * factor,
        "trips_change_vph": float(hour.trips_vph.sum() - base.trips_vph.sum()),
    }


def level_row(case: Case, each: Setting) -> dict[str, object]:
    """Traffic, revenue and welfare of one toll."""
    on_target = [name for name in each.target.crossing_ids if name in each.hour.passages_vph.index]
    passed, paid = each.hour.passages_vph.loc[on_target], each.hour.paid_cny.loc[on_target]
    cars = each.hour.of_fleet(CAR)
    revenue = float(paid.to_numpy().sum())
    return {
        **each.label,
        "passages_vph": float(passed.to_numpy().sum()),
        "cars_vph": float(passed[cars].to_numpy().sum()),
        "all_crossings_vph": float(each.hour.passages_vph.to_numpy().sum()),
        "all_cars_vph": float(each.hour.passages_vph[cars].to_numpy().sum()),
        "river_trips_vph": each.hour.river_vph,
        "river_car_cny": each.hour.river_car_cny,
        "revenue_cny_per_h": revenue,
        "revenue_cny_per_year": revenue * float(annual_factor(case.values)),
        **effects(case, each.demand, each.base, each.hour),
        "uneven_share": uneven_share(cluster_rows(case, each)),
    }


def with_elasticities(levels: pd.DataFrame) -> pd.DataFrame:
    """Arc elasticities of each toll against the next lower one, and why they leave the band.

    ``toll_elasticity`` is that of the cars on the target to their toll (midpoints; none from a
    toll of 0, of which no toll is a multiple). ``cost_elasticity`` takes the rise of the toll as a
    share of what a car trip over the river costs. ``diverted_share`` of the cars lost is found on
    other crossings. ``outside`` is empty within the band, else ``diverts``, ``given_up``,
    ``captive`` or ``rises``.
    """
    keys = ["target", "demand"]
    rows = levels.sort_values([*keys, "toll_cny"], ignore_index=True)
    before = rows.groupby(keys).shift(1)
    cars = _relative(rows["cars_vph"], before["cars_vph"])
    rise = rows["toll_cny"] - before["toll_cny"]
    from_nothing = before["toll_cny"] == 0.0
    rows["toll_elasticity"] = (cars / _relative(rows["toll_cny"], before["toll_cny"])).mask(
        from_nothing
    )
    trip = (rows["river_car_cny"] + before["river_car_cny"]) / 2
    rows["cost_elasticity"] = cars / (rise / trip)
    lost = before["cars_vph"] - rows["cars_vph"]
    elsewhere = (rows["all_cars_vph"] - rows["cars_vph"]) - (
        before["all_cars_vph"] - before["cars_vph"]
    )
    rows["diverted_share"] = elsewhere / lost.where(lost > 0)
    rows["outside"] = [
        why_outside(elasticity, share)
        for elasticity, share in zip(rows["toll_elasticity"], rows["diverted_share"], strict=True)
    ]
    return rows


def why_outside(elasticity: float, diverted_share: float) -> str:
    """Why an elasticity lies outside the published band; nothing within it."""
    if not np.isfinite(elasticity) or BAND[0] <= elasticity <= BAND[1]:
        return ""
    if elasticity > 0:
        return "rises"
    if elasticity > BAND[1]:
        return "captive"
    return "diverts" if diverted_share >= MOSTLY else "given_up"


def traffic_rows(each: Setting) -> pd.DataFrame:
    """Passages over every crossing, by use, and how they change."""
    cars, trucks = (each.hour.of_fleet(name) for name in (CAR, TRUCK))
    now, then = each.base.passages_vph, each.hour.passages_vph
    table = pd.DataFrame(
        {
            "cars_vph": then[cars].sum(axis=1),
            "trucks_vph": then[trucks].sum(axis=1),
            "change_vph": then.sum(axis=1) - now.sum(axis=1).reindex(then.index),
        }
    ).reset_index()
    return _labelled(each, table)


def payer_rows(case: Case, each: Setting) -> pd.DataFrame:
    """Who passes the target and what they pay there in a year, by class and plate."""
    names = [name for name in each.target.crossing_ids if name in each.hour.passages_vph.index]
    table = paid_by_class(case, each.hour, names)
    return _labelled(each, table)


def paid_by_class(case: Case, hour: TollHour, crossing_ids: list[str]) -> pd.DataFrame:
    """Passages and payments at crossings by class and plate, one row a class."""
    factor = float(annual_factor(case.values))
    passed = hour.passages_vph.loc[crossing_ids].sum()
    paid = hour.paid_cny.loc[crossing_ids].sum()
    return pd.DataFrame(
        {
            "class_name": [each.name for each in hour.classes],
            "plate": [_plate(each) for each in hour.classes],
            "passages_vph": [passed[each.name] for each in hour.classes],
            "paid_cny_per_year": [paid[each.name] * factor for each in hour.classes],
        }
    )


def _plate(each: UserClass) -> str:
    """Plate of a class; that of goods vehicles says nothing."""
    return "" if each.purpose == FREIGHT or each.use != CAR else each.plate or LOCAL


def cluster_rows(case: Case, each: Setting) -> pd.DataFrame:
    """What the users of each cluster gain in a year, all and by inhabitant; half to each end.

    The empty name is the rest of the area; ``border`` stands for who comes from outside it.
    """
    factor = float(annual_factor(case.values))
    zones = case.network.zones.set_index("zone_id")
    group = zones["super_zone"].mask(zones["zone_kind"] == BORDER, BORDER_GROUP)
    gained = group_benefits(user_benefit_pairs(each.base, each.hour), group) * factor
    people = _people(case, each).groupby(group).sum().reindex(gained.index)
    table = pd.DataFrame(
        {
            "cluster_id": gained.index,
            "user_benefit_cny_per_year": gained.to_numpy(),
            "inhabitants": people.to_numpy(),
            "by_inhabitant_cny_per_year": (gained / people.where(people > 0)).to_numpy(),
        }
    )
    return _labelled(each, table)


def uneven_share(clusters: pd.DataFrame) -> float:
    """Share of the inhabitants' loss that would have to move for all to lose alike a head.

    Hoover's index, ½ Σ |share of the loss − share of the people|: 0 where each cluster loses by
    its numbers. Those from outside the area are left out; NaN where nobody loses.
    """
    inside = clusters[clusters["inhabitants"] > 0]
    loss = (-inside["user_benefit_cny_per_year"]).clip(lower=0.0)
    if loss.sum() <= 0:
        return np.nan
    people = inside["inhabitants"] / inside["inhabitants"].sum()
    return float(0.5 * (loss / loss.sum() - people).abs().sum())


def present_rows(case: Case, hour: TollHour) -> pd.DataFrame:
    """Every crossing under the present rules: who passes, and what they pay in a year."""
    parts = []
    for crossing in hour.passages_vph.index:
        table = paid_by_class(case, hour, [crossing])
        table.insert(0, "crossing_id", crossing)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def plate_rows(hours: Mapping[str, TollHour]) -> pd.DataFrame:
    """Cars over each crossing under ways to see plates: ignored, averaged, apart."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "crossing_id": hour.passages_vph.index,
                    "plates": name,
                    "cars_vph": hour.passages_vph[hour.of_fleet(CAR)].sum(axis=1).to_numpy(),
                    "paid_by_cars_cny_per_h": hour.paid_cny[hour.of_fleet(CAR)]
                    .sum(axis=1)
                    .to_numpy(),
                }
            )
            for name, hour in hours.items()
        ],
        ignore_index=True,
    )


def _people(case: Case, each: Setting) -> "pd.Series[float]":
    zones = case.network.zones
    year = each.hour.year
    if year != case.base_year:
        zones = grown_zones(zones, case.growth, year)
    return zones.set_index("zone_id")["population"]


def _relative(now: "pd.Series[float]", before: "pd.Series[float]") -> "pd.Series[float]":
    """Change as a share of the middle."""
    return (now - before) / ((now + before) / 2)


def _labelled(each: Setting, table: pd.DataFrame) -> pd.DataFrame:
    for place, (name, value) in enumerate(each.label.items()):
        table.insert(place, name, value)
    return table
