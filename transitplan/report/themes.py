"""Themes of a map of a network or a case: what each draws, and the page that holds it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from branca.element import MacroElement

from transitplan.access import transit_isochrones
from transitplan.access.zone_map import access_layers, road_reach_layer, with_people
from transitplan.assignment.flow_map import flow_layers, selection_layers, trip_end_layer
from transitplan.errors import NotFoundError, ValidationError, likely
from transitplan.graph import compile_timetable
from transitplan.model.network_map import place_layers, zone_layers
from transitplan.report.closure_map import closure_layers, loss_fields, loss_radii, losses
from transitplan.report.compare_map import compare_layers, earlier
from transitplan.report.subject import PEAK_HOURS, Subject
from transitplan.transit import assign_transit, skim_transit
from transitplan.transit.load_map import line_layers
from transitplan.viz.controls import Bounds
from transitplan.viz.layers import Field, Shapes
from transitplan.viz.maps import PlanMap
from transitplan.viz.places import placed_crossings
from transitplan.viz.reach import reach_layer
from transitplan.viz.roads import Drawn, FaintLines, class_layer, faint_layer
from transitplan.viz.segments import WGS84
from transitplan.viz.sheet import fitted, sheet, simplified
from transitplan.viz.text import Text, as_text

SELECTED_ENDS = 1  # of so many crossings the ends of trips are drawn too


@dataclass(frozen=True, eq=False)
class Content:
    """Layers of a theme, the lowest first, and what belongs to them."""

    drawn: Sequence[Drawn]
    shapes: Sequence[Shapes] = ()
    controls: Sequence[MacroElement] = ()
    crossing_fields: Sequence[Field] = ()  # more lines in the popups of the crossings
    crossing_room: Sequence[float] | None = None  # radius of the circles around them [px]
    title: Text | None = None  # the subject's name, if absent


Draw: TypeAlias = Callable[[Shapes], Content]  # layers over the page's block of streets


def _network(subject: Subject, *, shown: bool = True) -> Draw:
    def draw(shapes: Shapes) -> Content:
        roads = class_layer(shapes, subject.base.segments.frame, shown=shown)
        return Content([roads, *zone_layers(subject.base)])

    return draw


def _crossings(subject: Subject) -> Draw:
    if subject.network.crossings.empty:
        raise ValidationError(
            f"map: {subject.network.name} has no crossing.csv, so there is no crossing to draw."
        )

    def draw(shapes: Shapes) -> Content:
        return Content([faint_layer(shapes, subject.base.segments.frame)])

    return draw


def _flows(subject: Subject, *, shown: bool = True) -> Draw:
    links, segments = subject.found.to_frame(), subject.base.segments

    def draw(shapes: Shapes) -> Content:
        return Content(flow_layers(segments, shapes, links, when=Text("", ""), shown=shown))

    return draw


def _select(subject: Subject, *, shown: bool = True) -> Draw:
    crossings = _with_links(subject)
    found = {name: subject.found.select(links) for name, (_, links) in crossings.items()}
    order = sorted(found, key=lambda name: -found[name].total_vph)  # the busiest first

    def draw(shapes: Shapes) -> Content:
        drawn: list[Drawn] = []
        for place, name in enumerate(order):
            drawn += selection_layers(
                subject.base,
                shapes,
                found[name],
                called=crossings[name][0],
                shown=shown and place == 0,
            )
        ends = [
            trip_end_layer(subject.base, found[name], called=crossings[name][0])
            for name in order[:SELECTED_ENDS]
        ]
        return Content([*drawn, *ends])

    return draw


def _access(subject: Subject, *, shown: bool = True) -> Draw:
    if not subject.base.zones["population"].sum() > 0:
        raise ValidationError(
            f"map: no zone of {subject.network.name} has residents, so there is no access to draw. "
            "Fill population and jobs in zone.csv."
        )
    car = access_layers(
        subject.base,
        subject.car_time_s,
        minutes=subject.minutes,
        how=Text("by car", "驾车"),
        on=subject.on_roads,
        shown=shown,
    )
    transit: list[Drawn] = []
    if subject.lines is not None:
        transit = access_layers(
            subject.base,
            skim_transit(subject.lines)["time_s"],
            minutes=subject.minutes,
            how=Text("by public transport", "公共交通"),
            on=Text(
                "Working day, 7 to 9: walk, wait and ride.", "工作日 7–9 时：步行、候车与乘车。"
            ),
            shown=False,
        )

    def draw(shapes: Shapes) -> Content:
        return Content([faint_layer(shapes, subject.base.segments.frame), *car, *transit])

    return draw


def _isochrones(subject: Subject, *, shown: bool = True) -> Draw:
    zone, called = _origin(subject)
    nodes = subject.network.nodes
    node = nodes.loc[nodes["zone_id"] == zone, "node_id"].iloc[0]
    cost = None if subject.demand is None else subject.found.time_s
    layers = [
        road_reach_layer(
            subject.base,
            subject.roads,
            node,
            called=called,
            on=subject.on_roads,
            cost=cost,
            shown=shown,
        )
    ]
    service = subject.network.transit
    if service is not None:
        day = compile_timetable(service, service.busiest("weekday"), network=subject.network)
        areas = transit_isochrones(subject.network, day, zone, PEAK_HOURS, barrier=subject.river)
        told = with_people(subject.base, areas.to_crs(WGS84))
        on = Text(
            "Working day, half of the departures from 7 to 9.", "工作日 7–9 时，半数出发时刻可达。"
        )
        layers.append(reach_layer(called, "transit", told, on=on))

    def draw(shapes: Shapes) -> Content:
        return Content([faint_layer(shapes, subject.base.segments.frame), *layers])

    return draw


def _transit(subject: Subject, *, shown: bool = True) -> Draw:
    lines = subject.lines
    if lines is None:
        raise ValidationError(
            f"map: {subject.network.name} has no transit/, so there is no line to draw. Put a GTFS "
            "feed there, or make one: transitplan import lines lines.toml --out …/transit."
        )
    ridden = None if subject.riders is None else assign_transit(lines, subject.riders)

    def draw(shapes: Shapes) -> Content:
        own, layers = line_layers(lines, ridden, shown=shown)
        return Content([faint_layer(shapes, subject.base.segments.frame), *layers], [own])

    return draw


def _closures(subject: Subject) -> Draw:
    crossings = _with_links(subject)
    found = losses(subject, crossings)
    placed = placed_crossings(subject.network.crossings)["crossing_id"]
    told, room = loss_fields(placed, found), loss_radii(placed, found)

    def draw(shapes: Shapes) -> Content:
        drawn = closure_layers(subject, crossings, found, shapes)
        return Content(drawn, crossing_fields=told, crossing_room=room)

    return draw


def _compare(subject: Subject) -> Draw:
    before = earlier(subject)

    def draw(shapes: Shapes) -> Content:
        drawn, bar = compare_layers(before, subject, shapes)
        return Content(drawn, controls=bar, title=subject.between(before))

    return draw


def _all(subject: Subject) -> Draw:
    """Every theme that what was given allows, in one page; closures and stages have their own."""
    whole = [_network(subject, shown=subject.demand is None)]
    if subject.demand is not None:
        whole = [_flows(subject), *whole]
        if subject.crossings:
            whole.append(_select(subject, shown=False))
    if subject.base.zones["population"].sum() > 0:
        whole.append(_access(subject, shown=False))
    if len(subject.network.clusters) or subject.place:
        whole.append(_isochrones(subject, shown=False))
    if subject.lines is not None:
        whole.append(_transit(subject, shown=False))

    def draw(shapes: Shapes) -> Content:
        parts = [each(shapes) for each in whole]
        drawn = [
            (layer, words)
            for part in parts
            for layer, words in part.drawn
            if not isinstance(layer, FaintLines)  # one of them, below, is enough
        ]
        ground = faint_layer(shapes, subject.base.segments.frame, shown=False)
        return Content([ground, *drawn], [each for part in parts for each in part.shapes])

    return draw


THEMES: dict[str, Callable[[Subject], Draw]] = {
    "all": _all,
    "network": _network,
    "crossings": _crossings,
    "flows": _flows,
    "select": _select,
    "access": _access,
    "isochrones": _isochrones,
    "transit": _transit,
    "closures": _closures,
    "compare": _compare,
}


def themed_map(subject: Subject, theme: str, *, plan: str = "", tiles: str = "") -> PlanMap:
    """Draw a theme; ``staging`` of a case has its slider, all others one year.

    Parameters
    ----------
    plan
        What is built when, as ``Case.to_map`` reads it; for ``staging``.
    tiles
        As in ``Network.to_map``.

    Raises
    ------
    NotFoundError
        If there is no such theme.
    ValidationError
        If the theme needs what was not given: a demand, transit, crossings, a projection.
    """
    if theme == "staging":
        if subject.case is None:
            raise ValidationError(
                "map: stages are of a case, which knows its years. Name a case folder."
            )
        return subject.case.to_map(plan, tiles=tiles)
    if plan:
        raise ValidationError("map: a plan is drawn by the theme staging. Add --theme staging.")
    if theme not in THEMES:
        raise NotFoundError(
            f"map: no theme {theme!r}; there are {', '.join([*THEMES, 'staging'])}."
            f"{likely(theme, [*THEMES, 'staging'])}"
        )
    subject.base.segments  # noqa: B018  says what is wrong before any work
    draw = THEMES[theme](subject)
    bounds = _with_crossings(subject) if theme in {"select", "closures"} else subject.base.bounds

    def make(tolerance_m: float) -> PlanMap:
        shapes = subject.base.segments.shapes(tolerance_m)
        content = draw(shapes)
        return sheet(
            content.title or subject.name,
            [
                *content.drawn,
                *place_layers(
                    subject.network,
                    marks=theme != "access",
                    fields=content.crossing_fields,
                    room=content.crossing_room,
                ),
            ],
            shapes=[shapes, *content.shapes],
            bounds=bounds,
            note=_note(subject, theme, tolerance_m),
            ground=subject.ground,
            controls=content.controls,
            tiles=tiles,
        )

    return fitted(make, limit=subject.base.limit)


def _with_crossings(subject: Subject) -> Bounds:
    """View that also holds every crossing with roads."""
    west, south, east, north = subject.base.bounds
    rows = placed_crossings(subject.network.crossings)
    rows = rows[rows["crossing_id"].isin(list(subject.crossings))]
    lon, lat = [*rows["lon"], west, east], [*rows["lat"], south, north]
    return min(lon), min(lat), max(lon), max(lat)


def _note(subject: Subject, theme: str, tolerance_m: float) -> Text:
    note = simplified(tolerance_m) + Text(
        f" Network {subject.network.version}.", f"路网版本 {subject.network.version}。"
    )
    if subject.demand is not None and theme in {"all", "flows", "select", "closures", "compare"}:
        gap = subject.found.relative_gap
        note += Text(f" Relative gap {gap:.0e}.", f"相对间隙 {gap:.0e}。")
    return note


def _with_links(subject: Subject) -> dict[str, tuple[Text, list[Any]]]:
    """Return crossings with roads, or refuse a network without any."""
    subject.found  # noqa: B018  says first that a demand is missing
    if not subject.crossings:
        raise ValidationError(
            f"map: no link of {subject.network.name} belongs to a crossing. Fill crossing_id in "
            "link.csv."
        )
    return subject.crossings


def _origin(subject: Subject) -> tuple[Any, Text]:
    """Zone that reach is drawn from, and its name."""
    clusters = subject.network.clusters
    place = subject.place or (str(clusters["cluster_id"].iloc[0]) if len(clusters) else "")
    own = clusters[clusters["cluster_id"] == place]
    if len(own):
        row = own.iloc[0]
        name, name_zh = str(row["name"]), str(row["name_zh"])
        return row["zone_id"], Text(name or name_zh, name_zh or name)
    zones = subject.base.zones["zone_id"]
    same = zones[zones.astype(str) == place]
    if same.empty:
        raise NotFoundError(
            f"map: {place!r} is no cluster and no zone to draw reach from. Name one with --from: "
            f"{', '.join([*map(str, clusters['cluster_id'][:4]), *map(str, zones[:3])])} …."
            f"{likely(place, [*clusters['cluster_id'], *zones])}"
        )
    return same.iloc[0], as_text(f"{place}")
