"""Flows that a network could carry: maximum flow, minimum cut, the river screenline, weak links."""

from transitplan.flow.criticality import screened_sections
from transitplan.flow.maximum import CapacityGraph, MaximumFlow, capacity_graph, maximum_flow
from transitplan.flow.screenline import (
    bank_flow,
    failures,
    place_flows,
    river_capacity,
)
from transitplan.model.banks import banks

__all__ = [
    "CapacityGraph",
    "MaximumFlow",
    "bank_flow",
    "banks",
    "capacity_graph",
    "failures",
    "maximum_flow",
    "place_flows",
    "river_capacity",
    "screened_sections",
]
