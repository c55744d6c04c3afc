"""What the section on the demand model looks at: record, tables, and what their ids are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from transitplan.appraisal.demand_record import DemandRecord
from transitplan.report import names
from transitplan.report.demand_words import WORDS
from transitplan.scenario.case import Case
from transitplan.viz.text import Text, as_text, join

NAMED = {"rules": "purpose", "freight_rules": "class", "periods": "period"}  # table, id of a row


@dataclass(frozen=True, eq=False)
class DemandView:
    """A case and what its demand model recorded; words are those of its own tables first."""

    case: Case
    record: DemandRecord

    @property
    def base(self) -> int:
        """The base year."""
        return self.case.base_year

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables of the case's demand model as text, by name; none where it has no such model."""
        model = self.case.demand_model
        return {} if model is None else dict(model.table)

    @cached_property
    def words(self) -> Mapping[str, Text]:
        """Names by id of purposes, modes, classes, periods and places."""
        found = dict(WORDS)
        for table, key in NAMED.items():
            rows = self.tables.get(table)
            if rows is not None and {key, "name"} <= set(rows.columns):
                found |= dict(zip(rows[key], map(names.called, names.records(rows)), strict=True))
        if self.case.demand_model is not None:
            modes = self.case.demand_model.file.modes
            found |= {mode: Text(row.name, row.name_zh) for mode, row in modes.items()}
        return found | names.short_places(self.case)

    def word(self, said: str) -> Text:
        """What an id is called, or two joined ones (river_am); as it is where nothing names it."""
        if said in self.words:
            return self.words[said]
        for at in (i for i, sign in enumerate(said) if sign in " _"):
            both = said[:at], said[at + 1 :]
            if all(each in self.words for each in both):
                return join([self.words[each] for each in both], zh="，")
        return as_text(said.replace("_", " "))

    def title(self, said: str) -> Text:
        """As the first word of a row."""
        return names.capital(self.word(said))

    @cached_property
    def zones(self) -> dict[str, Text]:
        """Names of the zones by id."""
        rows = names.records(self.case.network.zones)
        return {str(row.zone_id): names.called(row) for row in rows}
