"""What differs between two versions of a network, in the words of a planner."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from transitplan.errors import ValidationError
from transitplan.model.network import Network
from transitplan.versions.comparing import changes_between
from transitplan.versions.matching import Matching, match
from transitplan.versions.telling import counts, titled, to_json, to_text
from transitplan.versions.transit_diff import transit_changes

if TYPE_CHECKING:  # a difference that is only read needs neither maps nor cards
    from transitplan.versions.cards import Card
    from transitplan.viz.maps import PlanMap


@dataclass(frozen=True, eq=False)
class NetworkDiff:
    """Differences of network b against network a.

    changes
        table, kind (added, removed, split, merged, moved, reversed, renumbered, reshaped,
        retyped: another class of road, changed), id_a, id_b, name, column, old, new, unit,
        relative (new over old, less one; where both are measured numbers)
    """

    a: Network
    b: Network
    matching: Matching
    changes: pd.DataFrame

    @property
    def same(self) -> bool:
        """Whether nothing differs but the order of rows."""
        return self.changes.empty

    def to_frame(self) -> pd.DataFrame:
        """One row a difference; see ``NetworkDiff.changes``."""
        return self.changes.copy()

    def to_json(self) -> str:
        """Differences as JSON: names and versions of the two, counts, and one record each."""
        return to_json(self.a, self.b, self.changes)

    def to_text(self, *, most: int = 40) -> str:
        """Differences to be read: counts, then one line each, at most so many of a kind."""
        return to_text(self.a, self.b, self.changes, most=most)

    def to_card(self, project: str, *, notes: str = "") -> "Card":
        """Return the project card that turns a into b, its timetable too.

        Raises
        ------
        ValidationError
            If the networks are the same.
        """
        from transitplan.versions.writing import card_between

        return card_between(self.a, self.b, project, notes=notes)

    def to_map(self, *, ground: Mapping[str, Any] | None = None, tiles: str = "") -> "PlanMap":
        """Return a map of both networks and what changed; ``.save("diff.html")`` writes the page.

        A slider fades from one to the other; ``Swipe`` puts a bar between them.

        Parameters
        ----------
        ground, tiles
            As in ``Network.to_map``.

        Raises
        ------
        ValidationError
            If the networks have no projection.
        """
        from transitplan.versions.diff_map import map_of

        return map_of(self.a, self.b, self.changes, ground=ground, tiles=tiles)

    def explore(self, **options: Any) -> "PlanMap":
        """Do as ``to_map``, under the name that GeoPandas has for it."""
        return self.to_map(**options)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks: how many of each kind."""
        from transitplan.viz.card import card

        rows = [(f"{titled(table)} {kind}", n) for (table, kind), n in counts(self.changes)]
        versions = ("versions", f"{self.a.version} → {self.b.version}")
        same = [] if rows else [("changes", "none")]
        return card(f"{self.a.name} → {self.b.name}", [*rows, *same, versions])

    def to_geopackage(self, path: str | Path, *, unchanged: bool = False) -> Path:
        """Write layers for QGIS, with their colours, in the projection of the networks.

        ``added`` and ``removed`` hold whole links; ``changed``, ``nodes``, ``zones``,
        ``crossings``, ``clusters`` and ``turns`` one row a difference; ``other`` what has no
        place. Layers without rows are left out.

        Parameters
        ----------
        unchanged
            Also write the links that are the same, as a layer ``unchanged``.

        Raises
        ------
        ValidationError
            If the networks are the same or have no projection.
        """
        from transitplan.versions.diff_layers import write_layers

        return write_layers(self.a, self.b, self.changes, Path(path), unchanged=unchanged)

    def __repr__(self) -> str:
        """Return one line: how many of each kind."""
        counted = ", ".join(
            f"{n} {titled(table)} {kind}" for (table, kind), n in counts(self.changes)
        )
        return f"NetworkDiff({self.a.name!r} → {self.b.name!r}: {counted or 'the same'})"


def diff(a: Network, b: Network) -> NetworkDiff:
    """Compare two versions of a network.

    Nodes and links are matched by id, then by place, so that renumbered, moved, reversed, split and
    merged links are told from new ones; rows of other tables by their key. The order of rows does
    not count.

    Raises
    ------
    ValidationError
        If the networks have different projections, so that places cannot be compared.

    Examples
    --------
    >>> from transitplan.model.cases import braess
    >>> from transitplan.model.edits import close_links
    >>> network, _ = braess()
    >>> diff(network, close_links(network, [3], reason="works")).changes["kind"].tolist()
    ['removed']
    """
    if a.crs != b.crs:
        raise ValidationError(
            f"diff: {a.name} has the projection {a.crs} and {b.name} {b.crs}. Write one of them in "
            "the projection of the other."
        )
    matching = match(a, b)
    parts = [changes_between(a, b, matching), transit_changes(a.transit, b.transit)]
    changes = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return NetworkDiff(a, b, matching, changes)
