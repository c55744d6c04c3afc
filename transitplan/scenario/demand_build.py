"""The demand model of a year of a case: its tables on that year's zones, roads and lines."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.demand.background import distances_km, hours
from transitplan.demand.borders import border_trips
from transitplan.demand.distribution import within_zones
from transitplan.demand.freight import freight_trips
from transitplan.demand.generation import generate
from transitplan.demand.growth import Scenario
from transitplan.demand.mode_costs import ModeTerms, mode_costs
from transitplan.demand.peak_hour import user_classes
from transitplan.demand.travel import CAR, Rule
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph.frequency import FrequencyGraph, compile_frequency
from transitplan.graph.road import RoadGraph, compile_road
from transitplan.graph.streets import compile_streets
from transitplan.model.demand import Demand, UserClass
from transitplan.model.pace import E_BIKE, Pace
from transitplan.paths import skim
from transitplan.paths.skim import Skim
from transitplan.scenario.case import Case
from transitplan.scenario.demand_costs import door_to_door, other_costs
from transitplan.scenario.demand_file import Mode
from transitplan.scenario.demand_model import DemandModel
from transitplan.scenario.demand_tables import CAR_CLASSES, DemandTables
from transitplan.scenario.variants import Variant, variant_network
from transitplan.transit.park_and_ride import Parking, skim_park_and_ride
from transitplan.transit.search_net import TransitWeights
from transitplan.transit.strategies import skim_transit
from transitplan.units import METRES_PER_KM, SECONDS_PER_MINUTE

RIDDEN = 0.5  # boardings of a trip below which it is a walk


@dataclass(frozen=True, eq=False)
class Built:
    """A demand model ready to be solved, and what it was made of.

    Attributes
    ----------
    km
        Length of a trip on the cheapest way of commuting cars over empty roads, half of that to
        the nearest zone within one, (n, n).
    classes
        All classes of the matrices, cars first.
    accounts
        What borders and freight came to: stage, item, value, unit.
    """

    model: DemandModel
    zones: pd.DataFrame = field(repr=False)
    km: Floats = field(repr=False)
    classes: tuple[UserClass, ...]
    accounts: pd.DataFrame = field(repr=False)


def build_demand_model(
    case: Case, year: int, *, scenario: Scenario = "central", threads: int | None = None
) -> Built:
    """Make the demand model of a year of a case that has tables for one.

    The rules are those of the tables; ``demand_fit`` brings them to the targets.

    Raises
    ------
    ValidationError
        If zones cannot be reached, or the network has none of what a mode moves on.

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> found = build_demand_model(read_case("networks/jinan"), 2025)
    >>> [each.name for each in found.classes][3:], round(found.model.ends.productions.sum(), -5)
    (['light_truck', 'truck', 'dangerous_goods'], np.float64(17300000.0))
    """
    tables = case.demand_model
    if tables is None:
        raise ValidationError(f"{case.folder}: case.toml names no demand_model.")
    grown = None if year == case.base_year else year
    network = variant_network(case, Variant(year))  # tolls of the year, as it is assessed
    roads = compile_road(network)
    zones = tables.zones_of(case.network, grown, scenario)
    ends = generate(zones, tables.table["rates"], roads.zone_ids, hold=tables.file.hold)
    cars = car_classes(case)
    classes = (*cars.values(), *(rule.user_class for rule in tables.freight))
    background, accounts = _background(tables, roads, zones, classes, (grown, scenario))
    other_s, other_min = _other_modes(tables, roads, threads)
    car = tables.file.modes[CAR]
    passengers = tables.of_kind("passenger")
    way = skim(roads, ["length_m"], user_class=cars[CAR_CLASSES[0]], threads=threads)
    model = DemandModel(
        network=network,
        ends=ends,
        day=tables.day,
        rules=[_used(rule, tables) for rule in tables.rules],
        tree=tables.tree,
        other_s=other_s,
        terminal_s=car.terminal_min * SECONDS_PER_MINUTE,
        background=background,
        parking_cny=car.money_cny,
        class_of={purpose: cars[name] for purpose, name in tables.classes.items()},
        modelled=tables.modelled,
        passenger=passengers[0] if passengers else "",
        with_car=tables.of_kind("car", "park_and_ride"),
        other_min=other_min,
        k_factors=tables.k_factors_of(roads.zone_ids),
    )
    return Built(
        model, zones, within_zones(way.array("length_m") / METRES_PER_KM), classes, accounts
    )


def car_classes(case: Case) -> dict[str, UserClass]:
    """Classes of cars, with values of time and costs from the parameter table."""
    return {each.name: each for each in user_classes(case.values) if each.use == "car"}


def _used(rule: Rule, tables: DemandTables) -> Rule:
    """A rule whose constants close the modes that its purpose does not use."""
    shares = tables.targets.known()[rule.purpose].shares
    closed = {mode: -np.inf for mode in tables.modes if not shares[mode] > 0}
    constants = {**rule.constants, **closed}
    return Rule(
        rule.purpose,
        rule.scale_per_s,
        rule.deterrence_per_s,
        rule.occupancy,
        rule.value_of_time_cny_per_h,
        constants,
    )


def _background(
    tables: DemandTables,
    roads: RoadGraph,
    zones: pd.DataFrame,
    classes: Sequence[UserClass],
    when: tuple[int | None, Scenario],
) -> tuple[dict[str, Demand], pd.DataFrame]:
    """Vehicles of border, stations and freight in the hour of each period."""
    ids = roads.zone_ids
    placed = zones.set_index("zone_id").loc[ids].rename_axis("zone_id").reset_index()
    km = distances_km(roads, classes)
    freight = freight_trips(placed, tables.table["freight"], tables.freight, km, ids)
    borders = border_trips(tables.borders_of(*when), placed, km, tables.border_rules)
    made = hours([freight, borders], classes, tables.hour_shares, ids)
    return made, pd.concat([borders.accounts, freight.accounts], ignore_index=True)


def _other_modes(
    tables: DemandTables, roads: RoadGraph, threads: int | None
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Cost by purpose and minutes of each mode but the car and its passengers."""
    skims = _skims(tables, roads, threads)
    modes = {name: tables.file.modes[name] for name in skims}
    longest = {name: mode.longest_min for name, mode in modes.items() if mode.longest_min}
    on_streets = tables.of_kind("walk", "cycle")
    terms = {name: _terms(mode) for name, mode in modes.items()}
    by_worth = {}
    for worth in {rule.value_of_time_cny_per_h for rule in tables.rules}:
        costs = mode_costs(skims, weights=_weights(tables, worth), terms=terms)
        by_worth[worth] = other_costs(costs, within=on_streets, longest_min=longest)
    cost_s = {
        name: np.stack([by_worth[rule.value_of_time_cny_per_h][name] for rule in tables.rules])
        for name in skims
    }
    for name, mode in modes.items():  # the car's is the model's own, since it is fitted
        cost_s[name] += mode.terminal_min * SECONDS_PER_MINUTE
    return cost_s, {name: door_to_door(costs, name) + modes[name].terminal_min for name in skims}


def _terms(mode: Mode) -> ModeTerms:
    return ModeTerms(
        money_cny=mode.money_cny + mode.fare_cny,
        cny_per_km=mode.cny_per_km if mode.kind in {"walk", "cycle"} else 0.0,
        vehicle_weight=mode.vehicle_weight,
        constant_min=mode.constant_min,
    )


def _weights(tables: DemandTables, worth: float) -> TransitWeights:
    own = tables.file.transit
    return TransitWeights(own.walk, own.wait, own.transfer_s, own.headway_share, worth)


def _skims(tables: DemandTables, roads: RoadGraph, threads: int | None) -> dict[str, Skim]:
    """What each mode but car and passengers takes, on the streets or the lines of the network."""
    found: dict[str, Skim] = {}
    worth = float(np.mean([rule.value_of_time_cny_per_h for rule in tables.rules]))
    weights = _weights(tables, worth)
    lines: dict[tuple[str, tuple[float, float]], FrequencyGraph] = {}
    for name in tables.modes:
        mode = tables.file.modes[name]
        if mode.kind == "walk":
            found[name] = skim(roads, use="walk", threads=threads)
        elif mode.kind == "cycle":
            pace = Pace("cycle", mode.speed_kph or E_BIKE.speed_kph)
            streets = compile_streets(roads.network, pace)
            found[name] = skim(streets, use="cycle", threads=threads)
        elif mode.kind in {"transit", "park_and_ride"}:
            when = (mode.day, mode.hours)
            if when not in lines:
                lines[when] = _lines(roads, mode)
            found[name] = (
                _ridden(skim_transit(lines[when], weights=weights, threads=threads))
                if mode.kind == "transit"
                else _driven(roads, lines[when], mode, weights, threads)
            )
    return found


def _lines(roads: RoadGraph, mode: Mode) -> FrequencyGraph:
    service = roads.network.transit
    if service is None:
        raise NotFoundError(
            f"{roads.network.name}: no transit feed, which mode {mode.name} needs. Take the mode "
            "out of model.toml, or give the network a folder transit."
        )
    return compile_frequency(service, service.busiest(mode.day), mode.hours, network=roads.network)


def _driven(
    roads: RoadGraph,
    lines: FrequencyGraph,
    mode: Mode,
    weights: TransitWeights,
    threads: int | None,
) -> Skim:
    """By car to a station over empty roads, and on by lines."""
    parking = Parking(penalty_s=mode.penalty_min * SECONDS_PER_MINUTE, cny_per_km=mode.cny_per_km)
    return _ridden(
        skim_park_and_ride(roads, lines, parking=parking, weights=weights, threads=threads).skim
    )


def _ridden(found: Skim) -> Skim:
    """A skim in which trips that no vehicle carries have no way: they are walks."""
    carried = found.array("boardings") >= RIDDEN
    np.fill_diagonal(carried, val=True)
    return Skim(
        found.zone_ids,
        found.fields,
        np.where(carried, found.values, np.inf),
        found.reachable & carried,
        found.use,
        found.version,
    )
