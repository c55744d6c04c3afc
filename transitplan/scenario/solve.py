"""Solve one variant: its equilibrium, and the matrices that an appraisal needs of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from transitplan.assignment import (
    Assignment,
    ElasticDemand,
    PathBased,
    UserEquilibrium,
    assign,
)
from transitplan.assignment.principle import Principle
from transitplan.demand.response import Response
from transitplan.errors import ConvergenceError
from transitplan.graph.road import RoadGraph, compile_road
from transitplan.model.demand import Demand
from transitplan.model.network import Network
from transitplan.paths import skim
from transitplan.scenario.case import Case
from transitplan.scenario.induced import solve_induced
from transitplan.scenario.response import read_response
from transitplan.scenario.spent import class_totals, least_costs
from transitplan.scenario.variants import Variant, variant_demand, variant_network
from transitplan.units import METRES_PER_KM

DEFAULT_GAP = 1e-8  # so that what the gap leaves open is far below the benefit of a crossing


@dataclass(frozen=True, eq=False)
class Run:
    """The equilibrium of one variant, and what it costs each class.

    Matrices are labelled by zone id. Totals are of one peak hour.
    """

    variant: Variant
    network: Network
    demand: Demand  # trips as made: where demand answers, those at the end
    flows: pd.DataFrame  # Assignment.to_frame()
    free_time_s: pd.DataFrame  # fastest way by car on empty roads
    peak_time_s: pd.DataFrame  # fastest way by car at equilibrium, tolls left aside
    distance_km: pd.DataFrame  # of that way
    cost_s: Mapping[str, pd.DataFrame]  # least generalised cost by class
    class_totals: pd.DataFrame  # class_name, time_s, distance_m, toll_cny, cost_s: vehicle totals
    accounting: Mapping[str, float]
    relative_gap: float
    gap_cny_per_h: float  # what the remaining gap is worth
    cost_error_cny_per_h: float  # how far the total cost may be off, at most
    iterations: int
    status: str
    base_cost_s: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # if demand is elastic
    surplus_s: Mapping[str, float] = field(default_factory=dict)  # of each class, if it responds
    demand_gap: float = 0.0  # demand-supply gap, a share; 0 where trips do not respond
    found: Assignment | None = None  # with its routes; only where the run was solved

    @property
    def name(self) -> str:
        """What the run is of."""
        return self.variant.name


def whole(case: Case, run: Run) -> Run:
    """Keep all of a run but the assignment it came from."""
    del case
    return replace(run, found=None)


def nothing(case: Case, run: Run) -> None:
    """Keep nothing of a run that others only start from."""
    del case, run


def solve_variant(
    case: Case, variant: Variant, gap: float = DEFAULT_GAP, start: Assignment | None = None
) -> tuple[Run, Assignment]:
    """Solve one variant and skim what the appraisal needs.

    Parameters
    ----------
    start
        Where to begin; demand that answers needs the solved ``variant.base`` here.
    """
    network, demand = variant_network(case, variant), variant_demand(case, variant)
    response = read_response(case, variant.year) if variant.response else None
    return solve_network(network, demand, variant, gap=gap, start=start, response=response)


def solve_network(
    network: Network,
    demand: Demand,
    variant: Variant,
    *,
    gap: float = DEFAULT_GAP,
    start: Assignment | None = None,
    response: Response | None = None,
) -> tuple[Run, Assignment]:
    """Solve a demand on a network that a variant stands for, as ``solve_variant`` does."""
    roads = compile_road(network)
    try:
        found, answer = _equilibrium(roads, demand, variant, gap, start, response)
    except ConvergenceError as error:
        raise ConvergenceError(
            f"{variant.name}: {error} On the command line: a larger --gap."
        ) from None
    free = skim(roads, ["time_s"], use="car", threads=1)
    peak = skim(roads, ["time_s", "length_m"], use="car", times_s=found.time_s, threads=1)
    run = Run(
        variant=variant,
        network=network,
        demand=found.demand if answer else demand,
        flows=found.to_frame(),
        free_time_s=free["time_s"],
        peak_time_s=peak["time_s"],
        distance_km=peak["length_m"] / METRES_PER_KM,
        cost_s=least_costs(found),
        class_totals=class_totals(found),
        accounting=dict(found.accounting),
        relative_gap=found.relative_gap,
        gap_cny_per_h=found.gap_cny_per_h,
        cost_error_cny_per_h=found.cost_error_cny_per_h,
        iterations=found.iterations,
        status=str(found.status),
        found=found,
    )
    return replace(run, **answer), found


def _equilibrium(
    roads: RoadGraph,
    demand: Demand,
    variant: Variant,
    gap: float,
    start: Assignment | None,
    response: Response | None,
) -> tuple[Assignment, dict[str, Any]]:
    """Solve a variant; also fields of the run that demand which answers has."""
    if start is None and (variant.elasticity or response is not None):
        raise ValueError("demand that answers needs the equilibrium of its base")
    if response is not None and start is not None:
        met = solve_induced(roads, demand, response, variant.response, start, gap=gap)
        names = [each.name for each in demand.classes]
        return met.found, {
            "surplus_s": dict(zip(names, met.surplus_s.tolist(), strict=True)),
            "demand_gap": met.gap,
            "cost_error_cny_per_h": met.found.cost_error_cny_per_h + met.error_cny_per_h,
        }
    principle: Principle = UserEquilibrium()
    answer: dict[str, Any] = {}
    if variant.elasticity and start is not None:
        principle = ElasticDemand(variant.elasticity, start)
        answer = {"base_cost_s": least_costs(start)}
    routes = PathBased()  # which can be taken to the next variant's network
    found = assign(
        roads, demand, routes, principle=principle, gap=gap, threads=1, strict=True, start=start
    )
    return found, answer
