"""Journeys on a map: walks dashed, rides along the course of their line, one layer a journey."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from transitplan.errors import ValidationError
from transitplan.graph.timetable import TimetableGraph
from transitplan.model.network import Network
from transitplan.model.network_map import Base
from transitplan.transit.journeys import Journey, Leg
from transitplan.transit.words import clock
from transitplan.viz import palette, swatches
from transitplan.viz.maps import Field, Lines, PlanMap, Points, Shapes
from transitplan.viz.roads import faint_layer
from transitplan.viz.segments import WGS84
from transitplan.viz.sheet import fitted, sheet, simplified
from transitplan.viz.text import Text

RIDE_COLOUR, WALK_COLOUR = palette.FORM_COLOURS["tunnel"], palette.INK
RIDE_PX, WALK_PX = 6.0, 3.0
STOP = Text("stop", "站点")
MARGIN = 0.1  # of the extent, on each side


def journeys_map(
    journeys: Sequence[Journey],
    network: Network,
    *,
    ground: Mapping[str, Any] | None = None,
    tiles: str = "",
) -> PlanMap:
    """Draw journeys over the roads of their network; ``save`` the map, it needs no connection.

    Parameters
    ----------
    journeys
        At least one, as ``find_journeys`` gives them; each is a layer to choose.
    network
        Whose timetable they are of.
    ground, tiles
        As in ``Network.to_map``.

    Raises
    ------
    ValidationError
        If there is no journey, or the network has bare coordinates.
    """
    journeys = [journey for journey in journeys if journey.legs]
    if not journeys or network.crs is None:
        raise ValidationError(
            "journeys_map: "
            + ("there is no journey to draw." if not journeys else "the network has no projection.")
        )
    base = Base(network, ground)
    places = _places(journeys[0].timetable, network.crs)
    drawn = [[_line(journey, leg, places) for leg in journey.legs] for journey in journeys]
    titles = [Text(*pair) for journey in journeys for pair in _titles(journey)]
    stops = _stops(journeys, places)

    def make(tolerance_m: float) -> PlanMap:
        roads = base.segments.shapes(tolerance_m)
        legs = Shapes([line for lines in drawn for line in lines], titles)
        layers, first = [], 0
        for at, journey in enumerate(journeys):
            layers.append(_layer(journey, legs, first, shown=at == 0))
            first += len(journey.legs)
        return sheet(
            Text("Journeys by timetable", "时刻表行程"),
            [faint_layer(roads, base.segments.frame), *layers, (stops, "")],
            shapes=[roads, legs],
            bounds=_extent(drawn),
            note=Text("Choose a journey; click a leg. ", "选择行程；点击各段查看。")
            + simplified(tolerance_m),
            ground=ground,
            tiles=tiles,
        )

    return fitted(make, limit=base.limit)


def _places(timetable: TimetableGraph, crs: str) -> pd.DataFrame:
    """Longitude and latitude of all places that journeys lead between, by id."""
    known = timetable.places
    at_m = np.concatenate([known.zone_m, known.stop_m])
    points = gpd.GeoSeries.from_xy(at_m[:, 0], at_m[:, 1], crs=crs).to_crs(WGS84)
    ids = [*known.zone_ids, *known.stop_ids]
    return pd.DataFrame({"lon": points.x.to_numpy(), "lat": points.y.to_numpy()}, index=ids)


def _line(journey: Journey, leg: Leg, places: pd.DataFrame) -> Any:
    """A leg as a line: along the shape of the trip, else from stop to stop, else straight."""
    ends = shapely.points(places.loc[[leg.from_id, leg.to_id]].to_numpy(dtype=float))
    straight = shapely.linestrings(shapely.get_coordinates(ends))
    if leg.kind == "walk":
        return straight
    service = journey.timetable.service
    trip = service.trips.set_index("trip_id").loc[leg.trip_id]
    points = service.shapes[service.shapes["shape_id"] == trip["shape_id"]]
    if len(points) > 1:
        course = shapely.linestrings(points[["shape_pt_lon", "shape_pt_lat"]].to_numpy(float))
        begin, end = shapely.line_locate_point(course, ends)
        if end > begin:
            return shapely.ops.substring(course, begin, end)
    calls = service.stop_times[service.stop_times["trip_id"] == leg.trip_id]["stop_id"].tolist()
    begin = next(  # a trip may call twice at a stop
        at
        for at in range(len(calls) - leg.n_stops)
        if (calls[at], calls[at + leg.n_stops]) == (leg.from_id, leg.to_id)
    )
    return shapely.linestrings(
        places.loc[calls[begin : begin + leg.n_stops + 1]].to_numpy(dtype=float)
    )


def _titles(journey: Journey) -> list[tuple[str, str]]:
    return list(zip(journey.leg_texts("en"), journey.leg_texts("zh"), strict=True))


def _layer(journey: Journey, shapes: Shapes, first: int, *, shown: bool) -> tuple[Lines, str]:
    """One journey, and its words in the legend."""
    rides = [leg.kind == "ride" for leg in journey.legs]
    rows = pd.DataFrame(
        {
            "shape": range(first, first + len(rides)),
            "colour": [RIDE_COLOUR if ride else WALK_COLOUR for ride in rides],
            "width": [RIDE_PX if ride else WALK_PX for ride in rides],
            "dashed": [not ride for ride in rides],
        }
    )
    minutes = [f"{(leg.arrive_s - leg.depart_s) / 60.0:.0f}" for leg in journey.legs]
    times = f"{clock(journey.depart_s)} – {clock(journey.arrive_s)}"
    name = Text(f"{times}, rides: {journey.rides}", f"{times}，乘车 {journey.rides} 次")
    field = Field(Text("Minutes", "分钟"), minutes)
    words = swatches.heading(name)
    words += swatches.key_line(RIDE_COLOUR, RIDE_PX, Text("Ride", "乘车"))
    words += swatches.key_line(WALK_COLOUR, WALK_PX, Text("Walk", "步行"), dashed=True)
    words += "".join(f"<p>{Text(*pair).__html__()}</p>" for pair in _titles(journey))
    return Lines(name, shapes, rows, fields=[field], shown=shown), words


def _stops(journeys: Sequence[Journey], places: pd.DataFrame) -> Points:
    """Where one boards, leaves, begins and ends."""
    names = [
        journeys[0].timetable.service.names("stops", "stop_name", language)
        for language in ("en", "zh")
    ]
    ids = dict.fromkeys(
        end for journey in journeys for leg in journey.legs for end in (leg.from_id, leg.to_id)
    )
    called = [
        Text(*(each.get(place, "") or word for each, word in zip(names, zone, strict=True)))
        for place in ids
        for zone in [(f"zone {place}", f"小区{place}")]
    ]
    frame = pd.DataFrame(
        {
            "lat": places.loc[list(ids), "lat"].to_numpy(),
            "lon": places.loc[list(ids), "lon"].to_numpy(),
            "drawing": swatches.place_mark("hub"),
            "label": called,
            "style": "",
            "title": called,
        }
    )
    field = Field(Text("Id", "编号"), [str(place) for place in ids])
    return Points(Text("Stops of these journeys", "行程站点"), frame, fields=[field], kind=STOP)


def _extent(drawn: Sequence[Sequence[Any]]) -> tuple[float, float, float, float]:
    west, south, east, north = shapely.total_bounds([line for legs in drawn for line in legs])
    wide, high = MARGIN * (east - west) + 0.005, MARGIN * (north - south) + 0.005
    return west - wide, south - high, east + wide, north + high
