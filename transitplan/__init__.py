"""Planner for road and transit networks that a river cuts in two.

>>> import transitplan as tp
>>> network = tp.read_network("networks/two_banks/2025")
>>> demand = tp.read_demand("od_matrices/two_banks/2025_am.omx")
>>> result = tp.assign(tp.compile_road(network), demand, gap=1e-6)
>>> result.relative_gap <= 1e-6
True

Public names are loaded when first used, so that ``import transitplan`` takes no time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transitplan.access import (
        cluster_times,
        isochrones,
        nearest_facilities,
        reach,
        street_isochrones,
        transit_isochrones,
        transit_reach,
    )
    from transitplan.appraisal.explanation import Explanation
    from transitplan.appraisal.programme_study import plan_programme
    from transitplan.appraisal.resilience import resilience
    from transitplan.appraisal.tolls import toll_study
    from transitplan.assignment import (
        AllOrNothing,
        Assignment,
        BiconjugateFrankWolfe,
        BushBased,
        ConjugateFrankWolfe,
        ElasticDemand,
        FrankWolfe,
        PathBased,
        Selection,
        StochasticEquilibrium,
        SuccessiveAverages,
        SystemOptimum,
        UserEquilibrium,
        assign,
        rank_closures,
    )
    from transitplan.demand.counts import read_counts
    from transitplan.demand.mode_costs import ModeCosts, ModeTerms, mode_costs
    from transitplan.errors import (
        AccountingError,
        ConvergenceError,
        NoPathError,
        NotFoundError,
        StoreError,
        TransitplanError,
        ValidationError,
        WorkersLostError,
    )
    from transitplan.graph import (
        FrequencyGraph,
        RoadGraph,
        TimetableGraph,
        Walking,
        add_points,
        compile_frequency,
        compile_road,
        compile_streets,
        compile_timetable,
        to_igraph,
        to_networkx,
        walkable_crossings,
    )
    from transitplan.inspection import Audit, audit
    from transitplan.inspection.demand import audit_demand
    from transitplan.io import read_demand, read_network, write_demand, write_network
    from transitplan.io.gtfs import read_service, write_service
    from transitplan.io.lines import read_lines
    from transitplan.io.osm import from_osmnx
    from transitplan.io.osm_exchange import to_osmnx
    from transitplan.io.osm_import import OsmOptions, import_osm
    from transitplan.io.tntp import read_tntp, write_tntp
    from transitplan.model.delay_functions import BPR, Akcelik, Conical, Constant
    from transitplan.model.demand import Demand, UserClass, build_demand
    from transitplan.model.edits import add_links, close_crossing, close_links
    from transitplan.model.line_plan import LinePlan
    from transitplan.model.lines import build_service
    from transitplan.model.network import Network, build_network
    from transitplan.model.pace import Pace
    from transitplan.model.service import TransitService
    from transitplan.model.zoning import area_zones, grid_zones
    from transitplan.paths import (
        LabelledMatrix,
        ShortestTree,
        Skim,
        SkimFile,
        shortest_matrix,
        shortest_tree,
        skim,
        write_skim,
    )
    from transitplan.report.appraisal import Appraisal, appraise
    from transitplan.report.assessment import Assessment, assess
    from transitplan.results.causes import Causes, attribute
    from transitplan.results.diff import ResultDiff, diff_results
    from transitplan.scenario.case import Case
    from transitplan.scenario.case_diff import CaseDiff, diff_cases
    from transitplan.scenario.demand_build import build_demand_model
    from transitplan.scenario.demand_make import make_demand
    from transitplan.scenario.demand_tables import DemandTables, read_demand_tables
    from transitplan.scenario.estimation import SeedTrust, estimate_matrix
    from transitplan.scenario.estimation_result import Estimation
    from transitplan.scenario.read import read_case
    from transitplan.scenario.run import Runner
    from transitplan.scenario.variants import Toll, Variant
    from transitplan.store import Store, StoredRun, default_store
    from transitplan.transit import (
        Crowding,
        DepartureWindow,
        Journey,
        Leg,
        ParkAndRide,
        Parking,
        TransitAssignment,
        TransitTimes,
        TransitWeights,
        assign_transit,
        earliest_arrival,
        find_journeys,
        journeys_map,
        river_passengers,
        skim_park_and_ride,
        skim_timetable,
        skim_transit,
        stop_banks,
        transit_times,
    )
    from transitplan.versions.apply import apply_cards
    from transitplan.versions.cards import Card
    from transitplan.versions.demand_diff import DemandDiff, diff_demand
    from transitplan.versions.diff import NetworkDiff, diff
    from transitplan.versions.reading import read_card, read_cards, write_card

_HOMES = {
    "transitplan.access": (
        "cluster_times",
        "isochrones",
        "nearest_facilities",
        "reach",
        "street_isochrones",
        "transit_isochrones",
        "transit_reach",
    ),
    "transitplan.assignment": (
        "AllOrNothing",
        "Assignment",
        "BiconjugateFrankWolfe",
        "BushBased",
        "ConjugateFrankWolfe",
        "ElasticDemand",
        "FrankWolfe",
        "PathBased",
        "Selection",
        "StochasticEquilibrium",
        "SuccessiveAverages",
        "SystemOptimum",
        "UserEquilibrium",
        "assign",
        "rank_closures",
    ),
    "transitplan.demand.counts": ("read_counts",),
    "transitplan.demand.mode_costs": ("ModeCosts", "ModeTerms", "mode_costs"),
    "transitplan.errors": (
        "AccountingError",
        "ConvergenceError",
        "NoPathError",
        "NotFoundError",
        "StoreError",
        "TransitplanError",
        "ValidationError",
        "WorkersLostError",
    ),
    "transitplan.graph": (
        "FrequencyGraph",
        "RoadGraph",
        "TimetableGraph",
        "Walking",
        "add_points",
        "compile_frequency",
        "compile_road",
        "compile_streets",
        "compile_timetable",
        "to_igraph",
        "to_networkx",
        "walkable_crossings",
    ),
    "transitplan.inspection": ("Audit", "audit"),
    "transitplan.inspection.demand": ("audit_demand",),
    "transitplan.io": ("read_demand", "read_network", "write_demand", "write_network"),
    "transitplan.io.gtfs": ("read_service", "write_service"),
    "transitplan.io.lines": ("read_lines",),
    "transitplan.io.osm": ("from_osmnx",),
    "transitplan.io.osm_exchange": ("to_osmnx",),
    "transitplan.io.osm_import": ("OsmOptions", "import_osm"),
    "transitplan.io.tntp": ("read_tntp", "write_tntp"),
    "transitplan.model.delay_functions": ("BPR", "Akcelik", "Conical", "Constant"),
    "transitplan.model.demand": ("Demand", "UserClass", "build_demand"),
    "transitplan.model.edits": ("add_links", "close_crossing", "close_links"),
    "transitplan.model.line_plan": ("LinePlan",),
    "transitplan.model.lines": ("build_service",),
    "transitplan.model.network": ("Network", "build_network"),
    "transitplan.model.service": ("TransitService",),
    "transitplan.model.pace": ("Pace",),
    "transitplan.model.zoning": ("area_zones", "grid_zones"),
    "transitplan.paths": (
        "LabelledMatrix",
        "ShortestTree",
        "Skim",
        "SkimFile",
        "SkimFile",
        "shortest_matrix",
        "shortest_tree",
        "skim",
        "write_skim",
    ),
    "transitplan.appraisal.explanation": ("Explanation",),
    "transitplan.appraisal.programme_study": ("plan_programme",),
    "transitplan.appraisal.resilience": ("resilience",),
    "transitplan.appraisal.tolls": ("toll_study",),
    "transitplan.report.appraisal": ("Appraisal", "appraise"),
    "transitplan.report.assessment": ("Assessment", "assess"),
    "transitplan.results.causes": ("Causes", "attribute"),
    "transitplan.results.diff": ("ResultDiff", "diff_results"),
    "transitplan.scenario.case": ("Case",),
    "transitplan.scenario.case_diff": ("CaseDiff", "diff_cases"),
    "transitplan.scenario.demand_build": ("build_demand_model",),
    "transitplan.scenario.demand_make": ("make_demand",),
    "transitplan.scenario.demand_tables": ("DemandTables", "read_demand_tables"),
    "transitplan.scenario.estimation": ("SeedTrust", "estimate_matrix"),
    "transitplan.scenario.estimation_result": ("Estimation",),
    "transitplan.scenario.read": ("read_case",),
    "transitplan.scenario.run": ("Runner",),
    "transitplan.scenario.variants": ("Toll", "Variant"),
    "transitplan.store": ("Store", "StoredRun", "default_store"),
    "transitplan.transit": (
        "Crowding",
        "DepartureWindow",
        "Journey",
        "Leg",
        "ParkAndRide",
        "Parking",
        "TransitAssignment",
        "TransitTimes",
        "TransitWeights",
        "assign_transit",
        "earliest_arrival",
        "find_journeys",
        "journeys_map",
        "river_passengers",
        "skim_park_and_ride",
        "skim_timetable",
        "skim_transit",
        "stop_banks",
        "transit_times",
    ),
    "transitplan.versions.apply": ("apply_cards",),
    "transitplan.versions.cards": ("Card",),
    "transitplan.versions.demand_diff": ("DemandDiff", "diff_demand"),
    "transitplan.versions.diff": ("NetworkDiff", "diff"),
    "transitplan.versions.reading": ("read_card", "read_cards", "write_card"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [  # noqa: RUF022  in the order of sorted()
    "AccountingError",
    "Akcelik",
    "AllOrNothing",
    "Appraisal",
    "Assessment",
    "Assignment",
    "Audit",
    "BPR",
    "BiconjugateFrankWolfe",
    "BushBased",
    "Card",
    "Case",
    "CaseDiff",
    "Causes",
    "Conical",
    "ConjugateFrankWolfe",
    "Constant",
    "ConvergenceError",
    "Crowding",
    "Demand",
    "DemandDiff",
    "DemandTables",
    "DepartureWindow",
    "ElasticDemand",
    "Estimation",
    "Explanation",
    "FrankWolfe",
    "FrequencyGraph",
    "Journey",
    "LabelledMatrix",
    "Leg",
    "LinePlan",
    "ModeCosts",
    "ModeTerms",
    "Network",
    "NetworkDiff",
    "NoPathError",
    "NotFoundError",
    "OsmOptions",
    "Pace",
    "ParkAndRide",
    "Parking",
    "PathBased",
    "ResultDiff",
    "RoadGraph",
    "Runner",
    "SeedTrust",
    "Selection",
    "ShortestTree",
    "Skim",
    "SkimFile",
    "StochasticEquilibrium",
    "Store",
    "StoreError",
    "StoredRun",
    "SuccessiveAverages",
    "SystemOptimum",
    "TimetableGraph",
    "Toll",
    "TransitAssignment",
    "TransitService",
    "TransitTimes",
    "TransitWeights",
    "TransitplanError",
    "UserClass",
    "UserEquilibrium",
    "ValidationError",
    "Variant",
    "Walking",
    "WorkersLostError",
    "add_links",
    "add_points",
    "apply_cards",
    "appraise",
    "area_zones",
    "assess",
    "assign",
    "assign_transit",
    "attribute",
    "audit",
    "audit_demand",
    "build_demand",
    "build_demand_model",
    "build_network",
    "build_service",
    "close_crossing",
    "close_links",
    "cluster_times",
    "compile_frequency",
    "compile_road",
    "compile_streets",
    "compile_timetable",
    "default_store",
    "diff",
    "diff_cases",
    "diff_demand",
    "diff_results",
    "earliest_arrival",
    "estimate_matrix",
    "find_journeys",
    "from_osmnx",
    "grid_zones",
    "import_osm",
    "isochrones",
    "journeys_map",
    "make_demand",
    "mode_costs",
    "nearest_facilities",
    "plan_programme",
    "rank_closures",
    "reach",
    "read_card",
    "read_cards",
    "read_case",
    "read_counts",
    "read_demand",
    "read_demand_tables",
    "read_lines",
    "read_network",
    "read_service",
    "read_tntp",
    "resilience",
    "river_passengers",
    "shortest_matrix",
    "shortest_tree",
    "skim",
    "skim_park_and_ride",
    "skim_timetable",
    "skim_transit",
    "stop_banks",
    "street_isochrones",
    "to_igraph",
    "to_networkx",
    "to_osmnx",
    "toll_study",
    "transit_isochrones",
    "transit_reach",
    "transit_times",
    "walkable_crossings",
    "write_card",
    "write_demand",
    "write_network",
    "write_service",
    "write_skim",
    "write_tntp",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module when it is first asked for."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'transitplan' has no attribute {name!r}")
    found = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
