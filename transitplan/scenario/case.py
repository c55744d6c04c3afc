"""Case: what an assessment compares. ``scenario.read`` reads one from its folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from os.path import normpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import Field

from transitplan.errors import NotFoundError, likely
from transitplan.io import read_demand
from transitplan.io.toml import Strict
from transitplan.model.demand import Demand
from transitplan.model.network import Network
from transitplan.scenario.demand_tables import DemandTables
from transitplan.scenario.form import Assumption, Element, Form, Given, Note, Part
from transitplan.scenario.presets import DEFAULT_PRESET
from transitplan.scenario.toll_rules import no_rules
from transitplan.versions.apply import Applied, apply_cards
from transitplan.versions.cards import Card

if TYPE_CHECKING:  # a case that is only computed with needs no maps
    from transitplan.viz.maps import PlanMap

__all__ = (
    "NONE",
    "Assumption",
    "Case",
    "Element",
    "Form",
    "Given",
    "Note",
    "Part",
    "Place",
    "Site",
    "Year",
    "option_id",
)

NONE = "none"  # the option that builds nothing


class Place(Strict):
    """A place where a crossing could be built."""

    site_id: str = Field(pattern="^[a-z][a-z0-9_]*$")
    name: str
    name_zh: str
    crossing_id: str
    river_km: float | None = None
    from_node_id: int
    to_node_id: int
    via: tuple[tuple[float, float], ...] = ()  # lon, lat of points between the ends
    note: str = ""
    ground: str = ""
    ground_zh: str = ""
    approach: str = ""  # roads that lead to it
    approach_zh: str = ""
    parameters: dict[str, float | str | Given] = Field(default={})  # in place of library rows


class Site(Place):
    """A place and the forms that a crossing could take there."""

    forms: tuple[Form, ...]


class Year(Strict):
    """A modelled year: its demand, and the cards that make its network of the base.

    Cards are files and folders of them. A year names those of the years before it and its own.
    """

    demand: str
    cards: tuple[str, ...] = ()


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
    parameters: (
        pd.DataFrame
    )  # parameter_id, name, name_zh, value, unit, low, high, source, status, …
    growth: (
        pd.DataFrame
    )  # group, year, population_factor, jobs_factor, extra_factor, source, status
    counts: pd.DataFrame  # crossing_id, vehicles_per_day_low, vehicles_per_day_high, year, …
    drives: pd.DataFrame  # from, to, from_node_id, to_node_id, free_min, peak_min, basis
    ground: Mapping[str, Any]  # GeoJSON: river, districts, …
    isochrones_from: str
    cards: Mapping[int, tuple[Card, ...]] = field(default_factory=dict)  # by year; none: the base
    preset: str = DEFAULT_PRESET  # that filled the parameter table up
    risks: pd.DataFrame = field(default_factory=pd.DataFrame)
    # option_id, risk_id, name, name_zh, probability, low_cny, likely_cny, high_cny, source, status
    tolls: pd.DataFrame = field(default_factory=no_rules)  # ``toll_rules.COLUMNS``
    closures: pd.DataFrame = field(default_factory=pd.DataFrame)  # scenario.closures.COLUMNS
    stress_to: tuple[str, ...] = ()  # places that closures are measured to, the centre first
    places: pd.DataFrame = field(default_factory=pd.DataFrame)
    # schools, clinics, shops: kind, name, name_zh, lon, lat, source, status
    demand_model: DemandTables | None = None  # none: the first model, ``demand.peak_hour``

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
        known = ", ".join(self.option_ids)
        hint = likely(option, self.option_ids)
        raise NotFoundError(f"{self.folder}: no option {option!r}; the case has {known}.{hint}")

    def demand_path(self, year: int) -> Path:
        """File of the demand of a modelled year."""
        return Path(normpath(self.folder / self.years[year].demand))

    def demand(self, year: int) -> Demand:
        """Demand of a modelled year as its file has it; a file that stays the same is read once."""
        path = self.demand_path(year)
        if not path.is_file():
            return read_demand(path)  # says what to do
        stat = path.stat()
        return _demand(path, (stat.st_mtime_ns, stat.st_size, stat.st_ino))

    def version(self, year: int) -> Applied:
        """Network of a modelled year: the base with the year's cards, and what each card touched.

        The cards are applied once, however often this is asked.

        Raises
        ------
        NotFoundError
            If the case has no such year.
        ValidationError
            With every problem of every card.

        Examples
        --------
        >>> from transitplan.scenario.read import read_case
        >>> found = read_case("networks/jinan").version(2030)
        >>> found.cards[0].project, len(found.network.links)
        ('G308 Yellow River bridge', 2522)
        """
        if year not in self.years:
            years = ", ".join(str(each) for each in self.years)
            hint = likely(year, self.years)
            raise NotFoundError(f"{self.folder}: no year {year}; the case has {years}.{hint}")
        cards = self.cards.get(year, ())
        key = tuple(card.project for card in cards)  # years with the same cards share a network
        if key not in self._versions:
            self._versions[key] = apply_cards(self.network, cards)
        return self._versions[key]

    def to_map(self, plan: str = "", *, tiles: str = "") -> "PlanMap":
        """Return a map of what opens when, with a slider over the years.

        Parameters
        ----------
        plan
            Options and years, as a programme names its plans: ``huanggang-bridge 2030 +
            aoti-tunnel 2035``; by default only what the cards of the case build.
        tiles
            As in ``Network.to_map``.

        Raises
        ------
        NotFoundError
            If the case has no such option.
        ValidationError
            If the plan is none, or the network has bare coordinates.
        """
        from transitplan.scenario.case_map import case_map, read_plan

        return case_map(self, read_plan(self, plan), tiles=tiles)

    def explore(self, plan: str = "", **options: Any) -> "PlanMap":
        """Do as ``to_map``, under the name that GeoPandas has for it."""
        return self.to_map(plan, **options)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        from transitplan.viz.card import card

        return card(
            f"Case {self.name}",
            [
                ("folder", self.folder),
                ("modelled years", ", ".join(str(year) for year in sorted(self.years))),
                ("network", f"{len(self.network.links):,} links, {len(self.network.zones)} zones"),
                ("sites", ", ".join(site.name for site in self.sites) or "none"),
                ("options", len(self.option_ids)),
                ("parameters", f"{len(self.parameters)}, filled up from {self.preset}"),
                ("network version", self.network.version),
            ],
        )

    @cached_property
    def _versions(self) -> dict[tuple[str, ...], Applied]:
        return {}


@lru_cache(maxsize=4)  # more than the years of a case need at a time
def _demand(path: Path, stamp: tuple[int, int, int]) -> Demand:
    """Read a demand file; another stamp is another state of the file."""
    del stamp
    return read_demand(path)


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
    return f"{site.site_id}-{form.label}"
