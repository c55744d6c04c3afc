"""What flows of a link-based method are made of: all-or-nothing loadings and their shares.

Flows of these methods are weighted sums of loadings, and a loading is fixed by the link times that
its shortest paths were sought at. Times and shares are therefore enough to tell who uses a link.
"""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from transitplan.arrays import Floats
from transitplan.assignment.origins import BushFlows
from transitplan.assignment.problem import Problem
from transitplan.assignment.routes import Routes

LEAST_SHARE = 1e-15  # of all trips; loadings with less are forgotten
# Link times of a loading, (n_links,) [s], or what an earlier assignment had.
Source: TypeAlias = Floats | Routes | BushFlows


class Point(NamedTuple):
    """Flows, and the share of each source in them."""

    class_flow: Floats  # (n_classes, n_links) veh/h
    shares: Floats  # (n_sources,), adding up to 1


@dataclass(frozen=True, eq=False)
class Blend:
    """Flows as Σ share × source, to the precision of the sums."""

    problem: Problem
    sources: tuple[Source, ...]
    shares: Floats  # (n_sources,)


def mix(*parts: tuple[float, Point]) -> Point:
    """Σ weight × point."""
    size = max(point.shares.size for _, point in parts)
    shares = np.zeros(size)
    flow = np.zeros_like(parts[0][1].class_flow)
    for weight, point in parts:
        flow += weight * point.class_flow
        shares[: point.shares.size] += weight * point.shares
    return Point(flow, shares)


def newest(class_flow: Floats, n_sources: int) -> Point:
    """Return the point that is the last of so many sources alone."""
    shares = np.zeros(n_sources)
    shares[-1] = 1.0
    return Point(class_flow, shares)


def forget(
    sources: tuple[Source, ...], points: list[Point]
) -> tuple[tuple[Source, ...], list[Point]]:
    """Leave out the sources that no point has more than a trace of."""
    table = np.zeros((len(points), len(sources)))
    for row, point in zip(table, points, strict=True):
        row[: point.shares.size] = point.shares
    kept = np.flatnonzero((table > LEAST_SHARE).any(axis=0))
    left = [Point(point.class_flow, row[kept]) for point, row in zip(points, table, strict=True)]
    return tuple(sources[k] for k in kept), left
