"""The run store on the command line: which one, and how sizes and ages are said."""

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from transitplan.cli.console import ERR
from transitplan.errors import ValidationError, counted

if TYPE_CHECKING:  # help needs no store
    from transitplan.report.jobs import Done
    from transitplan.store import Store

STORE = typer.Option(
    None,
    "--store",
    help="Folder of the run store; TRANSITPLAN_STORE, or the user's own, if absent.",
)
NO_STORE = typer.Option(False, "--no-store", help="Take nothing from the run store, keep nothing.")
AGES = {"h": "hours", "d": "days", "w": "weeks"}
THOUSAND = 1000
SHORT = 10  # digits of a key that are shown


def chosen_store(folder: Path | None, *, no_store: bool = False) -> "Store | None":
    """Return the store to use: the one named, or that of the user; None for none."""
    from transitplan.store.default import default_store, store_at

    if folder is not None and no_store:
        raise ValidationError(f"--store {folder} and --no-store: leave one out.")
    if no_store:
        return None
    return default_store() if folder is None else store_at(folder)


def needed_store(folder: Path | None) -> "Store":
    """Return the store to look into.

    Raises
    ------
    ValidationError
        If it is switched off.
    """
    store = chosen_store(folder)
    if store is None:
        raise ValidationError(
            "the run store is switched off (TRANSITPLAN_STORE=off). Name one: --store FOLDER."
        )
    return store


def keep(done: "Done", store: "Store") -> None:
    """Put a job into the store; say where it stands, and how much of it was there before."""
    from transitplan.report.jobs import keep_job

    before = counted(len(store.found), "equilibrium", "equilibria")
    run = keep_job(done, store)
    said = f"kept as run {run.key[:SHORT]} in {run.folder.parent}; {before} came from there"
    ERR.print(said, soft_wrap=True)


def read_age(text: str) -> timedelta:
    """Read an age as people write it.

    Raises
    ------
    ValidationError
        If it is none.

    Examples
    --------
    >>> read_age("36h"), read_age("2w").days
    (datetime.timedelta(days=1, seconds=43200), 14)
    """
    found = re.fullmatch(r"(\d+)\s*([hdw])", text.strip().lower())
    if found is None:
        raise ValidationError(f"--older-than {text}: write an age, as 12h, 30d or 8w.")
    return timedelta(**{AGES[found[2]]: int(found[1])})


def told_size(size: float) -> str:
    """Say a number of bytes.

    Examples
    --------
    >>> told_size(999), told_size(12_345_678)
    ('999 B', '12.3 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if size < THOUSAND:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= THOUSAND
    return f"{size:.1f} TB"
