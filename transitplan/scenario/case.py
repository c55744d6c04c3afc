"""Case: what an assessment compares, read from one ``case.toml`` and the tables beside it."""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from os.path import normpath
from pathlib import Path
from typing import Any, TypeVar, cast

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field
from pydantic import ValidationError as PydanticError

from transitplan.errors import NotFoundError, ValidationError
from transitplan.io import read_network
from transitplan.io.gmns import read_link_rows
from transitplan.io.text import read_text_table
from transitplan.model.network import Network

Model = TypeVar("Model", bound=BaseModel)
NONE = "none"  # the option that builds nothing


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Form(_Strict):
    """One way to build a site: a bridge or a tunnel, as a chain of one link a direction.

    Every number that matters to money has a low and a high beside it and says where it comes from.
    """

    form: str = Field(pattern="^(bridge|tunnel)$")
    length_m: float = Field(gt=0)
    lanes: float = Field(gt=0, le=6)  # in each direction
    free_speed_kph: float = Field(gt=0, le=120)
    lane_capacity_pceph: float = Field(gt=0)
    allowed_uses: str
    toll_cny: float = Field(default=0.0, ge=0)
    toll_truck_cny: float | None = Field(default=None, ge=0)
    capital_cost_cny: float = Field(gt=0)
    capital_low_cny: float = Field(gt=0)
    capital_high_cny: float = Field(gt=0)
    upkeep_cny_per_year: float = Field(ge=0)
    build_years: int = Field(gt=0, le=15)
    open_year: int = Field(ge=2020, le=2100)
    availability: float = Field(gt=0, le=1)
    embodied_co2_t: float = Field(ge=0)
    operation_co2_t_per_year: float = Field(ge=0)
    source: str
    confidence: str


class Site(_Strict):
    """A place where a crossing could be built, and the forms it could take."""

    site_id: str = Field(pattern="^[a-z][a-z0-9_]*$")
    name: str
    name_zh: str
    crossing_id: str
    river_km: float | None = None
    from_node_id: int
    to_node_id: int
    via: tuple[tuple[float, float], ...] = ()  # lon, lat of points between the ends
    note: str = ""
    forms: tuple[Form, ...]


class Year(_Strict):
    """A modelled year: its demand, and the committed schemes open by then."""

    demand: str
    committed: tuple[str, ...] = ()


class _CaseFile(_Strict):
    name: str
    name_zh: str
    base: str
    base_year: int
    ground: str
    parameters: str
    growth: str
    counts: str = ""
    drives: str = ""
    isochrones_from: str
    years: dict[int, Year]
    sites: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Case:
    """A planning case, every file it names already read and checked."""

    folder: Path
    name: str
    name_zh: str
    base_year: int
    network: Network
    years: Mapping[int, Year]
    sites: tuple[Site, ...]
    parameters: pd.DataFrame  # parameter_id, name, name_zh, value, unit, low, high, source, status
    growth: (
        pd.DataFrame
    )  # group, year, population_factor, jobs_factor, extra_factor, source, status
    counts: pd.DataFrame  # crossing_id, vehicles_per_day_low, vehicles_per_day_high, year, …
    drives: pd.DataFrame  # from, to, from_node_id, to_node_id, free_min, peak_min, basis
    committed: Mapping[str, pd.DataFrame]  # link rows by file name
    ground: Mapping[str, Any]  # GeoJSON: river, districts, …
    isochrones_from: str

    def parameter(self, parameter_id: str) -> float:
        """Return the value of a parameter.

        Raises
        ------
        NotFoundError
            If the case's parameter table has no such row.
        """
        return self.values[parameter_id]

    @cached_property
    def values(self) -> Mapping[str, float]:
        """Parameter values by id; an unknown id says which row to add."""
        rows = self.parameters
        return _Values(dict(zip(rows["parameter_id"], rows["value"], strict=True)), self.folder)

    @property
    def option_ids(self) -> tuple[str, ...]:
        """Every option: ``none``, then each form of each site."""
        return (NONE, *(option_id(site, form) for site in self.sites for form in site.forms))

    def find(self, option: str) -> tuple[Site, Form]:
        """Return the site and form of an option other than ``none``."""
        for site in self.sites:
            for form in site.forms:
                if option_id(site, form) == option:
                    return site, form
        raise NotFoundError(f"no option {option!r}; the case has {', '.join(self.option_ids)}.")

    def demand_path(self, year: int) -> Path:
        """File of the demand of a modelled year."""
        return Path(normpath(self.folder / self.years[year].demand))


class _Values(dict[str, float]):
    def __init__(self, values: Mapping[str, float], folder: Path) -> None:
        super().__init__(values)
        self.folder = folder

    def __missing__(self, key: str) -> float:
        raise NotFoundError(
            f"{self.folder}: the parameter table has no row {key!r}. Add it with value, unit, low, "
            "high, source and status."
        )


def option_id(site: Site, form: Form) -> str:
    """Name of an option: ``huanggang-tunnel``."""
    return f"{site.site_id}-{form.form}"


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
        raise NotFoundError(f"{path}: no such file. A case is a folder with a case.toml.")
    file = _parse(path, _CaseFile)
    found: list[str] = []
    network = _collect(found, lambda: read_network(folder / file.base))
    sites = [_collect(found, partial(_parse, folder / name, Site)) for name in file.sites]
    parameters = _collect(found, lambda: _table(folder / file.parameters, _PARAMETERS))
    growth = _collect(found, lambda: _table(folder / file.growth, _GROWTH))
    counts = _collect(found, lambda: _optional(folder, file.counts, _COUNTS))
    drives = _collect(found, lambda: _optional(folder, file.drives, _DRIVES))
    ground = _collect(found, lambda: _json(folder / file.ground))
    names = sorted({name for year in file.years.values() for name in year.committed})
    committed = {name: _collect(found, partial(_links, folder / name)) for name in names}
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
        parameters=cast("pd.DataFrame", parameters),
        growth=cast("pd.DataFrame", growth),
        counts=cast("pd.DataFrame", counts),
        drives=cast("pd.DataFrame", drives),
        committed=cast("dict[str, pd.DataFrame]", committed),
        ground=cast("dict[str, Any]", ground),
        isochrones_from=file.isochrones_from,
    )
    found = _joins(case)
    if found:
        raise ValidationError(found)
    return case


_PARAMETERS = (
    "parameter_id",
    "name",
    "name_zh",
    "value",
    "unit",
    "low",
    "high",
    "source",
    "status",
)
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
_DRIVES = (
    "from",
    "to",
    "from_node_id",
    "to_node_id",
    "free_min",
    "peak_min",
    "basis",
)


def _collect(found: list[str], read: Callable[[], Any]) -> Any:
    """Read one file; its problems join the others instead of hiding them."""
    try:
        return read()
    except ValidationError as error:
        found.extend(error.problems)
    except NotFoundError as error:
        found.append(str(error))
    return None


def _parse(path: Path, model: type[Model]) -> Model:
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file.")
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except tomllib.TOMLDecodeError as error:
        raise ValidationError(f"{path}: not TOML: {error}") from None
    except PydanticError as error:
        raise ValidationError(
            f"{path}, {'.'.join(str(part) for part in each['loc'])}: {each['msg']} "
            f"(found {each['input']!r})."
            for each in error.errors()
        ) from None


def _table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    frame = read_text_table(path)
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise ValidationError(f"{path}: columns {', '.join(absent)} are missing.")
    numbers = [name for name in columns if name in _NUMBERS]
    wrong = []
    for name in numbers:
        values = pd.to_numeric(frame[name], errors="coerce")
        bad = (values.isna() & ((frame[name] != "") | (name in _FILLED))).to_numpy()
        if bad.any():
            lines = ", ".join(str(row + 2) for row in bad.nonzero()[0][:5])
            wrong.append(f"{path}, column {name} (line {lines}): not a number. Correct the cell.")
        frame[name] = values
    if wrong:
        raise ValidationError(wrong)
    return frame


_FILLED = frozenset({"value", "population_factor", "jobs_factor", "extra_factor"})
_NUMBERS = _FILLED | {
    "low",
    "high",
    "vehicles_per_day_low",
    "vehicles_per_day_high",
    "free_min",
    "peak_min",
}


def _optional(folder: Path, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    return _table(folder / name, columns) if name else pd.DataFrame(columns=list(columns))


def _links(path: Path) -> pd.DataFrame:
    return read_link_rows(path)


def _json(path: Path) -> Any:
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file.")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValidationError(f"{path}: not JSON: {error}") from None


def _joins(case: Case) -> list[str]:
    """Problems between files: unknown nodes, options that stand twice, years without demand."""
    nodes = set(case.network.nodes["node_id"])
    found = []
    for site in case.sites:
        found += [
            f"{case.folder}, site {site.site_id}: {end} {getattr(site, end)} is not in node.csv. "
            "Correct the id or add the node."
            for end in ("from_node_id", "to_node_id")
            if getattr(site, end) not in nodes
        ]
        found += [
            f"{case.folder}, site {site.site_id}, {form.form}: capital cost "
            f"{form.capital_cost_cny:g} is outside its range {form.capital_low_cny:g} to "
            f"{form.capital_high_cny:g}."
            for form in site.forms
            if not form.capital_low_cny <= form.capital_cost_cny <= form.capital_high_cny
        ]
    repeated = {option for option in case.option_ids if case.option_ids.count(option) > 1}
    found += [f"{case.folder}: the option {option} stands twice." for option in sorted(repeated)]
    if case.isochrones_from not in set(case.network.clusters["cluster_id"]):
        found.append(
            f"{case.folder}/case.toml, isochrones_from: {case.isochrones_from!r} is not in "
            "cluster.csv."
        )
    for end in ("from_node_id", "to_node_id"):
        wrong = ~case.drives[end].isin(nodes)
        if wrong.any():
            found.append(f"{case.folder}: drives, column {end}: {wrong.sum()} nodes are unknown.")
    if case.base_year not in case.years:
        found.append(f"{case.folder}/case.toml: base_year {case.base_year} is not among the years.")
    return found
