"""What the machine needs: the network as arrays, with positions inside and ids outside."""

from transitplan.graph.bridge import to_igraph, to_networkx
from transitplan.graph.frequency import FrequencyGraph, compile_frequency
from transitplan.graph.points import add_points
from transitplan.graph.road import RoadGraph, compile_road
from transitplan.graph.streets import compile_streets, walkable_crossings
from transitplan.graph.timetable import TimetableGraph, compile_timetable
from transitplan.graph.walks import Walking

__all__ = [
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
]
