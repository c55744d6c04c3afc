"""Traffic assignment: the flows and times at which nobody gains by another route."""

from transitplan.assignment.link_based import (
    AllOrNothing,
    BiconjugateFrankWolfe,
    ConjugateFrankWolfe,
    FrankWolfe,
    SuccessiveAverages,
)
from transitplan.assignment.path_based import PathBased
from transitplan.assignment.result import Assignment, Status
from transitplan.assignment.select import Selection
from transitplan.assignment.solve import assign

__all__ = [
    "AllOrNothing",
    "Assignment",
    "BiconjugateFrankWolfe",
    "ConjugateFrankWolfe",
    "FrankWolfe",
    "PathBased",
    "Selection",
    "Status",
    "SuccessiveAverages",
    "assign",
]
