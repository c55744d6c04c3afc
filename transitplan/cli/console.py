"""What the verbs share: where they print, how they show progress, where the shipped case lies."""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sys import stdout
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from transitplan.errors import NotFoundError, ValidationError

if TYPE_CHECKING:  # help and usage errors need no tables
    import pandas as pd

STEPS = 100  # of the bar of an equilibrium
NO_GAP = 1e-16  # what rounding leaves
PIPED_WIDTH = 110  # columns where no terminal says its own
INTERRUPTED = 130  # exit code of a run that Ctrl-C ended, as shells have it: 128 + SIGINT
FAULT = 70  # exit code of a fault of the program: EX_SOFTWARE of sysexits.h
SHIPPED_CASE = Path("networks", "jinan")
MANY = 8  # files of a folder, more of which are counted instead of named
PARQUET = typer.Option(
    False,
    "--parquet",
    help="Also write every table into OUT/tables and every layer into OUT/layers, as Parquet.",
)
OUT = Console(emoji=False, width=None if stdout.isatty() else PIPED_WIDTH)
ERR = Console(stderr=True, emoji=False)


def case_folder(given: Path | None) -> Path:
    """Return the case that the user named, or else the shipped one.

    Raises
    ------
    NotFoundError
        If no case was named and the shipped one is not at hand.
    """
    if given is not None:
        return given
    checkout = Path(__file__).resolve().parents[2]
    for root in (Path.cwd(), *Path.cwd().parents, checkout):
        if (root / SHIPPED_CASE / "case.toml").is_file():
            found = root / SHIPPED_CASE
            return found.relative_to(Path.cwd()) if found.is_relative_to(Path.cwd()) else found
    raise NotFoundError(
        "no case was named and networks/jinan is not below this folder. Name a case folder: "
        "transitplan assess path/to/case."
    )


def examples(*lines: tuple[str, str], after: str = "") -> str:
    """Examples of a verb, one a line of its help: command, and what it is for."""
    told = ";\n\n".join(f"`transitplan {command}`: {said}" for command, said in lines)
    return f"Example{'s' if len(lines) > 1 else ''}:\n\n{told}.{after and chr(10) * 2 + after}"


def writable_folder(path: Path) -> Path:
    """Make the folder now: better to fail before the work than after it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise NotFoundError(
            f"{path}: cannot write there ({error.strerror}). Name another folder."
        ) from None
    return path


def csv_target(path: Path) -> Path:
    """Check before the work that a CSV file can be written there."""
    if path.suffix != ".csv":
        raise ValidationError(f"{path}: this verb writes CSV. Name a file that ends in .csv.")
    writable_folder(path.parent)
    return path


def write_csv(frame: "pd.DataFrame", path: Path) -> None:
    """Write a table, whole or not at all: under another name first."""
    from transitplan.io.text import write_whole

    write_whole(path, lambda part: frame.to_csv(part, index=False, lineterminator="\n"))
    written([path])


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show a bar on stderr where it is a terminal, and nothing where it is not."""
    with Progress(
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[last]}"),
        console=ERR,
        disable=not ERR.is_terminal,
        transient=True,
    ) as bar:
        task = bar.add_task(title, total=None, last="")

        def tell(done: int, total: int, last: str) -> None:
            bar.update(task, completed=done, total=total, last=last)

        yield tell


@contextmanager
def gap_progress(gap: float) -> Iterator[Callable[[int, float], None]]:
    """Show how near an equilibrium is to its gap, on the scale of powers of ten it falls by."""
    goal = max(gap, NO_GAP)
    first: list[float] = []

    with progress("equilibrium") as tell:

        def told(iteration: int, now: float) -> None:
            share = 1.0 if now <= goal else 0.0
            if goal < now < math.inf:
                first.append(now)
                share = max(math.log(first[0] / now) / math.log(first[0] / goal), 0.0)
            tell(int(STEPS * share), STEPS, f"iteration {iteration}, gap {now:.1e}")

        yield told


@contextmanager
def working(title: str) -> Iterator[None]:
    """Show on a terminal that something goes on whose length is not known."""
    if not ERR.is_terminal:
        yield
        return
    columns = (SpinnerColumn(), TextColumn(title), TimeElapsedColumn())
    with Progress(*columns, console=ERR, transient=True) as bar:
        bar.add_task(title, total=None)
        yield


def checked_gap(gap: float) -> float:
    """Refuse a gap that no equilibrium has: not a number above 0 and below 1."""
    if not 0 < gap < 1:
        raise typer.BadParameter(
            f"{gap:g} is no relative gap: give a number above 0 and below 1, as 1e-8"
        )
    return gap


def checked_language(lang: str) -> None:
    """Refuse a language that no page has."""
    if lang not in {"en", "zh"}:
        raise typer.BadParameter("use en or zh", param_hint="--lang")


def print_record(record: Any) -> None:
    """Print a record for machines: JSON, without inf and NaN."""
    from transitplan.viz.plain import plain_data

    OUT.print_json(json.dumps(plain_data(record), ensure_ascii=False, allow_nan=False))


def show(tables: Callable[[], RenderableType], record: Path, *, as_json: bool) -> None:
    """Print the tables of a run, or the record that it wrote."""
    if as_json:
        OUT.print_json(record.read_text(encoding="utf-8"))
    else:
        OUT.print(tables())


def written(paths: Iterable[Path]) -> None:
    """Say which files are there now; many of one folder by their number."""
    by_folder: dict[Path, list[Path]] = {}
    for path in paths:
        by_folder.setdefault(path.parent, []).append(path)
    told = [
        f"{folder}/ ({len(files)} files)" if len(files) > MANY else ", ".join(map(str, files))
        for folder, files in by_folder.items()
    ]
    ERR.print("written: " + ", ".join(told), soft_wrap=True)
