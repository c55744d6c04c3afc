"""What a page is made of: sections that hold tables, figures, lists."""

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


@dataclass(frozen=True)
class Table:
    """A table of the page; the first column names the row, the others hold numbers or words."""

    title: Text
    head: Sequence[Text | str]
    rows: Sequence[Sequence[Cell]]
    sheet: str = ""  # of tables.xlsx, which holds the exact numbers
    made: Text | None = None  # how the numbers were made, where the sheet does not say it
    words: frozenset[int] = field(default_factory=frozenset)  # columns that hold text, not numbers
    folded: bool = False

    @property
    def source(self) -> Text:
        """Where the numbers come from."""
        facts = SHEETS.get(self.sheet)
        made = self.made or (facts.made if facts else None)
        parts_en = [made.en[:1].upper() + made.en[1:] + "."] if made else []
        parts_zh = [made.zh + "。"] if made else []
        if facts:
            parts_en.append(f"Exact numbers: tables.xlsx, sheet {self.sheet}.")
            parts_zh.append(f"精确数值：tables.xlsx，{self.sheet} 表。")
        return Text(" ".join(parts_en), "".join(parts_zh))


@dataclass(frozen=True)
class Figure:
    """A chart with its title and a sentence on where it comes from."""

    title: Text
    svg: str
    source: Text
    half: bool = False  # two stand beside each other


@dataclass(frozen=True)
class Section:
    """A section of the page."""

    id: str
    title: Text
    lead: Text
    parts: Sequence[Table | Figure | Sequence[Text]]
