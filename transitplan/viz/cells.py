"""Areas of places that have no outlines: what lies nearer to each than to any other of its bank."""

from typing import Any

import numpy as np
import shapely

from transitplan.arrays import Floats, Objects

RIVER_HALF_M = 150.0  # of a river that is given as a line
MARGIN = 2.0  # of the hull of the places: typical distances between neighbours


def nearest_cells(places: Floats, *, within: Any = None, river: Any = None) -> Objects:
    """Return the Voronoi cell of each place, cut at the study area and at the banks of a river.

    The study area is the convex hull of the places, widened by twice the typical distance to the
    nearest neighbour. A cell that a river, a notch or a hole cuts keeps the part where its place
    is, so that none reaches over the river; what is left over belongs to nobody.

    Parameters
    ----------
    places
        Coordinates [m], (n_places, 2).
    within
        Polygon that the study area keeps to, where it holds any place.
    river
        Line or area of the river, in the same projection.

    Returns
    -------
    ndarray
        Polygons, (n_places,); None for a place outside the study area or in the river, and for the
        second of two at one point.

    Examples
    --------
    >>> import numpy as np
    >>> from shapely import LineString
    >>> river = LineString([(-9e3, 500.0), (9e3, 500.0)])
    >>> cells = nearest_cells(np.array([[0.0, 0.0], [0.0, 2000.0], [1000.0, 0.0]]), river=river)
    >>> [int(cell.bounds[3]) for cell in cells[[0, 2]]]  # up to the bank, not half the way
    [350, 350]
    """
    cells: Objects = np.full(len(places), None, dtype=object)
    dots = shapely.points(places)
    study = _study_area(dots, within)
    banks = shapely.get_parts(study if river is None else study.difference(_wide(river, study)))
    for bank in banks:
        there = np.flatnonzero(shapely.intersects(bank, dots))
        _, first = np.unique(places[there], axis=0, return_index=True)
        there = there[np.sort(first)]
        whole = _voronoi(dots[there], bank)
        for at, cell in zip(there, shapely.intersection(whole, bank), strict=True):
            parts = shapely.get_parts(cell)
            cells[at] = parts[shapely.intersects(parts, dots[at])][0]
    return cells


def _study_area(dots: Objects, within: Any) -> Any:
    hull = shapely.MultiPoint(list(dots)).convex_hull
    apart = shapely.STRtree(dots).query_nearest(
        dots, exclusive=True, all_matches=False, return_distance=True
    )[1]
    study = hull.buffer(MARGIN * float(np.median(apart)) if len(apart) else 1000.0)
    if within is None or not shapely.intersects(within, dots).any():
        return study
    return study.intersection(within)


def _voronoi(dots: Objects, bank: Any) -> Any:
    if len(dots) < 2:  # noqa: PLR2004  one place has all of its bank
        return np.array([bank] * len(dots), dtype=object)
    ordered = shapely.voronoi_polygons(
        shapely.MultiPoint(list(dots)), extend_to=bank.envelope, ordered=True
    )
    return shapely.get_parts(ordered)


def _wide(river: Any, study: Any) -> Any:
    """River as an area; a line that ends within the study area goes on straight."""
    line = shapely.line_merge(river) if river.geom_type == "MultiLineString" else river
    if "Line" not in line.geom_type:
        return river
    if line.geom_type == "LineString":
        far = study.length
        course = shapely.get_coordinates(line)
        ends = [_ahead(course[1], course[0], far), _ahead(course[-2], course[-1], far)]
        line = shapely.LineString([ends[0], *course, ends[1]])
    return line.buffer(RIVER_HALF_M)


def _ahead(start: Floats, end: Floats, far: float) -> Floats:
    """Place so far behind the end of a stretch."""
    found: Floats = end + (end - start) * far / np.hypot(*(end - start))
    return found
