"""Flows of an assignment on a map, and where the trips of chosen links go."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transitplan.model.network_map import Base, place_layers
from transitplan.viz.layers import Shapes
from transitplan.viz.maps import PlanMap
from transitplan.viz.roads import (
    Drawn,
    class_layer,
    faint_layer,
    flow_layer,
    load_layer,
    part_layer,
)
from transitplan.viz.segments import Segments
from transitplan.viz.sheet import fitted, sheet, simplified
from transitplan.viz.text import Text, plain
from transitplan.viz.zones import rounded_breaks, zone_layer

if TYPE_CHECKING:
    from transitplan.assignment.result import Assignment
    from transitplan.assignment.select import Selection

MAIN_PART = 0.1  # of the largest flow: roads that the view of a selection holds


def flow_layers(
    segments: Segments, shapes: Shapes, links: pd.DataFrame, *, when: Text, shown: bool = True
) -> list[Drawn]:
    """Flow as width, and volume over capacity as colour.

    Parameters
    ----------
    links
        In the order of the link table: flow_vph, volume_capacity_ratio, delay_s.
    when
        Year or version, in the names of the layers.
    """
    frame = segments.flows(links)
    widest = max(1.0, float(frame["flow_vph"].max()))
    return [
        flow_layer(
            shapes,
            frame,
            name=Text("Flow", "流量") + when,
            title=Text("Flow", "流量") + when + Text(" [veh/h]", " [辆/小时]"),
            note=Text(
                "Hour of the demand, both directions. Dashed: tunnel.",
                "需求所在小时，双向合计。虚线为隧道。",
            ),
            widest_flow=widest,
            shown=shown,
        ),
        load_layer(
            shapes,
            frame,
            name=Text("Volume / capacity", "饱和度") + when,
            title=Text("Volume / capacity", "饱和度") + when,
        ),
    ]


def selection_layers(
    base: Base, shapes: Shapes, found: "Selection", *, called: Text, shown: bool = False
) -> list[Drawn]:
    """Flow of the selected trips as width, and the zones that they start and end in."""
    segments = base.segments
    frame = pd.DataFrame(
        {
            "part_vph": segments.total(found.flow_vph),
            "all_vph": segments.total(found.all_flow_vph),
            "facility_type": segments.frame["facility_type"],
            "structure": segments.frame["structure"],
        }
    )
    total = plain(found.total_vph)
    roads = part_layer(
        shapes,
        frame,
        name=Text("Trips over ", "过") + called,
        title=Text("Trips over ", "经过") + called,
        total=Text(
            f"{total} veh/h use it; width: where else they drive, both directions.",
            f"共 {total} 辆/小时经过；线宽为其在路网上的分布，双向合计。",
        ),
        shown=shown,
    )
    return [roads]


def trip_end_layer(base: Base, found: "Selection", *, called: Text) -> Drawn:
    """Zones that the selected trips start or end in."""
    trips = found.trips_vph.sum(axis=0)
    ends = pd.Series(trips.sum(axis=0) + trips.sum(axis=1), index=found.zone_ids)
    zones = base.zones[base.zones["lat"].notna()]
    values = ends.reindex(zones["zone_id"]).to_numpy(dtype=float)
    name = Text("Ends of these trips: ", "出行端点：") + called
    return zone_layer(
        zones,
        np.where(values > 0, values, np.nan),
        name=name,
        title=name,
        label=Text("Trip ends [veh/h]", "出行端点 [辆/小时]"),
        breaks=rounded_breaks(values[values > 0]),
        shown=False,
    )


def assignment_map(
    found: "Assignment", *, ground: Mapping[str, Any] | None = None, tiles: str = ""
) -> PlanMap:
    """Draw flows and volume over capacity; see ``Assignment.to_map``."""
    network = found.roads.network
    base = Base(network, ground)
    links = pd.DataFrame(
        {
            "flow_vph": found.flow_vph,
            "volume_capacity_ratio": found.volume_capacity_ratio,
            "delay_s": found.delay_s,
        }
    )

    def make(tolerance_m: float) -> PlanMap:
        shapes = base.segments.shapes(tolerance_m)
        return sheet(
            Text(network.name, network.name),
            [
                *flow_layers(base.segments, shapes, links, when=Text("", "")),
                class_layer(shapes, base.segments.frame, shown=False),
                *place_layers(network),
            ],
            shapes=[shapes],
            bounds=base.bounds,
            note=simplified(tolerance_m)
            + Text(
                f" {found.method}: {found.status}, relative gap {found.relative_gap:.1e}.",
                f"相对间隙 {found.relative_gap:.1e}。",
            ),
            ground=ground,
            tiles=tiles,
        )

    return fitted(make, limit=base.limit)


def selection_map(
    found: "Selection", *, ground: Mapping[str, Any] | None = None, tiles: str = ""
) -> PlanMap:
    """Draw where the selected trips drive, start and end; see ``Selection.to_map``."""
    network = found.roads.network
    base = Base(network, ground)
    called = Text(found.asked, found.asked)
    part = base.segments.total(found.flow_vph)
    bounds = base.segments.bounds_of(part > MAIN_PART * part.max(initial=0.0))

    def make(tolerance_m: float) -> PlanMap:
        shapes = base.segments.shapes(tolerance_m)
        return sheet(
            Text(f"{network.name}: {found.asked}", f"{network.name}：{found.asked}"),
            [
                *selection_layers(base, shapes, found, called=called, shown=True),
                faint_layer(shapes, base.segments.frame, shown=False),
                trip_end_layer(base, found, called=called),
                *place_layers(network),
            ],
            shapes=[shapes],
            bounds=bounds,
            note=simplified(tolerance_m),
            ground=ground,
            tiles=tiles,
        )

    return fitted(make, limit=base.limit)
