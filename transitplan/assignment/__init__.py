"""Traffic assignment: the flows and times at which nobody gains by another route."""

from transitplan.assignment.bush_based import BushBased
from transitplan.assignment.closures import rank_closures
from transitplan.assignment.elastic import ElasticDemand
from transitplan.assignment.link_based import (
    AllOrNothing,
    BiconjugateFrankWolfe,
    ConjugateFrankWolfe,
    FrankWolfe,
    SuccessiveAverages,
)
from transitplan.assignment.path_based import PathBased
from transitplan.assignment.principle import SystemOptimum, UserEquilibrium
from transitplan.assignment.result import Assignment, Status
from transitplan.assignment.select import Selection
from transitplan.assignment.solve import assign
from transitplan.assignment.stochastic import StochasticEquilibrium

__all__ = [
    "AllOrNothing",
    "Assignment",
    "BiconjugateFrankWolfe",
    "BushBased",
    "ConjugateFrankWolfe",
    "ElasticDemand",
    "FrankWolfe",
    "PathBased",
    "Selection",
    "Status",
    "StochasticEquilibrium",
    "SuccessiveAverages",
    "SystemOptimum",
    "UserEquilibrium",
    "assign",
    "rank_closures",
]
