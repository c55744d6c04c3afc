"""The section on who gains or loses."""

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.by_site import site_cells, site_heads
from transitplan.report.cells import Cell, money_grid
from transitplan.report.explain import to_yearly, yearly_panels
from transitplan.report.parts import Section, Table
from transitplan.viz.text import Text, as_text


def gains_section(assessment: Assessment) -> Section:
    """Who gains and who loses: classes of vehicle, clusters."""
    last = names.horizon_year(assessment)
    rows = assessment.benefits[assessment.benefits["year"] == last]
    parts = rows.groupby("option_id")[["time_cny", "operating_cny", "toll_cny", "total_cny"]].sum()
    kinds = [str(kind) for kind in dict.fromkeys(rows["class_name"])]
    by_class = rows.set_index(["option_id", "class_name"])["total_cny"]
    built = [option for option in names.built_options(assessment) if option in parts.index]
    unit, cells = money_grid(
        [
            [by_class.get((option, kind)) for kind in kinds] + list(parts.loc[option])
            for option in built
        ]
    )
    body = [
        [
            names.option(assessment.case, option),
            *(to_yearly(assessment, option, cell) for cell in row),
        ]
        for option, row in zip(built, cells, strict=True)
    ]
    classes = Table(
        Text(
            f"User benefit in {last} by class and by kind [{unit.en} a year]",
            f"{last} 年用户效益，按车类与构成 [{unit.zh}/年]",
        ),
        [
            Text("Option", "方案"),
            *(names.capital(names.vehicles(kind)) for kind in kinds),
            Text("of which time", "其中时间"),
            Text("operating cost", "运行费用"),
            Text("tolls", "通行费"),
            Text("All users", "全部用户"),
        ],
        body,
        sheet="benefits",
    )
    return Section(
        "gains",
        Text("Who gains", "谁受益"),
        Text(
            "A minus is a loss. Half of each trip's gain is counted at either end.",
            "负号为损失。每次出行的效益两端各计一半。",
        ),
        [classes, _cluster_gains(assessment, last), *yearly_panels(assessment)],
    )


def _cluster_gains(assessment: Assessment, year: int) -> Table:
    rows = assessment.cluster_benefits
    rows = rows[rows["year"] == year]
    keyed = rows.set_index(["option_id", "cluster_id"])["user_benefit_cny"]
    named = names.places(assessment.case)
    present = [str(name) for name in dict.fromkeys(rows["cluster_id"])]
    order = [place for place in named if place in present]
    order += [place for place in present if place not in named]
    rest = Text("Everywhere else", "其余地区")
    built = names.built_options(assessment)
    unit, cells = money_grid([[keyed.get((option, place)) for option in built] for place in order])
    body: list[list[Cell]] = []
    for place, row in zip(order, cells, strict=True):
        title = names.short(named[place]) if place in named else as_text(place) if place else rest
        of_option = dict(zip(built, row, strict=True))
        body.append([title, *site_cells(assessment, of_option.__getitem__)])
    return Table(
        Text(
            f"User benefit in {year} by cluster, bridge / tunnel at each site [{unit.en} a year]",
            f"{year} 年各组团用户效益，各桥位 桥梁 / 隧道 [{unit.zh}/年]",
        ),
        [Text("Cluster", "组团"), *site_heads(assessment)],
        body,
        sheet="cluster_benefits",
    )
