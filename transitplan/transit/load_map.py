"""Lines on a map: how many ride, or how many vehicles run, on each segment; who boards where."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from transitplan.graph.frequency import RIDE, FrequencyGraph
from transitplan.model.network import Network
from transitplan.model.network_map import Base, place_layers
from transitplan.transit.strategies import TransitAssignment
from transitplan.viz import palette, swatches
from transitplan.viz.layers import Circles, Field, Lines, Shapes
from transitplan.viz.maps import PlanMap
from transitplan.viz.roads import WIDEST, Drawn, faint_layer
from transitplan.viz.sheet import fitted, sheet, simplified
from transitplan.viz.text import Text, join, plain, rounded
from transitplan.viz.zones import radii

RAIL = {0, 1, 2, 5, 7, 12}  # route types of GTFS that run on rails
RAIL_COLOUR, BUS_COLOUR = palette.FORM_COLOURS["tunnel"], palette.FORM_COLOURS["bridge"]
STOP = Text("stop", "站点")


def segments_frame(lines: FrequencyGraph, loads: pd.DataFrame | None = None) -> pd.DataFrame:
    """Segments between two stops, all courses and both directions together.

    Parameters
    ----------
    loads
        ``TransitAssignment.to_frame``; vehicles alone where absent.

    Returns
    -------
    DataFrame
        a and b (positions of stops), vehicles_per_hour, passengers_pph (NaN without loads), routes
        (ids), rail (whether any runs on rails).
    """
    calls = lines.calls
    ride = lines.call[lines.kind == RIDE]  # the order of ``to_frame``
    stop = calls["stop"].to_numpy()
    frame = pd.DataFrame(
        {
            "a": np.minimum(stop[ride], stop[ride + 1]),
            "b": np.maximum(stop[ride], stop[ride + 1]),
            "vehicles_per_hour": calls["vehicles_per_hour"].to_numpy()[ride],
            "route_id": calls["route_id"].to_numpy()[ride],
        }
    )
    frame["passengers_pph"] = np.nan if loads is None else loads["passengers_pph"].to_numpy()
    kinds = lines.service.routes.set_index("route_id")["route_type"]
    frame["rail"] = frame["route_id"].map(kinds).isin(RAIL)
    return (
        frame.groupby(["a", "b"])
        .agg(
            vehicles_per_hour=("vehicles_per_hour", "sum"),
            passengers_pph=("passengers_pph", lambda each: each.sum(min_count=1)),
            routes=("route_id", lambda each: list(dict.fromkeys(each))),
            rail=("rail", "any"),
        )
        .reset_index()
    )


def line_layers(
    lines: FrequencyGraph, found: TransitAssignment | None = None, *, shown: bool = True
) -> tuple[Shapes, list[Drawn]]:
    """Lines by load, or by vehicles an hour where nobody was assigned; and the stops.

    Returns
    -------
    tuple
        The block of lines that the layers draw from, and the layers.
    """
    frame = segments_frame(lines, None if found is None else found.to_frame())
    at = _stops(lines)
    ends = at[["lon", "lat"]].to_numpy()
    drawn = shapely.linestrings(np.stack([ends[frame["a"]], ends[frame["b"]]], axis=1))
    called = _routes(lines)
    titles = [join(called[each] for each in ids) for ids in frame["routes"]]
    shapes = Shapes(drawn, titles, ids=[""] * len(titles), named=[True] * len(titles))
    layers = [_line_layer(shapes, frame, with_loads=found is not None, shown=shown)]
    return shapes, [*layers, _stop_layer(at, found, _calling(lines, called), shown=shown)]


def _line_layer(shapes: Shapes, frame: pd.DataFrame, *, with_loads: bool, shown: bool) -> Drawn:
    value = frame["passengers_pph" if with_loads else "vehicles_per_hour"]
    most = max(1.0, float(value.max()))
    order = value.sort_values(kind="stable").index
    own = frame.loc[order]
    rows = pd.DataFrame(
        {
            "shape": own.index,
            "colour": np.where(own["rail"], RAIL_COLOUR, BUS_COLOUR),
            "width": 1.2 + value.loc[order] / most * WIDEST,
            "dashed": False,
        }
    )
    told = [Field(_UNITS[False], [plain(v, 1) for v in own["vehicles_per_hour"]])]
    if with_loads:
        told.insert(0, Field(_UNITS[True], [plain(v) for v in own["passengers_pph"]]))
    title = Text("Transit loads", "公交客流") if with_loads else Text("Transit lines", "公交线路")
    layer = Lines(title, shapes, rows, fields=told, shown=shown, base=False)
    words = swatches.heading(title, _UNITS[with_loads] + Text(", both directions.", "，双向合计。"))
    for step in dict.fromkeys(rounded(most * share, 1) for share in (1.0, 0.4, 0.1)):
        words += swatches.key_line(palette.INK, 1.2 + step / most * WIDEST, plain(step))
    for here, colour, name in (
        (own["rail"].any(), RAIL_COLOUR, Text("on rails", "轨道交通")),
        (not own["rail"].all(), BUS_COLOUR, Text("on roads", "地面公交")),
    ):
        words += swatches.key_line(colour, 4, name) if here else ""
    return layer, words


_UNITS = {
    True: Text("Passengers [persons/h]", "乘客 [人次/小时]"),
    False: Text("Vehicles [1/h]", "车次 [班/小时]"),
}


def _calling(lines: FrequencyGraph, called: Mapping[Any, Text]) -> list[Text]:
    """Lines that call at each stop."""
    calls = lines.calls.drop_duplicates(["stop", "route_id"])
    by_stop = calls.groupby("stop")["route_id"].agg(list)
    return [
        join(called[route] for route in by_stop.get(stop, []))
        for stop in range(lines.places.n_stops)
    ]


def _stop_layer(
    at: pd.DataFrame, found: TransitAssignment | None, calling: list[Text], *, shown: bool
) -> Drawn:
    """Stops; their size tells who boards and leaves."""
    ends = np.zeros(len(at))
    fields = [Field(Text("Lines", "线路"), calling)]
    if found is not None:
        rows = found.stops_frame()
        ends = (rows["boardings_pph"] + rows["alightings_pph"]).to_numpy()
        fields += [
            Field(Text("Boarding [persons/h]", "上车 [人次/小时]"), _plain(rows["boardings_pph"])),
            Field(Text("Leaving [persons/h]", "下车 [人次/小时]"), _plain(rows["alightings_pph"])),
        ]
    frame = at.assign(
        radius=radii(ends) if ends.any() else 3.0,
        fill="#ffffff",
        line=palette.INK,
        line_px=1.4,
    )
    name = Text("Stops", "站点")
    layer = Circles(name, frame, fields=fields, kind=STOP, shown=shown)
    words = Text("Stop", "站点")
    if ends.any():
        most = plain(float(rounded(float(ends.max()), 2)))
        words = Text(
            f"Stop; area: boarding and leaving, most {most} persons/h",
            f"站点；面积：上下车，最多 {most} 人次/小时",
        )
    return layer, swatches.key_mark(swatches.circle_mark(), words)


def _plain(values: "pd.Series[float]") -> list[str]:
    return [plain(value) for value in values]


def _stops(lines: FrequencyGraph) -> pd.DataFrame:
    """Stops with longitude, latitude and title, in the order of their positions."""
    stops = lines.service.stops.set_index("stop_id").loc[lines.places.stop_ids]
    english, chinese = (
        lines.service.names("stops", "stop_name", language) for language in ("en", "zh")
    )
    titles = []
    for stop in lines.places.stop_ids:
        name, other = english.get(stop, ""), chinese.get(stop, "")
        titles.append(Text(name or other or str(stop), other or name or str(stop)))
    at = {"lon": stops["stop_lon"].to_numpy(), "lat": stops["stop_lat"].to_numpy()}
    return pd.DataFrame({**at, "title": titles})


def _routes(lines: FrequencyGraph) -> dict[Any, Text]:
    """Name of each route: its long name, else its short one."""
    rows = lines.service.routes
    named = [
        lines.service.names("routes", column, language)
        for column in ("route_short_name", "route_long_name")
        for language in ("en", "zh")
    ]
    found = {}
    for route in rows["route_id"]:
        short, short_zh, name, name_zh = (each.get(route, "") or "" for each in named)
        found[route] = Text(name or short or str(route), name_zh or short_zh or str(route))
    return found


def load_map(
    network: Network,
    lines: FrequencyGraph,
    found: TransitAssignment | None = None,
    *,
    ground: Mapping[str, Any] | None = None,
    tiles: str = "",
) -> PlanMap:
    """Draw loads of segments and stops, or vehicles an hour; see ``TransitAssignment.to_map``."""
    base = Base(network, ground)

    def make(tolerance_m: float) -> PlanMap:
        roads = base.segments.shapes(tolerance_m)
        shapes, layers = line_layers(lines, found)
        return sheet(
            Text(f"{network.name}: transit", f"{network.name}：公交"),
            [faint_layer(roads, base.segments.frame), *layers, *place_layers(network, hubs=False)],
            shapes=[roads, shapes],
            bounds=base.bounds,
            note=simplified(tolerance_m),
            ground=ground,
            tiles=tiles,
        )

    return fitted(make, limit=base.limit)
