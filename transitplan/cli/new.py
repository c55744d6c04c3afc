"""``transitplan new``: a case of one's own to begin with."""

from pathlib import Path

import typer

from transitplan.cli.console import OUT, examples, written

EXAMPLES = examples(
    (
        "new mycity --from-node 9793 --to-node 10113",
        "a case around the network in mycity/2025, with a crossing between these two nodes",
    ),
)
LATER = 10  # years from the base to the other modelled year


def command(
    folder: Path = typer.Argument(..., help="Case folder; its network lies in it, as 2025/."),
    *,
    from_node: int = typer.Option(..., help="Node of the network on one bank of the crossing."),
    to_node: int = typer.Option(..., help="Node on the other bank."),
    network: str = typer.Option(
        "", help="Folder of the network in the case; the only one there if absent."
    ),
    base_year: int | None = typer.Option(
        None, help="Year of the network; as its folder is called if absent."
    ),
    until: int | None = typer.Option(
        None, help=f"The later year that is modelled; {LATER} years on if absent."
    ),
    name: str = typer.Option("My city", help="Name of the case."),
    name_zh: str = typer.Option("我的城市", help="Its Chinese name."),
) -> None:
    """Write a small complete case around a network, to be filled in; what is there stays.

    case.toml, places (cluster.csv), parameters, growth, ground and a site with a bridge and a
    tunnel. What is not known is an assumption that says so, and the report lists all of them.
    """
    from transitplan.scenario.new_case import NewCase, write_new_case

    base = folder / network if network else _network_in(folder)
    year = _year(base) if base_year is None else base_year
    case = NewCase(folder, base, year, until or year + LATER, (from_node, to_node), name, name_zh)
    made, kept = write_new_case(case)
    if made:
        written(made)
    if kept:
        OUT.print(f"kept as they were: {', '.join(map(str, kept))}", soft_wrap=True)
    OUT.print(
        f"Next: fill in what is a first guess (search for 'replace'), then\n"
        f"  transitplan demand {folder}\n  transitplan check {folder}\n"
        f"  transitplan assess {folder} --out out",
        highlight=False,
        soft_wrap=True,
    )


def _network_in(folder: Path) -> Path:
    """Return the only network in the folder."""
    from transitplan.errors import NotFoundError, ValidationError, listed

    found = sorted(path.parent for path in folder.glob("*/link.csv"))
    if not found:
        raise NotFoundError(
            f"{folder}: no network in it (a folder with link.csv). Import one first: `transitplan "
            f"import osm FILE --zones AREAS --out {folder}/2025`."
        )
    if len(found) > 1:
        names = listed([path.name for path in found])
        raise ValidationError(f"{folder}: networks {names}. Name one with --network.")
    return found[0]


def _year(base: Path) -> int:
    from transitplan.errors import ValidationError

    if not base.name.isdigit():
        raise ValidationError(f"{base}: its name is no year. Say which with --base-year.")
    return int(base.name)
