"""Links as they are drawn: both directions of a street on one line, in longitude and latitude."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from transitplan.arrays import Bools, Floats, Ints
from transitplan.viz.controls import Bounds
from transitplan.viz.layers import Shapes
from transitplan.viz.text import Text, as_text
from transitplan.viz.words import ROAD_CLASSES

WGS84 = "EPSG:4326"
APART_M = 100.0  # roads between the same ends whose middles are further apart are two roads
KEPT = ("name", "name_zh", "facility_type", "structure", "crossing_id", "lanes", "free_speed_kph")


@dataclass(frozen=True, eq=False)
class Segments:
    """Streets of a network.

    frame
        One row a segment, numbered from 0: name, name_zh, facility_type, structure, crossing_id,
        lanes (of the first direction), free_speed_kph, ids (of its links, by comma), geometry.
    segment
        Segment of each link, (n_links,).
    forward
        Whether the link runs as the segment is drawn, (n_links,).
    """

    frame: gpd.GeoDataFrame
    segment: Ints
    forward: Bools

    def shapes(self, tolerance_m: float) -> Shapes:
        """Lines for a page, simplified to a tolerance, with their names and ids."""
        lines = shapely.simplify(self.frame.geometry.to_numpy(), tolerance_m)
        placed = gpd.GeoSeries(lines, crs=self.frame.crs).to_crs(WGS84)
        rows = self.frame
        named = ((rows["name"] != "") | (rows["name_zh"] != "")).to_numpy()
        classes = [ROAD_CLASSES.get(kind, as_text(kind)) for kind in rows["facility_type"]]
        titles = [
            Text(name or name_zh, name_zh or name)
            if known
            else Text(kind.en[:1].upper() + kind.en[1:], kind.zh)
            for name, name_zh, kind, known in zip(
                rows["name"], rows["name_zh"], classes, named, strict=True
            )
        ]
        return Shapes(placed.to_numpy(), titles, ids=list(rows["ids"]), named=named.tolist())

    @property
    def bounds(self) -> Bounds:
        """West, south, east and north in degrees."""
        return self.bounds_of(np.ones(len(self.frame), dtype=bool))

    def bounds_of(self, chosen: Bools) -> Bounds:
        """The same of some of the segments; of all where none is chosen."""
        own = self.frame.geometry[chosen] if chosen.any() else self.frame.geometry
        west, south, east, north = own.to_crs(WGS84).total_bounds.tolist()
        return west, south, east, north

    def total(self, values: npt.ArrayLike, links: Bools | None = None) -> Floats:
        """Sum of a value of links by segment, (n_segments,).

        links
            Which of them count; all by default.
        """
        weights = np.nan_to_num(np.asarray(values, dtype=float))
        if links is not None:
            weights = np.where(links, weights, 0.0)
        found: Floats = np.bincount(self.segment, weights, len(self.frame)).astype(float)
        return found

    def largest(self, values: npt.ArrayLike) -> Floats:
        """Largest value of the links of each segment, (n_segments,); NaN where none has one."""
        by_segment = pd.Series(np.asarray(values, dtype=float)).groupby(self.segment).max()
        found: Floats = by_segment.reindex(range(len(self.frame))).to_numpy()
        return found

    def flows(self, links: pd.DataFrame) -> pd.DataFrame:
        """Flows of links by segment: what the layers of ``viz.roads`` ask for.

        Parameters
        ----------
        links
            In the order of the links: flow_vph, volume_capacity_ratio and delay_s.

        Returns
        -------
        DataFrame
            flow_vph (both directions), forward_vph, backward_vph, volume_capacity_ratio and delay_s
            (of the direction where they are larger), facility_type, structure.
        """
        flow = links["flow_vph"]
        return pd.DataFrame(
            {
                "flow_vph": self.total(flow),
                "forward_vph": self.total(flow, self.forward),
                "backward_vph": self.total(flow, ~self.forward),
                "volume_capacity_ratio": self.largest(links["volume_capacity_ratio"]),
                "delay_s": self.largest(links["delay_s"]),
                "facility_type": self.frame["facility_type"],
                "structure": self.frame["structure"],
            }
        )


def merge_directions(links: gpd.GeoDataFrame) -> Segments:
    """Join links that run between the same two places along the same way.

    Parameters
    ----------
    links
        In a projection in metres: link_id and the columns ``KEPT`` of the link table; one that
        is absent counts as empty.
    """
    lines = links.geometry.to_numpy()
    ends = [_whole(shapely.get_point(lines, at)) for at in (0, -1)]
    swap = (ends[0][:, 0] > ends[1][:, 0]) | (
        (ends[0][:, 0] == ends[1][:, 0]) & (ends[0][:, 1] > ends[1][:, 1])
    )
    first = np.where(swap[:, np.newaxis], ends[1], ends[0])
    second = np.where(swap[:, np.newaxis], ends[0], ends[1])
    middle = _whole(shapely.line_interpolate_point(lines, 0.5, normalized=True), APART_M)
    crossing = pd.factorize(_column(links, "crossing_id"))[0]
    keys = pd.DataFrame(np.column_stack([first, second, middle, crossing]))
    segment: Any = keys.groupby(list(keys.columns), sort=False).ngroup().to_numpy(np.int64)
    _, drawn = np.unique(segment, return_index=True)
    ids = links["link_id"].astype(str).groupby(segment).agg(", ".join)
    frame = gpd.GeoDataFrame(
        {name: _column(links, name)[drawn] for name in KEPT} | {"ids": ids.to_numpy()},
        geometry=lines[drawn],
        crs=links.crs,
    )
    return Segments(frame, segment, (ends[0] == ends[0][drawn][segment]).all(axis=1))


def _column(links: pd.DataFrame, name: str) -> Any:
    if name not in links.columns:
        return np.full(len(links), np.nan if name in {"lanes", "free_speed_kph"} else "", object)
    values = links[name]
    return values.to_numpy() if values.dtype.kind == "f" else values.fillna("").to_numpy()


def _whole(points: Any, step_m: float = 1.0) -> Ints:
    found: Ints = np.round(shapely.get_coordinates(points) / step_m).astype(np.int64)
    return found
