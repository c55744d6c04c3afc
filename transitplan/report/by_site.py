"""Columns that put the options of each site beside each other."""

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


def site_heads(assessment: Assessment) -> list[Text]:
    return [Text(site.name, site.name_zh) for site in assessment.case.sites]


def site_cells(assessment: Assessment, cell: Callable[[str], Cell]) -> list[Cell]:
    """One cell a site, its options beside each other."""
    return [
        SIDE_BY_SIDE.join(cell(option) for option in names.site_options(assessment, site.site_id))
        for site in assessment.case.sites
    ]
