"""What page one says of demand that answers: net values then, and who leads."""

from collections.abc import Mapping

from transitplan.appraisal.compare import EQUAL, FIXED
from transitplan.appraisal.economy import Economy
from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.economy_words import SWITCH
from transitplan.scenario.case import NONE, Site
from transitplan.viz.text import Text, in_one_unit, join


def answering(assessment: Assessment, site: Site, economy: Economy) -> list[Text]:
    """Say what the position of the demand switch that moves the leading option most makes of each.

    Nothing where the case has no demand that answers.
    """
    own = names.site_options(assessment, site.site_id)
    rows = economy.comparison[economy.comparison["option_id"].isin(own)]
    worth = rows.pivot_table("npv_cny", "traffic", "option_id", sort=False)[own]
    moves = worth.drop(index=[EQUAL, FIXED], errors="ignore")
    if moves.empty:
        return []
    fixed = {name: float(worth[name][FIXED]) for name in own}
    best = max(fixed, key=lambda name: fixed[name])
    position = str((moves[best] - fixed[best]).abs().idxmax())
    then = {name: float(moves[name][position]) for name in own}
    changes = join(_change(assessment, name, fixed[name], then[name]) for name in own)
    now, later = _leader(fixed), _leader(then)
    verdict = _verdict(assessment, later, same=now == later)
    switch = SWITCH[position]
    said = Text(
        f"Demand that answers ({switch.en}): net value of {changes.en}; {verdict.en}",
        f"需求响应（{switch.zh}）：净现值{changes.zh}；{verdict.zh}",
    )
    return [said]


def _change(assessment: Assessment, option: str, before: float, after: float) -> Text:
    form = names.form(names.option_form(assessment, option))
    found = in_one_unit([before, after])
    if found is None:
        return form
    (old, new), unit = found
    return Text(
        f"the {form.en} {old.en} → {new.en}{unit.en}", f"{form.zh} {old.zh} → {new.zh}{unit.zh}"
    )


def _leader(worth: Mapping[str, float]) -> str:
    best = max(worth, key=lambda name: worth[name])
    return best if worth[best] > 0 else NONE


def _verdict(assessment: Assessment, leads: str, *, same: bool) -> Text:
    """Who leads then."""
    if leads == NONE:
        return (
            Text("still none repays its cost", "仍均收不回成本")
            if same
            else Text("then none repays its cost", "则均收不回成本")
        )
    form = names.form(names.option_form(assessment, leads))
    still = Text("still leads", "仍领先") if same else Text("then leads", "转而领先")
    return Text(f"the {form.en} {still.en}", f"{form.zh}{still.zh}")
