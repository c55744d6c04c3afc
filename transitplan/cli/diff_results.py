"""The part of ``transitplan diff`` that solves both versions: what moved, and which card did it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from transitplan.cli.console import OUT, progress
from transitplan.errors import ValidationError

if TYPE_CHECKING:  # help and usage errors need no networks
    from transitplan.model.demand import Demand
    from transitplan.model.network import Network
    from transitplan.results.causes import Causes
    from transitplan.results.diff import ResultDiff
    from transitplan.scenario.case import Case
    from transitplan.versions.cards import Card


class Asked(NamedTuple):
    """What the command line says of results."""

    results: bool
    why: Sequence[str]
    cards: Sequence[Path]
    demand: Path | None
    demand_b: Path | None
    case: Path | None
    table: str
    gap: float


class _Sides(NamedTuple):
    before: "Network"
    after: "Network"
    demand: "Demand"
    demand_b: "Demand | None"
    cards: "list[Card]"
    case: "Case | None"
    year: int


def show(before: Path, after: Path | None, asked: Asked, *, form: str, most: int) -> None:
    """Solve, compare, tell; exit code 0 where nothing moved, else 1."""
    from transitplan.results.causes import attribute
    from transitplan.results.diff import diff_results

    sides = _sides(before, after, asked)
    found = causes = None
    if asked.results:
        found = diff_results(*sides[:4], case=sides.case, year=sides.year, gap=asked.gap)
        found.to_frame(asked.table)  # an unknown table is told before the cards are tried
    if asked.why:
        with progress("equilibria") as tell:
            causes = attribute(
                sides.before,
                sides.cards,
                asked.why,
                sides.demand,
                sides.demand_b,
                case=sides.case,
                gap=asked.gap,
                progress=tell,
            )
    _print(found, causes, asked.table, form, most)
    if (causes and causes.moved) or (found and not found.same):
        raise typer.Exit(1)


def _print(
    found: "ResultDiff | None", causes: "Causes | None", table: str, form: str, most: int
) -> None:
    if form == "json":
        parts = {"results": found, "causes": causes}
        record = {name: json.loads(each.to_json()) for name, each in parts.items() if each}
        OUT.print_json(json.dumps(record, ensure_ascii=False))
    elif form == "csv":
        frame = found.to_frame(table) if found else causes.to_frame() if causes else None
        if frame is not None:
            typer.echo(frame.to_csv(index=False), nl=False)
    else:
        texts = [found.to_text(most=most)] if found else []
        texts += [causes.to_text()] if causes else []
        told = "\n\n".join(texts)
        OUT.print(told, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _sides(before: Path, after: Path | None, asked: Asked) -> _Sides:
    """Read both versions and their trips; wrong usage fails before anything is solved."""
    from transitplan.io import read_demand
    from transitplan.scenario.read import read_case
    from transitplan.versions.apply import apply_cards
    from transitplan.versions.reading import read_cards

    case = read_case(asked.case) if asked.case else None
    one, trips = _version(before, case)
    two, trips_b = _version(after, case) if after else (None, None)
    cards = read_cards(asked.cards) if asked.cards else []
    _usage(two, cards, asked, trips)
    demand = read_demand(asked.demand) if asked.demand else trips
    demand_b = read_demand(asked.demand_b) if asked.demand_b else None if asked.demand else trips_b
    if demand is None:
        raise ValidationError("--results and --why need the trips: --demand FILE.")
    built = apply_cards(one, cards).network if cards else one
    if two is None:
        two = replace(built, name=f"{one.name} + {len(cards)} cards")
    elif asked.why:
        _leads_to(built, two)
    year = int(str(after)) if case and trips_b is not None else 0
    return _Sides(one, two, demand, demand_b, cards, case, year)


def _version(given: Path, case: "Case | None") -> "tuple[Network, Demand | None]":
    """Return a network by its path, or a year of the case with its trips."""
    from transitplan.io import read_demand, read_network
    from transitplan.scenario.options import committed_network

    if case and str(given).isdigit() and int(str(given)) in case.years:
        year = int(str(given))
        named = replace(committed_network(case, year), name=f"{case.name} {year}")
        return named, read_demand(case.demand_path(year))
    return replace(read_network(given), name=str(given)), None


def _usage(
    after: "Network | None", cards: "list[Card]", asked: Asked, trips: "Demand | None"
) -> None:
    found = []
    if after is None and not cards:
        found.append("name the second version, or the --cards that make it.")
    if asked.why and not cards and trips is None:
        found.append("--why needs the cards that lead to the second version: --cards FOLDER.")
    if asked.demand_b and not asked.demand and trips is None:
        found.append("--demand-b is the trips after the change; give those before it as --demand.")
    if found:
        raise ValidationError(found)


def _leads_to(built: "Network", after: "Network") -> None:
    """Refuse cards that do not make the second version of the first."""
    from transitplan.versions.diff import diff

    left = diff(built, after)
    if not left.same:
        raise ValidationError(
            f"the cards do not lead to {after.name}: {len(left.changes)} differences are left. "
            "`transitplan diff BEFORE AFTER --card rest.yml` writes a card of all differences; or "
            "leave the second version out to see what the cards do."
        )
