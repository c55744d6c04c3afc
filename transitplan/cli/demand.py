"""``transitplan demand``: write the demand of every year of a case."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from transitplan.cli.console import ERR, OUT, case_folder, print_record, writable_folder

if TYPE_CHECKING:  # help and usage errors need no model
    import pandas as pd

    from transitplan.demand.growth import Scenario
    from transitplan.scenario.case import Case
    from transitplan.scenario.demand_make import MadeDemand

EXAMPLES = (
    "Example: `transitplan demand networks/jinan --scenario all` writes od_matrices/jinan/*.omx "
    "and the tables of od_matrices/jinan/record again, with low and high growth beside central."
)
FIRST_FEW = 8


class Growth(StrEnum):
    """Scenarios of growth that can be asked for."""

    LOW = "low"
    CENTRAL = "central"
    HIGH = "high"
    ALL = "all"


def command(
    case: Path | None = typer.Argument(None, help="Case folder; the shipped Jinan case if absent."),
    *,
    scenario: Growth = typer.Option(
        Growth.CENTRAL,
        help="Growth until the later years. Central is always made; low and high add files of "
        "their own and rows of record/range.csv. Needs a demand model.",
    ),
    threads: int | None = typer.Option(None, min=1, help="Threads; as many as cores."),
    as_json: bool = typer.Option(False, "--json", help="Print what was written as JSON."),
) -> None:
    """Write the demand matrices of every year: all files, or none.

    A case with a demand model (demand_model in case.toml) has trips by purpose and mode,
    distributed and chosen while congestion answers, fitted to what is known, adjusted to counts,
    and pivoted to later years; what each step did is in the folder record. Other cases have the
    first model, from zones, growth table and parameters. See docs/demand.md.
    """
    from transitplan.errors import ValidationError, counted
    from transitplan.scenario.forecast import demand_notices, write_forecasts
    from transitplan.scenario.read import read_case

    found = read_case(case_folder(case))
    if found.demand_model is None and scenario is not Growth.CENTRAL:
        raise ValidationError(
            f"--scenario {scenario}: {found.folder} has no demand model, and its growth table one "
            "scenario. Leave the option out."
        )
    for year in found.years:
        writable_folder(found.demand_path(year).parent)
    paths, made = write_forecasts(
        found, scenarios=_wanted(scenario), threads=threads, progress=_say
    )
    notices = demand_notices(found)
    for text in notices:
        ERR.print(f"Warning: {text}", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_record(_record(found, paths, made, notices))
        return
    _print_totals(paths)
    if made is not None:
        _show(made)
        tables = [path for path in paths if path.suffix == ".csv"]
        OUT.print(
            f"{counted(len(tables), 'table')} of what was done: {tables[0].parent}", soft_wrap=True
        )


def _print_totals(paths: list[Path]) -> None:
    """Print the vehicles of every matrix file, by class."""
    from transitplan.io import read_demand

    for path in paths:
        if path.suffix == ".omx" and not path.stem.endswith("_response"):
            demand = read_demand(path)
            totals = ", ".join(
                f"{each.name} {trips.sum():,.0f}"
                for each, trips in zip(demand.classes, demand.trips_vph, strict=True)
            )
            OUT.print(f"{path}: {demand.total_vph:,.0f} veh/h ({totals})", soft_wrap=True)


def _record(
    case: "Case", paths: list[Path], made: "MadeDemand | None", notices: list[str]
) -> dict[str, object]:
    """What was written, and every table of the record by name."""
    from transitplan.io import read_demand
    from transitplan.scenario.demand_record import record_tables

    matrices = {}
    for path in paths:
        if path.suffix == ".omx" and not path.stem.endswith("_response"):
            demand = read_demand(path)
            names = [each.name for each in demand.classes]
            sums = demand.trips_vph.sum(axis=(1, 2)).tolist()
            matrices[str(path)] = dict(zip(names, sums, strict=True))
    tables = {} if made is None else record_tables(made)
    return {
        "case": str(case.folder),
        "files": [str(path) for path in paths],
        "vehicles_vph": matrices,
        "record": {name: table.to_dict("records") for name, table in tables.items()},
        "notices": notices,
    }


def _wanted(scenario: Growth) -> "tuple[Scenario, ...]":
    every: tuple[Scenario, ...] = ("low", "central", "high")
    return every if scenario is Growth.ALL else tuple(e for e in every if e == scenario.value)


def _say(text: str) -> None:
    if not ERR.is_terminal:
        return  # quiet when piped
    ERR.print(text, highlight=False, soft_wrap=True)


def _show(made: "MadeDemand") -> None:
    """Print what the base year was fitted to, and what was reached."""
    from transitplan.errors import counted
    from transitplan.scenario.demand_record import record_tables

    tables = record_tables(made)
    base = made.case.base_year
    lengths = tables["lengths"]
    for _, row in lengths[lengths["year"] == base].iterrows():
        known = row[["target_km", "target_min"]].dropna().rename(lambda name: name[7:])
        told = ", ".join(f"{value:g} {unit}" for unit, value in known.items())
        OUT.print(
            f"{row['purpose']}: {row['trips_per_day']:,.0f} trips a day, {row['mean_km']:.1f} km, "
            f"{row['mean_min']:.0f} min" + (f" (known: {told})" if told else ""),
            soft_wrap=True,
        )
    for year in made.years:
        OUT.print(
            f"{year.year} {year.scenario}: demand and times agree to {year.run.gap:.3%}",
            soft_wrap=True,
        )
    for period, rows in tables["counts"].groupby("period", sort=False):
        OUT.print(f"Counts {period}: GEH below 5 on {_met(rows)}", soft_wrap=True)
    texts = list(tables["warnings"]["text"])
    for text in texts[:FIRST_FEW]:
        OUT.print(f"Warning: {text}", markup=False, soft_wrap=True)
    if len(texts) > FIRST_FEW:
        OUT.print(
            f"{counted(len(texts) - FIRST_FEW, 'more warning')}: record/warnings.csv",
            soft_wrap=True,
        )


def _met(counts: "pd.DataFrame") -> str:
    """How many counts of each use are met, of the uses that there are."""
    from transitplan.scenario.estimation_result import GOOD_GEH

    good = {name: counts[f"geh_{name}"] < GOOD_GEH for name in ("before", "after")}
    fit, held = (counts["use"] == use for use in ("fit", "holdout"))
    told = []
    if fit.any():
        before, after = (good[name][fit].mean() for name in ("before", "after"))
        told.append(f"{before:.0%} of those fitted before, {after:.0%} after")
    if held.any():
        told.append(f"{'on ' if told else ''}{good['after'][held].mean():.0%} of those held out")
    return "; ".join(told)
