"""A network on a map: roads by class or by any number, crossings, clusters, zones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from transitplan.errors import NotFoundError, ValidationError
from transitplan.model.network import Network
from transitplan.model.tables import TABLES
from transitplan.model.zone_areas import NEAREST, OUTLINED, outlined, zone_areas
from transitplan.viz.layers import Field
from transitplan.viz.maps import PlanMap
from transitplan.viz.places import (
    cluster_layers,
    crossing_layer,
    placed_crossings,
)
from transitplan.viz.roads import Drawn, class_layer, value_layer
from transitplan.viz.segments import WGS84, Segments, merge_directions
from transitplan.viz.sheet import LARGE_LIMIT, SIZE_LIMIT, fitted, sheet, simplified
from transitplan.viz.text import Text, as_text
from transitplan.viz.zones import rounded_breaks, zone_layer

MANY_LINKS = 10_000  # from here on a map may take more bytes
MARGIN = 0.08  # of the extent, on each side


@dataclass(frozen=True, eq=False)
class Base:
    """What every map of a network starts from: its streets, where its zones lie, its view."""

    network: Network
    ground: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        """Refuse a network that no map can place."""
        if self.network.crs is None:
            raise ValidationError(
                f"{self.network.name}: the network has bare coordinates, which no map can place. "
                "Give crs in its config.csv, or build it with crs=."
            )

    @cached_property
    def segments(self) -> Segments:
        """Streets, both directions on one line."""
        links = gpd.GeoDataFrame(
            self.network.links, geometry=self.network.link_lines(), crs=self.network.crs
        )
        return merge_directions(links)

    @cached_property
    def zones(self) -> pd.DataFrame:
        """Zones with ``lat`` and ``lon`` of their centroids, in the order of the zone table."""
        nodes = self.network.nodes
        nodes = nodes[nodes["zone_id"].notna()].drop_duplicates("zone_id")
        points = gpd.GeoSeries.from_xy(nodes["x_m"], nodes["y_m"], crs=self.network.crs)
        placed = points.to_crs(WGS84)
        at = pd.DataFrame(
            {"lat": placed.y.to_numpy(), "lon": placed.x.to_numpy()},
            index=nodes["zone_id"].to_numpy(),
        )
        zones = self.network.zones
        if zones.empty:
            zones = pd.DataFrame({"zone_id": at.index, "name": "", "name_zh": "", "population": 0})
        return zones.join(at, on="zone_id")

    @cached_property
    def areas(self) -> pd.DataFrame:
        """Zones that have a place, as ``zones``, with ``area`` to be drawn; see ``zone_areas``."""
        zones = self.zones[self.zones["lat"].notna()].reset_index(drop=True)
        return zone_areas(zones, str(self.network.crs), self.ground or {})

    @property
    def areas_told(self) -> Text:
        """What the areas are, for the legend."""
        return OUTLINED if outlined(self.network.zones) else NEAREST

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the view: where the clusters are, else all roads."""
        clusters = self.network.clusters
        places = clusters.loc[clusters["kind"] == "cluster", ["lon", "lat"]].to_numpy(dtype=float)
        places = places[np.isfinite(places).all(axis=1)]
        if len(places) < 2:  # noqa: PLR2004  an extent has two corners
            return self.segments.bounds
        low, high = places.min(axis=0), places.max(axis=0)
        spare = (high - low) * MARGIN + 0.01
        west, south = (low - spare).tolist()
        east, north = (high + spare).tolist()
        return west, south, east, north

    @property
    def limit(self) -> int:
        """Bytes that a map may take."""
        return LARGE_LIMIT if len(self.network.links) >= MANY_LINKS else SIZE_LIMIT


def place_layers(
    network: Network,
    *,
    hubs: bool = True,
    marks: bool = True,
    fields: Sequence[Field] = (),
    room: Sequence[float] | None = None,
) -> list[Drawn]:
    """Crossings by form, status and year; clusters and hubs, as ``viz.places`` draws them.

    fields, room
        More lines in the popups of ``placed_crossings``, and circles around them [px].
    """
    crossings = placed_crossings(network.crossings)
    layers = [crossing_layer(crossings, fields=fields, room=room)] if len(crossings) else []
    return [*layers, *cluster_layers(network.clusters, hubs=hubs, marks=marks)]


def zone_layers(base: Base) -> list[Drawn]:
    """Zones by residents and jobs, not shown when the page opens; none where nobody lives."""
    zones = base.zones[base.zones["lat"].notna()]
    if not zones["population"].sum() > 0:
        return []
    jobs = zones["jobs"].to_numpy(dtype=float)
    title = Text("Zones: residents and jobs", "小区：人口与岗位")
    return [
        zone_layer(
            zones,
            jobs,
            name=title,
            title=title,
            label=Text("Jobs [jobs]", "就业岗位 [个]"),
            note=Text("Colour: jobs of the zone.", "颜色：小区就业岗位数。"),
            breaks=rounded_breaks(jobs),
            shown=False,
        )
    ]


def network_map(
    network: Network,
    column: str | Text = "",
    *,
    values: "pd.Series[float] | None" = None,
    ground: Mapping[str, Any] | None = None,
    tiles: str = "",
) -> PlanMap:
    """Draw a network; see ``Network.to_map``.

    Raises
    ------
    ValidationError
        If the network has bare coordinates, or a column holds no numbers.
    NotFoundError
        If the link table has no such column.
    """
    base = Base(network, ground)
    shade = _shade(base, column, values)

    def make(tolerance_m: float) -> PlanMap:
        shapes = base.segments.shapes(tolerance_m)
        frame = base.segments.frame
        roads = [class_layer(shapes, frame, shown=shade is None)]
        if shade is not None:
            roads.insert(
                0, value_layer(shapes, frame, shade, label=_label(column, own=values is not None))
            )
        return sheet(
            Text(network.name, network.name),
            [*roads, *zone_layers(base), *place_layers(network)],
            shapes=[shapes],
            bounds=base.bounds,
            note=simplified(tolerance_m) + Text(f" Version {network.version}.", ""),
            ground=ground,
            tiles=tiles,
        )

    return fitted(make, limit=base.limit)


def _label(column: str | Text, *, own: bool) -> Text:
    """Name of a column of links with its unit, as the column rules tell it; words as they are."""
    if isinstance(column, Text):
        return column
    units = {} if own else {rule.name: rule.unit for rule in TABLES["link"]}
    unit = units.get(column, "")
    return as_text(f"{column} [{unit}]" if unit else column)


def _shade(base: Base, column: str | Text, values: "pd.Series[float] | None") -> Any:
    """Value of each segment: the larger of its two directions; None where none was asked for."""
    links = base.network.links
    if values is not None:
        return base.segments.largest(values.reindex(links["link_id"]).to_numpy(dtype=float))
    if not isinstance(column, str) or not column:  # words name values
        return None
    if column not in links.columns:
        numbers = [name for name in links.columns if links[name].dtype.kind in "fi"]
        raise NotFoundError(
            f"to_map: links have no column {column!r}; numbers are in {', '.join(numbers)}."
        )
    if links[column].dtype.kind not in "fib":
        raise ValidationError(f"to_map: the column {column!r} holds no numbers to be coloured.")
    return base.segments.largest(links[column].to_numpy(dtype=float))
