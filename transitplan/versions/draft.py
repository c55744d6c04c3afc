"""A network while cards are being applied to it: tables that may be changed, keyed by id."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Ints
from transitplan.errors import ValidationError, likely, listed
from transitplan.model.network import Network, build_network
from transitplan.model.service import TransitService
from transitplan.model.tables import TABLES
from transitplan.model.transit_build import build_transit

KEYS = {name: next(rule.name for rule in rules if rule.unique) for name, rules in TABLES.items()}


class Draft:
    """Tables of a network, each indexed by its key; nothing is checked before ``finish``."""

    def __init__(self, network: Network) -> None:
        """Take the tables of a network; it stays as it is."""
        self.network = network
        self.tables = {
            name: network.table(name).set_index(KEYS[name], drop=False)
            for name in network.table_names
        }
        service = network.transit
        self.transit = (
            {} if service is None else {name: service.table(name) for name in service.table_names}
        )
        self.lines_changed = False
        self.headways: dict[str, list[tuple[int, int, str, float]]] = {}  # who gave them, by trip
        self.writers: dict[tuple[str, Hashable, str], tuple[str, Any]] = {}
        self._shapes = 0  # counts changes of where links are

    def table(self, name: str) -> pd.DataFrame:
        """Return a table; empty where the network has none."""
        if name not in self.tables:
            self.tables[name] = self.network.table(name).set_index(KEYS[name], drop=False)
        return self.tables[name]

    def rows(self, table: str, ids: Sequence[Any]) -> tuple[Ints, list[Any]]:
        """Rows of ids, and the ids that are not there; texts of digits stand for numbers too."""
        index = self.table(table).index
        rows = index.get_indexer(pd.Index(ids, dtype=object))
        for i in np.flatnonzero(rows < 0).tolist():
            other = _other_type(ids[i])
            if other is not None:
                rows[i] = index.get_indexer(pd.Index([other], dtype=object))[0]
        return rows[rows >= 0], [each for each, row in zip(ids, rows, strict=True) if row < 0]

    def set_cells(
        self, project: str, table: str, rows: Ints, column: str, values: Any, earlier: set[str]
    ) -> None:
        """Write a column of some rows.

        earlier
            Projects that this one comes after by its own word: it may overwrite them.

        Raises
        ------
        ValidationError
            If another project gave a cell another value.
        """
        frame = self.table(table)
        ids = frame.index[rows]
        one = np.isscalar(values) or values is None
        self.claim(
            project, f"{table}.csv", ids, column, [values] * len(ids) if one else values, earlier
        )
        if column not in frame:
            frame[column] = None
        if frame[column].dtype.kind in "iufb" and _not_number(values):
            frame[column] = frame[column].astype(object)
        try:
            frame.loc[ids, column] = values
        except (TypeError, ValueError):  # a column of the user that held only texts, or whole ones
            frame[column] = frame[column].astype(object)
            frame.loc[ids, column] = values
        self._shapes += column in {"from_node_id", "to_node_id", "geometry_id", "x_m", "y_m"}

    def claim(
        self,
        project: str,
        file: str,
        ids: Iterable[Hashable],
        column: str,
        values: Iterable[Any],
        earlier: set[str],
    ) -> None:
        """Remember who gave the cells of a column their values.

        Raises
        ------
        ValidationError
            If a project that this one does not come after gave a cell another value.
        """
        clash: list[str] = []
        for each, value in zip(ids, values, strict=True):
            before = self.writers.get((file, each, column))
            if before is not None and before[0] not in (project, *earlier) and before[1] != value:
                clash.append(f"{each} ({before[1]!r} by {before[0]!r}, {value!r} by {project!r})")
            self.writers[file, each, column] = (project, value)
        if clash:
            raise ValidationError(
                f"{file}, column {column}: two cards set other values: {listed(clash)}. Make "
                "one a prerequisite of the other if that is meant."
            )

    def add(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows.

        Raises
        ------
        ValidationError
            If a row has no key, or one that is taken.
        """
        key, frame = KEYS[table], self.table(table)
        found = [
            f"{table}.csv: a new row has no {key}. Give it one." for row in rows if key not in row
        ]
        taken = [row[key] for row in rows if row.get(key) in frame.index]
        if taken:
            found.append(f"{table}.csv: {key} {listed(taken)} is taken. Choose another.")
        if found:
            raise ValidationError(found)
        added = pd.DataFrame(list(rows)).set_index(key, drop=False)
        own = [label for label in added if label not in {rule.name for rule in TABLES[table]}]
        added = added.astype(
            dict.fromkeys(own, object)
        )  # or gaps would make floats of whole numbers
        if added.index.has_duplicates:
            twice = added.index[added.index.duplicated()].tolist()
            raise ValidationError(f"{table}.csv: {key} {listed(twice)} is added twice.")
        self.tables[table] = pd.concat([frame, added]) if len(frame) else added
        self._shapes += 1

    def drop(self, table: str, rows: Ints) -> None:
        """Take rows away."""
        frame = self.table(table)
        self.tables[table] = frame.drop(index=frame.index[rows])
        self._shapes += 1

    def finish(self, history: Sequence[str]) -> Network:
        """Check every rule and return the network.

        Raises
        ------
        ValidationError
            With all problems of the tables at once.
        """
        return build_network(
            {name: frame.reset_index(drop=True) for name, frame in self.tables.items()},
            name=self.network.name,
            crs=self.network.crs,
            history=(*self.network.history, *history),
            transit=self._service(),
        )

    def _service(self) -> TransitService | None:
        """Build the timetable anew where a card touched it; None where a card took it away."""
        old = self.network.transit
        if not self.lines_changed:
            return old
        if not self.transit:
            return None
        name, notes = (old.name, old.notes) if old is not None else (self.network.name, ())
        return build_transit(self.transit, name=name, notes=notes)

    @property
    def shape_version(self) -> int:
        """Grows when links move, so that what was computed of lines can be kept until then."""
        return self._shapes


def unknown(table: str, ids: Sequence[Any], known: "pd.Index[Any]") -> str:
    """Say that ids are not there, and which one may be meant."""
    return f"{table}.csv has no {KEYS[table]} {listed(ids)}.{likely(ids[0], known)}"


def _other_type(value: Any) -> Any:
    """Return 12 for "12" and "12" for 12."""
    if isinstance(value, str):
        return int(value) if value.lstrip("-").isdigit() else None
    return str(value) if isinstance(value, int) else None


def _not_number(values: Any) -> bool:
    many = values if isinstance(values, list | np.ndarray | pd.Series) else [values]
    return any(not isinstance(each, int | float | np.number | bool) for each in many)
