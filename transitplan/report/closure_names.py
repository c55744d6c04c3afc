"""Names of crossings and options, read off the case."""

from transitplan.appraisal.resilience_tables import crossing_names
from transitplan.report import names
from transitplan.scenario.case import NONE, Case
from transitplan.viz.text import Text, as_text


def crossing_titles(case: Case) -> dict[str, Text]:
    """Names of the crossings without what stands in brackets and without the river's."""
    river = next(
        (
            Text(facts["name"], facts.get("name_zh") or facts["name"])
            for facts in (each["properties"] for each in case.ground.get("features", ()))
            if facts.get("kind") == "river" and facts.get("name")
        ),
        as_text(""),
    )
    return {
        str(row.crossing_id): names.crossing(names.short(names.called(row)), river)
        for row in names.records(crossing_names(case))
    }


def option_title(case: Case, option: str) -> Text:
    """Name of an option with its site."""
    if option == NONE:
        return names.form_title(NONE)
    site, form = case.find(option)
    words = names.form(str(form.form))
    extra = "" if option == f"{site.site_id}-{form.form}" else f" ({option})"
    return Text(f"{site.name}: {words.en}{extra}", f"{site.name_zh}：{words.zh}{extra}")
