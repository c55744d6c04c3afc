"""Tidying up: what is old or too much, what dead writers left, what was damaged."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from transitplan.store.writing import GONE, PART, left_over, remove_folder

if TYPE_CHECKING:
    import pandas as pd

DAMAGED = "damaged"  # folder of what was no whole run
FIRST = "equilibrium"  # the kind that goes before others: jobs have what was asked for


class Listing(Protocol):
    """What is needed of a store."""

    folder: Path

    def runs(self) -> "pd.DataFrame":
        """Every run."""
        ...

    def rebuild(self) -> None:
        """Make the index again."""
        ...


@dataclass(frozen=True, eq=False)
class Collected:
    """What was removed, or would be.

    Parameters
    ----------
    runs
        As ``Store.runs`` lists them.
    left_over
        Folders of writers that ended before they were done.
    damaged
        Folders that were no whole runs.
    kept
        How many runs stay.
    kept_bytes
        What these take.
    """

    runs: "pd.DataFrame"
    left_over: tuple[Path, ...]
    damaged: tuple[Path, ...]
    kept: int
    kept_bytes: int

    @property
    def freed_bytes(self) -> int:
        """Bytes of the runs removed."""
        return int(self.runs["bytes"].sum())


def collect(
    store: Listing,
    *,
    older_than: timedelta | None = None,
    keep: int | None = None,
    most_bytes: int | None = None,
    dry: bool = False,
) -> Collected:
    """Remove what ``Store.gc`` says."""
    runs = store.runs()
    goes = _superfluous(runs, older_than, keep, most_bytes)
    found = _folders(store.folder, PART, GONE)
    parts = tuple(path for path in found if left_over(path, remove=not dry))
    damaged = tuple(_folders(store.folder / DAMAGED, ""))
    if not dry:
        for path in damaged:
            shutil.rmtree(path, ignore_errors=True)
        for key in runs.loc[goes, "key"]:
            remove_folder(store.folder / key)
        store.rebuild()
    rest = runs[~goes]
    gone = runs[goes].reset_index(drop=True)
    return Collected(gone, parts, damaged, len(rest), int(rest["bytes"].sum()))


def _superfluous(
    runs: "pd.DataFrame", older_than: timedelta | None, keep: int | None, most_bytes: int | None
) -> "pd.Series[bool]":
    """Which runs go, by the rows of the list."""
    goes = runs["bytes"] < 0  # none
    if older_than is not None:
        goes |= runs["used"] < datetime.now(UTC) - older_than
    latest = runs.sort_values(["used", "key"], ascending=False)
    if keep is not None:
        goes |= latest.groupby("kind").cumcount().reindex(runs.index) >= keep
    if most_bytes is not None:
        stays = latest[~goes.reindex(latest.index)]
        dearest = stays.sort_values("kind", key=lambda kind: kind == FIRST, kind="stable")
        too_much = dearest["bytes"].cumsum() > most_bytes
        goes |= too_much.reindex(runs.index, fill_value=False)
    return goes


def _folders(folder: Path, *beginnings: str) -> Iterator[Path]:
    try:
        found = sorted(Path(entry.path) for entry in os.scandir(folder) if entry.is_dir())
    except FileNotFoundError:
        return
    yield from (path for path in found if path.name.startswith(beginnings))
