"""The sections after page one: access, traffic, who gains, money, doubt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import (
    SIDE_BY_SIDE,
    Cell,
    Table,
    both,
    minutes_cell,
    money_cell,
    money_grid,
    people_cell,
    ratio_cell,
    saving_cell,
)
from transitplan.report.decision import sure, turning_points
from transitplan.scenario.case import NONE, Site
from transitplan.viz import palette
from transitplan.viz.charts import MONEY, Series, running_sums
from transitplan.viz.text import Text, amounts, as_text, finite, hover

REACH_SHOWN = 30.0  # minutes, for the table of gains


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


def access_section(assessment: Assessment) -> Section:
    """Times between clusters and hubs, what each site saves, and what is within reach."""
    case = assessment.case
    last = names.horizon_year(assessment)
    tables = [_times(assessment, NONE, year) for year in dict.fromkeys((case.base_year, last))]
    tables += [_savings(assessment, site, last) for site in case.sites]
    tables += _reach(assessment)
    tables += [
        _times(assessment, option, year, folded=True)
        for option in (NONE, *names.built_options(assessment))
        for year in sorted(case.years)
        if option != NONE or year not in (case.base_year, last)
    ]
    return Section(
        "access",
        Text("Access", "可达性"),
        Text(
            "Minutes by car between clusters and hubs. Read down a column: from that cluster to "
            "each place.",
            "组团与枢纽之间的驾车分钟数。按列阅读：自该组团到各处。",
        ),
        tables,
    )


def _times(assessment: Assessment, option: str, year: int, *, folded: bool = False) -> Table:
    rows = assessment.access
    rows = rows[(rows["option_id"] == option) & (rows["year"] == year)]
    keys = ["origin_id", "destination_id"]
    free, peak = (rows.set_index(keys)[name] for name in ("free_min", "peak_min"))
    called = names.option(assessment, option)
    return Table(
        Text(
            f"{called.en}, {year}: minutes free / in the peak",
            f"{called.zh}，{year} 年：畅通 / 高峰分钟数",
        ),
        *_grid(
            assessment,
            rows,
            lambda a, b: both(minutes_cell(free.get((a, b))), minutes_cell(peak.get((a, b)))),
        ),
        sheet="access",
        folded=folded,
    )


def _savings(assessment: Assessment, site: Site, year: int) -> Table:
    rows = assessment.access[assessment.access["year"] == year]
    peak = rows.set_index(["option_id", "origin_id", "destination_id"])["peak_min"]
    options = names.site_options(assessment, site.site_id)

    def cell(start: str, end: str) -> Cell:
        saved = [
            saving_cell(_less(peak.get((NONE, start, end)), peak.get((option, start, end))))
            for option in options
        ]
        return SIDE_BY_SIDE.join(saved)

    forms = Text(*(" / ".join(_forms(assessment, options, zh=zh)) for zh in (False, True)))
    return Table(
        Text(
            f"{site.name}, {year}: peak minutes saved, {forms.en}",
            f"{site.name_zh}，{year} 年：高峰节省分钟数，{forms.zh}",
        ),
        *_grid(assessment, rows, cell),
        sheet="access",
        made=Text(
            "peak time with nothing built less peak time with the option, same year",
            "同年不建方案高峰时间减去有方案高峰时间",
        ),
    )


def _less(left: object, right: object) -> float | None:
    """Return the difference of two times; None where one way is closed or not known."""
    known = finite(left), finite(right)
    return None if known[0] is None or known[1] is None else known[0] - known[1]


def _forms(assessment: Assessment, options: Sequence[str], *, zh: bool) -> list[str]:
    words = [names.form(names.option_form(assessment, option)) for option in options]
    return [word.zh if zh else word.en for word in words]


def _grid(
    assessment: Assessment, rows: pd.DataFrame, cell: Callable[[str, str], Cell]
) -> tuple[list[Text], list[list[Cell]]]:
    """Destinations down, origins across: fits the page with any number of hubs."""
    named = names.places(assessment)
    origins = [place for place in named if (rows["origin_id"] == place).any()]
    kinds = assessment.case.network.clusters.set_index("cluster_id")["kind"]
    origins = [place for place in origins if kinds[place] == "cluster"] or origins
    ends = [place for place in named if (rows["destination_id"] == place).any()]
    head = [Text("To", "到"), *(names.short(named[place]) for place in origins)]
    body: list[list[Cell]] = [
        [names.short(named[end]), *("" if start == end else cell(start, end) for start in origins)]
        for end in ends
    ]
    return head, body


def _reach(assessment: Assessment) -> list[Table]:
    named = names.places(assessment)
    rows = assessment.reach
    if rows.empty:
        return []
    keyed = rows.set_index(["option_id", "year", "cluster_id", "within_min"])
    base, last = assessment.case.base_year, names.horizon_year(assessment)
    limits = sorted(rows["within_min"].unique())
    clusters = list(dict.fromkeys(rows["cluster_id"]))
    head = [Text("From", "自")]
    head += [
        Text(f"{limit:g} min: people / jobs", f"{limit:g} 分钟：人口 / 岗位") for limit in limits
    ]
    body: list[list[Cell]] = [
        [
            names.short(named.get(cluster, as_text(cluster))),
            *(
                both(
                    people_cell(keyed["population"].get((NONE, base, cluster, limit)), "persons"),
                    people_cell(keyed["jobs"].get((NONE, base, cluster, limit)), "jobs"),
                )
                for limit in limits
            ),
        ]
        for cluster in clusters
    ]
    now = Table(
        Text(
            f"People and jobs within reach, {base}, nothing built",
            f"{base} 年可达人口与岗位，不建方案",
        ),
        head,
        body,
        sheet="reach",
    )
    limit = REACH_SHOWN if REACH_SHOWN in limits else limits[len(limits) // 2]

    def gain(cluster: str, option: str) -> Cell:
        people = [keyed["population"].get((each, last, cluster, limit)) for each in (option, NONE)]
        return people_cell(_less(*people), "persons")

    gains = Table(
        Text(
            f"More people within {limit:g} peak minutes, {last}: bridge / tunnel at each site",
            f"{last} 年高峰 {limit:g} 分钟内新增可达人口：各桥位 桥梁 / 隧道",
        ),
        [Text("From", "自"), *_site_heads(assessment)],
        [
            [
                names.short(named.get(cluster, as_text(cluster))),
                *_by_site(assessment, lambda option, c=cluster: gain(c, option)),  # type: ignore[misc]
            ]
            for cluster in clusters
        ],
        sheet="reach",
    )
    return [now, gains]


def _site_heads(assessment: Assessment) -> list[Text]:
    return [Text(site.name, site.name_zh) for site in assessment.case.sites]


def _by_site(assessment: Assessment, cell: Callable[[str], Cell]) -> list[Cell]:
    """One cell a site, its options beside each other."""
    return [
        SIDE_BY_SIDE.join(cell(option) for option in names.site_options(assessment, site.site_id))
        for site in assessment.case.sites
    ]


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
        site.crossing_id: Text(site.name, site.name_zh)
        for site in assessment.case.sites
        if site.crossing_id in titles and not titles[site.crossing_id].en
    }
    place = assessment.case.network.crossings.set_index("crossing_id")["river_km"]
    river = names.river(assessment)
    order = sorted(titles, key=lambda name: (place.get(name, np.inf), name))
    years = sorted(assessment.case.years)
    body: list[list[Cell]] = [
        [
            names.crossing(titles[name], river),
            *(cell(keyed.get((NONE, year, name))) for year in years),
            *_by_site(assessment, lambda option, n=name: cell(keyed.get((option, last, n)))),  # type: ignore[misc]
        ]
        for name in order
    ]
    if total:
        sums = rows.groupby(["option_id", "year"])[column].sum()
        body.append(
            [
                Text("All", "合计"),
                *(cell(sums.get((NONE, year))) for year in years),
                *_by_site(assessment, lambda option: cell(sums.get((option, last)))),
            ]
        )
    head = [Text("Crossing, downstream", "通道（自上游）")]
    head += [Text(f"{year}, nothing built", f"{year} 年不建") for year in years]
    return Table(title, [*head, *_site_heads(assessment)], body, sheet="screenline")


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
        [names.option(assessment, option), *row] for option, row in zip(built, cells, strict=True)
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
        [classes, _cluster_gains(assessment, last)],
    )


def _cluster_gains(assessment: Assessment, year: int) -> Table:
    rows = assessment.cluster_benefits
    rows = rows[rows["year"] == year]
    keyed = rows.set_index(["option_id", "cluster_id"])["user_benefit_cny"]
    named = names.places(assessment)
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
        body.append([title, *_by_site(assessment, of_option.__getitem__)])
    return Table(
        Text(
            f"User benefit in {year} by cluster, bridge / tunnel at each site [{unit.en} a year]",
            f"{year} 年各组团用户效益，各桥位 桥梁 / 隧道 [{unit.zh}/年]",
        ),
        [Text("Cluster", "组团"), *_site_heads(assessment)],
        body,
        sheet="cluster_benefits",
    )


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
