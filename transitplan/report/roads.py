"""Roads as they are drawn: both directions on one line, the same line for every option and year."""

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from transitplan.errors import ValidationError
from transitplan.model.network import Network
from transitplan.report.assessment import Assessment
from transitplan.report.rows import of_run

WGS84 = "EPSG:4326"


@dataclass(frozen=True, eq=False)
class Roads:
    """Segments of road, one a pair of opposite links.

    segments
        segment (index), name, name_zh, facility_type, structure, crossing_id, lanes, geometry [m]
    links
        option_id, year, link_id, segment, forward (in the direction the segment is drawn)
    """

    segments: gpd.GeoDataFrame
    links: pd.DataFrame

    def flows(self, flows: pd.DataFrame, option_id: str, year: int) -> pd.DataFrame:
        """Flow on each segment that an option has in a year, index ``segment``.

        Columns ``flow_vph`` (both directions), ``forward_vph``, ``backward_vph``,
        ``volume_capacity_ratio`` (of the busier direction), ``delay_s`` (the longer one).
        """
        joined = of_run(self.links, option_id, year).merge(
            of_run(flows, option_id, year).drop(columns=["option_id", "year"]), on="link_id"
        )
        joined["forward_vph"] = joined["flow_vph"].where(joined["forward"], 0.0)
        joined["backward_vph"] = joined["flow_vph"].where(~joined["forward"], 0.0)
        return joined.groupby("segment").agg(
            flow_vph=("flow_vph", "sum"),
            forward_vph=("forward_vph", "sum"),
            backward_vph=("backward_vph", "sum"),
            volume_capacity_ratio=("volume_capacity_ratio", "max"),
            delay_s=("delay_s", "max"),
        )

    def difference(
        self, flows: pd.DataFrame, option_id: str, year: int, *, against: str
    ) -> pd.DataFrame:
        """Flow with and without an option, index ``segment``; 0 where one has no such road."""
        frame = pd.DataFrame(
            {
                "with_vph": self.flows(flows, option_id, year)["flow_vph"],
                "without_vph": self.flows(flows, against, year)["flow_vph"],
            }
        ).fillna(0.0)
        return frame.assign(change_vph=frame["with_vph"] - frame["without_vph"])


def merge_directions(assessment: Assessment, runs: Iterable[tuple[str, int]]) -> Roads:
    """Join the links of several networks into segments, by the places of their ends.

    Raises
    ------
    ValidationError
        If a network has bare coordinates, which no map can place.
    """
    pieces = []
    for option_id, year in runs:
        network = assessment.networks[option_id, year]
        pieces.append(_pieces(network).assign(option_id=option_id, year=year))
    every = gpd.GeoDataFrame(pd.concat(pieces, ignore_index=True), crs=pieces[0].crs)
    every["segment"] = every.groupby("key", sort=False).ngroup()
    segments = every.drop_duplicates("segment").set_index("segment")
    first = segments.loc[every["segment"], "start"].to_numpy()
    return Roads(
        segments[
            ["name", "name_zh", "facility_type", "structure", "crossing_id", "lanes", "geometry"]
        ],
        every[["option_id", "year", "link_id", "segment"]].assign(
            forward=[ours == its for ours, its in zip(every["start"], first, strict=True)]
        ),
    )


def lon_lat(shapes: gpd.GeoSeries, tolerance_m: float = 0.0) -> gpd.GeoSeries:
    """Return projected shapes in degrees, simplified to a tolerance in metres."""
    if tolerance_m > 0:
        shapes = shapes.simplify(tolerance_m)
    return shapes.to_crs(WGS84)


def link_frame(network: Network) -> gpd.GeoDataFrame:
    """Links with their lines, in the network's projection.

    Raises
    ------
    ValidationError
        If the network has bare coordinates, which no map can place.
    """
    if network.crs is None:
        raise ValidationError(
            f"{network.name}: the network has no projection, so it cannot be drawn on a map. Give "
            "crs in its config.csv, or build it with crs=."
        )
    return gpd.GeoDataFrame(network.links, geometry=network.link_lines(), crs=network.crs)


def _pieces(network: Network) -> gpd.GeoDataFrame:
    """Links with a key that both directions share."""
    links = link_frame(network)
    lines = links.geometry.to_numpy()
    ends = np.round(
        np.stack([shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1)], axis=1)
    ).astype(np.int64)
    half = np.round(
        shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True)), -2
    ).astype(np.int64)  # parallel roads between the same ends stay apart
    start = list(map(tuple, ends[:, 0].tolist()))
    end = list(map(tuple, ends[:, 1].tolist()))
    return links.assign(
        start=start,
        key=[
            (min(a, b), max(a, b), crossing, *middle)
            for a, b, crossing, middle in zip(
                start, end, links["crossing_id"], half.tolist(), strict=True
            )
        ],
    )
