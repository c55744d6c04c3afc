"""Traffic counts as planners write them: one row a count, checked against network and classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats
from transitplan.demand.columns import Columns
from transitplan.errors import listed
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
    either = {"volume_vph": "volume_per_day", "sigma_vph": "confidence"}
    needed = [name for name, other in either.items() if other not in table.columns]
    columns = Columns(table, "counts", [*REQUIRED, *needed])
    kind = columns.choices("kind", KINDS)
    use = columns.choices("use", USES, "fit")
    names = columns.unique("count_id")
    volume, sigma = _volumes(columns)
    links = _links(columns, network)
    counted = _classes(columns, list(classes))
    columns.refuse()
    frame = pd.DataFrame(
        {"count_id": names, "kind": kind, "use": use, "volume_vph": volume, "sigma_vph": sigma}
    )
    return Counts(frame, tuple(links), counted)


def _volumes(columns: Columns) -> tuple[Floats, Floats]:
    """Volume and standard deviation of each count [veh/h]."""
    volume, daily = columns.numbers("volume_vph"), columns.numbers("volume_per_day")
    share = columns.numbers("hour_share", most=1.0)
    both = np.isfinite(volume) & np.isfinite(daily)
    columns.note(both, "", "has volume_vph and volume_per_day; leave one empty")
    volume = np.where(np.isfinite(volume), volume, daily * share)
    sigma = columns.numbers("sigma_vph")
    trusted = columns.choices("confidence", ("", *SIGMA_OF))
    # One vehicle at least, so that an empty road does not outweigh all others.
    by_word = np.maximum(trusted.map(SIGMA_OF).to_numpy(dtype=float) * volume, 1.0)
    sigma = np.where(np.isfinite(sigma), sigma, by_word)
    if not columns.found:
        lost = ~np.isfinite(volume)
        columns.note(lost, "", "has no volume; give volume_vph, or volume_per_day and hour_share")
        vague = ~lost & ~(sigma > 0)
        columns.note(
            vague, "", "does not say how sure it is; give sigma_vph above 0 or a confidence"
        )
    return volume, sigma


def _links(columns: Columns, network: Network) -> list[tuple[int, ...]]:
    """Rows of the link table of each count."""
    links = network.links
    row = {str(name): i for i, name in enumerate(links["link_id"])}
    tail, head = (links[f"{end}_node_id"].to_numpy() for end in ("from", "to"))
    rows: list[tuple[int, ...]] = []
    told = zip(columns.lines, columns.text("kind"), columns.text("links"), strict=True)
    for line, kind, text in told:
        names = text.replace(";", " ").split()
        unknown = [name for name in names if name not in row]
        here = tuple(row[name] for name in names if name in row)
        rows.append(here)
        where = f"{columns.what}, line {line}, links"
        found = columns.found
        if unknown:
            found.append(f"{where}: {listed(unknown)} are not in the network. Correct the ids.")
        elif kind == "link" and len(names) != 1:
            found.append(f"{where}: {len(names)} links for one. Call several a screenline.")
        elif not names:
            found.append(f"{where}: empty. Name the links that are counted.")
        elif kind == "screenline" and len(set(names)) < len(names):
            found.append(f"{where}: a link stands twice. Keep one.")
        elif kind == "turn" and (len(names) < 2 or _broken(here, tail, head)):  # noqa: PLR2004
            found.append(
                f"{where}: a turn needs two links or more, each beginning where the last ends. "
                "Correct their order, or call them a screenline."
            )
    return rows


def _broken(rows: tuple[int, ...], tail: Any, head: Any) -> bool:
    return any(head[a] != tail[b] for a, b in pairwise(rows))


def _classes(columns: Columns, known: list[str]) -> Bools:
    """Which classes each count sees, (n_counts, n_classes)."""
    name = "classes" if "classes" in columns.table.columns else "class"
    cells = columns.text(name, ALL)
    counted = np.zeros((len(cells), len(known)), dtype=bool)
    for i, text in enumerate(cells):
        names = known if text == ALL else text.replace(";", " ").split()
        unknown = [each for each in names if each not in known]
        if unknown:
            columns.found.append(
                f"{columns.what}, line {columns.lines[i]}, {name}: {listed(unknown)} are not "
                f"classes of the demand, which has {', '.join(known)}; or write all."
            )
        counted[i] = np.isin(known, names)
    return counted
