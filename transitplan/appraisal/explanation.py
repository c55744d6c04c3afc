"""Explain a benefit: total, components, pairs of clusters, pairs of zones, links.

Each level adds up to the one above. What belongs to no place (rail passengers, what building does
to others) and what rounding leaves stand in rows of their own, so that no sum is forced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from pandas.api.types import is_integer_dtype

from transitplan.appraisal.factors import apart_from_roads, factor_table, hour_weights
from transitplan.appraisal.lines import (
    LINES,
    OFF_ROADS,
    ON_ROADS,
    off_road_streams,
    parameter_rows,
    road_streams,
    sign_of,
)
from transitplan.appraisal.spent import AMOUNTS, ENDS, HOURS, PERCEIVED, HourSpent, pair_on_links
from transitplan.appraisal.worth import CORE
from transitplan.errors import NotFoundError, ValidationError, likely
from transitplan.model.network import Network
from transitplan.scenario.case import NONE, Case
from transitplan.scenario.run import Key, solve_variant
from transitplan.scenario.variants import Variant

LEVELS = ("total", "component", "cluster_pair", "pair", "link")
APART, REMAINDER = "apart", "remainder"
CLUSTERS = ["origin_cluster_id", "destination_cluster_id"]
LABELS = ["name", "name_zh", "from_node_id", "to_node_id", "crossing_id"]
IDS = [*ENDS, "link_id", "from_node_id", "to_node_id"]
NOT_CLASSES = (*CORE, "reliability", "trips_vph", "flow_vph", HOURS)
SHOWN = 3  # parts named by the summary


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where a benefit of an option comes from.

    With a year, the total is the user benefit of that year, as ``Assessment.options`` has it [CNY a
    year]: time, operating cost and tolls as travellers reckon with them. Without one it is the
    present value of benefits to all, as ``Assessment.appraisal`` has it [CNY].

    components
        Amount of each component, those of no road included; CNY.
    factors
        ``factors.factor_table``: from the peak hour to the total.
    pairs, links
        Gains by o_zone_id and d_zone_id, and by link_id: components, then classes for a year; CNY.
    classes
        Gains of each class on roads: purpose, use, components; CNY.
    streams
        Of a present value: each component year by year at constant prices, and ``discount_factor``.
    rows
        ``lines.parameter_rows`` that the number comes from.
    told
        Gains by o_zone_id, d_zone_id and link_id of pairs that spend most: ``vehicle_h``, ``users``
        (what users reckon with). Other pairs have ``pair_links``.
    """

    case: Case
    option_id: str
    year: int | None
    gap: float
    total_cny: float
    components: "pd.Series[float]"
    factors: pd.DataFrame
    pairs: pd.DataFrame
    links: pd.DataFrame
    labels: pd.DataFrame  # of links, by link_id
    line: str = ""  # of the economic tables; empty: all benefits
    classes: pd.DataFrame = field(default_factory=pd.DataFrame)
    streams: pd.DataFrame = field(default_factory=pd.DataFrame)
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    told: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def unit(self) -> str:
        """Ending of columns that hold money."""
        return "pv_cny" if self.year is None else "cny_per_year"

    @property
    def title(self) -> str:
        """What is explained."""
        what = "present value of benefits" if self.year is None else f"user benefit in {self.year}"
        what = f"present value, line {self.line}" if self.line else what
        return f"{self.option_id}: {what}"

    def to_frame(self, level: str = "component") -> pd.DataFrame:
        """One level as a table; money columns end in ``_cny_per_year`` or ``_pv_cny``.

        Parameters
        ----------
        level
            ``total``, ``component``, ``cluster_pair`` (origin_cluster_id, destination_cluster_id;
            empty: outside all clusters), ``pair`` (o_zone_id, d_zone_id and their clusters) or
            ``link`` (where it is spent less or more). From the third on the largest come first,
            and the column ``row`` tells places from the two rows that close the sum: ``apart``
            (on no road) and ``remainder`` (rounding).

        Raises
        ------
        NotFoundError
            If there is no such level.
        """
        if level not in LEVELS:
            hint = likely(level, LEVELS)
            raise NotFoundError(
                f"explain: no level {level!r}; levels are {', '.join(LEVELS)}.{hint}"
            )
        if level == "total":
            return pd.DataFrame(
                {"option_id": [self.option_id], f"total_{self.unit}": [self.total_cny]}
            )
        if level == "component":
            return self._components()
        return self._closed(getattr(self, f"_by_{level}")(), level)

    def pair_links(self, o_zone_id: Any, d_zone_id: Any) -> pd.DataFrame:
        """Links on which the trips of one pair of zones spend less or more; sums to the pair.

        Routes are not kept: the equilibria are solved again, the same to the last digit, so this
        takes as long as they did. How trips share equal routes is one answer of many; the sum of
        the pair is not.

        Returns
        -------
        DataFrame
            As ``to_frame("link")``, without the rows that close the sum.
        """
        if (o_zone_id, d_zone_id) not in self.pairs.index:
            raise NotFoundError(f"explain: no trips from zone {o_zone_id} to zone {d_zone_id}.")
        gains = []
        for year, weight in hour_weights(self.case, self.option_id, self.year).items():
            run, start = solve_variant(self.case, Variant(year), self.gap)
            before = pair_on_links(self.case, run, o_zone_id, d_zone_id)
            run, _ = solve_variant(self.case, Variant(year, (self.option_id,)), self.gap, start)
            after = pair_on_links(self.case, run, o_zone_id, d_zone_id)
            gains.append(before.sub(after, fill_value=0.0) * weight)
        money = _money(_sum(gains), self.year, REASONS)[[*self.links.columns]]
        return self._ordered(self._named_links(money))

    def told_links(self, o_zone_id: Any, d_zone_id: Any) -> pd.DataFrame | None:
        """As ``pair_links`` for what users reckon with, at once: None where it was not kept.

        Returns
        -------
        DataFrame
            Columns of links, vehicle_h_saved_per_year, total_cny_per_year; largest first.
        """
        if self.told.empty or (o_zone_id, d_zone_id) not in self.told.index:
            return None
        rows = self._named_links(self.told.loc[(o_zone_id, d_zone_id)])
        names = {HOURS: "vehicle_h_saved_per_year", "users": f"total_{self.unit}"}
        rows = rows.rename(columns=names)
        return rows.sort_values(names["users"], key=abs, ascending=False, ignore_index=True)

    def by_year(self) -> pd.DataFrame:
        """A present value year by year; sums to the total.

        Returns
        -------
        DataFrame
            year, ``cny`` (constant prices), discount_factor, ``pv_cny``; empty for one year.
        """
        if self.streams.empty:
            return pd.DataFrame(columns=["year", "cny", "discount_factor", "pv_cny"])
        factor = self.streams["discount_factor"]
        cny = self.streams.drop(columns="discount_factor").sum(axis=1)
        table = pd.DataFrame({"cny": cny, "discount_factor": factor, "pv_cny": cny * factor})
        return table.reset_index()

    def by_class(self) -> pd.DataFrame:
        """Classes of vehicle on roads: class_name, purpose, use, components, total.

        Adds up to what is on roads; what is on none has no class.
        """
        parts = [name for name in self.classes if name not in ("purpose", "use")]
        table = self.classes.assign(total=self.classes[parts].sum(axis=1))
        names = {name: f"{name}_{self.unit}" for name in (*parts, "total")}
        return table.rename(columns=names).reset_index()

    def summary(self) -> str:
        """Say in a few lines what makes the total."""
        lines = [f"{self.title}: {self.total_cny:,.0f} CNY{'' if self.year is None else ' a year'}"]
        for level, keys in (
            ("component", ["component"]),
            ("cluster_pair", CLUSTERS),
            ("pair", ENDS),
            ("link", ["link_id", "name"]),
        ):
            frame = self.to_frame(level)
            told = (
                frame["component"] != REMAINDER if level == "component" else frame["row"] == level
            )
            frame = frame[told]
            parts = [
                f"{' – '.join(str(each) or 'elsewhere' for each in row[:-1])} {row[-1]:.1%}"
                for row in frame[[*keys, "share"]].head(SHOWN).itertuples(index=False)
            ]
            lines.append(f"by {level.replace('_', ' ')}, {len(frame):,} in all: {', '.join(parts)}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        from transitplan.viz.card import card

        rows = [line.split(": ", 1) for line in self.summary().splitlines()[1:]]
        total = f"{self.total_cny:,.0f} {'CNY' if self.year is None else 'CNY a year'}"
        return card(self.title, [("total", total), *((name, words) for name, words in rows)])

    def _components(self) -> pd.DataFrame:
        amounts = self.components.sort_values(ascending=False, key=abs)
        amounts.loc[REMAINDER] = self.total_cny - amounts.sum()
        table = amounts.rename(f"amount_{self.unit}").rename_axis("component").reset_index()
        return table.assign(share=table[f"amount_{self.unit}"] / (self.total_cny or 1.0))

    def _by_cluster_pair(self) -> pd.DataFrame:
        table = self._by_pair().drop(columns=[*ENDS, "trips_vph"], errors="ignore")
        return table.groupby(CLUSTERS, as_index=False).sum()

    def _by_pair(self) -> pd.DataFrame:
        cluster = self.case.network.zones.set_index("zone_id")["super_zone"].fillna("")
        table = self.pairs.reset_index()
        for place, (name, end) in enumerate(zip(CLUSTERS, ENDS, strict=True)):
            table.insert(2 + place, name, table[end].map(cluster).fillna(""))
        return table

    def _by_link(self) -> pd.DataFrame:
        return self._named_links(self.links)

    def _named_links(self, links: pd.DataFrame) -> pd.DataFrame:
        return self.labels.reindex(links.index).join(links).reset_index()

    def _closed(self, table: pd.DataFrame, level: str) -> pd.DataFrame:
        """Largest first, and below them what is on no road and what rounding leaves."""
        table = self._ordered(table)
        amounts = [name for name in table.columns if name.endswith(self.unit)]
        whole = self.links.sum().astype(float)
        whole.loc["total"] = self.total_cny
        apart = float(self.components.drop(whole.index, errors="ignore").sum())
        rest = {
            name: whole[name.removesuffix(f"_{self.unit}")] - table[name].sum() for name in amounts
        }
        rest[f"total_{self.unit}"] -= apart
        closing = [(REMAINDER, rest)]
        if self.year is None:
            zeros = dict.fromkeys(amounts, 0.0)
            closing.insert(0, (APART, zeros | {f"total_{self.unit}": apart}))
        table.insert(0, "row", level)
        ids = [name for name in IDS if name in table and is_integer_dtype(table[name])]
        table = table.astype(dict.fromkeys(ids, "Int64"))  # which may be empty, as below
        rows = pd.DataFrame([{"row": name, **values} for name, values in closing])
        rows = rows.reindex(columns=table.columns).astype(dict.fromkeys(ids, "Int64"))
        found = pd.concat([table, rows], ignore_index=True)
        text = [name for name in (*CLUSTERS, *LABELS[:2], LABELS[-1]) if name in found]
        found[text] = found[text].fillna("")
        return found.assign(share=found[f"total_{self.unit}"] / (self.total_cny or 1.0))

    def _ordered(self, table: pd.DataFrame) -> pd.DataFrame:
        """Name the columns of money, add their total, put the largest first."""
        parts = [name for name in self.components.index if name in table]
        table = table.assign(total=table[parts].sum(axis=1))
        money = [*parts, *(name for name in self.links.columns if name not in parts), "total"]
        renamed = table.rename(
            columns={name: f"{name}_{self.unit}" for name in money if name != HOURS}
            | {HOURS: "vehicle_h_saved_per_year"}
        )
        return renamed.sort_values(
            f"total_{self.unit}", key=abs, ascending=False, ignore_index=True, kind="stable"
        )


REASONS = (*CORE, "reliability")  # components of a present value on roads


def explained(
    case: Case,
    option: str,
    year: int | None,
    *,
    spent: Mapping[Key, HourSpent],
    networks: Mapping[Key, Network],
    total_cny: float | None,
    gap: float,
    line: str = "",
) -> Explanation:
    """Explain a total that was found from sums over links, see ``Explanation``.

    Parameters
    ----------
    spent
        ``hour_spent`` of the option and of none, in every year that counts.
    networks
        Of the same options and years, for the names of links.
    total_cny
        The total; None: what its components come to, for a line.
    gap
        Of the equilibria, should they be solved again.
    line
        One of ``lines.LINES``, at present value; empty: benefits.
    """
    weights = hour_weights(case, option, year)
    keys = [(name, each) for each in weights for name in (NONE, option)]
    missing = [key for key in keys if key not in spent]
    if missing:
        raise ValidationError(
            f"explain: this assessment did not keep what {missing[0][0]} {missing[0][1]} spends. "
            "Make it with assess or appraise."
        )
    gains = {
        what: _sum(
            _saved(spent[NONE, each], spent[option, each], what) * weight
            for each, weight in weights.items()
        )
        for what in ("pairs", "links", "classes", "told")
    }
    items = LINES[line] if line else ()
    reasons = [name for name in (items or CORE) if name in ON_ROADS]
    money = {what: _money(gains[what], year, reasons) for what in ("pairs", "links", "classes")}
    if year is not None:
        money["pairs"].insert(0, "trips_vph", spent[option, year].pairs["trips_vph"])
    roads = money["links"].sum()
    names = [name for name in (PERCEIVED if year is not None else reasons) if name in roads]
    streams = pd.DataFrame() if year is not None else _streams(case, option, spent, items)
    apart = _off_roads(case, option, line, streams) if year is None else {}
    components = pd.concat([roads[names], pd.Series(apart, dtype=float)])
    users = spent[option, max(weights)].classes[["purpose", "use"]]
    labels = pd.concat([networks[key].links for key in keys]).drop_duplicates("link_id")
    return Explanation(
        case=case,
        option_id=option,
        year=year,
        gap=gap,
        total_cny=float(components.sum()) if total_cny is None else total_cny,
        components=components,
        factors=factor_table(case, option, year),
        pairs=money["pairs"],
        links=money["links"],
        labels=labels.set_index("link_id").reindex(columns=LABELS),
        line=line,
        classes=users.join(money["classes"][names]),
        streams=streams,
        rows=parameter_rows(case, option, (*components.index,), users),
        told=gains["told"],
    )


def _saved(before: HourSpent, after: HourSpent, what: str) -> pd.DataFrame:
    """What an hour spends less; of pairs told link by link, only those told in both."""
    was: pd.DataFrame = getattr(before, what)
    now: pd.DataFrame = getattr(after, what)
    if what == "classes":
        return was[[*AMOUNTS]] - now[[*AMOUNTS]]
    if what == "told":
        pairs = [pd.MultiIndex.from_frame(each.index.to_frame()[ENDS]) for each in (was, now)]
        both = pairs[0].unique().intersection(pairs[1].unique())
        was, now = was[pairs[0].isin(both)], now[pairs[1].isin(both)]
    return was.sub(now, fill_value=0.0)


def _streams(
    case: Case, option: str, spent: Mapping[Key, HourSpent], items: tuple[str, ...]
) -> pd.DataFrame:
    """Items of a line, or of all benefits, year by year, costs with the sign of the line."""
    off = off_road_streams(case, option)
    hourly = {
        year: _money(
            pd.DataFrame([_saved(spent[NONE, year], spent[option, year], "links").sum()]),
            None,
            REASONS,
        ).iloc[0]
        for year in case.years
    }
    every = road_streams(case, option, hourly).join(off)
    wanted = items or (*CORE, *OFF_ROADS)
    return every[[*wanted, "discount_factor"]]


def _off_roads(case: Case, option: str, line: str, streams: pd.DataFrame) -> dict[str, float]:
    """Present value of the items on no road, with the sign they have in the line."""
    if not line:
        return apart_from_roads(case, option)
    names = [name for name in LINES[line] if name not in ON_ROADS]
    for name in names:
        streams[name] = streams[name] * sign_of(line, name)
    return {name: float((streams[name] * streams["discount_factor"]).sum()) for name in names}


def _sum(tables: Any) -> pd.DataFrame:
    whole = None
    for table in tables:
        whole = table if whole is None else whole.add(table, fill_value=0.0)
    return pd.DataFrame(whole)


def _money(gains: pd.DataFrame, year: int | None, reasons: Sequence[str]) -> pd.DataFrame:
    """Keep the columns of a measure: what toll takers gain is what users pay more."""
    if year is None:
        return gains.assign(taker=-gains["toll"])[[*reasons]]
    own = [name for name in gains.columns if name not in {*NOT_CLASSES}]
    return gains[[HOURS, *PERCEIVED, *own]]
