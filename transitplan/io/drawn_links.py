"""Networks from drawn lines: a layer of links with attributes, with or without one of nodes.

Names of columns are mapped by ``aliases.csv``. A length without unit in its name takes the one that
fits the drawn lines. Where rows name no ends, lines that end within a tolerance meet at one node,
and a line without a say in ``oneway`` is a road of both directions.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from transitplan.arrays import Ints, Objects
from transitplan.errors import ValidationError
from transitplan.io.gmns import utm_zone
from transitplan.model.network import Network, build_network
from transitplan.model.tables import TABLES
from transitplan.units import LENGTH_TO_METRES, SPEED_TO_KPH

TOLERANCE_M = 1.0
ENDS = ("from_node_id", "to_node_id")
_FORWARD = {"1", "f", "ft", "yes", "true", "t_f", "oneway"}
_BACKWARD = {"-1", "t", "tf", "reverse"}
_FIT = 0.05  # share by which a length may differ from its line, in the median, to name the unit


@cache
def aliases() -> pd.DataFrame:
    """Names of link columns as files have them: name, column, unit, used_by."""
    with files(__package__).joinpath("aliases.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False).set_index("name")


def network_from_lines(
    links: Any, *, name: str, where: Path, nodes: Any = None, tolerance_m: float = TOLERANCE_M
) -> Network:
    """Build a network from a GeoDataFrame of lines.

    Parameters
    ----------
    links
        One line a row, with attributes under any name of ``aliases.csv``.
    nodes
        GeoDataFrame of points with ``node_id`` (or ``id``), where there is one.
    tolerance_m
        How near line ends are that meet at one node.

    Raises
    ------
    ValidationError
        With all that is missing or does not fit: file, column, next step.
    """
    crs, links, nodes = _projected(links, nodes, where)
    said = [f"read from lines in {where.name}"]
    shapes = links.geometry.to_numpy()
    many = shapely.get_type_id(shapes) != 1
    shapes[many] = shapely.line_merge(shapes[many])
    parts = shapely.get_parts(shapes)
    if len(parts) != len(links) or (shapely.get_type_id(parts) != 1).any():
        raise ValidationError(
            f"{where}: {len(links)} rows and {len(parts)} lines; each row must be one line. Split "
            "multi-part rows into single lines."
        )
    table = _renamed(links, where)
    table = _in_our_units(table, parts, said, where, known=crs is not None)
    table, lines = _each_way(table, parts, said)
    if set(ENDS) <= set(table.columns):
        places = _given_nodes(table, lines, nodes, tolerance_m, where)
    else:
        places = _snapped(table, lines, tolerance_m, said)
    _number(table)
    drawn = _shapes(table, lines)
    zones = places["zone_id"].dropna() if "zone_id" in places else pd.Series(dtype=object)
    tables = {"node": places, "link": table, "geometry": drawn}
    if len(zones):
        tables["zone"] = pd.DataFrame({"zone_id": sorted(zones.unique())})
    _require(table, where)
    try:
        return build_network(tables, name=name, crs=crs, history=("; ".join(said),))
    except ValidationError as error:
        raise ValidationError(f"{where}, {text}" for text in error.problems) from None


def _projected(links: Any, nodes: Any, where: Path) -> tuple[str | None, Any, Any]:
    """Projection in metres, and both layers in it."""
    if not len(links):
        raise ValidationError(f"{where}: no line in it. Name the layer of the roads.")
    if links.crs is None:
        west, south, east, north = links.total_bounds
        if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:  # noqa: PLR2004  degrees
            raise ValidationError(
                f"{where}: no projection (.prj), and the coordinates look like degrees. Add the "
                ".prj of the layer, as QGIS writes it: EPSG:4326 for WGS-84, EPSG:4490 for "
                "CGCS2000."
            )
        return None, links, nodes
    code = links.crs.to_epsg(min_confidence=20)
    on_ground = code is not None and _on_ground(links.crs)
    if on_ground:
        crs = f"EPSG:{code}"
        links = links.set_crs(crs, allow_override=True)
    else:
        x, y = links.to_crs("EPSG:4326").total_bounds.reshape(2, 2).mean(axis=0)
        crs = utm_zone(float(x), float(y))
        links = links.to_crs(crs)
    if nodes is not None:
        nodes = nodes.set_crs(links.crs) if nodes.crs is None else nodes.to_crs(crs)
        if on_ground:
            nodes = nodes.set_crs(crs, allow_override=True)
    return crs, links, nodes


def _on_ground(crs: Any) -> bool:
    """Whether its units are metres on the ground: UTM and Gauss-Krüger, not Web Mercator."""
    if not crs.is_projected or crs.axis_info[0].unit_conversion_factor != 1.0:
        return False
    return bool(crs.coordinate_operation.method_name == "Transverse Mercator")


def _renamed(links: Any, where: Path) -> pd.DataFrame:
    """Columns under our names, with their units as attributes; unknown ones stay as they are."""
    known, table = aliases(), pd.DataFrame(index=range(len(links)))
    units: dict[str, tuple[str, str]] = {}
    used: dict[str, str] = {}
    problems = []
    for label in links.columns:
        if label == links.geometry.name:
            continue
        lower = str(label).strip().lower()
        if lower not in known.index:
            table[str(label)] = links[label].to_numpy()  # a column of the user's own
            continue
        column = str(known.loc[lower, "column"])
        if column in used:
            problems.append(
                f"{where}: columns {used[column]} and {label!s} both mean {column}. Keep one."
            )
            continue
        used[column] = str(label)
        table[column] = links[label].to_numpy()
        units[column] = (str(known.loc[lower, "unit"]), str(label))
    if problems:
        raise ValidationError(problems)
    table.attrs["units"] = units
    return table


def _in_our_units(
    table: pd.DataFrame, lines: Objects, said: list[str], where: Path, *, known: bool
) -> pd.DataFrame:
    problems = []
    for column, (unit, label) in table.attrs.pop("units").items():
        if not unit:
            continue
        numbers = pd.to_numeric(table[column], errors="coerce")
        wrong = (numbers.isna() & table[column].notna() & (table[column] != "")).to_numpy()
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            problems.append(
                f"{where}, column {label}: {wrong.sum()} of {len(table)} rows (row {row + 1}): "
                f"{table[column].iloc[row]!r} is not a number."
            )
            continue
        try:
            table[column] = _converted(numbers.astype("float64"), unit, label, table, lines, said)
        except ValidationError as error:
            problems += [f"{where}, {text}" for text in error.problems]
    if problems:
        raise ValidationError(problems)
    if "length_m" not in table and known:
        table["length_m"] = shapely.length(lines)
        said.append("lengths are those of the lines")
    return table


def _converted(
    numbers: "pd.Series[float]",
    unit: str,
    label: str,
    table: pd.DataFrame,
    lines: Objects,
    said: list[str],
) -> "pd.Series[float]":
    """Numbers of one column in the model's unit."""
    if unit == "all lanes":
        if "lanes" not in table:
            return numbers
        said.append(f"{label} taken as that of all lanes")
        return numbers / pd.to_numeric(table["lanes"], errors="coerce")
    if unit == "?":
        unit = _unit_of_lengths(numbers, lines)
        said.append(f"{label} taken in {unit}")
    factor = LENGTH_TO_METRES.get(unit) or SPEED_TO_KPH[unit]
    return numbers if factor == 1 else numbers * float(factor)


def _unit_of_lengths(lengths: "pd.Series[float]", lines: Objects) -> str:
    drawn = shapely.length(lines)
    ratio = float((lengths[drawn > 0] / drawn[drawn > 0]).median())
    for unit in ("m", "km", "mi", "ft"):
        if abs(ratio * float(LENGTH_TO_METRES[unit]) - 1) <= _FIT:
            return unit
    raise ValidationError(
        f"column {lengths.name}: lengths fit the lines in none of m, km, mi and ft. Name the unit: "
        "length_m or length_km."
    )


def _each_way(table: pd.DataFrame, lines: Objects, said: list[str]) -> tuple[pd.DataFrame, Objects]:
    """One row a direction, as ``oneway`` says; rows that name their ends are one already."""
    if set(ENDS) <= set(table.columns) and "oneway" not in table:
        return table, lines
    says = pd.Series("", index=table.index)
    if "oneway" in table:
        cells = table.pop("oneway")
        says = cells.map(lambda cell: "" if pd.isna(cell) else str(cell).strip().lower())
        says = says.str.removesuffix(".0")
    forward = (~says.isin(_BACKWARD)).to_numpy()
    backward = (~says.isin(_FORWARD)).to_numpy()
    back = table[backward].copy()
    if set(ENDS) <= set(table.columns):
        back[list(ENDS)] = back[list(reversed(ENDS))].to_numpy()
    said.append(f"{int((forward & backward).sum())} of {len(table)} lines are of both directions")
    whole = pd.concat([table[forward], back])
    ways = np.concatenate([lines[forward], shapely.reverse(lines[backward])])
    order = np.argsort(whole.index.to_numpy(), kind="stable")
    if (forward & backward).any():
        whole = whole.drop(columns="link_id", errors="ignore")
    return whole.iloc[order].reset_index(drop=True), ways[order]


def _ends(lines: Objects) -> Any:
    """First and last point of each line, (2, n_lines, 2)."""
    points = [shapely.get_point(lines, place) for place in (0, -1)]
    return np.stack([np.stack([shapely.get_x(p), shapely.get_y(p)], axis=1) for p in points])


def _snapped(
    table: pd.DataFrame, lines: Objects, tolerance_m: float, said: list[str]
) -> pd.DataFrame:
    """Make nodes of line ends that lie together; table gets their ids."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    ends = _ends(lines).reshape(-1, 2)
    pairs = cKDTree(ends).query_pairs(tolerance_m, output_type="ndarray")
    near = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(ends),) * 2)
    _, group = connected_components(near, directed=False)
    node: Ints = pd.factorize(group)[0].astype(np.int64)
    table["from_node_id"], table["to_node_id"] = np.split(node + 1, 2)
    middle = pd.DataFrame(ends, columns=["x_m", "y_m"]).groupby(node).mean()
    said.append(
        f"{len(ends)} ends of links, joined within {tolerance_m:g} m, are {len(middle)} nodes"
    )
    return pd.DataFrame({"node_id": middle.index + 1, **middle.to_dict("list")})


def _given_nodes(
    table: pd.DataFrame, lines: Objects, nodes: Any, tolerance_m: float, where: Path
) -> pd.DataFrame:
    """Nodes of their layer, or the places where lines of the same node end."""
    for end in ENDS:
        table[end] = _whole(table[end])
    if nodes is not None:
        layer = nodes.rename(columns={label: str(label).lower() for label in nodes.columns})
        other = next((label for label in ("nodeid", "id", "no") if label in layer), "node_id")
        if "node_id" not in layer:
            layer = layer.rename(columns={other: "node_id"})
        if "node_id" not in layer:
            raise ValidationError(f"{where}: the layer of nodes has no column node_id. Add it.")
        names = {rule.name[:10]: rule.name for rule in TABLES["node"]}
        made = pd.DataFrame(layer.drop(columns=layer.geometry.name)).rename(columns=names)
        for column in ("node_id", "zone_id"):
            if column in made:
                made[column] = _whole(made[column])
        return made.assign(x_m=layer.geometry.x.to_numpy(), y_m=layer.geometry.y.to_numpy())
    points = pd.DataFrame(_ends(lines).reshape(-1, 2), columns=["x_m", "y_m"])
    ids = pd.concat([table[end] for end in ENDS], ignore_index=True)
    spread = (points - points.groupby(ids).transform("mean")).abs().max(axis=1)
    wide = ids[spread > tolerance_m].unique()
    if len(wide):
        shown = ", ".join(str(each) for each in wide[:5])
        raise ValidationError(
            f"{where}: lines of {len(wide)} nodes end more than {tolerance_m:g} m apart (node "
            f"{shown}). Correct their ends or ids, or add a layer of nodes."
        )
    return points.groupby(ids).mean().rename_axis("node_id").reset_index()


def _whole(ids: "pd.Series[Any]") -> "pd.Series[Any]":
    """Ids as whole numbers where a table of numbers kept them as floats."""
    if ids.dtype.kind == "f" and (ids.dropna() % 1 == 0).all():
        return ids.astype("Int64").astype(object).where(ids.notna(), None)
    return ids


def _number(table: pd.DataFrame) -> None:
    """Give links ids where they have none that stand once, in place."""
    if "link_id" in table:
        table["link_id"] = _whole(table["link_id"])
    if (
        "link_id" not in table
        or table["link_id"].isna().any()
        or table["link_id"].duplicated().any()
    ):
        table["link_id"] = np.arange(1, len(table) + 1)


def _shapes(table: pd.DataFrame, lines: Objects) -> pd.DataFrame:
    """Rows of geometry.csv for the lines that are not straight; table gets their ids."""
    bent = shapely.get_num_coordinates(lines) > 2  # noqa: PLR2004
    ids = np.cumsum(bent).astype(object)
    ids[~bent] = None
    table["geometry_id"] = ids
    table["dir_flag"] = 1
    drawn = shapely.to_wkt(lines[bent], rounding_precision=6)
    return pd.DataFrame({"geometry_id": np.arange(1, bent.sum() + 1), "geometry": drawn})


def _require(table: pd.DataFrame, where: Path) -> None:
    """Refuse tables without what a run needs: nothing physical is made up."""
    needed = {"lane_capacity_pceph": "capacity of a lane", "length_m": "length"}
    problems = []
    for column, meaning in needed.items():
        if column not in table:
            names = ", ".join(aliases().index[aliases()["column"] == column])
            problems.append(f"{where}: no column of {meaning}. Add one of: {names}.")
    if not {"free_speed_kph", "free_time_s"} & set(table.columns):
        problems.append(f"{where}: no column of speed. Add speed_kph, or free_s.")
    if problems:
        raise ValidationError(problems)
