"""The part of ``transitplan diff`` that solves both versions: what moved, and which card did it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from transitplan.cli.console import OUT, progress, working, writable_folder, written
from transitplan.cli.ground import ground_around, ground_of
from transitplan.errors import ValidationError, counted

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
    html: Path | None


class _Sides(NamedTuple):
    before: "Network"
    after: "Network"
    demand: "Demand"
    demand_b: "Demand | None"
    cards: "list[Card]"
    case: "Case | None"
    year: int


def show(before: str, after: str | None, asked: Asked, *, form: str, most: int) -> None:
    """Solve, compare, tell; exit code 0 where nothing moved, else 1."""
    from transitplan.results.causes import attribute
    from transitplan.results.diff import diff_results
    from transitplan.results.map import drawable

    sides = _sides(before, after, asked)
    if asked.html is not None:
        drawable(sides.after)
        writable_folder(asked.html.parent)
    found = causes = None
    if asked.results:
        with working("equilibria of both versions"):
            found = diff_results(*sides[:4], case=sides.case, year=sides.year, gap=asked.gap)
        found.to_frame(asked.table)  # an unknown table is told before the cards are tried
        if asked.html is not None:
            lies_in = ground_around(
                asked.case / "year" if asked.case else before.rpartition(":")[2]
            )
            found.to_map(ground=ground_of(lies_in)).save(asked.html)
            written([asked.html])
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


def networks(before: str, after: str, case: Path | None) -> "tuple[Network, Network]":
    """Read two versions: by path, by git's revision, or as years of a case."""
    from transitplan.scenario.read import read_case

    known = read_case(case) if case else None
    return _version(before, known), _version(after, known)


def _sides(before: str, after: str | None, asked: Asked) -> _Sides:
    """Read both versions and their trips; wrong usage fails before anything is solved."""
    from transitplan.io import read_demand
    from transitplan.scenario.read import read_case
    from transitplan.versions.apply import apply_cards
    from transitplan.versions.reading import read_cards

    case = read_case(asked.case) if asked.case else None
    years = _year(before, case), _year(after or "", case)
    _usage(after, years, asked)
    one = _version(before, case)
    cards = read_cards(asked.cards) if asked.cards else []
    if asked.why and not cards:
        cards = _cards_between(case, years)
    built = apply_cards(one, cards).network
    two = (
        _version(after, case)
        if after
        else replace(built, name=f"{one.name} + {counted(len(cards), 'card')}")
    )
    if after and asked.why:
        _leads_to(built, two)
    given = [read_demand(path) if path else None for path in (asked.demand, asked.demand_b)]
    own = [case.demand(year) if case and year else None for year in years]
    demand, demand_b = given[0] or own[0], given[1] or (None if given[0] else own[1])
    if demand is None:
        raise ValidationError("--results and --why need the trips: --demand FILE.")
    return _Sides(one, two, demand, demand_b, cards, case, years[1] or years[0])


def _year(given: str, case: "Case | None") -> int:
    """Return the year of the case that a word stands for; 0 if none."""
    return next((year for year in (case.years if case else ()) if str(year) == given), 0)


def _version(given: str, case: "Case | None") -> "Network":
    """Return a network by its path or revision, or that of a year of the case."""
    from transitplan.cli.revisions import read_version

    year = _year(given, case) or (int(given) if given.isdigit() else 0)
    if case and year and not Path(given).exists():
        return replace(case.version(year).network, name=f"{case.name} {year}")
    return replace(read_version(given), name=given)


def _cards_between(case: "Case | None", years: tuple[int, int]) -> "list[Card]":
    """Cards that the later of two years of a case has on top of the earlier one's."""
    from transitplan.versions.cards import Dependencies

    if case is None or not all(years):
        return []
    earlier, later = (case.cards.get(year, ()) for year in years)
    done = {card.project for card in earlier}
    left = [card for card in later if card.project not in done]
    if len(left) + len(done) > len(later):
        raise ValidationError(
            f"{years[1]} lacks cards that {years[0]} has: name the earlier year first."
        )
    names = {card.project for card in left}
    kept = []
    for card in left:  # what stands already need not be asked for again
        wanted = card.dependencies.model_dump()
        mine = {kind: [each for each in listed if each in names] for kind, listed in wanted.items()}
        kept.append(card.model_copy(update={"dependencies": Dependencies(**mine)}))
    return kept


def _usage(after: str | None, years: tuple[int, int], asked: Asked) -> None:
    found = []
    if after is None and not asked.cards:
        found.append("name the second version, or the --cards that make it.")
    if asked.why and not asked.cards and not all(years):
        found.append("--why needs the cards that make the second version: --cards FOLDER.")
    if asked.html and not asked.results:
        found.append("--map draws --results, not causes: ask for both.")
    if asked.demand_b and not asked.demand and not years[0]:
        found.append("--demand-b is the trips after the change; give those before it as --demand.")
    if found:
        raise ValidationError(found)


def _leads_to(built: "Network", after: "Network") -> None:
    """Refuse cards that do not make the second version of the first."""
    from transitplan.versions.diff import diff

    left = diff(built, after)
    if not left.same:
        raise ValidationError(
            f"the cards do not make {after.name} of the first version: {len(left.changes)} "
            "differences are left. `transitplan diff BEFORE AFTER --card all.yml` writes a card of "
            "all differences; leave the second version out to see what your cards do."
        )
