"""What the verbs share: where they print, how they show progress, where the shipped case lies."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sys import stdout
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import typer
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from transitplan.errors import NotFoundError, ValidationError

if TYPE_CHECKING:  # help and usage errors need no tables
    import pandas as pd

PIPED_WIDTH = 110  # columns where no terminal says its own
INTERRUPTED = 130  # exit code of a run that Ctrl-C ended, as shells have it: 128 + SIGINT
SHIPPED_CASE = Path("networks", "jinan")
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


def writable_folder(path: Path) -> Path:
    """Make the folder now: better to fail before the work than after it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise NotFoundError(f"{path}: cannot write there ({error.strerror}).") from None
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


def checked_language(lang: str) -> None:
    """Refuse a language that no page has."""
    if lang not in {"en", "zh"}:
        raise typer.BadParameter("use en or zh", param_hint="--lang")


def show(tables: Callable[[], RenderableType], record: Path, *, as_json: bool) -> None:
    """Print the tables of a run, or the record that it wrote."""
    if as_json:
        OUT.print_json(record.read_text(encoding="utf-8"))
    else:
        OUT.print(tables())


def written(paths: Iterable[Path]) -> None:
    """Say which files are there now."""
    ERR.print("written: " + ", ".join(str(path) for path in paths), soft_wrap=True)
