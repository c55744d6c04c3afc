"""Names of crossings and options, read off the case."""

from collections import Counter

from transitplan.appraisal.resilience_tables import crossing_names
from transitplan.report import names
from transitplan.scenario.case import NONE, Case
from transitplan.viz.text import Text, as_text


def river_name(case: Case) -> Text:
    """Name of the river on the case's ground; empty where it has none."""
    for facts in (each["properties"] for each in case.ground.get("features", ())):
        if facts.get("kind") == "river" and facts.get("name"):
            return Text(facts["name"], facts.get("name_zh") or facts["name"])
    return as_text("")


def crossing_titles(case: Case) -> dict[str, Text]:
    """Names of the crossings without the river's, and without brackets where they stay apart."""
    river = river_name(case)
    full = {
        str(row.crossing_id): names.crossing(names.called(row), river)
        for row in names.records(crossing_names(case))
    }
    short = {crossing: names.short(title) for crossing, title in full.items()}
    often = Counter(title.en for title in short.values())
    return {each: short[each] if often[short[each].en] == 1 else full[each] for each in full}


def option_title(case: Case, option: str) -> Text:
    """Name of an option with its site."""
    if option == NONE:
        return names.form_title(NONE)
    site, form = case.find(option)
    words = names.form(str(form.form))
    extra = "" if option == f"{site.site_id}-{form.form}" else f" ({option})"
    return Text(f"{site.name}: {words.en}{extra}", f"{site.name_zh}：{words.zh}{extra}")
