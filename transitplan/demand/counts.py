"""Traffic counts as planners write them: one row a count, checked against network and classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats
from transitplan.errors import ValidationError, listed
from transitplan.io.text import read_text_table
from transitplan.model.network import Network

KINDS = ("link", "screenline", "turn")
USES = ("fit", "holdout")
ALL = "all"
REQUIRED = ("count_id", "kind", "links")
# Standard deviation as a share of the volume where the table gives a confidence. A day counted by
# hand is good to ±10 % at 95 %, so σ is 5 % (UK Department for Transport, TAG unit M1.2, *Data
# sources and surveys*); a single day misses other days and published round numbers are worth less:
# the rest is our judgement, to be replaced by sigma_vph where the spread of counts is known.
SIGMA_OF = {"high": 0.05, "medium": 0.10, "low": 0.25, "assumed": 0.50}


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts that fit a network: positions inside, ids in ``frame``.

    frame
        count_id, kind, use, volume_vph, sigma_vph.
    links
        Rows of the link table of each count; of a turn in the order driven.
    classes
        Which classes each counts, (n_counts, n_classes).
    """

    frame: pd.DataFrame
    links: tuple[tuple[int, ...], ...]
    classes: Bools

    @property
    def volume_vph(self) -> Floats:
        """Counted vehicles an hour, (n_counts,)."""
        return self.frame["volume_vph"].to_numpy(dtype=float)

    @property
    def sigma_vph(self) -> Floats:
        """Standard deviation of each, (n_counts,)."""
        return self.frame["sigma_vph"].to_numpy(dtype=float)

    @property
    def fitted(self) -> Bools:
        """Those that a fit may use, (n_counts,); the others are held out."""
        return (self.frame["use"] == "fit").to_numpy()

    @property
    def names(self) -> list[str]:
        """Id of each."""
        return [str(name) for name in self.frame["count_id"]]

    def turning(self) -> Bools:
        """Those of vehicles that drive link after link, (n_counts,)."""
        return (self.frame["kind"] == "turn").to_numpy()


def read_counts(path: str | Path) -> pd.DataFrame:
    """Read a table of counts: CSV, every cell as text; ``compile_counts`` checks it.

    Columns: count_id; kind (link, screenline or turn); links (ids, by spaces; of a screenline all
    that cross it one way, of a turn in the order driven); classes (names by spaces, or all);
    volume_vph, or volume_per_day and hour_share; sigma_vph, or confidence (high, medium, low,
    assumed); use (fit or holdout; fit where the column is absent).
    """
    table = read_text_table(Path(path))
    table.attrs["path"] = str(path)
    return table


def compile_counts(table: pd.DataFrame, network: Network, classes: Sequence[str]) -> Counts:
    """Check counts against the network and the classes of a demand.

    Parameters
    ----------
    table
        As ``read_counts`` gives it, or made by hand with numbers.
    classes
        Names of the user classes, in their order.

    Raises
    ------
    ValidationError
        With every problem of the table.

    Examples
    --------
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()
    >>> rows = {"count_id": ["a"], "kind": ["link"], "links": ["2"], "volume_vph": [900]}
    >>> table = pd.DataFrame({**rows, "confidence": ["medium"]})
    >>> compile_counts(table, network, ["vehicles"]).sigma_vph
    array([90.])
    """
    what = str(table.attrs.get("path", "counts"))
    absent = [name for name in REQUIRED if name not in table.columns]
    if not {"volume_vph", "volume_per_day"} & set(table.columns):
        absent.append("volume_vph")
    if not {"sigma_vph", "confidence"} & set(table.columns):
        absent.append("sigma_vph")
    if absent or table.empty:
        raise ValidationError(
            f"{what}: columns {', '.join(absent)} are missing. Add them."
            if absent
            else f"{what}: no rows. Write one a count."
        )
    table = table.reset_index(drop=True)
    found = _choices(table, "kind", KINDS, what) + _choices(table, "use", USES, what, "fit")
    names = table["count_id"].astype(str).str.strip()
    twice = names[names.duplicated()].unique().tolist()
    if twice:
        found.append(f"{what}, column count_id: {listed(twice)} stand twice. Rename them.")
    if (names == "").any():
        found.append(f"{what}, column count_id: empty in {_lines((names == '').to_numpy())}.")
    volume, sigma = _volumes(table, what, found)
    links = _links(table, network, what, found)
    counted = _classes(table, list(classes), what, found)
    if found:
        raise ValidationError(found)
    frame = pd.DataFrame(
        {
            "count_id": names,
            "kind": table["kind"].astype(str).str.strip(),
            "use": _cells(table, "use", "fit"),
            "volume_vph": volume,
            "sigma_vph": sigma,
        }
    )
    return Counts(frame, tuple(links), counted)


def _cells(table: pd.DataFrame, name: str, default: str = "") -> "pd.Series[str]":
    """Cells of a column as text; the default where it is absent or empty."""
    if name not in table.columns:
        return pd.Series(default, index=table.index, dtype=object)
    cells = table[name].astype(object).where(table[name].notna(), "").astype(str).str.strip()
    return cells.where(cells != "", default)


def _choices(
    table: pd.DataFrame, name: str, known: tuple[str, ...], what: str, default: str = ""
) -> list[str]:
    wrong = ~_cells(table, name, default).isin(known).to_numpy()
    if not wrong.any():
        return []
    return [f"{what}, column {name}: {_lines(wrong)} is none of {', '.join(known)}."]


def _lines(wrong: Bools) -> str:
    rows = np.flatnonzero(wrong) + 2
    return f"line {listed(rows.tolist())}"


def _numbers(
    table: pd.DataFrame, name: str, what: str, found: list[str], *, least: float = 0.0
) -> Floats:
    """Numbers of a column, NaN where empty; what is none goes to ``found``."""
    cells = _cells(table, name)
    values = pd.to_numeric(cells.where(cells != "", None), errors="coerce").to_numpy(dtype=float)
    wrong = (cells != "").to_numpy() & ~(np.isfinite(values) & (values >= least))
    if wrong.any():
        found.append(
            f"{what}, column {name}: {_lines(wrong)} is not a number of {least:g} or more."
        )
    return values


def _volumes(table: pd.DataFrame, what: str, found: list[str]) -> tuple[Floats, Floats]:
    """Volume and standard deviation of each count [veh/h]."""
    volume = _numbers(table, "volume_vph", what, found)
    daily = _numbers(table, "volume_per_day", what, found)
    share = _numbers(table, "hour_share", what, found)
    if (share > 1).any():
        found.append(f"{what}, column hour_share: {_lines(share > 1)} is above 1. Give a share.")
    both = np.isfinite(volume) & np.isfinite(daily)
    if both.any():
        found.append(f"{what}: {_lines(both)} has volume_vph and volume_per_day. Leave one empty.")
    volume = np.where(np.isfinite(volume), volume, daily * share)
    sigma = _numbers(table, "sigma_vph", what, found)
    trusted = _cells(table, "confidence")
    wrong = ~trusted.isin(["", *SIGMA_OF]).to_numpy()
    if wrong.any():
        found.append(
            f"{what}, column confidence: {_lines(wrong)} is none of {', '.join(SIGMA_OF)}."
        )
    # One vehicle at least, so that an empty road does not outweigh all others.
    by_word = np.maximum(trusted.map(SIGMA_OF).to_numpy(dtype=float) * volume, 1.0)
    sigma = np.where(np.isfinite(sigma), sigma, by_word)
    if not found:
        lost = ~np.isfinite(volume)
        if lost.any():
            found.append(
                f"{what}: {_lines(lost)} has no volume. Give volume_vph, or volume_per_day and "
                "hour_share."
            )
        vague = ~lost & ~(sigma > 0)
        if vague.any():
            found.append(
                f"{what}: {_lines(vague)} does not say how sure it is. Give sigma_vph above 0 or a "
                "confidence."
            )
    return volume, sigma


def _links(
    table: pd.DataFrame, network: Network, what: str, found: list[str]
) -> list[tuple[int, ...]]:
    """Rows of the link table of each count."""
    links = network.links
    row = {str(name): i for i, name in enumerate(links["link_id"])}
    tail, head = (links[f"{end}_node_id"].to_numpy() for end in ("from", "to"))
    rows: list[tuple[int, ...]] = []
    for line, (kind, text) in enumerate(
        zip(_cells(table, "kind"), _cells(table, "links"), strict=True), start=2
    ):
        names = text.replace(";", " ").split()
        unknown = [name for name in names if name not in row]
        here = tuple(row[name] for name in names if name in row)
        rows.append(here)
        where = f"{what}, line {line}, links"
        if unknown:
            found.append(f"{where}: {listed(unknown)} are not in the network.")
        elif kind == "link" and len(names) != 1:
            found.append(f"{where}: {len(names)} links for one. Call several a screenline.")
        elif not names:
            found.append(f"{where}: empty. Name the links that are counted.")
        elif kind == "screenline" and len(set(names)) < len(names):
            found.append(f"{where}: a link stands twice.")
        elif kind == "turn" and (len(names) < 2 or _broken(here, tail, head)):  # noqa: PLR2004
            found.append(
                f"{where}: a turn needs two links or more, each beginning where the last ends."
            )
    return rows


def _broken(rows: tuple[int, ...], tail: Any, head: Any) -> bool:
    return any(head[a] != tail[b] for a, b in pairwise(rows))


def _classes(table: pd.DataFrame, known: list[str], what: str, found: list[str]) -> Bools:
    """Which classes each count sees, (n_counts, n_classes)."""
    column = "classes" if "classes" in table.columns else "class"
    cells = _cells(table, column, ALL)
    counted = np.zeros((len(table), len(known)), dtype=bool)
    for i, text in enumerate(cells):
        names = known if text == ALL else text.replace(";", " ").split()
        unknown = [name for name in names if name not in known]
        if unknown:
            found.append(
                f"{what}, line {i + 2}, {column}: {listed(unknown)} are not classes of the demand, "
                f"which has {', '.join(known)}; or write all."
            )
        counted[i] = np.isin(known, names)
    return counted
