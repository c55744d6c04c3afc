"""Which card moved an indicator: leave one out, add one in, and Shapley values."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from transitplan.appraisal import attribution
from transitplan.appraisal.attribution import Parts
from transitplan.errors import ValidationError
from transitplan.model.demand import Demand
from transitplan.model.network import Network
from transitplan.results.diff import SAME_SHARE
from transitplan.results.indicators import Indicator, indicator
from transitplan.results.state import State, solve
from transitplan.results.telling import aligned, number, share
from transitplan.scenario.case import Case
from transitplan.scenario.run import DEFAULT_GAP
from transitplan.versions.apply import apply_cards
from transitplan.versions.cards import Card
from transitplan.versions.order import before, in_order
from transitplan.viz.plain import records

DEMAND = "demand"  # the part that is no card
TOGETHER = " + "  # between cards that need each other
WORDS = (
    "share: Shapley value, sums to the change; first in: what the card does alone; left out: what "
    "is lost without it; interaction: what these miss to the total."
)
MOST_SETS = 2**attribution.EXACT_PARTS  # equilibria beyond which orders are drawn
FEWEST_ORDERS = 8
MONEY = ("cost", "user_benefit")
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class Causes:
    """Change of indicators between a network and the one with all cards, split among the cards.

    table
        indicator, unit, part (a card, cards that need each other, or ``demand``; then
        ``interaction`` and ``total``), first_in (what the part does alone, after what it needs),
        left_out (what is lost without it and what needs it), shapley (its share: these sum to the
        total), shapley_share, shapley_error (standard error where orders were drawn, else 0),
        needs, needed_by. ``interaction`` is what is missing from first_in and left_out to the
        total: how far the parts work together.
    values
        indicator, label, unit, before, after, change, relative.
    solved
        Equilibria that it took.
    cost_error_cny_per_h
        How far the total cost of any of them may be off, at most.
    """

    table: pd.DataFrame
    values: pd.DataFrame
    solved: int
    cost_error_cny_per_h: float

    @property
    def moved(self) -> bool:
        """Whether an indicator changed by more than a thousandth, or from nothing."""
        share_moved = self.values["relative"].abs() > SAME_SHARE
        from_nothing = (self.values["before"] == 0) & (self.values["change"] != 0)
        return bool((share_moved | from_nothing).any())

    def to_frame(self) -> pd.DataFrame:
        """One row an indicator and part; see ``Causes.table``."""
        return self.table.copy()

    def to_json(self) -> str:
        """Values and table as JSON records."""
        record = {
            "values": records(self.values),
            "causes": records(self.table),
            "equilibria": self.solved,
        }
        return json.dumps(record, ensure_ascii=False, indent=1)

    def to_text(self) -> str:
        """What moved each indicator, the largest share first."""
        parts = [_told(row, self.table) for row in self.values.to_dict("records")]
        words = [WORDS]
        if (self.table["needs"] != "").any():
            words.append(
                "A card that needs others comes first in after them, and a card left out takes "
                "along those that need it."
            )
        if self.values["indicator"].isin(MONEY).any():
            words.append(
                f"The cost of each equilibrium is within {self.cost_error_cny_per_h:,.0f} CNY/h: "
                "smaller effects on it mean nothing; a smaller --gap tells more."
            )
        if (self.table["shapley_error"] > 0).any():
            words.append("Shares are means over drawn orders, ± one standard error.")
        return "\n\n".join([*parts, "\n".join(words)])


def attribute(
    base: Network,
    cards: Sequence[Card],
    indicators: str | Sequence[str],
    demand: Demand,
    demand_b: Demand | None = None,
    *,
    case: Case | None = None,
    gap: float = DEFAULT_GAP,
    progress: Progress | None = None,
) -> Causes:
    """Split the change that cards make to indicators among the cards.

    Every set of cards that respects their prerequisites (and corequisites) is applied and solved
    once, for all indicators, up to 256 sets: 8 cards that need nothing of each other, more where
    they do. Beyond, orders are drawn.

    Parameters
    ----------
    indicators
        As ``veh_h``, ``time:C1->N07``, ``volume:X15``, ``jobs_45min:C1``, ``user_benefit``; an
        unknown one lists all.
    demand_b
        Trips after the change; the change of trips then is a part of its own, ``demand``.
    case
        Whose parameters value pairs that gain or lose their only way.
    gap
        Relative gap of all equilibria, each started from the routes of the first.
    progress
        Called with equilibria solved, equilibria needed at most, and the cards of the last one.

    Raises
    ------
    ValidationError
        If an indicator is unknown or has no value in a set, or cards do not apply without others
        that they do not name as prerequisites; before anything is solved where possible.

    Examples
    --------
    >>> from transitplan.model.cases import two_routes
    >>> from transitplan.versions.reading import card_from
    >>> network, demand = two_routes()
    >>> def widen(link):
    ...     return card_from(
    ...         {
    ...             "project": f"widen {link}",
    ...             "roadway_property_change": {
    ...                 "facility": {"links": {"model_link_id": link}},
    ...                 "property_changes": {"lanes": {"change": 1}},
    ...             },
    ...         }
    ...     )
    >>> found = attribute(network, [widen(1), widen(2)], "veh_h", demand)
    >>> shares = found.to_frame().set_index("part")["shapley"]
    >>> bool(abs(shares[:2].sum() - shares["total"]) < 1e-9)
    True
    """
    asked = [indicators] if isinstance(indicators, str) else list(indicators)
    parts, needs = _parts(cards)
    if demand_b is not None and demand_b.version != demand.version:
        parts = {**parts, DEMAND: ()}
    if not parts:
        raise ValidationError("attribute: there are no cards, and the trips are the same.")
    whole = apply_cards(base, cards).network
    wanted = _read(asked, base, whole)
    demands = demand, demand_b or demand
    worth = _Sets(base, list(cards), parts, demands, wanted, case, gap, progress)
    worth.check(needs)
    worth.idle = _idle(worth, needs)
    active = [part for part in parts if part not in worth.idle]
    tables, values = [], []
    for at, each in enumerate(wanted):
        table = attribution.attribute(
            active,
            partial(worth.gain, at),
            needs={part: needs.get(part, set()) - worth.idle for part in active},
            ask=worth.ask,
            orders=max(FEWEST_ORDERS, MOST_SETS // max(len(active), 1)),
        )
        table = table.reindex([*table.index, *sorted(worth.idle)], fill_value=0.0)
        ends = [worth(some)[at] for some in (frozenset[str](), frozenset(active))]
        tables.append(_table(each, table, needs, ends[1] - ends[0]))
        values.append(_ends(each, *ends))
    return Causes(
        pd.concat(tables, ignore_index=True), pd.DataFrame(values), worth.solved, worth.error
    )


def _read(asked: Sequence[str], *networks: Network) -> list[Indicator]:
    """Read all indicators, and tell all that are wrong."""
    found: list[str] = []
    wanted = []
    for text in dict.fromkeys(asked):
        try:
            wanted.append(indicator(text, *networks))
        except ValidationError as error:
            found += error.problems
    if found:
        raise ValidationError(found)
    if not wanted:
        raise ValidationError("attribute: name an indicator, as veh_h.")
    return wanted


def _parts(cards: Sequence[Card]) -> tuple[dict[str, tuple[str, ...]], dict[str, set[str]]]:
    """Cards by part, and the parts that each needs; cards that need each other are one part."""
    ordered = in_order(cards)
    every = {card.project for card in ordered}
    earlier = before(ordered)
    direct = {
        card.project: earlier[card.project] | (set(card.dependencies.corequisites) & every)
        for card in ordered
    }
    reached = {name: _closure(name, direct) for name in direct}
    part_of = {}
    for name in direct:
        mates = [other for other in direct if other in reached[name] and name in reached[other]]
        part_of[name] = TOGETHER.join(mates or [name])
    parts: dict[str, tuple[str, ...]] = {}
    for name, part in part_of.items():
        parts[part] = (*parts.get(part, ()), name)
    needs = {
        part: {part_of[each] for name in names for each in reached[name]} - {part}
        for part, names in parts.items()
    }
    return parts, needs


def _idle(worth: "_Sets", needs: Mapping[str, set[str]]) -> frozenset[str]:
    """Parts that change nothing roads are made of, timetables say, and need none that does.

    They are null players: they stand in every set, and their share is nothing.
    """
    still = {
        part
        for part in worth.parts
        if part != DEMAND and worth.on_roads({part, *needs[part]}) == worth.on_roads(needs[part])
    }
    return frozenset(part for part in still if needs[part] <= still)


def _closure(name: str, direct: Mapping[str, Collection[str]]) -> set[str]:
    """All that a card needs, by way of others too."""
    found: set[str] = set()
    waiting = list(direct[name])
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += direct[each]
    return found


@dataclass
class _Sets:
    """Values of the indicators for sets of parts, each different network being solved once."""

    base: Network
    cards: Sequence[Card]
    parts: Mapping[str, tuple[str, ...]]
    demands: tuple[Demand, Demand]
    wanted: Sequence[Indicator]
    case: Case | None
    gap: float
    progress: Progress | None
    solved: int = 0
    error: float = 0.0  # of the total cost of an equilibrium, the largest [CNY/h]
    asked: int = 0
    first: State | None = None  # without any part: all others start from it
    idle: Parts = frozenset()  # in every set
    known: dict[Parts, list[float]] = field(default_factory=dict)
    by_version: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def check(self, needs: Mapping[str, set[str]]) -> None:
        """Apply each part with what it needs and no more, before anything is solved.

        A card that builds on another without saying so does not apply there.
        """
        found: list[str] = []
        for part in self.parts:
            try:
                self._network(frozenset({part, *needs.get(part, ())}))
            except ValidationError as error:
                found += error.problems
        if found:
            raise ValidationError(found)

    def on_roads(self, some: Collection[str]) -> str:
        """Version of all that traffic on roads depends on; words about crossings are not."""
        network = self._network(frozenset(some))
        tables = {name: network.table(name) for name in network.table_names if name != "crossing"}
        return Network(tables, crs=network.crs).version

    def ask(self, wanted: Sequence[Parts]) -> None:
        """Count the sets that will be solved, for the progress."""
        self.asked += sum(some not in self.known for some in wanted)

    def __call__(self, some: Parts) -> list[float]:
        """Value of each indicator."""
        if self.first is None and some:
            self(frozenset())
        if some not in self.known:
            self.known[some] = self._value(some)
        return self.known[some]

    def gain(self, at: int, some: Parts) -> float:
        """Change of one indicator against the network without any part."""
        return self(some)[at] - self(frozenset())[at]

    def _value(self, some: Parts) -> list[float]:
        network, demand = self._network(some), self.demands[DEMAND in some]
        key = network.version, demand.version
        if key not in self.by_version:
            state = solve(network, demand, gap=self.gap, case=self.case, start=self.first)
            self.first = self.first or state
            self.by_version[key] = [each.value(state, self.first) for each in self.wanted]
            self._finite(some, self.by_version[key])
            self.solved += 1
            self.error = max(self.error, state.run.cost_error_cny_per_h)
            if self.progress is not None:
                self.progress(self.solved, max(self.asked, self.solved), _called(some))
        return self.by_version[key]

    def _finite(self, some: Parts, values: Sequence[float]) -> None:
        found = [
            f"indicator {each.name!r} has no value {_called(some)}: there is no way, or nothing to "
            "count. Ask for another one, as user_benefit or unreachable."
            for each, value in zip(self.wanted, values, strict=True)
            if not np.isfinite(value)
        ]
        if found:
            raise ValidationError(found)

    def _network(self, some: Parts) -> Network:
        names = {name for part in some | self.idle for name in self.parts[part]}
        try:
            return apply_cards(self.base, [c for c in self.cards if c.project in names]).network
        except ValidationError as error:
            absent = ", ".join(sorted(set(self.parts) - some - {DEMAND}))
            raise ValidationError(
                f"{text} This is without {absent}: name what it builds on as its prerequisite."
                for text in error.problems
            ) from None


def _called(some: Parts) -> str:
    return f"with {', '.join(sorted(some))}" if some else "without any card"


def _table(
    each: Indicator, found: pd.DataFrame, needs: Mapping[str, set[str]], total: float
) -> pd.DataFrame:
    rows = found.sort_values("shapley", key=np.abs, ascending=False, kind="stable")
    rows = rows.rename_axis("part").reset_index()
    rows["needs"] = [", ".join(sorted(needs.get(part, ()))) for part in rows["part"]]
    rows["needed_by"] = [
        ", ".join(sorted(other for other, own in needs.items() if part in own))
        for part in rows["part"]
    ]
    names = ["first_in", "left_out", "shapley"]
    rest = {name: total - float(rows[name].sum()) for name in names}
    sums = pd.DataFrame(
        [{"part": "interaction", **rest}, {"part": "total", **dict.fromkeys(names, total)}]
    ).assign(needs="", needed_by="", shapley_error=0.0)
    table = pd.concat([rows, sums], ignore_index=True)
    table["shapley_share"] = table["shapley"] / total if total else np.nan
    columns = [*names, "shapley_share", "shapley_error", "needs", "needed_by"]
    return table.assign(indicator=each.name, unit=each.unit)[
        ["indicator", "unit", "part", *columns]
    ]


def _ends(each: Indicator, first: float, last: float) -> dict[str, Any]:
    return {
        "indicator": each.name,
        "label": each.label,
        "unit": each.unit,
        "before": first,
        "after": last,
        "change": last - first,
        "relative": (last - first) / abs(first) if first else np.nan,
    }


def _told(value: Mapping[Any, Any], table: pd.DataFrame) -> str:
    own = table[table["indicator"] == value["indicator"]]
    size = max(abs(value["before"]), abs(value["after"]), abs(value["change"]))
    digits = 0 if size >= 10_000 else 1 if size >= 100 else 2  # noqa: PLR2004  figures, not a model
    relative = "" if np.isnan(value["relative"]) else f", {share(value['relative'])}"
    ends = [number(value[end], digits) for end in ("before", "after")]
    title = (
        f"{value['indicator']}: {value['label']}, {ends[0]} → {ends[1]} {value['unit']} "
        f"({number(value['change'], digits, sign=True)}{relative})"
    )
    return f"{title}\n" + aligned(HEADS, [_line(row, digits) for row in own.to_dict("records")])


HEADS = ("", "share", "", "first in", "left out")


def _line(row: Mapping[Any, Any], digits: int) -> list[str]:
    part, needs = str(row["part"]), str(row["needs"])
    error = row["shapley_error"]
    of_all = "" if not np.isfinite(row["shapley_share"]) else f"{row['shapley_share']:.0%}"
    of_all = "0%" if of_all == "-0%" else of_all
    return [
        f"{part} (needs {needs})" if needs else part,
        number(row["shapley"], digits, sign=True)
        + (f" ± {number(error, digits)}" if error > 0 else ""),
        "" if part == "interaction" else of_all,
        *(number(row[name], digits, sign=True) for name in ("first_in", "left_out")),
    ]
