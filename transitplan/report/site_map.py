"""The small map of page one: a site, what it does to the roads, and the minutes that it saves."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.ground import land_bounds
from transitplan.report.roads import lon_lat, merge_directions
from transitplan.scenario.case import NONE, Site
from transitplan.units import METRES_PER_KM
from transitplan.viz import palette
from transitplan.viz.charts import picture, words_at
from transitplan.viz.ground import ground_shapes
from transitplan.viz.labels import LINE_PX, broken_text, width_px
from transitplan.viz.text import Text, plain, rounded, saving

WIDTH, HEIGHT, STRIP = 460.0, 380.0, 30.0  # the strip below holds key and scale
SIMPLE_M = 25.0
WIDEST = 8.0
METRES_PER_DEGREE = 111_195.0
BACKGROUND = ("expressway", "urban_expressway", "trunk", "arterial")
LONGEST_LINE_PX = 150.0  # of a label before it is broken
SCALE_PX = 90.0  # longest scale bar
Box = tuple[float, float, float, float]  # left, top, right, bottom
Place = Callable[[Any], np.ndarray[Any, np.dtype[np.float64]]]


def mean_savings(assessment: Assessment, option_id: str, year: int) -> dict[str, float]:
    """Peak minutes that an option saves each cluster, mean over its trips to all other places."""
    rows = assessment.access[assessment.access["year"] == year]
    rows = rows[rows["origin_id"] != rows["destination_id"]]
    keys = ["origin_id", "destination_id"]
    before = rows[rows["option_id"] == NONE].set_index(keys)["peak_min"]
    after = rows[rows["option_id"] == option_id].set_index(keys)["peak_min"]
    saved = (before - after).replace([np.inf, -np.inf], np.nan).dropna()
    return {str(name): float(value) for name, value in saved.groupby(level=0).mean().items()}


def site_map(assessment: Assessment, site: Site, option_id: str) -> str:
    """Return the SVG: change of flow as line width, clusters with minutes saved, last year."""
    year = names.horizon_year(assessment)
    place, metres_per_pixel, window = _projection(assessment)
    roads, most = _roads(assessment, option_id, year, place, window)
    frame = f"frame-{site.site_id}"
    parts = [
        f'<clipPath id="{frame}"><rect width="{WIDTH:g}" height="{HEIGHT:g}"/></clipPath>',
        f'<g clip-path="url(#{frame})">',
        f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="{palette.PAPER}"/>',
        *_ground(assessment, place, window),
        *roads,
        *_labels(assessment, site, option_id, place),
        "</g>",
        *_key(most),
        *_furniture(metres_per_pixel),
    ]
    words = Text(
        f"Map of {site.name}: change of flow {year}", f"{site.name_zh}地图：{year} 年流量变化"
    )
    return picture(WIDTH, HEIGHT + STRIP, parts, title=words)


def _projection(assessment: Assessment) -> tuple[Place, float, Any]:
    """Degrees to pixels, true in the middle of the view."""
    west, south, east, north = land_bounds(assessment, margin=0.12)
    middle = np.array([(west + east) / 2, (south + north) / 2])
    metres = METRES_PER_DEGREE * np.array([np.cos(np.radians(middle[1])), 1.0])
    size = (np.array([east, north]) - [west, south]) * metres
    metres_per_pixel = float((size / [WIDTH - 20, HEIGHT - 20]).max())
    half = np.array([WIDTH, HEIGHT]) / 2 * metres_per_pixel / metres

    def place(coordinates: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
        offset = (np.asarray(coordinates, dtype=float) - middle) * metres / metres_per_pixel
        return np.asarray(offset * [1.0, -1.0] + [WIDTH / 2, HEIGHT / 2])

    return place, metres_per_pixel, shapely.box(*(middle - half * 1.05), *(middle + half * 1.05))


def _ground(assessment: Assessment, place: Place, window: Any) -> list[str]:
    parts = []
    for kind, _, outline in ground_shapes(assessment.case.ground):
        if kind not in ("start_up_area", "river"):
            continue
        seen = shapely.make_valid(outline).intersection(window).simplify(SIMPLE_M / 1e5)
        line = "Line" in seen.geom_type
        colour = palette.WATER if kind == "river" else palette.AREA
        style = (
            f'fill="none" stroke="{colour}" stroke-width="6" stroke-linejoin="round"'
            if line
            else f'fill="{colour}" stroke="{colour}" stroke-width="1.5"'
        )
        parts.append(f'<path d="{_path(seen, place)}" {style}/>')
    return parts


def _roads(
    assessment: Assessment, option_id: str, year: int, place: Place, window: Any
) -> tuple[list[str], float]:
    """Draw main roads thin and changed ones wide; also return the largest change."""
    roads = merge_directions(assessment, [(NONE, year), (option_id, year)])
    segments = roads.segments
    shapes = lon_lat(segments.geometry, SIMPLE_M)
    inside = shapes.intersects(window)
    main = shapes[inside & segments["facility_type"].isin(BACKGROUND)]
    parts = [
        (
            f'<path d="{"".join(_path(line, place) for line in main)}" fill="none" '
            f'stroke="{palette.HAIRLINE}" stroke-width="0.9"/>'
        )
    ]
    change = roads.difference(assessment.flows, option_id, year, against=NONE)["change_vph"]
    change = change[inside & (segments["facility_type"] != "connector").loc[change.index]]
    most = max(1.0, float(change.abs().max()))
    change = change[change.abs() >= most * 0.03]
    for segment in change.abs().sort_values(kind="stable").index:
        value = float(change.loc[segment])
        dash = (
            f' stroke-dasharray="{palette.TUNNEL_DASH}"'
            if segments.at[segment, "structure"] == "tunnel"
            else ' stroke-linecap="round"'
        )
        parts.append(
            f'<path d="{_path(shapes[segment], place)}" fill="none" '
            f'stroke="{palette.MORE if value > 0 else palette.LESS}" '
            f'stroke-width="{0.8 + abs(value) / most * WIDEST:.1f}"{dash}/>'
        )
    return parts, most


def _labels(assessment: Assessment, site: Site, option_id: str, place: Place) -> list[str]:
    """Clusters with the minutes that they save, and the site: six labels at most."""
    saved = mean_savings(assessment, option_id, names.horizon_year(assessment))
    rows = assessment.case.network.clusters
    rows = rows[rows["kind"] == "cluster"].head(5)
    spots = place(rows[["lon", "lat"]].to_numpy()).tolist()
    mark = _site_spot(assessment, site, option_id, place)
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y in [*spots, *([mark] if mark else [])]]
    parts = []
    if mark:
        parts += _site_mark(names.option_form(assessment, option_id), *mark)
        parts += _written(mark, [names.called(site)], taken, "strong")
    for spot, row in zip(spots, names.records(rows), strict=True):
        value = saved.get(str(row.cluster_id))
        said = Text(f"{saving(value)} min", f"{saving(value)} 分钟")
        parts.append(
            f'<circle cx="{spot[0]:.1f}" cy="{spot[1]:.1f}" r="4.5" fill="{palette.INK}" '
            'stroke="#fff"/>'
        )
        name = names.short(names.called(row))
        parts += _written(spot, [*broken_text(name, LONGEST_LINE_PX), said], taken, "strong")
    return parts


def _written(
    spot: Sequence[float], lines: Sequence[Text], taken: list[Box], last_style: str
) -> list[str]:
    """Write lines beside a place, on the first side where they meet nothing; note the room."""
    wide = max(width_px(said) for line in lines for said in line.both)
    tall = LINE_PX * len(lines)
    x, y = spot
    sides = [
        ("start", x + 10, y - tall / 2),
        ("end", x - 10, y - tall / 2),
        ("middle", x, y + 9),
        ("middle", x, y - 9 - tall),
    ]
    boxes = [_box(anchor, at, top, wide, tall) for anchor, at, top in sides]
    best = min(range(len(sides)), key=lambda side: _trouble(boxes[side], taken))
    anchor, at, top = sides[best]
    taken.append(boxes[best])
    return [
        words_at(
            at,
            top + LINE_PX * (row + 0.8),
            line,
            anchor=anchor,
            style=last_style if row == len(lines) - 1 else "",
        )
        for row, line in enumerate(lines)
    ]


def _box(anchor: str, at: float, top: float, wide: float, tall: float) -> Box:
    left = at - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    return left, top, left + wide, top + tall


def _trouble(box: Box, taken: Sequence[Box]) -> float:
    """Area that a label shares with others or loses at the edge."""
    left, top, right, bottom = box
    lost = (max(0.0, -left) + max(0.0, right - WIDTH)) * (bottom - top)
    lost += (max(0.0, -top) + max(0.0, bottom - HEIGHT)) * (right - left)
    for other in taken:
        across = min(right, other[2]) - max(left, other[0])
        along = min(bottom, other[3]) - max(top, other[1])
        lost += max(0.0, across) * max(0.0, along)
    return lost


def _site_spot(
    assessment: Assessment, site: Site, option_id: str, place: Place
) -> tuple[float, float] | None:
    """Middle of the option's own links."""
    network = assessment.networks[option_id, names.horizon_year(assessment)]
    own = (network.links["crossing_id"] == site.crossing_id).to_numpy()
    if not own.any():
        return None
    ends = network.nodes.set_index("node_id").loc[[site.from_node_id, site.to_node_id]]
    middle = lon_lat(_point(ends, network.crs)).iloc[0]
    ((x, y),) = place([[middle.x, middle.y]]).tolist()
    return x, y


def _site_mark(form: str, x: float, y: float) -> list[str]:
    shape = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7"'
        if form == "tunnel"
        else f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12"'
    )
    return [f'{shape} fill="#fff" stroke="{palette.form_colour(form)}" stroke-width="3"/>']


def _point(ends: Any, crs: str | None) -> Any:
    import geopandas as gpd

    return gpd.GeoSeries(
        [shapely.Point(float(ends["x_m"].mean()), float(ends["y_m"].mean()))], crs=crs
    )


def _key(most: float) -> list[str]:
    """What the two colours and the width mean, below the map."""
    step = rounded(most * 0.5, 1)
    wide = 0.8 + step / most * WIDEST
    amount = plain(step)
    y = HEIGHT + 17
    parts = []
    for x, colour, words in (
        (0.0, palette.MORE, Text(f"{amount} veh/h more", f"增 {amount} 辆/小时")),
        (152.0, palette.LESS, Text(f"{amount} veh/h less", f"减 {amount} 辆/小时")),
    ):
        parts.append(
            f'<line x1="{x:g}" x2="{x + 28:g}" y1="{y:g}" y2="{y:g}" stroke="{colour}" '
            f'stroke-width="{wide:.1f}"/>'
        )
        parts.append(words_at(x + 34, y + 4, words, style="small"))
    return parts


def _furniture(metres_per_pixel: float) -> list[str]:
    """North arrow and scale bar."""
    kilometres = next(
        step
        for step in (50, 20, 10, 5, 2, 1, 0.5)
        if step * METRES_PER_KM / metres_per_pixel <= SCALE_PX
    )
    long = kilometres * METRES_PER_KM / metres_per_pixel
    right, y = WIDTH - 1, HEIGHT + 16
    return [
        (
            f'<path d="M{right - long:.1f} {y - 5:g}v5h{long:.1f}v-5" fill="none" '
            f'stroke="{palette.INK}"/>'
        ),
        words_at(
            right - long - 6,
            y + 3,
            Text(f"{kilometres:g} km", f"{kilometres:g} 公里"),
            anchor="end",
            style="small",
        ),
        f'<path d="M{WIDTH - 16:g} 10l5 17-5-4-5 4z" fill="{palette.INK}"/>',
        words_at(WIDTH - 16, 40, Text("N", "北"), anchor="middle", style="small"),
    ]


def _path(shape: Any, place: Place) -> str:
    """Path data of any line or polygon."""
    if shape.is_empty:
        return ""
    if hasattr(shape, "geoms"):
        return "".join(_path(part, place) for part in shape.geoms)
    if shape.geom_type == "Polygon":
        rings = [shape.exterior, *shape.interiors]
        return "".join(_path(ring, place) + "Z" for ring in rings)
    points = place(shapely.get_coordinates(shape)).round(1).tolist()
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
