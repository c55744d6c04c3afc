"""What the machine needs: the network as arrays, with positions inside and ids outside."""

from transitplan.graph.bridge import to_igraph, to_networkx
from transitplan.graph.road import RoadGraph, compile_road

__all__ = ["RoadGraph", "compile_road", "to_igraph", "to_networkx"]
