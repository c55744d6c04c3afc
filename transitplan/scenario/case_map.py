"""A case on a map: its network year by year on a slider, what opens when."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from folium.map import Layer

from transitplan.errors import ValidationError
from transitplan.model.network import Network
from transitplan.model.network_map import Base
from transitplan.scenario.case import Case
from transitplan.scenario.options import add_option
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


class Stages(NamedTuple):
    """What opens when.

    frame
        Streets of the last year, as ``Segments.frame``, with ``opens`` (year) and ``form`` (of an
        option of the plan; empty for others).
    crossings
        Crossings of the last year that have coordinates, those of the plan open.
    """

    segments: Segments
    frame: pd.DataFrame
    crossings: pd.DataFrame


Plan: TypeAlias = Sequence[tuple[str, int]]  # option and the year in which it opens


def staging(case: Case, plan: Plan = ()) -> Stages:
    """Take the network of the last modelled year, and when each part of it opens.

    A road opens in the year that its card says (``open_year``), else in the first modelled year
    that has it; an option of the plan in its year.

    Raises
    ------
    NotFoundError
        If the case has no such option.
    """
    years = sorted(case.years)
    network = case.version(years[-1]).network
    opens = dict(zip(network.links["link_id"], _opens(case, network, years), strict=True))
    crossings, forms = network.crossings, {}
    for option, year in plan:
        site, form = case.find(option)
        known = set(network.links["link_id"])
        network = add_option(case, network, option)
        for link in set(network.links["link_id"]) - known:
            opens[link], forms[link] = year, form.form
        own = crossings["crossing_id"] == site.crossing_id
        kind = FORMS.get(form.form, as_text(form.form))
        crossings = crossings.assign(
            name=crossings["name"].mask(own, f"{site.name}: {kind.en}"),
            name_zh=crossings["name_zh"].mask(own, f"{site.name_zh}：{kind.zh}"),
            form=crossings["form"].mask(own, form.form),
            status=crossings["status"].mask(own, "open"),
            open_year=crossings["open_year"].mask(own, float(year)),
        )
    segments = Base(network).segments
    links = network.links["link_id"]
    by = pd.DataFrame(
        {"opens": [opens[each] for each in links], "form": [forms.get(each, "") for each in links]}
    )
    each = by.groupby(segments.segment).agg(opens=("opens", "min"), form=("form", "max"))
    frame = segments.frame.join(each.reindex(range(len(segments.frame))))
    return Stages(segments, frame, placed_crossings(crossings))


def _opens(case: Case, network: Network, years: list[int]) -> list[int]:
    """Year in which each link of the last network opens, no sooner than the one before it."""
    found, links = np.full(len(network.links), years[-1]), network.links
    for year in reversed(years):
        own = set(case.version(year).network.links["link_id"])
        found[links["link_id"].isin(own).to_numpy()] = year
    if "open_year" in links.columns:
        said = pd.to_numeric(links["open_year"], errors="coerce").to_numpy()
        sooner = (said > years[0]) & (said < found)
        found = np.where(sooner, np.nan_to_num(said), found).astype(int)
    return [int(year) for year in found]


def read_plan(case: Case, text: str) -> Plan:
    """Read ``huanggang-bridge 2030 + aoti-tunnel 2035``, as a programme names its plans.

    Raises
    ------
    NotFoundError
        If the case has no such option.
    ValidationError
        If a move is no option and year, lies outside the modelled years, or a site is built twice.
    """
    first, last = min(case.years), max(case.years)
    plan, sites, found = [], set(), []
    for move in filter(None, (part.strip() for part in text.split("+"))):
        option, _, year = move.rpartition(" ")
        if not option or not year.isdigit() or not first < int(year) <= last:
            found.append(
                f"plan: {move!r} is no move. Write option and year, {first + 1} to {last}: "
                f"{case.option_ids[-1]} {last}."
            )
            continue
        site, _ = case.find(option.strip())
        if site.site_id in sites:
            found.append(f"plan: {site.name} is built twice. Keep one form of it.")
        sites.add(site.site_id)
        plan.append((option.strip(), int(year)))
    if found:
        raise ValidationError(found)
    return plan


def staging_layers(case: Case, shapes: Shapes, stages: Stages) -> tuple[list[Drawn], Timeline]:
    """Roads and crossings by year, and the slider that shows them."""
    years, frame, crossings = range(min(case.years), max(case.years) + 1), *stages[1:]
    drawn = [class_layer(shapes, frame[frame["opens"] == years[0]], base=False)]
    parts: list[tuple[Layer, int, int]] = []
    for opens in sorted(set(frame["opens"]) - {years[0]}):
        drawn.append(_new_roads(shapes, frame[frame["opens"] == opens], opens))
        parts.append((drawn[-1][0], opens, FOREVER))
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
            "colour": [palette.form_colour(form) if form else NEW for form in new["form"]],
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
    words = swatches.key_line(NEW, 4.0, name) if (new["form"] == "").any() else ""
    for form in sorted(set(new["form"]) - {""}):
        told = Text(f"{name.en}: ", f"{name.zh}：") + FORMS.get(form, as_text(form))
        words += swatches.key_line(palette.form_colour(form), 4.0, told, dashed="tunnel" in form)
    return layer, words


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


def case_map(case: Case, plan: Plan = (), *, tiles: str = "") -> PlanMap:
    """Draw what opens when; see ``Case.to_map``."""
    base = Base(case.network, case.ground)
    stages = staging(case, plan)

    def make(tolerance_m: float) -> PlanMap:
        shapes = stages.segments.shapes(tolerance_m)
        drawn, slider = staging_layers(case, shapes, stages)
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
