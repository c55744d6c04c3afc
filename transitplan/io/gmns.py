"""GMNS 0.96 folders: one CSV table a file, units told by ``config.csv``.

Capacity on disk is per lane and hour, as GMNS has it. Lengths and speeds are converted as decimal
text, so that writing and reading again gives the same numbers to the last bit.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from transitplan.errors import NotFoundError, ValidationError, listed, near
from transitplan.io.gtfs import read_service, remove_service, write_service
from transitplan.io.text import read_text_table
from transitplan.model.network import Network, build_network
from transitplan.model.service import TransitService
from transitplan.model.tables import REQUIRED_TABLES, TABLES, Column
from transitplan.units import LENGTH_TO_METRES, SPEED_TO_KPH

DEGREE_DECIMALS = 8  # about a millimetre
SHAPES = (("geometry", "geometry"), ("zone", "boundary"))  # tables and columns of WKT
MAX_LONGITUDE, MAX_LATITUDE = 180.0, 84.0  # where the UTM projection ends
CONFIG = {
    "dataset_name": "",
    "short_length": "m",
    "long_length": "km",
    "speed": "km/h",
    "crs": "EPSG:4326",
    "geometry_field_format": "wkt",
    "currency": "CNY",
    "version_number": "0.96",
    "id_type": "integer",
}
TRANSIT = "transit"  # folder of a GTFS feed inside a network folder
UNSUPPORTED = ("segment", "lane", "link_tod", "movement_tod", "lane_tod")
_TRUE = {"true": True, "1": True, "false": False, "0": False, "": True}


def read_gmns(folder: str | Path) -> Network:
    """Read and check a GMNS folder, and the GTFS feed in its folder ``transit``, if any.

    Raises
    ------
    NotFoundError
        If the folder is not there.
    ValidationError
        With every problem of every table: file, line, column and the next step.
    """
    folder = Path(folder)
    if not folder.is_dir():
        next_step = near(folder) or "A GMNS network is a folder of CSV tables."
        raise NotFoundError(f"{folder}: no such folder. {next_step}")
    if (folder / "case.toml").is_file():
        raise ValidationError(
            f"{folder}: this is a case, not a network. Name the network inside it"
            f"{''.join(f', as {each.parent}' for each in sorted(folder.glob('*/link.csv'))[:1])}; "
            "read_case reads the case."
        )
    config = _read_config(folder / "config.csv")
    ignored = [name for name in UNSUPPORTED if (folder / f"{name}.csv").exists()]
    found = [
        f"{folder}/{name}.csv: this table is not supported yet and would change the results. "
        "Remove it to go on without it."
        for name in ignored
    ]
    paths = {name: folder / f"{name}.csv" for name in TABLES}
    found += [
        f"{paths[name]}: the file is missing."
        for name in REQUIRED_TABLES
        if not paths[name].exists()
    ]
    if found:
        raise ValidationError(found)
    text: dict[str, pd.DataFrame] = {}
    for name in (name for name, path in paths.items() if path.exists()):
        try:
            text[name] = read_text_table(paths[name])
        except ValidationError as error:
            found += error.problems
    if found:
        raise ValidationError(found)
    config["dataset_name"] = config["dataset_name"] or folder.name
    transit = read_service(folder / TRANSIT) if (folder / TRANSIT / "stops.txt").exists() else None
    try:
        return network_from_text(text, config, transit)
    except ValidationError as error:
        raise ValidationError(f"{folder}{os.sep}{each}" for each in error.problems) from None


def write_gmns(network: Network, folder: str | Path) -> Path:
    """Write the network as a GMNS folder, whole or not at all; tables of GMNS names are replaced.

    So are the tables of the GTFS feed in its folder ``transit``. Files of other names
    (``SOURCES.md``) stay as they are.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        config, text = network_to_text(network)
        _write_csv(pd.DataFrame([config]), work / "config.csv")
        for name, frame in text.items():
            _write_csv(frame, work / f"{name}.csv")
        folder.mkdir(exist_ok=True)
        for path in sorted(work.iterdir()):
            path.replace(folder / path.name)
        for name in TABLES:
            if not (folder / f"{name}.csv").exists() or name in network.table_names:
                continue
            (folder / f"{name}.csv").unlink()  # left from an earlier network of that folder
        if network.transit is not None:
            write_service(network.transit, folder / TRANSIT)
        elif (folder / TRANSIT).is_dir():
            remove_service(folder / TRANSIT)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def read_rows(path: str | Path, table: str) -> pd.DataFrame:
    """Read one CSV with the columns of a table, in the units of a GMNS folder that we write.

    Raises
    ------
    ValidationError
        If a cell is none of its column's kind, or a column that must be there is not.
    """
    path = Path(path)
    found: list[str] = []
    frame = _parse(read_text_table(path), TABLES[table], CONFIG, str(path), found)
    found += [
        f"{path}, column {rule.on_disk}: the column is missing. Add it: {rule.note}."
        for rule in TABLES[table]
        if rule.required and rule.name not in frame
    ]
    if found:
        raise ValidationError(found)
    return frame


def network_from_text(
    text: Mapping[str, pd.DataFrame],
    config: Mapping[str, str],
    transit: TransitService | None = None,
) -> Network:
    """Build a network from GMNS tables whose cells are all text, as files hold them."""
    found: list[str] = []
    tables = {
        name: _parse(frame, TABLES[name], config, f"{name}.csv", found)
        for name, frame in text.items()
    }
    if found:
        raise ValidationError(found)
    crs = _project(tables, config["crs"])
    return build_network(tables, name=config["dataset_name"], crs=crs, transit=transit)


def network_to_text(network: Network) -> tuple[dict[str, str], dict[str, pd.DataFrame]]:
    """Config row and GMNS tables of a network, every cell as text."""
    id_type = "integer" if network.nodes["node_id"].dtype.kind == "i" else "string"
    crs = "EPSG:4326" if network.crs else ""
    config = {**CONFIG, "dataset_name": network.name, "crs": crs, "id_type": id_type}
    tables = _unproject(network)
    return config, {name: _format(frame, TABLES[name]) for name, frame in tables.items()}


def _read_config(path: Path) -> dict[str, str]:
    if not path.exists():
        raise ValidationError(
            f"{path}: the file is missing, and units are not guessed. Write one row with "
            f"{', '.join(CONFIG)} (for example {', '.join(v for v in CONFIG.values() if v)})."
        )
    rows = read_text_table(path)
    if len(rows) != 1:
        raise ValidationError(f"{path}: {len(rows)} rows; it must have exactly one. Keep one.")
    config = {**dict.fromkeys(CONFIG, ""), **{str(k): str(v) for k, v in rows.iloc[0].items()}}
    found = []
    for key, known in (
        ("long_length", tuple(LENGTH_TO_METRES)),
        ("speed", tuple(SPEED_TO_KPH)),
        ("id_type", ("integer", "string")),
        ("geometry_field_format", ("wkt", "WKT", "")),
    ):
        if config[key] not in known:
            found.append(
                f"{path}, column {key}: {config[key]!r} is not known. Use one of: "
                f"{', '.join(name for name in known if name)}."
            )
    if found:
        raise ValidationError(found)
    return config


def _parse(
    text: pd.DataFrame,
    rules: tuple[Column, ...],
    config: Mapping[str, str],
    file: str,
    found: list[str],
) -> pd.DataFrame:
    """Turn cells into typed columns with the model's names; problems go to ``found``."""
    by_name = {rule.on_disk: rule for rule in rules}
    columns = {}
    for label in text.columns:
        rule = by_name.get(label)
        if rule is None:  # a column of the user's own goes through untouched
            columns[label] = text[label]
            continue
        convert = _converter(rule, config)
        values, wrong = _convert(text[label], convert)
        columns[rule.name] = values
        if wrong:
            example = text[label].iloc[wrong[0] - 2]
            kind = {"int": "a whole number", "bool": "true or false"}.get(rule.kind, "a number")
            if rule.kind == "id":
                kind = "a whole number (config.csv says id_type integer)"
            found.append(
                f"{file}, column {label}: {len(wrong)} of {len(text)} rows (line {listed(wrong)}): "
                f"{example!r} is not {kind}. Correct the cell."
            )
    return pd.DataFrame(columns)


def _converter(rule: Column, config: Mapping[str, str]) -> Callable[[str], Any] | None:
    """How one cell of a column becomes a value; None where text stays text."""
    if (rule.kind == "id" and config["id_type"] == "integer") or rule.kind == "int":
        return lambda cell: int(cell) if cell else None
    if rule.kind == "bool":
        return lambda cell: _TRUE[cell.lower()]
    if rule.kind != "float":
        return None
    factor = {
        "length": LENGTH_TO_METRES[config["long_length"]],
        "free_speed": SPEED_TO_KPH[config["speed"]],
        "truck_speed": SPEED_TO_KPH[config["speed"]],
    }.get(rule.gmns or ("free_speed" if rule.name == "free_speed_kph" else ""), Decimal(1))
    if factor == 1:
        return lambda cell: float(cell) if cell else np.nan
    return lambda cell: float(Decimal(cell) * factor) if cell else np.nan


def _convert(
    cells: "pd.Series[str]", convert: Callable[[str], Any] | None
) -> "tuple[pd.Series[Any], list[int]]":
    """Converted cells, and the file lines of those that would not convert."""
    if convert is None:
        return cells, []
    texts = cells.tolist()
    meant: dict[str, Any] = dict.fromkeys(texts)  # what stands in many rows is converted once
    odd: set[str] = set()
    for text in meant:
        try:
            meant[text] = convert(text.strip())
        except (ValueError, KeyError, InvalidOperation):
            odd.add(text)
    wrong = [row for row, text in enumerate(texts, start=2) if text in odd] if odd else []
    series = pd.Series([meant[text] for text in texts], dtype=object)
    whole = bool(meant) and all(isinstance(value, int) for value in meant.values())
    return (series.astype("int64") if whole else series), wrong


def _project(tables: dict[str, pd.DataFrame], crs: str) -> str | None:
    """Turn longitude and latitude into metres, in place of the columns; return the projection."""
    if not crs:
        return None
    import pyproj
    import shapely

    nodes = tables["node"]
    if not {"x_m", "y_m"} <= set(nodes.columns):
        return crs  # reported by the checks
    source = pyproj.CRS.from_user_input(crs)
    x, y = (nodes[name].to_numpy(dtype=float) for name in ("x_m", "y_m"))
    if not source.is_geographic:
        return crs
    outside = ~((np.abs(x) <= MAX_LONGITUDE) & (np.abs(y) <= MAX_LATITUDE))
    if outside.any():
        lines = ", ".join(str(row + 2) for row in np.flatnonzero(outside)[:5])
        raise ValidationError(
            f"node.csv, columns x_coord, y_coord: {outside.sum()} of {len(nodes)} rows (line "
            f"{lines}): not a longitude and latitude in degrees. Correct them, or name the "
            "projection in config.csv, column crs."
        )
    target = utm_zone(float(x.mean()), float(y.mean()))
    forward = pyproj.Transformer.from_crs(source, target, always_xy=True)
    nodes["x_m"], nodes["y_m"] = forward.transform(x, y)
    for name, column in SHAPES:
        if name in tables and column in tables[name]:
            try:
                moved = _moved(tables[name][column], forward, 6)
            except shapely.errors.ShapelyError as error:
                raise ValidationError(f"{name}.csv, column {column}: not WKT: {error}") from None
            tables[name][column] = moved
    return target


def _moved(cells: "pd.Series[str]", transformer: Any, decimals: int) -> "pd.Series[Any]":
    """Shapes as WKT in another projection; empty cells stay."""
    import shapely

    filled = (cells.notna() & (cells != "")).to_numpy()
    shapes = shapely.from_wkt(cells.to_numpy(dtype=object)[filled])
    moved = shapely.transform(shapes, transformer.transform, interleaved=False)
    found = cells.to_numpy(dtype=object).copy()
    found[filled] = shapely.to_wkt(moved, rounding_precision=decimals)
    return pd.Series(found, index=cells.index, dtype=object)


def utm_zone(longitude: float, latitude: float) -> str:
    """EPSG code of the UTM zone that holds a point."""
    zone = int((longitude + 180) // 6) + 1
    return f"EPSG:{(32600 if latitude >= 0 else 32700) + min(zone, 60)}"


def _unproject(network: Network) -> dict[str, pd.DataFrame]:
    """Tables with coordinates in degrees, rounded to about a millimetre."""
    tables = {name: network.table(name) for name in network.table_names}
    if network.crs is None:
        return tables
    import pyproj

    back = pyproj.Transformer.from_crs(network.crs, "EPSG:4326", always_xy=True)
    nodes = tables["node"]
    x, y = back.transform(nodes["x_m"].to_numpy(), nodes["y_m"].to_numpy())
    nodes["x_m"], nodes["y_m"] = np.round(x, DEGREE_DECIMALS), np.round(y, DEGREE_DECIMALS)
    for name, column in SHAPES:
        if name in tables and column in tables[name]:
            tables[name][column] = _moved(tables[name][column], back, DEGREE_DECIMALS)
    return tables


def _format(frame: pd.DataFrame, rules: tuple[Column, ...]) -> pd.DataFrame:
    """Columns under their names on disk, cells as text; columns nobody filled are left out."""
    by_name = {rule.name: rule for rule in rules}
    columns = {}
    for label in frame.columns:
        rule = by_name.get(label)
        if rule is not None and not rule.required and _all_default(frame[label], rule):
            continue
        on_disk = rule.on_disk if rule is not None else label
        long = rule is not None and rule.gmns == "length"
        columns[on_disk] = [_cell(value, in_km=long) for value in frame[label]]
    return pd.DataFrame(columns)


def _all_default(values: "pd.Series[Any]", rule: Column) -> bool:
    if rule.default is None:
        return bool(values.isna().all())
    return bool((values == rule.default).all())


def _cell(value: Any, *, in_km: bool) -> str:
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124  not-a-number
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float):
        exact = Decimal(repr(float(value)))
        exact = exact / 1000 if in_km else exact
        return format(exact.normalize(), "f")
    return str(value)


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
