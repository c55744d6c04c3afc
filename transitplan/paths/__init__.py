"""Least-cost paths: one tree, many to many, and skims between zones."""

from transitplan.paths.matrix import LabelledMatrix, shortest_matrix
from transitplan.paths.skim import Skim, skim
from transitplan.paths.tree import ShortestTree, shortest_tree

__all__ = [
    "LabelledMatrix",
    "ShortestTree",
    "Skim",
    "shortest_matrix",
    "shortest_tree",
    "skim",
]
