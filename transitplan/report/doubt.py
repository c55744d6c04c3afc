"""The section on doubt: how often each option is best, which values turn the answer."""

from markupsafe import Markup

from transitplan.report import names
from transitplan.report.answer import NO_TURN, turning_points
from transitplan.report.assessment import Assessment
from transitplan.report.catalog import SHEETS
from transitplan.report.cells import Cell
from transitplan.report.parts import Section, Table
from transitplan.scenario.case import NONE
from transitplan.viz import palette
from transitplan.viz.text import NOTHING, Text, finite, hover, sure


def doubt_section(assessment: Assessment) -> Section:
    """How often each option is best, and every value that would turn the answer."""
    rows = assessment.appraisal
    body: list[list[Cell]] = []
    for site in assessment.case.sites:
        own = rows[rows["site_id"] == site.site_id].set_index("form")["probability_best"]
        body.append(
            [
                names.called(site),
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
            *(names.form_title(form) for form in (NONE, "bridge", "tunnel")),
        ],
        body,
        sheet="appraisal",
        made=SHEETS["draws"].made,
    )
    turns: list[list[Cell]] = [
        [names.called(site), words]
        for site in assessment.case.sites
        for words in turning_points(assessment, site.site_id) or [NO_TURN]
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
        return NOTHING
    colour = palette.FORM_COLOURS.get(form, palette.NOTHING_BUILT)
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="100" height="10" fill="#ececea"/>'
        '<rect width="{:.1f}" height="10" fill="{}"/></svg> '
    ).format(known * 100, colour) + hover(sure(known), known)
