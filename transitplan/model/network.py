"""Network: immutable tables of nodes, links, zones, uses and crossings."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Ints, Objects
from transitplan.errors import NotFoundError, ValidationError, counted, likely
from transitplan.model.checks import misspelt, problems
from transitplan.model.content import column_bytes
from transitplan.model.delay_functions import DelayFunction, from_row
from transitplan.model.service import TransitService
from transitplan.model.tables import REQUIRED_TABLES, TABLES, Column
from transitplan.model.transit_checks import place_problems

if TYPE_CHECKING:  # a network that is only computed with needs no maps
    from transitplan.viz.maps import PlanMap

_DTYPES: dict[str, Any] = {"float": "float64", "int": "int64", "bool": "bool", "text": "str"}


@dataclass(frozen=True, eq=False)
class Network:
    """A network as a planner writes it down: roads, and transit where it has any.

    Edits return a new one. Coordinates are projected metres when ``crs`` is set (an EPSG code), and
    bare numbers when it is None, as in the published benchmark files. Stops of ``transit`` keep
    their longitude and latitude.
    """

    _tables: Mapping[str, pd.DataFrame]
    name: str = "network"
    crs: str | None = None
    history: tuple[str, ...] = field(default=())
    transit: TransitService | None = None

    def table(self, name: str) -> pd.DataFrame:
        """Return a table by name (``node``, ``link``, …); empty where the network has none."""
        if name in self._tables:
            return self._tables[name].copy(deep=False)
        return pd.DataFrame(columns=[rule.name for rule in TABLES[name]])

    @property
    def table_names(self) -> tuple[str, ...]:
        """Names of the tables that the network has."""
        return tuple(name for name in TABLES if name in self._tables)

    @property
    def nodes(self) -> pd.DataFrame:
        """Nodes, one row each."""
        return self.table("node")

    @property
    def links(self) -> pd.DataFrame:
        """Links, one row a direction."""
        return self.table("link")

    @property
    def zones(self) -> pd.DataFrame:
        """Zones, one row each."""
        return self.table("zone")

    @property
    def crossings(self) -> pd.DataFrame:
        """River crossings, one row each."""
        return self.table("crossing")

    @property
    def clusters(self) -> pd.DataFrame:
        """Clusters and hubs, one row each."""
        return self.table("cluster")

    @property
    def delay_functions(self) -> dict[str, DelayFunction]:
        """Volume-delay function of each class of road (``facility_type``) in ``vdf.csv``.

        It holds for all links of the class. Links of other classes follow BPR with their own
        ``vdf_alpha`` and ``vdf_beta``.
        """
        if "vdf" not in self._tables:
            return {}
        rows = self._tables["vdf"].to_dict("records")
        return {str(row["facility_type"]): from_row(row) for row in rows}

    @cached_property
    def version(self) -> str:
        """Hash of all tables and of transit (16 hex digits): equal for equal content.

        The history does not count.
        """
        digest = hashlib.sha256(str(self.crs).encode())
        for name in self.table_names:
            frame = self._tables[name]
            for label in frame.columns:
                digest.update(f"{name}.{label}:".encode())
                digest.update(column_bytes(frame[label]))
        if self.transit is not None:
            digest.update(self.transit.version.encode())
        return digest.hexdigest()[:16]

    def allowed(self, use: str, *, table: str = "link") -> Bools:
        """Links that the use may run on, (n_links,) in table order, or rows of another table.

        ``table="movement"`` gives the listed turns that it may make.

        Raises
        ------
        NotFoundError
            If the network defines its uses and this is none of them.
        """
        uses = set(self.table("use_definition")["use"])
        if uses and use not in uses:
            raise NotFoundError(
                f"no use {use!r} in use_definition.csv; it has {', '.join(sorted(uses))}."
                f"{likely(use, uses)}"
            )
        groups = self.table("use_group")
        members = {
            str(group): {name.strip() for name in str(uses).split(",")}
            for group, uses in zip(groups["use_group"], groups["uses"], strict=True)
        }
        texts = self.table(table)["allowed_uses"]
        lets_in = {text: _lets_in(text, use, members) for text in texts.unique()}
        return texts.map(lets_in).to_numpy(dtype=bool)

    def to_gdfs(self) -> "tuple[Any, Any]":
        """Nodes and links as GeoDataFrames in the network's projection.

        Links without a row in the geometry table are straight.
        """
        import geopandas as gpd
        import shapely

        nodes = self.nodes
        points = shapely.points(nodes["x_m"], nodes["y_m"])
        return (
            gpd.GeoDataFrame(nodes, geometry=points, crs=self.crs),
            gpd.GeoDataFrame(self.links, geometry=self.link_lines(), crs=self.crs),
        )

    def link_lines(self, rows: Ints | None = None) -> Objects:
        """Line of each link in its own direction, (n_links,) shapely LineStrings [m].

        rows
            Positions in the link table where only some lines are asked for.
        """
        import shapely

        links, nodes = self._tables["link"], self._tables["node"].set_index("node_id")
        links = links if rows is None else links.iloc[rows]
        ends = np.stack(
            [
                nodes.loc[links[end], ["x_m", "y_m"]].to_numpy()
                for end in ("from_node_id", "to_node_id")
            ],
            axis=1,
        )
        lines: Objects = shapely.linestrings(ends)
        if "geometry" not in self._tables:
            return lines
        shapes = self._tables["geometry"].set_index("geometry_id")["geometry"]
        curved = links["geometry_id"].notna().to_numpy()
        drawn = shapely.from_wkt(shapes.loc[links.loc[curved, "geometry_id"]].to_numpy())
        against = (links.loc[curved, "dir_flag"] == -1).to_numpy()
        drawn[against] = shapely.reverse(drawn[against])
        lines[curved] = drawn
        return lines

    def to_map(
        self,
        column: str = "",
        *,
        values: "pd.Series[float] | None" = None,
        ground: Mapping[str, Any] | None = None,
        tiles: str = "",
    ) -> "PlanMap":
        """Return a map of roads, crossings, clusters and zones; ``.save("map.html")`` writes it.

        The page needs no connection; in a notebook it shows itself.

        Parameters
        ----------
        column
            Number of the link table to colour the roads by; their class by default.
        values
            Any number by link_id to colour them by; ``column`` then names it.
        ground
            GeoJSON of river, water, districts and towns to draw below, as ``Case.ground``.
        tiles
            Online tiles below: ``osm``, ``amap``, ``tianditu:KEY`` or an address; none by default.

        Raises
        ------
        ValidationError
            If the network has bare coordinates, or the column holds no numbers.
        NotFoundError
            If the link table has no such column.
        """
        from transitplan.model.network_map import network_map

        return network_map(self, column, values=values, ground=ground, tiles=tiles)

    def explore(self, column: str = "", **options: Any) -> "PlanMap":
        """Do as ``to_map``, under the name that GeoPandas has for it."""
        return self.to_map(column, **options)

    def to_metres(self, lon: Any, lat: Any) -> tuple[Any, Any]:
        """Project longitude and latitude as the network is; as they are without a projection."""
        if self.crs is None:
            return lon, lat
        x, y = _forward(self.crs).transform(lon, lat)
        return x, y

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        from transitplan.viz.card import card

        sizes = [(name, f"{len(self._tables[name]):,}") for name in TABLES if name in self._tables]
        km = self._tables["link"]["length_m"].sum() / 1000
        rows = [*sizes, ("links together [km]", f"{km:,.1f}"), ("projection", self.crs or "none")]
        if self.transit is not None:
            rows.append(("transit", self.transit.size_text))
        return card(f"Network {self.name}", [*rows, ("version", self.version)])

    def __repr__(self) -> str:
        """Return one line: name, size and version."""
        sizes = ", ".join(counted(len(self._tables[name]), name) for name in ("node", "link"))
        zones = f", {counted(len(self.zones), 'zone')}" if "zone" in self._tables else ""
        lines = f", {self.transit.size_text}" if self.transit is not None else ""
        return f"Network({self.name!r}: {sizes}{zones}{lines}; version {self.version})"


@cache
def _forward(crs: str) -> Any:
    import pyproj  # slow to import, and most runs project nothing

    return pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)


def build_network(
    tables: Mapping[str, pd.DataFrame],
    *,
    name: str = "network",
    crs: str | None = None,
    history: tuple[str, ...] = (),
    transit: TransitService | None = None,
) -> Network:
    """Fill in defaults, check every rule and return the network.

    ``transit`` is checked already; only its place is held against the network's.

    Raises
    ------
    ValidationError
        With all problems at once.
    """
    absent = [table for table in REQUIRED_TABLES if table not in tables]
    if absent:
        raise ValidationError(f"{table}.csv: the table is missing. Add it." for table in absent)
    found = [text for name, frame in tables.items() for text in misspelt(name, frame)]
    if found:
        raise ValidationError(found)
    complete = {
        table: _complete(frame.reset_index(drop=True), TABLES[table])
        for table, frame in tables.items()
        if len(frame) or table in REQUIRED_TABLES
    }
    found = problems(complete, projected=crs is not None)
    if found:
        raise ValidationError(found)
    network = Network(complete, name=name, crs=crs, history=history, transit=transit)
    if transit is not None and crs is not None:
        stops = transit.stops
        x_m, y_m = network.to_metres(stops["stop_lon"].to_numpy(), stops["stop_lat"].to_numpy())
        found = place_problems(complete["node"], x_m, y_m)
    if found:
        raise ValidationError(found)
    return network


def _complete(frame: pd.DataFrame, rules: tuple[Column, ...]) -> pd.DataFrame:
    """Add absent columns, fill empty cells from the defaults, set types, order the columns."""
    columns: dict[str, pd.Series[Any]] = {}
    for rule in rules:
        if rule.name not in frame.columns and rule.required:
            continue  # reported by the checks
        values = frame.get(rule.name, pd.Series(np.nan, index=frame.index, dtype=object))
        if rule.rare and not (values.notna() & (values != "")).any():
            continue
        if rule.default is not None:
            values = values.astype(object).where(values.notna() & (values != ""), rule.default)
        columns[rule.name] = (
            _ids(values) if rule.kind == "id" else values.astype(_DTYPES[rule.kind])
        )
    known = {rule.name for rule in rules}
    extra = [label for label in frame.columns if label not in known]
    return pd.DataFrame({**columns, **{label: frame[label] for label in extra}})


def _ids(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Ids as whole numbers where all are; else as objects, None where a cell is empty.

    A column of whole numbers with gaps comes back as floats from most file formats.
    """
    if values.dtype.kind == "i" and len(values):
        return values.astype("int64")
    empty = values.isna() | (values == "").fillna(value=False).astype(bool)
    whole = values.dtype.kind == "f"
    cells = [
        None if gap else int(value) if whole else value
        for value, gap in zip(values, empty, strict=True)
    ]
    numbers = all(isinstance(cell, int | np.integer) for cell in cells)
    return pd.Series(cells, dtype="int64" if numbers and cells else object, index=values.index)


def _lets_in(text: str, use: str, members: Mapping[str, set[str]]) -> bool:
    names = {name.strip() for name in text.split(",")}
    return bool(names & {"all", use}) or any(use in members.get(name, ()) for name in names)
