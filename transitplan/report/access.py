"""The section on access: times between places, what each site saves, what is within reach."""

from collections.abc import Callable, Sequence

import pandas as pd

from transitplan.report import names
from transitplan.report.access_modes import circle_parts, mode_parts
from transitplan.report.assessment import Assessment
from transitplan.report.by_site import site_cells, site_heads
from transitplan.report.cells import (
    SIDE_BY_SIDE,
    Cell,
    both,
    minutes_cell,
    people_cell,
    saving_cell,
)
from transitplan.report.parts import Section, Table
from transitplan.report.rows import of_run
from transitplan.scenario.case import NONE, Site
from transitplan.viz.text import (
    SMALLEST_SAVING,
    Text,
    as_text,
    finite,
)

REACH_SHOWN = 30.0  # minutes, for the table of gains


def access_section(assessment: Assessment) -> Section:
    """Times between clusters and hubs, what each site saves, and what is within reach."""
    case = assessment.case
    last = names.horizon_year(assessment)
    parts: list[Table | Text] = [
        _times(assessment, NONE, year) for year in dict.fromkeys((case.base_year, last))
    ]
    parts += [_savings(assessment, site, last) for site in case.sites]
    parts += _reach(assessment)
    if assessment.modes is not None:
        parts += mode_parts(assessment, assessment.modes)
        parts += circle_parts(assessment, assessment.modes)
    parts += [
        _times(assessment, option, year, folded=True)
        for option in (NONE, *names.built_options(assessment))
        for year in sorted(case.years)
        if option != NONE or year not in (case.base_year, last)
    ]
    return Section(
        "access",
        Text("Access", "可达性"),
        Text(
            "Minutes between clusters and hubs by car and by public transport. Read down a column: "
            "from that cluster to each place.",
            "组团与枢纽之间驾车与公共交通的分钟数。按列阅读：自该组团到各处。",
        ),
        parts,
    )


def _times(assessment: Assessment, option: str, year: int, *, folded: bool = False) -> Table:
    rows = of_run(assessment.access, option, year)
    keys = ["origin_id", "destination_id"]
    free, peak = (rows.set_index(keys)[name] for name in ("free_min", "peak_min"))
    called = names.option(assessment.case, option)
    return Table(
        Text(
            f"{called.en}, {year}: minutes by car, free / in the peak",
            f"{called.zh}，{year} 年：驾车分钟数，畅通 / 高峰",
        ),
        *_grid(
            assessment,
            rows,
            lambda a, b: both(minutes_cell(free.get((a, b))), minutes_cell(peak.get((a, b)))),
        ),
        sheet="access",
        folded=folded,
    )


def _savings(assessment: Assessment, site: Site, year: int) -> Table | Text:
    """Minutes that each form saves; a sentence where no place is reached sooner or later."""
    rows = assessment.access[assessment.access["year"] == year]
    peak = rows.set_index(["option_id", "origin_id", "destination_id"])["peak_min"]
    options = names.site_options(assessment, site.site_id)

    def cell(start: str, end: str) -> Cell:
        return SIDE_BY_SIDE.join(
            saving_cell(_less(peak.get((NONE, start, end)), peak.get((option, start, end))))
            for option in options
        )

    ends = list(dict.fromkeys(rows["destination_id"]))
    kept = _told(assessment, rows, options)
    forms = Text(*(" / ".join(_forms(assessment, options, zh=zh)) for zh in (False, True)))
    title = Text(
        f"{site.name}, {year}: peak minutes saved, {forms.en}",
        f"{site.name_zh}，{year} 年：高峰节省分钟数，{forms.zh}",
    )
    if not kept:
        return title + Text(
            ": no place is reached 0.1 min sooner or later.",
            "：到达各地的时间变化均不足 0.1 分钟。",
        )
    return Table(
        title,
        *_grid(assessment, rows[rows["destination_id"].isin(kept)], cell),
        sheet="access",
        made=_how(len(ends) - len(kept)),
    )


def _told(assessment: Assessment, rows: pd.DataFrame, options: Sequence[str]) -> list[str]:
    """Destinations that some cluster reaches sooner or later with an option."""
    origins = _origins(assessment, rows)
    own = rows[rows["origin_id"].isin(origins) & (rows["origin_id"] != rows["destination_id"])]
    keys = ["destination_id", "origin_id"]
    without = own[own["option_id"] == NONE].set_index(keys)["peak_min"]
    differs = [
        (without - own[own["option_id"] == option].set_index(keys)["peak_min"]).abs()
        >= SMALLEST_SAVING
        for option in options
    ]
    told = pd.concat(differs)
    return [str(end) for end in told[told].index.unique("destination_id")]


def _how(left_out: int) -> Text:
    """How the savings were made, with the number of rows that the table does not show."""
    said = Text(
        "peak time with nothing built less peak time with the option, same year",
        "同年不建方案高峰时间减去有方案高峰时间",
    )
    if not left_out:
        return said
    places = "1 place is" if left_out == 1 else f"{left_out} places are"
    return said + Text(
        f"; {places} left out, where all differences are below 0.1 min",
        f"；另有 {left_out} 处变化均不足 0.1 分钟，未列出",
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
    named = names.places(assessment.case)
    origins = _origins(assessment, rows)
    ends = [place for place in named if (rows["destination_id"] == place).any()]
    head = [Text("To", "到"), *(names.short(named[place]) for place in origins)]
    body: list[list[Cell]] = [
        [names.short(named[end]), *("" if start == end else cell(start, end) for start in origins)]
        for end in ends
    ]
    return head, body


def _origins(assessment: Assessment, rows: pd.DataFrame) -> list[str]:
    """Clusters where trips start; all places where there is no cluster."""
    kinds = assessment.case.network.clusters.set_index("cluster_id")["kind"]
    present = [
        place for place in names.places(assessment.case) if (rows["origin_id"] == place).any()
    ]
    return [place for place in present if kinds[place] == "cluster"] or present


def _reach(assessment: Assessment) -> list[Table]:
    named = names.places(assessment.case)
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
        [Text("From", "自"), *site_heads(assessment)],
        [
            [
                names.short(named.get(cluster, as_text(cluster))),
                *site_cells(assessment, lambda option, c=cluster: gain(c, option)),  # type: ignore[misc]
            ]
            for cluster in clusters
        ],
        sheet="reach",
    )
    return [now, gains]
