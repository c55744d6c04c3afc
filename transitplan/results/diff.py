"""What differs between the results of two versions of a network."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transitplan.errors import NotFoundError, ValidationError, likely
from transitplan.model.demand import Demand
from transitplan.model.network import Network
from transitplan.results import telling
from transitplan.results.pairs import access_table, reach_table, skim_summary, skim_table
from transitplan.results.roads import crossing_table, link_table
from transitplan.results.state import ALL, State, solve
from transitplan.results.worths import benefit_table, total_table
from transitplan.scenario.case import Case
from transitplan.scenario.run import DEFAULT_GAP
from transitplan.versions.diff import NetworkDiff, diff
from transitplan.viz.plain import records
from transitplan.viz.text import Text

if TYPE_CHECKING:
    from transitplan.viz.maps import PlanMap

KINDS = ("totals", "crossings", "access", "reach", "links", "trips", "skims", "benefits")
BULKY = ("links", "skims")  # left out of JSON unless asked for
SAME_GEH = 0.1  # flows nearer than this are the same: what the gap leaves open is far below
SAME_SHARE = 1e-3  # times, lengths and totals whose relative change is smaller are the same


@dataclass(frozen=True, eq=False)
class ResultDiff:
    """Results of version b against those of version a, in the morning peak hour.

    Tables have their units in the names of their columns, and before, after, change and relative
    (change over before) of each quantity; ``to_frame`` says what each holds.
    """

    network: NetworkDiff
    before: State
    after: State
    tables: Mapping[str, pd.DataFrame]
    geh: float = SAME_GEH
    share: float = SAME_SHARE

    @property
    def same(self) -> bool:
        """Whether no flow moved by more than a GEH, and no time, length or total by a share."""
        return not self.moved()

    def moved(self) -> dict[str, int]:
        """How many rows of each table moved by more than is tolerated; without those of none.

        Counted are the flows of links, the totals of all classes, the times between clusters and
        the costs of pairs. What a single class does on a link, and so its time and length, is one
        answer of many at equilibrium and may differ between two that are the same.
        """
        links, totals = self.tables["links"], self.tables["totals"]
        counts = {
            "links": int((links["geh"] > self.geh).sum()),
            "totals": self._beyond(totals[totals["class_name"] == ALL], "value"),
            "access": self._beyond(self.tables["access"], "time"),
            "skims": self._beyond(self.tables["skims"], "cost"),
        }
        return {name: count for name, count in counts.items() if count}

    def to_frame(self, kind: str = "links") -> pd.DataFrame:
        """One table of the comparison.

        Parameters
        ----------
        kind
            ``totals`` (of the hour, by class), ``crossings`` (volumes by direction, GEH),
            ``access`` (minutes between clusters and hubs), ``reach`` (people and jobs in reach),
            ``links`` (``roads.link_table``), ``trips`` (mean trip by class, best and worst pair),
            ``skims`` (every pair of zones) or ``benefits`` (rule of a half, in money).

        Raises
        ------
        NotFoundError
            If the kind is none of these.
        """
        if kind not in self.tables:
            raise NotFoundError(
                f"no table {kind!r}; there are {', '.join(KINDS)}.{likely(kind, KINDS)}"
            )
        return self.tables[kind].copy()

    def to_text(self, *, most: int = 12) -> str:
        """Tell a planner what moved: totals, crossings, access, trips, roads, money."""
        return telling.told(self, most)

    def to_json(self, *, bulky: bool = False) -> str:
        """Tables as JSON records, numbers in full; those of all links and pairs if asked for."""
        record = {
            "before": _who(self.before),
            "after": _who(self.after),
            "same": self.same,
            "moved": self.moved(),
            "tolerance": {"geh": self.geh, "share": self.share},
            "tables": {
                name: records(table)
                for name, table in self.tables.items()
                if bulky or name not in BULKY
            },
        }
        return json.dumps(record, ensure_ascii=False, indent=1)

    def to_map(self, *, ground: Mapping[str, Any] | None = None, tiles: str = "") -> "PlanMap":
        """Draw where flow and time moved: a map that opens without a connection; ``save`` it.

        Parameters
        ----------
        ground, tiles
            As in ``Network.to_map``; the ground of the case that was compared by default.

        Raises
        ------
        ValidationError
            If the networks have bare coordinates.
        """
        from transitplan.results.map import draw

        a, b = self.before, self.after
        names = f"{a.network.name} → {b.network.name}"
        trips = " → ".join(dict.fromkeys([a.demand.name, b.demand.name]))
        note = Text(
            f"Morning peak hour; trips {trips}. Magenta: more, green: less. Click a road for both "
            "versions.",
            f"早高峰小时；需求 {trips}。品红：增加；绿：减少。点击道路查看两版数值。",
        )
        return draw(
            a.network,
            b.network,
            self.tables["links"],
            title=Text(f"{names}: what moved", f"{names}：结果变化"),
            note=note,
            ground=a.case.ground if ground is None and a.case is not None else ground,
            tiles=tiles,
        )

    def explore(self, **options: Any) -> "PlanMap":
        """Do as ``to_map``, under the name that GeoPandas has for it."""
        return self.to_map(**options)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        from transitplan.viz.card import card

        sizes = [(f"rows of {name}", f"{len(table):,}") for name, table in self.tables.items()]
        moved = ", ".join(map(str, self.moved())) or "nothing"
        names = f"{self.before.network.name} → {self.after.network.name}"
        return card(f"Results of {names}", [("moved", moved), *sizes])

    def __repr__(self) -> str:
        """Return one line: what is compared, and how much moved."""
        moved = ", ".join(f"{count} {name}" for name, count in self.moved().items())
        names = f"{self.before.network.name!r} → {self.after.network.name!r}"
        return f"ResultDiff({names}: {moved or 'the same'})"

    def _beyond(self, table: pd.DataFrame, quantity: str) -> int:
        """Count rows whose quantity moved by more than the share, or is known in one only."""
        own = [str(name) for name in table.columns if str(name).startswith(f"{quantity}_")]
        before, after = (
            table[next(name for name in own if side in name)].to_numpy(dtype=float)
            for side in SIDES
        )
        finite = np.isfinite(before), np.isfinite(after)
        both = finite[0] & finite[1]
        moved = np.zeros(len(table), dtype=bool)
        size = np.maximum(np.abs(before[both]), np.abs(after[both]))
        moved[both] = np.abs(after[both] - before[both]) > self.share * size
        return int((moved | (finite[0] != finite[1])).sum())


SIDES = ("_before", "_after")


def diff_results(
    a: Network,
    b: Network,
    demand: Demand,
    demand_b: Demand | None = None,
    *,
    case: Case | None = None,
    gap: float = DEFAULT_GAP,
    year: int = 0,
) -> ResultDiff:
    """Solve two versions of a network and compare what comes out.

    Parameters
    ----------
    demand
        Trips on both; on the first only where ``demand_b`` is given.
    demand_b
        Trips on the second.
    case
        Whose parameters put money to what falls on others, and to a year.
    gap
        Relative gap of both equilibria; the second starts from the routes of the first.
    year
        Of the fleet, for emissions and running cost on both; the case's base year by default.

    Raises
    ------
    ValidationError
        If the projections differ, the demands have other classes, or a demand does not fit.
    ConvergenceError
        If a gap is not reached.

    Examples
    --------
    >>> from transitplan.model.cases import braess
    >>> from transitplan.model.edits import close_links
    >>> network, demand = braess()
    >>> closed = close_links(network, [5], reason="the paradox")
    >>> found = diff_results(network, closed, demand)
    >>> found.to_frame("trips")["time_change_min"].round(3).tolist()  # less road, less time
    [-9.0]
    """
    demand_b = demand if demand_b is None else demand_b
    classes = [{each.name for each in trips.classes} for trips in (demand, demand_b)]
    if classes[0] != classes[1]:
        raise ValidationError(
            f"diff_results: {demand.name} has the classes {', '.join(sorted(classes[0]))} and "
            f"{demand_b.name} has {', '.join(sorted(classes[1]))}. Compare demands of like classes."
        )
    network = diff(a, b)
    before = solve(a, demand, gap=gap, case=case, year=year)
    same = (a.version, demand.version) == (b.version, demand_b.version)
    if same:  # one solution is that of both, each under its own name
        after = replace(before, run=replace(before.run, network=b, demand=demand_b))
    else:
        after = solve(b, demand_b, gap=gap, case=case, year=year, start=before)
    return compare(before, after, network)


def compare(before: State, after: State, network: NetworkDiff | None = None) -> ResultDiff:
    """Compare two states that are solved already."""
    network = diff(before.network, after.network) if network is None else network
    skims = skim_table(before, after)
    tables = {
        "totals": total_table(before, after),
        "crossings": crossing_table(before, after),
        "access": access_table(before, after),
        "reach": reach_table(before, after),
        "links": link_table(before, after, network.matching),
        "trips": skim_summary(skims),
        "skims": skims,
        "benefits": benefit_table(before, after),
    }
    return ResultDiff(network, before, after, tables)


def _who(state: State) -> dict[str, Any]:
    network, demand, run = state.network, state.demand, state.run
    return {
        "network": network.name,
        "network_version": network.version,
        "demand": demand.name,
        "demand_version": demand.version,
        "trips_vph": demand.total_vph,
        "relative_gap": run.relative_gap,
    }
