"""What one peak hour of a variant is worth against its base, from small totals of each run.

Take ``hour_totals`` of many variants with ``Runner.take``: the matrices then never travel. Totals
are quantities (hours, kilometres by speed and by road, tolls), so that ``hour_worth`` can put money
to them with any parameters, thousands of draws at once, without another equilibrium.

Worth to all is users, toll takers and third parties together, with everything they gain: time,
the resource cost of running vehicles, accidents, CO2 and local air. Tolls cancel. Reliability is
kept apart (``hour_components``) and is not in it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, overload

import numpy as np
import pandas as pd

from transitplan.appraisal import vehicles
from transitplan.appraisal.surplus import answer_surplus_s
from transitplan.appraisal.vehicles import KG_PER_T, Values, column
from transitplan.arrays import Floats
from transitplan.errors import ValidationError
from transitplan.graph.road import RoadGraph, compile_road
from transitplan.model.demand import CAR, FREIGHT, fleet
from transitplan.scenario.case import Case
from transitplan.scenario.run import Run
from transitplan.units import METRES_PER_KM, SECONDS_PER_HOUR

# What a peak hour is worth is the sum of these; ``toll`` and ``taker`` cancel.
CORE = ("time", "operating", "unperceived", "toll", "taker", "accidents", "co2", "air")
APART = ("reliability",)
BESIDE = ("unperceived", "accidents", "co2", "air")  # not in what users choose by, nor tolls
USERS = ("time", "operating", "unperceived", "toll")
Curve: TypeAlias = Callable[[str, Values, int], Floats]
SAME_TRIPS = 1e-6  # share by which the trips of two hours may differ and be called the same


@dataclass(frozen=True, eq=False)
class HourTotals:
    """One peak hour of one equilibrium, summed over links.

    by_class
        Index class_name; columns use, purpose, trips_vph, time_h, delay_h (above empty roads),
        distance_km, toll_cny (of vehicles), value_of_time_cny_per_h, distance_cost_cny_per_km,
        surplus_s (what travellers gained against the base by demand that answers; 0 for fixed
        trips).
    """

    by_class: pd.DataFrame
    accounting: Mapping[str, float]
    cost_error_cny_per_h: float  # how far the total cost may be off, at most
    km_by_speed: Floats  # (n_classes, n_speeds) vehicle-km at ``vehicles.SPEEDS_KPH``
    km_by_road: Floats  # (n_classes, n_roads) vehicle-km on ``vehicles.ROADS``
    year: int  # of the fleet
    values: Mapping[str, float]  # parameters of the case
    demand_gap: float = 0.0  # of trips and times that answer to each other, a share


def hour_totals(case: Case, run: Run) -> HourTotals:
    """Sum a run up by class; for ``Runner.take``."""
    roads = compile_road(run.network)
    flow = np.array([run.flows[f"flow_{each.name}_vph"] for each in run.demand.classes])
    return totals_of_flows(case, run, roads, flow, run.flows["time_s"].to_numpy())


def totals_of_flows(
    case: Case, run: Run, roads: RoadGraph, flow_vph: Floats, time_s: Floats
) -> HourTotals:
    """Sum up flows (n_classes, n_links) at link times (n_links,), in the order of the link table.

    ``run`` says whose trips and classes these are; turns, which have no flow here, keep its time.
    """
    links = roads.network.links
    length_km = links["length_m"].to_numpy() / METRES_PER_KM
    free_s = roads.in_rows(roads.free_time_s)
    road = links["facility_type"].map(vehicles.ACCIDENTS).fillna(vehicles.OTHER_ROADS)
    on_road = np.array([road == name for name in vehicles.ROADS], dtype=float).T
    surplus = answer_surplus_s(case, run)
    rows, by_speed = [], []
    for each, flow, gained in zip(run.demand.classes, flow_vph, surplus, strict=True):
        taken_s = time_s + roads.in_rows(roads.slower_s(each.use))
        toll = roads.in_rows(roads.toll_cny(each.payer)) if each.pays_tolls else 0.0 * length_km
        speed = length_km * SECONDS_PER_HOUR / np.maximum(taken_s, 1e-9)
        by_speed.append((flow * length_km) @ vehicles.share_by_speed(speed))
        rows.append(
            {
                "class_name": each.name,
                "use": each.use,
                "purpose": each.purpose,
                "trips_vph": float(run.demand.matrix(each.name).to_numpy().sum()),
                "time_h": float(flow @ taken_s) / SECONDS_PER_HOUR,
                "delay_h": float(flow @ (time_s - free_s)) / SECONDS_PER_HOUR,
                "distance_km": float(flow @ length_km),
                "toll_cny": float(flow @ toll),
                "value_of_time_cny_per_h": each.value_of_time_cny_per_h,
                "distance_cost_cny_per_km": each.distance_cost_cny_per_km,
                "surplus_s": float(gained),
            }
        )
    return HourTotals(
        by_class=pd.DataFrame(rows).set_index("class_name"),
        accounting=run.accounting,
        cost_error_cny_per_h=run.cost_error_cny_per_h,
        km_by_speed=np.array(by_speed),
        km_by_road=(flow_vph * length_km) @ on_road,
        year=run.variant.year,
        values=dict(case.values),
        demand_gap=run.demand_gap,
    )


def without(totals: HourTotals, taken: pd.DataFrame) -> HourTotals:
    """Totals less what some trips took in that hour.

    Parameters
    ----------
    taken
        Index class_name; time_h, distance_km, toll_cny. Kilometres leave every speed and every
        class of road in proportion, delay with the time.
    """
    table = totals.by_class.copy()
    taken = taken.reindex(table.index, fill_value=0.0)
    time, km = (_left(table[name], taken[name]) for name in ("time_h", "distance_km"))
    for name, left in (("time_h", time), ("delay_h", time), ("distance_km", km)):
        table[name] = table[name] * left
    table["toll_cny"] -= taken["toll_cny"]
    return replace(
        totals,
        by_class=table,
        km_by_speed=totals.km_by_speed * km[:, None],
        km_by_road=totals.km_by_road * km[:, None],
    )


def _left(whole: "pd.Series[float]", taken: "pd.Series[float]") -> Floats:
    """Share that is left of each class's amount; all of nothing."""
    amount = whole.to_numpy(dtype=float)
    gone = taken.to_numpy(dtype=float)
    return 1.0 - np.divide(gone, amount, out=np.zeros_like(amount), where=amount > 0)


def hour_components(
    base: HourTotals, other: HourTotals, values: Values | None = None
) -> dict[str, Floats]:
    """What each class gains in one peak hour, by component, each (n_draws, n_classes) [CNY/h].

    ``time``, ``operating`` (as drivers perceive it when they choose routes), ``unperceived`` (what
    running the vehicle costs beyond that: speed, wear), ``toll``; ``taker`` is what toll takers
    gain; ``accidents``, ``co2`` and ``air`` fall on others; ``reliability`` stands apart.

    Where trips answer, the first three of users are one, the surplus of their demand curves, shown
    under ``time``: its parts need matrices (``appraisal.pairs``).

    Parameters
    ----------
    values
        Parameters by id, numbers or arrays (n_draws,); those of the case by default. Values of time
        scale those of the demand.

    Raises
    ------
    ValidationError
        If trips differ and no demand curve says why.
    """
    values = other.values if values is None else values
    before, after = base.by_class, other.by_class
    worth_h = _values_of_time(other, values)
    saved = {
        name: (before[name] - after[name]).to_numpy()[None, :]
        for name in ("time_h", "delay_h", "distance_km", "toll_cny")
    }
    perceived = _perceived(other, values)
    parts = {
        "time": saved["time_h"] * worth_h,
        "operating": saved["distance_km"] * perceived,
        "toll": saved["toll_cny"] * np.ones_like(worth_h),
        "taker": -saved["toll_cny"] * np.ones_like(worth_h),
    }
    if _answers(base, other):
        gained = (after["surplus_s"] - before["surplus_s"]).to_numpy()[None, :]
        parts["time"] = gained / SECONDS_PER_HOUR * worth_h
        parts["operating"] = np.zeros_like(parts["time"])
        parts["toll"] = np.zeros_like(parts["time"])
    resource = _running(base, values) - _running(other, values)
    parts["unperceived"] = resource - saved["distance_km"] * perceived
    km_saved = base.km_by_road - other.km_by_road
    parts["accidents"] = vehicles.accident_cny_per_km(values) @ km_saved.T
    carbon = _by_speed(base, values, vehicles.co2_kg_per_km) - _by_speed(
        other, values, vehicles.co2_kg_per_km
    )
    parts["co2"] = carbon * column(values["carbon_price"]) / KG_PER_T
    parts["air"] = _by_speed(base, values, vehicles.air_cny_per_km) - _by_speed(
        other, values, vehicles.air_cny_per_km
    )
    spread = column(values["reliability_ratio"]) * column(values["reliability_sd_share"])
    parts["reliability"] = spread * saved["delay_h"] * worth_h
    return parts


def _answers(base: HourTotals, other: HourTotals) -> bool:
    """Whether trips answer to cost in one of the hours; other differences are refused."""
    if base.by_class["surplus_s"].any() or other.by_class["surplus_s"].any():
        return True
    before, after = base.by_class["trips_vph"], other.by_class["trips_vph"]
    if not np.allclose(before, after, rtol=SAME_TRIPS, atol=0.0):
        raise ValidationError(
            f"hour_worth: {before.sum():,.1f} trips an hour are compared with {after.sum():,.1f}. "
            "Compare hours of the same trips, or variants whose demand answers with the same base."
        )
    return False


def _values_of_time(totals: HourTotals, values: Values) -> Floats:
    """Value of an hour of each class's vehicle, (n_draws, n_classes).

    That of the demand, scaled as the parameters it came from are: of all goods vehicles, light ones
    too, as that of trucks is, since crews are paid alike.
    """
    names = [
        ("value_of_time_truck",)
        if purpose == FREIGHT
        else (f"value_of_time_{purpose}", f"occupancy_{purpose}")
        for purpose in totals.by_class["purpose"]
    ]
    return _scaled(totals, values, "value_of_time_cny_per_h", names)


def _perceived(totals: HourTotals, values: Values) -> Floats:
    """Running cost that drivers reckon with, (n_draws, n_classes) [CNY/km]."""
    names = [(f"distance_cost_{fleet(use)}",) for use in totals.by_class["use"]]
    return _scaled(totals, values, "distance_cost_cny_per_km", names)


def _scaled(
    totals: HourTotals, values: Values, what: str, names: Sequence[Sequence[str]]
) -> Floats:
    """Money of each class times the ratio of given parameters to the case's, where it has them."""
    columns = []
    for amount, parameters in zip(totals.by_class[what].to_numpy(float), names, strict=True):
        money = column(amount)
        for name in parameters:
            if name in values and totals.values.get(name):
                money = money * column(values[name]) / totals.values[name]
        columns.append(money)
    return np.concatenate(np.broadcast_arrays(*columns), axis=1)


def _running(totals: HourTotals, values: Values) -> Floats:
    """Resource cost of running all vehicles of each class, (n_draws, n_classes) [CNY].

    Goods vehicles that drive as cars cost what they reckon with, dearer with speed as all are: no
    parameter says what a light truck costs.
    """
    cost = _by_speed(totals, values, vehicles.operating_cny_per_km)
    by_class = totals.by_class
    light = (by_class["purpose"] == FREIGHT) & (by_class["use"].map(fleet) == CAR)
    if not light.any():
        return cost
    own = _perceived(totals, values) * (vehicles.dearness(values) @ totals.km_by_speed.T)
    return np.where(light.to_numpy(), own, cost)


def _by_speed(totals: HourTotals, values: Values, curve: Curve) -> Floats:
    """Sum of a curve over the kilometres of each class, (n_draws, n_classes)."""
    columns = [
        curve(str(use), values, totals.year) @ km[:, None]
        for use, km in zip(totals.by_class["use"], totals.km_by_speed, strict=True)
    ]
    return np.concatenate(np.broadcast_arrays(*columns), axis=1)


@overload
def hour_worth(base: HourTotals, other: HourTotals, values: None = None) -> float: ...
@overload
def hour_worth(base: HourTotals, other: HourTotals, values: Values) -> Floats: ...


def hour_worth(base: HourTotals, other: HourTotals, values: Values | None = None) -> Floats | float:
    """What the peak hour is worth to all: users, toll takers and third parties [CNY/h].

    A toll is paid by one and received by another, so it cancels.

    Parameters
    ----------
    values
        As in ``hour_components``. Without them the answer is one number, with them an array
        (n_draws,); numbers alone make one draw.
    """
    parts = hour_components(base, other, values)
    worth = np.asarray(sum(parts[name].sum(axis=1) for name in CORE))
    return float(worth[0]) if values is None else worth


def hour_benefits(base: HourTotals, other: HourTotals) -> pd.DataFrame:
    """What each class gains in one peak hour at the central values (n_classes rows) [CNY/h].

    Returns
    -------
    DataFrame
        Index class_name; time_cny, operating_cny, unperceived_cny, toll_cny (all four of users),
        taker_cny, accidents_cny, co2_cny, air_cny, reliability_cny (apart).
    """
    parts = hour_components(base, other)
    return pd.DataFrame(
        {f"{name}_cny": parts[name][0] for name in (*CORE, *APART)}, index=other.by_class.index
    )


def hour_quantities(totals: HourTotals, values: Mapping[str, float] | None = None) -> pd.DataFrame:
    """What a peak hour uses, by class.

    Returns
    -------
    DataFrame
        Index class_name; time_h, delay_h, distance_km, toll_cny, co2_t, nox_kg, pm_kg.
    """
    values = totals.values if values is None else values
    table = totals.by_class[["time_h", "delay_h", "distance_km", "toll_cny"]].copy()
    for name, curve, unit in (
        ("co2_t", vehicles.co2_kg_per_km, KG_PER_T),
        ("nox_kg", vehicles.nox_g_per_km, vehicles.GRAMS_PER_KG),
        ("pm_kg", vehicles.pm_g_per_km, vehicles.GRAMS_PER_KG),
    ):
        table[name] = _by_speed(totals, values, curve)[0] / unit
    return table
