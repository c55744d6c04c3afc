"""The section on traffic over the river."""

from collections.abc import Callable

import numpy as np

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.by_site import site_cells, site_heads
from transitplan.report.cells import (
    Cell,
    people_cell,
    ratio_cell,
)
from transitplan.report.parts import Section, Table
from transitplan.scenario.case import NONE
from transitplan.viz.text import (
    Text,
)


def traffic_section(assessment: Assessment) -> Section:
    """Who carries the river's traffic, and how full the crossings are."""
    volumes = _screenline(
        assessment,
        Text("Vehicles a day over the river", "过河日交通量 [辆]"),
        "daily_vehicles",
        lambda value: people_cell(value, "veh/day"),
        total=True,
    )
    loads = _screenline(
        assessment,
        Text("Volume / capacity in the peak, busier direction", "高峰饱和度，较忙方向"),
        "volume_capacity_ratio",
        ratio_cell,
        total=False,
    )
    return Section(
        "traffic",
        Text("Traffic", "交通量"),
        Text(
            "Every crossing of the river that the model holds; options in the last year, bridge / "
            "tunnel. Flows of all roads, volume / capacity and differences are on the map.",
            "模型内全部过河通道；方案列为末年，桥梁 / 隧道。各道路流量、饱和度与变化见地图。",
        ),
        [volumes, loads],
    )


def _screenline(
    assessment: Assessment,
    title: Text,
    column: str,
    cell: Callable[[object], Cell],
    *,
    total: bool,
) -> Table:
    rows = assessment.screenline
    last = names.horizon_year(assessment)
    keyed = rows.set_index(["option_id", "year", "crossing_id"])[column]
    known = rows.drop_duplicates("crossing_id")
    titles = {str(row.crossing_id): names.called(row) for row in names.records(known)}
    titles |= {
        site.crossing_id: names.called(site)
        for site in assessment.case.sites
        if site.crossing_id in titles and not titles[site.crossing_id].en
    }
    place = assessment.case.network.crossings.set_index("crossing_id")["river_km"]
    river = names.river(assessment.case)
    order = sorted(titles, key=lambda name: (place.get(name, np.inf), name))
    years = sorted(assessment.case.years)
    body: list[list[Cell]] = [
        [
            names.crossing(titles[name], river),
            *(cell(keyed.get((NONE, year, name))) for year in years),
            *site_cells(assessment, lambda option, n=name: cell(keyed.get((option, last, n)))),  # type: ignore[misc]
        ]
        for name in order
    ]
    if total:
        sums = rows.groupby(["option_id", "year"])[column].sum()
        body.append(
            [
                Text("All", "合计"),
                *(cell(sums.get((NONE, year))) for year in years),
                *site_cells(assessment, lambda option: cell(sums.get((option, last)))),
            ]
        )
    head = [Text("Crossing, downstream", "通道（自上游至下游）")]
    head += [Text(f"{year}, nothing built", f"{year} 年不建") for year in years]
    return Table(title, [*head, *site_heads(assessment)], body, sheet="screenline")
