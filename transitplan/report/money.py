"""The section on money: the appraisal of every option, year by year."""

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


def money_section(assessment: Assessment) -> Section:
    """Appraisal of every option, and the years in which money goes and comes."""
    rows = assessment.appraisal.set_index("option_id")
    body: list[list[Cell]] = []
    for option in names.built_options(assessment):
        facts = rows.loc[option]
        body.append(
            [
                names.option(assessment, option),
                money_cell(facts["capital_cost_cny"]),
                money_cell(facts["capital_cost_p80_cny"]),
                money_cell(facts["pv_costs_cny"]),
                money_cell(facts["pv_benefits_cny"]),
                money_cell(facts["npv_cny"]),
                amounts([facts["npv_p05_cny"], facts["npv_p95_cny"]]),
                ratio_cell(facts["bcr"]),
            ]
        )
    table = Table(
        Text(
            "Costs and benefits of every option against building nothing",
            "各方案相对不建的费用与效益",
        ),
        [
            Text("Option", "方案"),
            Text("Capital", "造价"),
            Text("Capital, P80", "造价 P80"),
            Text("Costs, present value", "费用现值"),
            Text("Benefits, present value", "效益现值"),
            Text("Net value", "净现值"),
            Text("5–95 %", "5–95 %"),
            Text("Benefit / cost", "效益费用比"),
        ],
        body,
        sheet="appraisal",
    )
    figures = [_cash_figure(assessment, site) for site in assessment.case.sites]
    return Section(
        "money",
        Text("Money", "资金"),
        Text(
            "Constant prices. Tolls move money between users and the owner and cancel in the net "
            "value.",
            "不变价。通行费是用户与业主之间的转移，在净现值中抵消。",
        ),
        [table, *(figure for figure in figures if figure)],
    )


def _cash_figure(assessment: Assessment, site: Site) -> Figure | None:
    rows = assessment.cash_flow
    options = names.site_options(assessment, site.site_id)
    rows = rows[rows["option_id"].isin(options)]
    if rows.empty:
        return None
    net = (rows["benefit_cny"] - rows["cost_cny"]) * rows["discount_factor"]
    wide = rows.assign(net=net).pivot_table(index="year", columns="option_id", values="net")
    wide = wide.reindex(range(int(wide.index.min()), int(wide.index.max()) + 1))
    sums = wide.fillna(0.0).cumsum()
    series = [
        Series(
            names.capital(names.form(names.option_form(assessment, option))),
            sums[option].to_numpy(),
            palette.form_colour(names.option_form(assessment, option)),
            dashed=names.option_form(assessment, option) == "tunnel",
        )
        for option in options
        if option in sums
    ]
    return Figure(
        Text(
            f"{site.name}: discounted benefits less costs, added up year by year",
            f"{site.name_zh}：折现后效益减费用的逐年累计",
        ),
        running_sums(
            [int(year) for year in sums.index],
            series,
            unit=MONEY,
            axis=Text("Running sum", "累计"),
        ),
        Text(
            "Where a line ends is the net present value. Exact numbers: tables.xlsx, sheet "
            "cash_flow.",
            "曲线终点即净现值。精确数值：tables.xlsx，cash_flow 表。",
        ),
        half=True,
    )
