"""The section on doubt: how often each option is best, which values turn the answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
import folium
import numpy as np
import pandas as pd
import shapely
from folium.map import Layer
from markupsafe import Markup
from transitplan.report import names
from transitplan.report.answer import answer, best_built, leader, turning_points
from transitplan.report.assessment import Assessment
from transitplan.report.by_site import site_cells, site_heads
from transitplan.report.catalog import SHEETS
from transitplan.report.cells import (SIDE_BY_SIDE, Cell, both, minutes_cell, money_cell, money_grid,
    number_cell, people_cell, ratio_cell, saving_cell, text_cell, value_with_range)
from transitplan.report.ground import ground_features, ground_names, land_bounds
from transitplan.report.limits import LEFT_OUT
from transitplan.report.map_areas import ground_layers, reach_layers
from transitplan.report.map_places import crossing_layers, place_layers
from transitplan.report.map_roads import road_layers, road_themes
from transitplan.report.parts import Figure, Section, Table
from transitplan.report.roads import Roads, lon_lat, merge_directions
from transitplan.report.rows import base_daily, of_run
from transitplan.report.site_map import site_map
from transitplan.report.site_quality import site_quality
from transitplan.scenario.case import NONE, Site
from transitplan.viz import palette, swatches
from transitplan.viz.charts import MONEY, VEHICLES, Series, Span, densities, running_sums, spans
from transitplan.viz.maps import Areas, Field, Legend, Lines, Points, Shapes, new_map, page
from transitplan.viz.text import (NOTHING, Text, amounts, as_text, exact, finite, hover, in_one_unit, join,
    minutes, money, number, people, percent, plain, rounded, sure)


def doubt_section(assessment: Assessment) -> Section:
    """How often each option is best, and every value that would turn the answer."""
    rows = assessment.appraisal
    body: list[list[Cell]] = []
    for site in assessment.case.sites:
        own = rows[rows["site_id"] == site.site_id].set_index("form")["probability_best"]
        body.append(
            [
                Text(site.name, site.name_zh),
                *(_bar(form, own.get(form)) for form in (NONE, "bridge", "tunnel")),
            ]
        )
    table = Table(
        Text(
            f"Share of {len(assessment.draws):,} draws in which each form is best at its site",
            f"{len(assessment.draws):,} 次抽样中各形式在本桥位最优的比例",
        ),
        [
            Text("Site", "桥位"),
            *(names.capital(names.form(form)) for form in (NONE, "bridge", "tunnel")),
        ],
        body,
        sheet="appraisal",
        made=Text(
            "parameters and capital costs drawn between their low and high, the same draw for all "
            "options (sheet draws)",
            "参数与造价在上下限之间抽样，各方案共用同一抽样（draws 表）",
        ),
    )
    turns: list[list[Cell]] = [
        [Text(site.name, site.name_zh), words]
        for site in assessment.case.sites
        for words in turning_points(assessment, site.site_id)
        or [
            Text(
                "no single parameter, moved from a tenth of its value to ten times it",
                "任一参数在十分之一至十倍之间单独变动均不改变结论",
            )
        ]
    ]
    switching = Table(
        Text("What would turn the answer, nearest first", "什么会改变结论（由近及远）"),
        [Text("Site", "桥位"), Text("One parameter moved alone", "单独变动一个参数")],
        turns,
        sheet="switching",
        words=frozenset({1}),
    )
    return Section(
        "doubt",
        Text("Doubt", "不确定性"),
        Text(
            "The chance that a form is best follows from the ranges in the assumptions; what is "
            "not in the table of assumptions was held fixed.",
            "最优概率取决于假设表中的取值范围；未列入假设表的因素保持不变。",
        ),
        [table, switching],
    )


def _bar(form: str, share: object) -> Cell:
    known = finite(share)
    if known is None:
        return "–"
    colour = palette.FORM_COLOURS.get(form, palette.NOTHING_BUILT)
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="100" height="10" fill="#ececea"/>'
        '<rect width="{:.1f}" height="10" fill="{}"/></svg> '
    ).format(known * 100, colour) + hover(sure(known), known)
