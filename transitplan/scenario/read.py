"""Read a case folder: ``case.toml`` and everything that it names, all problems at once."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from pydantic import BaseModel, Field
from pydantic import ValidationError as PydanticError

from transitplan.demand.peak_hour import PARAMETERS
from transitplan.errors import ValidationError, collect, no_file
from transitplan.io import read_network
from transitplan.io.text import read_text, read_text_table
from transitplan.io.toml import Strict, checked, read_checked, read_toml, told
from transitplan.model.network import Network
from transitplan.scenario.case import Case, Form, Place, Site, Year
from transitplan.scenario.checks import MONEY, case_problems, place_problems
from transitplan.scenario.closures import closure_problems, no_closures, read_closures
from transitplan.scenario.demand_tables import DemandTables, read_demand_tables
from transitplan.scenario.forms import Asked, complete_form
from transitplan.scenario.library import PARAMETER_COLUMNS, form_library
from transitplan.scenario.presets import completed, misspelt
from transitplan.scenario.toll_rules import no_rules, read_toll_rules
from transitplan.scenario.tolls import toll_problems
from transitplan.versions.cards import Card
from transitplan.versions.reading import card_files, read_cards


class CaseFile(Strict):
    """What ``case.toml`` says."""

    name: str
    name_zh: str
    base: str
    base_year: int
    ground: str
    parameters: str
    growth: str
    counts: str = ""
    drives: str = ""
    risks: str = ""
    preset: Literal["china", "uk_tag", "simple"] = "china"
    trips_preset: Literal["", "jinan"] = ""
    tolls: str = ""
    closures: str = ""
    places: str = ""
    demand_model: str = ""
    stress_to: tuple[str, ...] = ()
    isochrones_from: str
    years: dict[int, Year]
    sites: tuple[str, ...] = Field(min_length=1)


def read_case(folder: str | Path) -> Case:
    """Read a case folder: ``case.toml`` and everything that it names.

    Raises
    ------
    NotFoundError
        If there is no ``case.toml``.
    ValidationError
        With every problem of every file.
    """
    folder = Path(folder)
    path = folder / "case.toml"
    if not path.is_file():
        above = folder.parent
        inside = above != folder and (above / "case.toml").is_file()
        hint = f" This one lies in a case: name {above}." if inside else ""
        raise no_file(path, f"A case is a folder with a case.toml.{hint}")
    file = read_checked(path, CaseFile)
    found: list[str] = []
    network = collect(found, lambda: read_network(folder / file.base))
    sites = [
        collect(found, partial(_site, folder / name, network, file.base_year))
        for name in file.sites
    ]
    parameters = collect(found, lambda: _table(folder / file.parameters, PARAMETER_COLUMNS))
    growth = collect(found, lambda: _growth(folder / file.growth))
    counts = collect(found, lambda: _optional(folder, file.counts, _COUNTS))
    drives = collect(found, lambda: _optional(folder, file.drives, _DRIVES))
    risks = collect(found, lambda: _optional(folder, file.risks, _RISKS))
    places = collect(found, lambda: _optional(folder, file.places, _PLACES))
    tolls = collect(
        found, lambda: read_toll_rules(folder / file.tolls) if file.tolls else no_rules()
    )
    closures = (
        collect(found, lambda: read_closures(folder / file.closures))
        if file.closures
        else no_closures()
    )
    ground = collect(found, lambda: _json(folder / file.ground))
    demand_model = collect(found, partial(_demand_model, folder, file, network))
    cards = collect(found, partial(_cards, folder, file.years))
    if parameters is not None:
        strange = misspelt(parameters, file.preset, (*PARAMETERS, *MONEY))
        found += [f"{folder / file.parameters}: {text}" for text in strange]
    if found:
        raise ValidationError(found)
    case = Case(
        folder=folder,
        name=file.name,
        name_zh=file.name_zh,
        base_year=file.base_year,
        network=cast("Network", network),
        years=dict(sorted(file.years.items())),
        sites=tuple(cast("list[Site]", sites)),
        parameters=completed(cast("pd.DataFrame", parameters), file.preset, file.trips_preset),
        growth=cast("pd.DataFrame", growth),
        counts=cast("pd.DataFrame", counts),
        drives=cast("pd.DataFrame", drives),
        cards=cast("dict[int, tuple[Card, ...]]", cards),
        ground=cast("dict[str, Any]", ground),
        isochrones_from=file.isochrones_from,
        preset=file.preset,
        risks=cast("pd.DataFrame", risks),
        tolls=cast("pd.DataFrame", tolls),
        closures=closures,
        stress_to=file.stress_to,
        places=cast("pd.DataFrame", places),
        demand_model=demand_model,
    )
    found = _version_problems(case)
    if found:
        raise ValidationError(found)
    found = [*case_problems(case), *toll_problems(case), *closure_problems(case)]
    if found:
        raise ValidationError(found)
    return case


def _demand_model(folder: Path, file: CaseFile, network: Network | None) -> DemandTables | None:
    """Tables of the demand model, where the case has one and its network could be read."""
    if not file.demand_model or network is None:
        return None
    later = [year for year in sorted(file.years) if year != file.base_year]
    return read_demand_tables(folder / file.demand_model, network, later)


def _cards(folder: Path, years: Mapping[int, Year]) -> dict[int, tuple[Card, ...]]:
    """Cards of each year, every file read once."""
    places = {year: [folder / name for name in each.cards] for year, each in years.items()}
    read = read_cards(dict.fromkeys(place for each in places.values() for place in each))
    by_file = {cast("Path", card.source_file).resolve(): card for card in read}
    return {
        year: tuple(by_file[path.resolve()] for path in card_files(each))
        for year, each in places.items()
    }


def _version_problems(case: Case) -> list[str]:
    """Cards that cannot be applied, and years that forget what was built in the years before."""
    found: list[str] = []
    built: dict[str, int] = {}  # project, and the year that brought it
    for year in case.years:
        names = [card.project for card in case.cards[year]]
        found += [
            f"{case.folder / 'case.toml'}, years.{year}.cards: project {name!r} of {since} is not "
            "among them. A year names the cards of the years before it and its own."
            for name, since in built.items()
            if name not in names
        ]
        built = dict.fromkeys(names, year) | built
        try:
            case.version(year)
        except ValidationError as error:
            found += [text for text in error.problems if text not in found]  # once for all years
    return found


_GROWTH = ("group", "year", "population_factor", "jobs_factor", "extra_factor")
_COUNTS = (
    "crossing_id",
    "vehicles_per_day_low",
    "vehicles_per_day_high",
    "year",
    "source",
    "confidence",
    "use",
)
_RISKS = (
    "option_id",
    "risk_id",
    "name",
    "name_zh",
    "probability",
    "low_cny",
    "likely_cny",
    "high_cny",
    "source",
    "status",
)
_PLACES = ("kind", "name", "name_zh", "lon", "lat", "source", "status")
_DRIVES = (
    "from",
    "to",
    "from_node_id",
    "to_node_id",
    "free_min",
    "peak_min",
    "basis",
)


def _site(path: Path, network: Network | None, base_year: int) -> Site:
    """Read an option file; a form that names a kind is completed from the form library."""
    raw = read_toml(path)
    tables = raw.pop("forms", [])
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise ValidationError(f"{path}, forms: not a list of tables. Begin each with [[forms]].")
    found: list[str] = []
    place = collect(found, partial(checked, path, Place, raw))
    asked = []
    for i, table in enumerate(tables):
        model: type[BaseModel] = Asked if "kind" in table else Form
        asked.append(collect(found, partial(checked, path, model, table, f"forms.{i}.")))
    if None in asked:  # a form that cannot be made is not seen by ``case_problems``
        found += _early(path, tables, base_year)
    forms = [each for each in asked if isinstance(each, Form)]
    if place is not None and network is not None:
        unknown = place_problems(place, network)
        found += [f"{path}: {text}." for text in unknown]
        if not unknown:
            forms = _completed(path, place, asked, network, found)
    if found:
        raise ValidationError(found)
    return Site(**raw, forms=tuple(forms))


def _early(path: Path, tables: list[dict[str, Any]], base_year: int) -> list[str]:
    """Forms whose years contradict each other, whatever else is wrong with them."""
    found = []
    for i, table in enumerate(tables):
        opens, takes = table.get("open_year"), table.get("build_years")
        if isinstance(opens, int) and isinstance(takes, int) and opens - takes < base_year:
            found.append(
                f"{path}, forms.{i}: building for {takes} years to open in {opens} would begin "
                f"before the base year {base_year}. Open later."
            )
    return found


def _completed(
    path: Path, place: Place, asked: list[Any], network: Network, found: list[str]
) -> list[Form]:
    """Return all forms that could be made whole; problems of the others go to ``found``."""
    forms = []
    for i, each in enumerate(asked):
        try:
            if isinstance(each, Asked):
                forms.append(complete_form(place, each, network, form_library()))
            elif each is not None:
                forms.append(each)
        except ValidationError as error:
            found += [
                f"{path}, forms.{i} ({each.label or each.kind}): {text}." for text in error.problems
            ]
        except PydanticError as error:
            found += told(error, f"{path}, forms.{i}.")
    return forms


def _table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    frame = read_text_table(path)
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise ValidationError(f"{path}: columns {', '.join(absent)} are missing. Add them.")
    numbers = [name for name in columns if name in _NUMBERS]
    wrong = []
    frame = frame.replace("", np.nan)
    for name in numbers:
        values = pd.to_numeric(frame[name], errors="coerce")
        bad = (values.isna() & (frame[name].notna() | (name in _FILLED))).to_numpy()
        if bad.any():
            lines = ", ".join(str(row + 2) for row in bad.nonzero()[0][:5])
            wrong.append(f"{path}, column {name} (line {lines}): not a number. Correct the cell.")
        frame[name] = values.astype("int64") if name in _WHOLE and not bad.any() else values
    if wrong:
        raise ValidationError(wrong)
    return frame


_WHOLE = frozenset({"from_node_id", "to_node_id"})
_RISK_NUMBERS = frozenset({"probability", "low_cny", "likely_cny", "high_cny"})
_FILLED = (
    {"lon", "lat"}
    | _WHOLE
    | _RISK_NUMBERS
    | {"value", "population_factor", "jobs_factor", "extra_factor"}
)
_NUMBERS = _FILLED | {
    "low",
    "high",
    "vehicles_per_day_low",
    "vehicles_per_day_high",
    "free_min",
    "peak_min",
}


def _growth(path: Path) -> pd.DataFrame:
    frame = _table(path, _GROWTH)
    years = pd.to_numeric(frame["year"], errors="coerce")
    if years.isna().any():
        line = int(years.isna().to_numpy().nonzero()[0][0]) + 2
        raise ValidationError(f"{path}, column year (line {line}): not a year. Correct the cell.")
    return frame.assign(year=years.astype("int64"))


def _optional(folder: Path, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    return _table(folder / name, columns) if name else pd.DataFrame(columns=list(columns))


def _json(path: Path) -> Any:
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ValidationError(f"{path}: not JSON: {error}") from None
