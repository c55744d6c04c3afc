"""Tables of a case's demand model: ``model.toml`` and what it names, all problems at once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.demand.background import read_hour_shares
from transitplan.demand.borders import VOLUMES, BorderRules, grown_borders
from transitplan.demand.choice import Nest
from transitplan.demand.columns import Columns
from transitplan.demand.counts import compile_counts
from transitplan.demand.freight import FreightRule, read_freight
from transitplan.demand.generation import CAR_SHARE, STATUSES, generate
from transitplan.demand.growth import REST, Scenario, grow
from transitplan.demand.k_factors import GROUP, read_k_factors
from transitplan.demand.time_of_day import Day, read_day
from transitplan.demand.travel import Rule, read_rules
from transitplan.errors import ValidationError, collect, likely, listed
from transitplan.io.text import read_text_table
from transitplan.io.toml import read_checked
from transitplan.model.network import Network
from transitplan.scenario.demand_counts import hour_counts
from transitplan.scenario.demand_file import ModelFile, mode_tree
from transitplan.scenario.demand_targets import Targets, read_targets

CAR_CLASSES = ("car_commute", "car_business", "car_other")
GROWTHS: tuple[Scenario, ...] = ("low", "central", "high")
HINT = "docs/demand.md says how to write one."
NO_ATTRIBUTES = frozenset(
    {"zone_id", "name", "name_zh", "source", "status", "note", "low_factor", "high_factor", GROUP}
)


@dataclass(frozen=True, eq=False)
class DemandTables:
    """A demand model as its files say it; ``read_demand_tables`` has checked them.

    Attributes
    ----------
    table
        Every table as text, by its key in ``model.toml``.
    classes
        Assignment class of the cars of each purpose.
    modelled
        Periods whose hour is assigned.
    border_rules
        As far as the file gives them; classes of trucks are those of ``freight``.
    version
        Hash of all files.
    """

    path: Path
    file: ModelFile
    table: Mapping[str, pd.DataFrame] = field(repr=False)
    tree: Nest
    rules: tuple[Rule, ...]
    classes: Mapping[str, str]
    day: Day
    modelled: tuple[str, ...]
    targets: Targets
    freight: tuple[FreightRule, ...]
    border_rules: BorderRules
    hour_shares: Mapping[str, tuple[float, float]]  # of border cars and of trucks, by period
    version: str

    @property
    def purposes(self) -> tuple[str, ...]:
        """In the order of the rates."""
        return self.day.purposes

    @property
    def modes(self) -> tuple[str, ...]:
        """Names of the modes, in the order of the tree."""
        return self.tree.alternatives

    def of_kind(self, *kinds: str) -> tuple[str, ...]:
        """Modes of some kinds."""
        return tuple(name for name in self.modes if self.file.modes[name].kind in kinds)

    def zones_of(self, network: Network, year: int | None, scenario: Scenario) -> pd.DataFrame:
        """Zones of the network with the model's attributes, grown to a later year."""
        return _zones(self.table, network, year, scenario)

    def borders_of(self, year: int | None, scenario: Scenario) -> pd.DataFrame:
        """Stations at the border and of the railway, grown to a later year."""
        return _borders(self.table, year, scenario)

    def k_factors_of(self, zone_ids: "pd.Index[Any]") -> dict[str, Floats]:
        """Factors on the pull of each pair of zones by purpose; none without a table of them."""
        return _k_factors(self.table, zone_ids)

    def counts_of(self, period: str) -> pd.DataFrame | None:
        """Counts of the hour of a period; None where there are none."""
        table = self.table.get("counts")
        return None if table is None else hour_counts(table, period, self.file.hour)


def read_demand_tables(
    path: str | Path, network: Network, years: Sequence[int] = ()
) -> DemandTables:
    """Read ``model.toml`` and every table that it names.

    Parameters
    ----------
    network
        Of the base year: its zones, uses, and the links that are counted.
    years
        Later years, which the growth table must have.

    Raises
    ------
    NotFoundError
        If there is no such file.
    ValidationError
        With every problem of every table.

    Examples
    --------
    >>> from transitplan.io import read_network
    >>> network = read_network("networks/jinan/2025")
    >>> found = read_demand_tables("networks/jinan/demand/model.toml", network, [2030, 2035])
    >>> found.modelled, found.of_kind("cycle", "transit")
    (('am', 'ip', 'pm'), ('ebike', 'transit'))
    """
    path = Path(path)
    file = read_checked(path, ModelFile, hint=HINT)
    found: list[str] = []
    tables = {
        key: collect(found, partial(_read, path.parent / name)) for key, name in file.files.items()
    }
    tree = collect(found, partial(mode_tree, file, path))
    if found:
        raise ValidationError(found)
    made = _made(path, file, tables, tree, network, found)
    found += _year_problems(file, tables, network, years)
    if found or made is None:
        raise ValidationError(dict.fromkeys(found))
    return made


def _made(
    path: Path,
    file: ModelFile,
    table: Mapping[str, pd.DataFrame],
    tree: Nest,
    network: Network,
    found: list[str],
) -> DemandTables | None:
    """Every table checked by the step that reads it; None, and the problems, where one is wrong."""
    _refuse_lone_purposes(table)
    purposes = _purposes(table["rates"])
    uses = [str(use) for use in network.table("use_definition")["use"]]
    rules = collect(found, lambda: read_rules(table["rules"], purposes, tree.alternatives))
    classes = collect(found, lambda: _classes(table["rules"], purposes))
    day = collect(found, lambda: read_day(table["directions"], table["periods"], purposes))
    shares = collect(found, lambda: read_hour_shares(table["periods"]))
    targets = collect(
        found,
        lambda: read_targets(table["shares"], table["lengths"], purposes, tree.alternatives),
    )
    freight = collect(found, lambda: read_freight(table["freight_rules"], uses))
    collect(found, lambda: _check_freight_names(table["freight_rules"]))
    border = collect(found, lambda: _border_rules(path, file, freight or []))
    if "counts" in table:
        names = [*CAR_CLASSES, *table["freight_rules"].get("class", ())]
        periods = tuple(shares or (file.hour,))
        collect(found, partial(_check_counts, table["counts"], periods, file.hour, network, names))
    if shares is not None and file.hour not in shares:
        found.append(f"{path}, hour: {file.hour!r} is no modelled period of {file.periods}.")
    found += [f"{path}, hold: {name!r} is no purpose." for name in set(file.hold) - set(purposes)]
    if None in (rules, classes, day, shares, targets, freight, border):
        return None
    return DemandTables(
        path=path,
        file=file,
        table=table,
        tree=tree,
        rules=tuple(rules),
        classes=classes,
        day=day,
        modelled=tuple(shares),
        targets=targets,
        freight=tuple(freight),
        border_rules=border,
        hour_shares=shares,
        version=_version(path, file),
    )


def _year_problems(
    file: ModelFile, table: Mapping[str, pd.DataFrame], network: Network, years: Sequence[int]
) -> list[str]:
    """What is wrong with zones, rates and growth in any year."""
    found: list[str] = []
    zones = collect(found, lambda: _zones(table, network, None, "central"))
    if zones is not None:
        ids = pd.Index(zones["zone_id"])
        known = set(_purposes(table["rates"]))
        hold = {name: end for name, end in file.hold.items() if name in known}
        collect(found, lambda: generate(zones, table["rates"], ids, hold=hold))
        collect(found, lambda: generate(zones, table["freight"], ids))
        collect(found, lambda: _k_factors(table, ids))
    for year in years:  # borders of one scenario: all three are checked by each
        if zones is not None:
            for scenario in GROWTHS:
                collect(found, partial(_check_grown, table, network, year, scenario))
        collect(found, partial(_borders, table, year, "central"))
    return found


def _check_grown(
    table: Mapping[str, pd.DataFrame], network: Network, year: int, scenario: Scenario
) -> None:
    """Refuse growth after which more than all have a car at hand."""
    zones = _zones(table, network, year, scenario)
    if CAR_SHARE not in zones:
        return
    over = zones.loc[zones[CAR_SHARE] > 1.0, "zone_id"].tolist()
    if over:
        raise ValidationError(
            f"{table['growth'].attrs.get('path', 'growth')}, {year}, column {scenario}: "
            f"{CAR_SHARE} of zones {listed(over)} exceeds 1. Lower its factor."
        )


def _zones(
    table: Mapping[str, pd.DataFrame], network: Network, year: int | None, scenario: Scenario
) -> pd.DataFrame:
    zones = _joined(network, table["zones"])
    return zones if year is None else _grown(zones, table["growth"], year, scenario)


def _k_factors(table: Mapping[str, pd.DataFrame], zone_ids: "pd.Index[Any]") -> dict[str, Floats]:
    if "k_factors" not in table:
        return {}
    names = pd.Index(zone_ids.astype(str))
    return read_k_factors(table["k_factors"], table["zones"], _purposes(table["rates"]), names)


def _borders(
    table: Mapping[str, pd.DataFrame], year: int | None, scenario: Scenario
) -> pd.DataFrame:
    borders, growth = table["borders"], table["growth"]
    if year is None or "attribute" not in growth:
        return borders
    return grown_borders(borders, growth, year, scenario=scenario)


def _check_counts(
    table: pd.DataFrame, periods: Sequence[str], hour: str, network: Network, classes: Sequence[str]
) -> None:
    """Refuse counts with every problem that they have in any period."""
    found: list[str] = []
    rows = Columns(table, "counts", ["count_id"])
    silent = pd.Series(data=True, index=table.index)
    for period in periods:
        counts = hour_counts(table, period, hour)
        silent[counts.index] = False
        if not counts.empty:
            collect(found, partial(compile_counts, counts, network, classes))
    rows.note(
        silent.to_numpy(),
        "",
        "has no volume of any modelled period; give volume_vph, or volume_per_day and hour_share",
    )
    found += rows.found
    if found:
        raise ValidationError(found)


def _read(path: Path) -> pd.DataFrame:
    table = read_text_table(path)
    table.attrs["path"] = str(path)
    return table


def _version(path: Path, file: ModelFile) -> str:
    """Hash of all files, whatever their line ends."""
    digest = hashlib.sha256()
    for name in (path.name, *file.files.values()):
        digest.update((path.parent / name).read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def _purposes(rates: pd.DataFrame) -> tuple[str, ...]:
    cells = list(rates["purpose"].str.strip()) if "purpose" in rates.columns else []
    return tuple(str(name) for name in dict.fromkeys(cells) if name)


def _refuse_lone_purposes(table: Mapping[str, pd.DataFrame]) -> None:
    """Refuse purposes that the rates alone have: every other table would miss them, or another."""
    rows = Columns(table["rates"], "rates", ["purpose"])
    others = {name: _purposes(table[name]) for name in ("rules", "directions", "shares", "lengths")}
    known = set().union(*others.values())
    mine = rows.text("purpose")
    lone = ~mine.isin([*known, ""])
    if not lone.any():
        return
    meant = next(filter(None, (likely(name, sorted(known)) for name in mine[lone])), "")
    rows.note(
        lone.to_numpy(),
        "purpose",
        f"is in none of {', '.join(f'{name}.csv' for name in others)}",
        meant.strip() or "Add its rows there, or take it out.",
    )
    rows.refuse()


def _classes(table: pd.DataFrame, purposes: Sequence[str]) -> dict[str, str]:
    """Assignment class of the cars of each purpose."""
    rows = Columns(table, "rules", ["purpose", "class"])
    cells = rows.choices("class", CAR_CLASSES)
    rows.choices("status", STATUSES)
    names = rows.text("purpose")
    strange = ~names.isin(purposes).to_numpy()
    rows.note(strange, "purpose", "is no purpose of the rates", "Rename it, or take it out.")
    rows.refuse()
    return dict(zip(names, cells, strict=True))


def _check_freight_names(table: pd.DataFrame) -> None:
    """Refuse goods vehicles that would be taken for cars."""
    rows = Columns(table, "freight rules", ["class"])
    mine = rows.text("class").isin(CAR_CLASSES).to_numpy()
    rows.note(mine, "class", "is a class of cars; call it otherwise")
    rows.refuse()


def _border_rules(path: Path, file: ModelFile, freight: Sequence[FreightRule]) -> BorderRules:
    own = file.border
    strange = sorted(set(own.cars) - set(CAR_CLASSES))
    if strange:
        raise ValidationError(
            f"{path}, border.cars: {listed(strange)} are no classes of cars, which are "
            f"{', '.join(CAR_CLASSES)}."
        )
    trucks = {r.user_class.name: r.border_share for r in freight if r.border_share > 0}
    return BorderRules(
        own.cars, trucks or {"truck": 1.0}, own.through_min_km, own.deterrence_per_km, own.weights
    )


def _joined(network: Network, table: pd.DataFrame) -> pd.DataFrame:
    """Zones of the network with the model's attributes as further columns, numbers."""
    own = network.zones.reset_index(drop=True)
    rows = Columns(table, "zones", ["zone_id"])
    ids, wanted = rows.unique("zone_id"), own["zone_id"].astype(str)
    missing = wanted[~wanted.isin(ids)].tolist()
    if missing:
        rows.found.append(f"{rows.what}: zones {listed(missing)} have no row. Add them.")
    strange = sorted(set(ids) - set(wanted) - {""})
    if strange:
        rows.found.append(
            f"{rows.what}: zones {listed(strange)} are not in the network. Take them out."
        )
    names = [str(name) for name in table.columns if name not in NO_ATTRIBUTES]
    rows.found += [
        f"{rows.what}, column {name}: zone.csv of the network has it already. Leave it out."
        for name in names
        if name in own.columns
    ]
    most = {CAR_SHARE: 1.0}
    values = {name: rows.numbers(name, most=most.get(name, np.inf), filled=True) for name in names}
    rows.choices("status", STATUSES)
    rows.refuse()
    place = pd.Index(ids).get_indexer(pd.Index(wanted))
    return own.assign(**{name: numbers[place] for name, numbers in values.items()})


def _grown(
    zones: pd.DataFrame, growth: pd.DataFrame, year: int, scenario: Scenario
) -> pd.DataFrame:
    """Zones of a later year; a zone's group is its super zone where growth has it, or its kind."""
    rows = growth[~growth["attribute"].isin(VOLUMES)] if "attribute" in growth else growth
    rows.attrs.update(growth.attrs)
    known = set(rows["group"].str.strip()) if "group" in rows else set()
    group, kind = (zones[name].fillna("").astype(str) for name in ("super_zone", "zone_kind"))
    group = group.where(group.isin(known), kind)
    named = zones.assign(growth_group=group.where(group.isin(known), REST))
    return grow(named, rows, year, scenario=scenario, group="growth_group")
