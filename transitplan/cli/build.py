"""``transitplan build``: apply project cards to a network, or those of a year to a case."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from transitplan.cli import complete
from transitplan.cli.console import ERR, OUT, csv_target, examples, print_record, write_csv
from transitplan.errors import NotFoundError, ValidationError, likely

if TYPE_CHECKING:
    from transitplan.model.network import Network
    from transitplan.versions.apply import Applied
    from transitplan.versions.cards import Card

EXAMPLES = examples(
    (
        "build networks/two_banks/2025 cards/ --out /tmp/2030",
        "every card of the folder, prerequisites first, or none of them",
    ),
    (
        "build networks/jinan 2030 --out /tmp/2030",
        "the cards that the case lists for the year",
    ),
)


def command(
    network: Path = typer.Argument(
        ..., help="Network (a GMNS folder, .gpkg or .graphml), or a case with its case.toml."
    ),
    cards: list[str] = typer.Argument(
        None,
        autocompletion=complete.years,
        help="Cards (.yml, .json, .toml) and folders of them; of a case, the year.",
    ),
    *,
    out: Path = typer.Option(..., "--out", "-o", help="Folder or file of the new version."),
    hour: str = typer.Option("08:00", help="Time of day that the network is of."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
    touched: Path | None = typer.Option(
        None, help="Write a CSV of every row that a card touched: project, file, id, old and new."
    ),
) -> None:
    """Check all cards, then apply them all; nothing is written where one is wrong."""
    from transitplan.io import write_network
    from transitplan.versions.apply import apply_cards

    if touched is not None:
        csv_target(touched)
    read = _of_case if _is_case(network) else _given
    base, wanted, name = read(network, cards or [])
    done = apply_cards(base, wanted, hour=hour)
    version = replace(done.network, name=name)
    path = write_network(version, out)
    if as_json:
        record = {"network": name, "version": version.version, "written": str(path)}
        changes = done.report.to_dict("records")
        print_record({**record, "changes": changes, "warnings": done.warnings})
    else:
        _tell(done)
    ERR.print(f"written: {path} ({version!r})", soft_wrap=True)
    if touched is not None:
        write_csv(done.touched(), touched)


def _is_case(folder: Path) -> bool:
    return (folder / "case.toml").is_file()


def _of_case(folder: Path, words: list[str]) -> "tuple[Network, tuple[Card, ...], str]":
    """Base network of a case, the cards of a year, and the name of the version."""
    from transitplan.scenario.read import read_case

    case = read_case(folder)
    years = ", ".join(str(year) for year in case.years)
    if len(words) != 1:
        raise ValidationError(
            f"{folder}: a case is built for one year; {len(words)} words follow it. Give one of "
            f"{years}. Cards of your own are applied to a network: a folder with link.csv."
        )
    known = {str(year): year for year in case.years}
    if words[0] not in known:
        hint = likely(words[0], known)
        raise NotFoundError(f"{folder}: no year {words[0]!r}; the case has {years}.{hint}")
    year = known[words[0]]
    return case.network, case.cards[year], f"{case.name} {year}"


def _given(network: Path, places: list[str]) -> "tuple[Network, list[Card], str]":
    from transitplan.io import read_network
    from transitplan.versions.reading import read_cards

    years = [word for word in places if word.isdigit() and not Path(word).exists()]
    if not places:
        raise ValidationError(f"{network}: no cards. Name card files, or folders of them.")
    if network.exists() and years:
        parent = network.parent
        next_step = f" Try `transitplan build {parent} {years[0]}`." if _is_case(parent) else ""
        raise ValidationError(
            f"{network}: a network has no year {years[0]}; years belong to a case.{next_step}"
        )
    base = read_network(network)
    return base, read_cards(places), base.name


def _tell(done: "Applied") -> None:
    """Print warnings, and what every change touched."""
    for text in done.warnings:
        ERR.print(f"warning: {text}", style="yellow", markup=False, soft_wrap=True)
    for row in done.report.to_dict("records"):
        what = f"{row['property']} {row['old']} → " if row["property"] else ""
        where = f"{row['table']} {row['ids']} ({row['selected']})"
        OUT.print(
            f"{row['project']}: {where}: {what}{row['new']}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
