"""Matrices of every year of a case by its demand model: fitted, adjusted to counts, pivoted."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from transitplan.arrays import Floats
from transitplan.assignment import Assignment, PathBased, assign
from transitplan.demand.growth import Scenario
from transitplan.demand.pivot import Pivoted, pivot
from transitplan.demand.travel import CAR, Travel
from transitplan.errors import ValidationError
from transitplan.graph.road import compile_road
from transitplan.model.demand import Demand, UserClass
from transitplan.scenario.case import Case
from transitplan.scenario.demand_build import Built, build_demand_model
from transitplan.scenario.demand_fit import Fitting
from transitplan.scenario.demand_model import (
    DemandModel,
    DemandRun,
    day_cars,
    own_cars,
    solve_demand,
)
from transitplan.scenario.demand_tables import DemandTables
from transitplan.scenario.estimation import estimate_matrix
from transitplan.scenario.estimation_result import Estimation
from transitplan.scenario.response import SHARE

GRAIN = 2.0**-20  # veh/h that trips are written to: about a millionth, and short in a file
ASSIGNMENT_GAP = 1e-5
COUNTS_TOLERANCE = 1e-4  # share of all trips that a round may move: counts see few of them
MIXED = 0.01  # share of a cell's cars from elsewhere beyond which its trips are said not to answer
CENTRAL: tuple[Scenario, ...] = ("central",)
Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class YearDemand:
    """Demand of a year and scenario of growth.

    Attributes
    ----------
    modelled
        The model's own vehicles of the hour of each period.
    written
        What the files have: adjusted to counts in the base year, pivoted on that in later ones.
    flows
        Equilibrium of what is written, by period.
    pivoted
        By period; empty in the base year.
    """

    year: int
    scenario: Scenario
    built: Built
    run: DemandRun
    modelled: Mapping[str, Demand] = field(repr=False)
    written: Mapping[str, Demand] = field(repr=False)
    flows: Mapping[str, Assignment] = field(repr=False)
    pivoted: Mapping[str, Pivoted] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, eq=False)
class MadeDemand:
    """Demand of a case.

    Attributes
    ----------
    years
        The base year first; then every later year in each scenario asked for.
    estimated
        Adjustment of the base year to counts, by period; periods without counts have none.
    """

    case: Case
    tables: DemandTables
    years: tuple[YearDemand, ...]
    estimated: Mapping[str, Estimation]

    @property
    def base(self) -> YearDemand:
        """The base year."""
        return self.years[0]


def make_demand(
    case: Case,
    *,
    years: Collection[int] = (),
    scenarios: Collection[Scenario] = CENTRAL,
    threads: int | None = None,
    progress: Progress | None = None,
) -> MadeDemand:
    """Run the demand model of a case.

    The base year is fitted to the targets while costs and trips seek each other, and its matrices
    are adjusted to counts. Later years have their own zones, roads and lines and the same rules;
    what is written is the base with the model's growth (``demand.pivot``).

    Parameters
    ----------
    years
        Later years to make; all of the case where none is said.
    scenarios
        Of growth: low, central, high.
    progress
        Called with a line at each step.

    Raises
    ------
    ValidationError
        If the case has no demand model.
    ConvergenceError
        If costs and trips do not agree.

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> found = make_demand(read_case("networks/jinan"))  # doctest: +SKIP
    >>> found.base.written["am"]  # doctest: +SKIP
    Demand('am': 146 zones, 506,790 veh/h; car_commute, car_business, car_other, light_truck, …)
    """
    tables, say = case.demand_model, progress or _silent
    if tables is None:
        raise ValidationError(f"{case.folder}: case.toml names no demand_model.")
    later = [year for year in case.years if year != case.base_year and (not years or year in years)]
    with threadpool_limits(1, user_api="blas"):  # sums in one order: the same bytes on all cores
        base, estimated = _base(case, tables, threads, say)
        made = [base]
        for scenario in scenarios:
            made += [_later(case, base, year, scenario, threads, say) for year in later]
    return MadeDemand(case, tables, tuple(made), estimated)


def _base(
    case: Case, tables: DemandTables, threads: int | None, say: Progress
) -> tuple[YearDemand, dict[str, Estimation]]:
    """Fit the base year and adjust it to counts."""
    year = case.base_year
    say(f"{year}: zones, skims and vehicles of border and freight")
    built = build_demand_model(case, year, threads=threads)
    say(f"{year}: trips and times seek each other, rules are fitted")
    fit = Fitting(tables.targets, built.km, tables.file.modes[CAR])
    run = solve_demand(built.model, fit=fit, assignment_gap=ASSIGNMENT_GAP, threads=threads)
    say(f"{year}: demand-supply gap {run.gap:.3%} after {len(run.history)} rounds")
    modelled = {period: in_order(each, built.classes) for period, each in run.demand.items()}
    written, estimated = {}, {}
    for period, demand in modelled.items():
        counts = tables.counts_of(period)
        if counts is None or counts.empty or not (_uses(counts) == "fit").any():
            written[period] = rounded(demand)
            continue
        say(f"{year} {period}: adjusted to {len(counts)} counts")
        found = estimate_matrix(
            built.model.network, demand, counts, tolerance=COUNTS_TOLERANCE, threads=threads
        )
        estimated[period] = found
        written[period] = rounded(found.demand)
    flows = _flows(
        built, written, {name: each.assignment for name, each in estimated.items()}, threads
    )
    return YearDemand(year, "central", built, run, modelled, written, flows), estimated


def _uses(counts: pd.DataFrame) -> "pd.Series[str]":
    if "use" not in counts:
        return counts["count_id"].map(lambda _: "fit")
    return counts["use"].str.strip().replace("", "fit")


def _later(
    case: Case,
    base: YearDemand,
    year: int,
    scenario: Scenario,
    threads: int | None,
    say: Progress,
) -> YearDemand:
    """A later year by the rules of the base year, put on the adjusted base."""
    built = build_demand_model(case, year, scenario=scenario, threads=threads)
    fitted = base.run.model
    model = replace(built.model, rules=fitted.rules, terminal_s=fitted.terminal_s)
    run = solve_demand(model, assignment_gap=ASSIGNMENT_GAP, threads=threads)
    say(f"{year} {scenario}: demand-supply gap {run.gap:.3%} after {len(run.history)} rounds")
    modelled = {period: in_order(each, built.classes) for period, each in run.demand.items()}
    pivoted = {
        period: pivot(
            base.written[period].trips_vph, base.modelled[period].trips_vph, each.trips_vph
        )
        for period, each in modelled.items()
    }
    written = {
        period: rounded(replace(modelled[period], trips_vph=each.trips))
        for period, each in pivoted.items()
    }
    flows = _flows(built, written, run.assignment, threads)
    return YearDemand(year, scenario, built, run, modelled, written, flows, pivoted)


def _flows(
    built: Built,
    written: Mapping[str, Demand],
    start: Mapping[str, Assignment],
    threads: int | None,
) -> dict[str, Assignment]:
    """Equilibria of the matrices as they are written."""
    roads = compile_road(built.model.network)
    return {
        period: assign(
            roads, each, PathBased(), gap=ASSIGNMENT_GAP, threads=threads, start=start.get(period)
        )
        for period, each in written.items()
    }


def in_order(demand: Demand, classes: tuple[UserClass, ...]) -> Demand:
    """A demand with the classes in the order wanted, those without trips too."""
    names = [each.name for each in demand.classes]
    n = len(demand.zone_ids)
    trips = [
        demand.trips_vph[names.index(each.name)] if each.name in names else np.zeros((n, n))
        for each in classes
    ]
    return Demand(demand.zone_ids, classes, np.stack(trips), demand.name)


def rounded(demand: Demand) -> Demand:
    """A demand with trips as they are written."""
    return replace(demand, trips_vph=np.round(demand.trips_vph / GRAIN) * GRAIN)


def response_shares(made: YearDemand, period: str) -> Demand:
    """Share of the car among all trips of those with one at hand, by class of cars.

    Drivers and passengers together, as they bear the same cost; in the direction of travel, the
    mean of the purposes of the class by their cars of the hour: with P that mean, cars × (1 − P)
    is the sum over the purposes, to which the slope of demand is in proportion. 0 where nobody
    drives, or where cars of border, stations and airport make up more than a hundredth of the
    cell: those do not answer. Classes that no purpose drives are left out.
    """
    model, trips = made.run.model, made.run.travel
    cars, t = day_cars(model, trips), model.day.periods.index(period)
    drawn, driven = (
        _in_hour(each, model.day.outbound[:, t], model.day.back[:, t])
        for each in (cars * _car_share(model, trips), cars)
    )
    own = own_cars(model, trips)[period]
    found = {}
    for k, each in answering(model, trips).items():
        mine = [place == k for place in model.places]
        part, total = drawn[mine].sum(axis=0), driven[mine].sum(axis=0)
        there = made.modelled[period].matrix(each.name).to_numpy()
        alone = own.trips_vph[k] >= (1.0 - MIXED) * there
        share = np.zeros_like(total)
        np.divide(part, total, out=share, where=(total > 0) & alone & (there > 0))
        found[UserClass(f"{SHARE}{each.name}")] = np.clip(share, 0.0, 1.0)
    name, n = f"{made.year}_{period}_response", len(own.zone_ids)
    shares = np.array(list(found.values())).reshape(-1, n, n)
    return rounded(Demand(own.zone_ids, tuple(found), shares, name))


def answering(model: DemandModel, trips: Travel) -> dict[int, UserClass]:
    """Classes of cars that some purpose drives, by their position: only these can answer."""
    driven = day_cars(model, trips).sum(axis=(1, 2)) > 0
    used = {place for place, drives in zip(model.places, driven, strict=True) if drives}
    return {k: each for k, each in enumerate(model.classes) if k in used}


def _car_share(model: DemandModel, trips: Travel) -> Floats:
    """Share of those in a car among owners of one, by purpose; 0 where none of them travels."""
    both = [mode for mode in (CAR, model.passenger) if mode]
    inside = np.sum([trips.of_owners[mode] for mode in both], axis=0)
    every = np.sum(list(trips.of_owners.values()), axis=0)
    share: Floats = np.zeros_like(every)
    np.divide(inside, every, out=share, where=every > 0)
    return share


def _in_hour(trips: Floats, out: Floats, back: Floats) -> Floats:
    """Trips of a period from origin to destination, (n_purposes, n, n)."""
    return np.asarray(out[:, None, None] * trips + (back[:, None, None] * trips).transpose(0, 2, 1))


def _silent(text: str) -> None:
    del text
