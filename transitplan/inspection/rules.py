"""What a rule is, and what rules look at: a network, compiled once for all of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats, Ints, Objects
from transitplan.model.network import Network

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


class Found(NamedTuple):
    """One place where a rule is broken."""

    id: Any
    text: str
    at: tuple[float, float] | None = None  # metres in the network's projection


@dataclass(frozen=True)
class Rule:
    """A rule: its name, how bad a breach is, and what to do about one.

    An ``error`` makes results wrong; a ``warning`` is most likely a slip; a ``note`` is for the
    reader to judge.
    """

    name: str
    severity: Severity
    table: str  # whose ids its findings name
    title: str
    title_zh: str
    next_step: str
    next_step_zh: str
    find: Callable[[Any], Iterable[Found]]


@dataclass(frozen=True, eq=False)
class Subject:
    """A network as rules look at it, with the river and year that it is of where they are known."""

    network: Network
    river: Any = None  # shapely geometry in the network's projection
    year: int | None = None

    @cached_property
    def links(self) -> pd.DataFrame:
        """Links, in table order."""
        return self.network.links

    @cached_property
    def nodes(self) -> pd.DataFrame:
        """Nodes, in table order."""
        return self.network.nodes

    @cached_property
    def link_ids(self) -> list[Any]:
        """Ids of the links."""
        return self.links["link_id"].tolist()

    @cached_property
    def node_ids(self) -> list[Any]:
        """Ids of the nodes."""
        return self.nodes["node_id"].tolist()

    @cached_property
    def tail(self) -> Ints:
        """Row of the node that each link leaves, (n_links,)."""
        return self._rows("from_node_id")

    @cached_property
    def head(self) -> Ints:
        """Row of the node that each link enters, (n_links,)."""
        return self._rows("to_node_id")

    @cached_property
    def xy(self) -> Floats:
        """Places of the nodes, (n_nodes, 2) [m]."""
        return self.nodes[["x_m", "y_m"]].to_numpy(dtype=np.float64)

    @cached_property
    def lines(self) -> Objects:
        """Lines of the links, (n_links,)."""
        return self.network.link_lines()

    @cached_property
    def length_m(self) -> Floats:
        """Lengths of the links as the table has them, (n_links,)."""
        return self.links["length_m"].to_numpy(dtype=np.float64)

    @cached_property
    def straight_m(self) -> Floats:
        """How far apart the ends of each link are, (n_links,)."""
        away: Floats = np.hypot(*(self.xy[self.tail] - self.xy[self.head]).T)
        return away

    @cached_property
    def is_connector(self) -> Bools:
        """Links that join zones to the roads: by their class, or as links of a centroid."""
        centroid = (self.nodes["node_type"] == "centroid").to_numpy()
        called: Bools = (self.links["facility_type"] == "connector").to_numpy()
        return called | centroid[self.tail] | centroid[self.head]

    @cached_property
    def uses(self) -> dict[bytes, tuple[str, ...]]:
        """Uses that may run on the same links and make the same turns, by a key of their own."""
        names = self.network.table("use_definition")["use"].tolist() or ["car"]
        groups: dict[bytes, tuple[str, ...]] = {}
        for name in names:
            key = self.network.allowed(name).tobytes()
            if "movement" in self.network.table_names:
                key += self.network.allowed(name, table="movement").tobytes()
            groups[key] = (*groups.get(key, ()), name)
        return groups

    def at_link(self, row: int, text: str) -> Found:
        """Return a finding at a link, half way between its ends."""
        x, y = ((self.xy[self.tail[row]] + self.xy[self.head[row]]) / 2).tolist()
        return Found(self.link_ids[row], text, (x, y))

    def at_node(self, row: int, text: str) -> Found:
        """Return a finding at a node."""
        x, y = self.xy[row].tolist()
        return Found(self.node_ids[row], text, (x, y))

    def _rows(self, end: str) -> Ints:
        found = pd.Index(self.nodes["node_id"]).get_indexer(pd.Index(self.links[end]))
        rows: Ints = found.astype(np.int64)
        return rows


def listed(values: Iterable[Any], most: int = 5) -> str:
    """Name values as text, the first few of many."""
    every = [str(value) for value in values]
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most} more"
