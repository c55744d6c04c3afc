"""What the shell proposes: words of an option, years, crossings and places of a case.

Only files that are small are opened, and none of our tables: a shell waits for the answer.
"""

import csv
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

LANGUAGES = ("en", "zh")


def one_of(*words: str) -> Callable[[str], list[str]]:
    """Return what proposes the words of an option."""

    def proposed(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return proposed


languages = one_of(*LANGUAGES)


def years(ctx: typer.Context, incomplete: str) -> list[str]:
    """Years of the case that was named before; files where none was."""
    case = _case(_place(ctx))
    return [year for year in sorted(case.get("years", {})) if year.startswith(incomplete)]


def budgets(ctx: typer.Context, incomplete: str) -> list[str]:
    """Years of a case as the beginning of a budget: ``2035=``."""
    base = str(_case(_place(ctx)).get("base_year"))
    return [f"{year}=" for year in years(ctx, incomplete) if year != base]


def crossings(ctx: typer.Context, incomplete: str) -> list[str]:
    """Crossings of the network that was named before, the last of several by comma."""
    return _last_of(_ids(_network(ctx), "link", "crossing_id"), incomplete)


def clusters(ctx: typer.Context, incomplete: str) -> list[str]:
    """Clusters and hubs of the network that was named before, the last of several by comma."""
    return _last_of(_ids(_network(ctx), "cluster", "cluster_id"), incomplete)


def _place(ctx: typer.Context) -> Path:
    """The case or network that the line names; the shipped case where it names none."""
    named = [ctx.params.get(name) for name in ("case", "source", "network")]
    named += [each for each in ctx.args if Path(each).is_dir()]  # before an option without value
    given = next((each for each in named if each), None)
    return Path(str(given)) if given else Path("networks", "jinan")


def _network(ctx: typer.Context) -> Path:
    place = _place(ctx)
    base = _case(place).get("base", "")
    return place / str(base)


def _case(folder: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _ids(folder: Path, table: str, column: str) -> list[str]:
    """Ids of a column, each once."""
    try:
        with (folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
            return sorted({row[column] for row in csv.DictReader(file)} - {""})
    except (OSError, ValueError, KeyError, csv.Error):
        return []


def _last_of(known: list[str], incomplete: str) -> list[str]:
    before, comma, last = incomplete.rpartition(",")
    return [before + comma + each for each in known if each.startswith(last)]
