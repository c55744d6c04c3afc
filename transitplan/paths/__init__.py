"""Least-cost paths: one tree, many to many, and skims between zones."""

from transitplan.paths.matrix import LabelledMatrix, shortest_matrix
from transitplan.paths.skim import Skim, skim
from transitplan.paths.tree import ShortestTree, shortest_tree
from transitplan.paths.write import SkimFile, SkimSize, write_skim

__all__ = [
    "LabelledMatrix",
    "ShortestTree",
    "Skim",
    "SkimFile",
    "SkimSize",
    "shortest_matrix",
    "shortest_tree",
    "skim",
    "write_skim",
]
