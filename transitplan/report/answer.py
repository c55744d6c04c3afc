"""The answer of a site in words, with what would turn it."""

from typing import Any

import pandas as pd

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.scenario.case import NONE, Site
from transitplan.viz.text import (
    Text,
    finite,
    join,
    sure,
)

NO_TURN = Text(
    "No single parameter, moved from a tenth of its value to ten times it.",
    "任一参数在十分之一至十倍之间单独变动均不改变结论。",
)
NEAR = 3.0  # a switching value further than three times today's is no practical condition


def question(site: Site) -> Text:
    """One line: which of the forms, or nothing."""
    forms = [names.form(each.form) for each in site.forms]
    choice = join(forms) + Text(" or nothing", "，还是不建")
    return Text(f"{site.name}: {choice.en}?", f"{site.name_zh}：{choice.zh}？")


def answer(assessment: Assessment, site: Site) -> Text:
    """One sentence: what comes out ahead, how surely, and the nearest condition that turns it."""
    best = leader(assessment, site)
    rows = assessment.appraisal
    own = rows[rows["site_id"] == site.site_id].set_index("option_id")
    share = _share(own, best)
    form = names.option_form(assessment, best)
    lead = (
        Text("Build neither", "都不建")
        if best == NONE
        else Text(names.form_title(form).en, names.form(form).zh)
    )
    draws = f"{len(assessment.draws):,}"
    unless = _unless(assessment, site)
    said = Text(
        f"{lead.en}{unless.en}: it comes out ahead in {sure(share)} of {draws} draws",
        f"{lead.zh}{unless.zh}：在 {draws} 次抽样中有 {sure(share)} 领先",
    )
    if best == NONE:
        said = Text(
            f"{lead.en}{unless.en}: no form repays its cost in {sure(share)} of {draws} draws",
            f"{lead.zh}{unless.zh}：{draws} 次抽样中，{sure(share)} 的结果是各种形式均收不回成本",
        )
    other = str(own["probability_best"].idxmax())
    if other != best:
        named = _option_words(assessment, other)
        more = sure(_share(own, other))
        said += Text(f"; {named.en} is ahead in {more}", f"；{named.zh}在 {more} 中领先")
    return said + Text(".", "。")


def turning_points(assessment: Assessment, site_id: str) -> list[Text]:
    """Return every value at which a site's winner changes, nearest to today's first."""
    rows = assessment.switching
    rows = rows[rows["site_id"] == site_id]
    ordered = sorted(names.records(rows), key=_distance)
    return [
        Text(
            f"{names.capital(names.called(row)).en}: {at.en} (today {today.en}) – then {then.en}",
            f"{names.called(row).zh}：变为 {at.zh}（现为 {today.zh}）时，{then.zh}",
        )
        for row in ordered
        if finite(row.switches_at) is not None
        for at, today, then in [
            (
                names.quantity(row.switches_at, row.unit),
                names.quantity(row.today, row.unit),
                _winner_words(row.winner_then),
            )
        ]
    ]


def leader(assessment: Assessment, site: Site) -> str:
    """Option of the site with the highest central net value; nothing built is worth 0."""
    built = best_built(assessment, site)
    rows = assessment.appraisal.set_index("option_id")
    return built if (finite(rows["npv_cny"][built]) or 0.0) > 0 else NONE


def best_built(assessment: Assessment, site: Site) -> str:
    """Option of the site with the highest central net value among those that build something."""
    rows = assessment.appraisal[assessment.appraisal["option_id"] != NONE]
    own = rows[rows["site_id"] == site.site_id].set_index("option_id")["npv_cny"]
    return str(own.idxmax())


def _distance(row: Any) -> float:
    at, today = finite(row.switches_at), finite(row.today)
    if at is None or not today:
        return float("inf")
    return max(at / today, today / at) if at / today > 0 else abs(at / today) + 1


def _unless(assessment: Assessment, site: Site) -> Text:
    rows = assessment.switching[assessment.switching["site_id"] == site.site_id]
    near = [row for row in names.records(rows) if _distance(row) <= NEAR]
    if not near:
        return Text("", "")
    row = min(near, key=_distance)
    rises = row.switches_at > row.today
    called, at = names.called(row), names.quantity(row.switches_at, row.unit)
    today = names.quantity(row.today, row.unit)
    return Text(
        f", unless the {called.en[:1].lower() + called.en[1:]} {'rises' if rises else 'falls'} to "
        f"{at.en} (today {today.en})",
        f"，除非{called.zh}{'升至' if rises else '降至'} {at.zh}（现为 {today.zh}）",
    )


def _share(rows: pd.DataFrame, option: str) -> float:
    return finite(rows["probability_best"][option]) or 0.0


def _winner_words(winner: object) -> Text:
    form = str(winner).rsplit("-", 1)[-1]
    if form == NONE:
        return Text("nothing is built", "都不建")
    return Text(f"the {names.form(form).en} leads", f"{names.form(form).zh}领先")


def _option_words(assessment: Assessment, option: str) -> Text:
    if option == NONE:
        return Text("building nothing", "不建")
    form = names.form(names.option_form(assessment, option))
    return Text(f"the {form.en}", form.zh)
