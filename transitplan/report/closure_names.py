"""Names of crossings, read off the case."""

from collections import Counter

from transitplan.appraisal.resilience_tables import crossing_names
from transitplan.report import names
from transitplan.scenario.case import Case
from transitplan.viz.text import Text


def crossing_titles(case: Case) -> dict[str, Text]:
    """Names of the crossings without the river's, and without brackets where they stay apart."""
    river = names.river(case)
    full = {
        str(row.crossing_id): names.crossing(names.called(row), river)
        for row in names.records(crossing_names(case))
    }
    short = {crossing: names.short(title) for crossing, title in full.items()}
    often = Counter(title.en for title in short.values())
    return {each: short[each] if often[short[each].en] == 1 else full[each] for each in full}
