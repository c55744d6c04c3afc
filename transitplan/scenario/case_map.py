"""A case on a map: its network year by year on a slider, what opens when."""

from itertools import groupby

import numpy as np
import pandas as pd
from folium.map import Layer

from transitplan.model.network import Network
from transitplan.model.network_map import Base
from transitplan.scenario.case import Case
from transitplan.viz import palette, swatches
from transitplan.viz.controls import Timeline
from transitplan.viz.layers import Field, Lines, Points, Shapes
from transitplan.viz.maps import PlanMap
from transitplan.viz.places import (
    CROSSING,
    cluster_layers,
    crossing_legend,
    placed_crossings,
)
from transitplan.viz.roads import Drawn, class_layer
from transitplan.viz.segments import Segments
from transitplan.viz.sheet import fitted, sheet, simplified
from transitplan.viz.text import Text, as_text, finite
from transitplan.viz.words import FORMS, ROAD_CLASSES, STATUSES

FOREVER = 9999
NEW_PX = 1.8  # how much wider a road is than it would be, in the year in which it opens
NEW = palette.CHANGE_COLOURS["added"]


def staging(case: Case) -> tuple[Segments, pd.DataFrame]:
    """Streets of the last year's network, and the frame of them with the year that each opens in.

    A road opens in the year that its card says (``open_year``), else in the first modelled year
    that has it.
    """
    years = sorted(case.years)
    network = case.version(years[-1]).network
    segments = Base(network).segments
    first = _opens(case, network, years).groupby(segments.segment).min()
    opens = first.reindex(range(len(segments.frame))).to_numpy()
    return segments, segments.frame.assign(opens=opens)


def _opens(case: Case, network: Network, years: list[int]) -> "pd.Series[int]":
    """Year in which each link of the last network opens, no sooner than the one before it."""
    found, links = np.full(len(network.links), years[-1]), network.links
    for year in reversed(years):
        own = set(case.version(year).network.links["link_id"])
        found[links["link_id"].isin(own).to_numpy()] = year
    if "open_year" in links.columns:
        said = pd.to_numeric(links["open_year"], errors="coerce").to_numpy()
        sooner = (said > years[0]) & (said < found)
        found = np.where(sooner, np.nan_to_num(said), found).astype(int)
    return pd.Series(found)


def staging_layers(case: Case, shapes: Shapes, frame: pd.DataFrame) -> tuple[list[Drawn], Timeline]:
    """Roads and crossings by year, and the slider that shows them."""
    years = range(min(case.years), max(case.years) + 1)
    drawn = [class_layer(shapes, frame[frame["opens"] == years[0]], base=False)]
    parts: list[tuple[Layer, int, int]] = []
    for opens in sorted(set(frame["opens"]) - {years[0]}):
        drawn.append(_new_roads(shapes, frame[frame["opens"] == opens], opens))
        parts.append((drawn[-1][0], opens, FOREVER))
    crossings = placed_crossings(case.version(years[-1]).network.crossings)
    states = {year: tuple(_states(crossings, year)) for year in years} if len(crossings) else {}
    for state, group in groupby(states, key=lambda year: states[year]):
        own = list(group)
        drawn.append(_crossings(crossings, state, own[0], case.base_year))
        parts.append((drawn[-1][0], own[0], own[-1]))
    return drawn, Timeline(list(years), parts)


def _states(crossings: pd.DataFrame, year: int) -> list[str]:
    """Status of each crossing in a year, by status and year of opening in the last network."""
    return [
        "under_construction" if status.startswith("open") and opens > year else status
        for status, opens in zip(crossings["status"], crossings["open_year"], strict=True)
    ]


def _new_roads(shapes: Shapes, new: pd.DataFrame, year: int) -> Drawn:
    rows = pd.DataFrame(
        {
            "shape": new.index,
            "colour": NEW,
            "width": [
                palette.ROAD_STYLES.get(kind, ("", 1.0))[1] * NEW_PX + 1.0
                for kind in new["facility_type"]
            ],
            "dashed": (new["structure"] == "tunnel").to_numpy(),
        }
    )
    fields = [
        Field(Text("New in the network of", "新增于路网年份"), [str(year)] * len(new)),
        Field(
            Text("Class", "等级"),
            [ROAD_CLASSES.get(kind, as_text(kind)) for kind in new["facility_type"]],
        ),
        Field(Text("Lanes, one direction", "单向车道数"), [f"{v:g}" for v in new["lanes"]]),
    ]
    name = Text(f"New by {year}", f"{year} 年前新增")
    layer = Lines(name, shapes, rows, fields=fields, shown=False, base=False, control=False)
    return layer, swatches.key_line(NEW, 4.0, name)


def _crossings(rows: pd.DataFrame, states: tuple[str, ...], year: int, base_year: int) -> Drawn:
    """Crossings as they stand from a year on; the name of one opened since says when."""
    names = [
        Text(name or name_zh, name_zh or name)
        for name, name_zh in zip(rows["name"], rows["name_zh"], strict=True)
    ]
    told = ["" if finite(value) is None else f"{value:.0f}" for value in rows["open_year"]]
    fresh = ((rows["open_year"] > base_year) & (rows["open_year"] <= year)).to_numpy()
    frame = pd.DataFrame(
        {
            "lat": rows["lat"],
            "lon": rows["lon"],
            "drawing": [
                swatches.crossing_mark(form, now)
                for form, now in zip(rows["form"], states, strict=True)
            ],
            "label": [
                name + f" {when}" if new else name
                for name, when, new in zip(names, told, fresh, strict=True)
            ],
            "style": np.where(fresh, "strong", ""),
            "title": names,
        }
    )
    fields = [
        Field(Text("Form", "形式"), [FORMS.get(word, as_text(word)) for word in rows["form"]]),
        Field(
            Text(f"Status in {year}", f"{year} 年状态"),
            [STATUSES.get(word, as_text(word)) for word in states],
        ),
        Field(Text("Opened or opens", "通车年份"), told),
    ]
    name = Text(f"Crossings {year}", f"{year} 年过河通道")
    layer = Points(name, frame, fields=fields, order=2, kind=CROSSING, control=False, shown=False)
    return layer, crossing_legend(set(rows["form"]), set(states))


def case_map(case: Case, *, tiles: str = "") -> PlanMap:
    """Draw what opens when; see ``Case.to_map``."""
    base = Base(case.network, case.ground)
    segments, frame = staging(case)

    def make(tolerance_m: float) -> PlanMap:
        shapes = segments.shapes(tolerance_m)
        drawn, slider = staging_layers(case, shapes, frame)
        clusters = cluster_layers(case.network.clusters)
        return sheet(
            Text(f"{case.name}: what opens when", f"{case.name_zh}：分期建设"),
            [*drawn, *clusters],
            shapes=[shapes],
            bounds=base.bounds,
            note=simplified(tolerance_m)
            + Text(
                " Move the slider: roads that cards add are green from the year they open.",
                "拖动滑块查看各年份：项目卡新增道路自通车年起以绿色显示。",
            ),
            ground=case.ground,
            controls=[slider],
            tiles=tiles,
        )

    return fitted(make, limit=base.limit)
