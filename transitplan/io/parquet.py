"""Parquet tables: the same bytes for the same table, a unit on each column that has one.

DuckDB, pandas, GeoPandas and QGIS read the files as they are: an empty cell is a null, a column
named ``geometry`` is well-known binary described as GeoParquet 1.0 does
(https://geoparquet.org/releases/v1.0.0/).
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from transitplan.errors import ValidationError, no_file
from transitplan.io.text import write_whole

UNIT = b"unit"
GEOMETRY = "geometry"
ROWS_A_GROUP = 2**18  # said here, so that another release's default cannot change the bytes


def parquet_bytes(frame: pd.DataFrame, *, units: Mapping[str, str] | None = None) -> bytes:
    """Return a table as a Parquet file.

    Parameters
    ----------
    frame
        Columns named by text. Its index is left out: ``reset_index`` first where it says something.
    units
        Unit of each column that has one, kept with the column.

    Raises
    ------
    ValidationError
        If a column is not named by text, or holds what no column of a table holds.

    Examples
    --------
    >>> table = pd.DataFrame({"link_id": [1, 2], "time_s": [30.0, float("inf")]})
    >>> content = parquet_bytes(table, units={"time_s": "s"})
    >>> content == parquet_bytes(table.copy(), units={"time_s": "s"})
    True
    """
    from pyarrow import parquet  # here: only what writes or reads Parquet waits for it

    target, table = io.BytesIO(), _arrow(frame, units or {})
    parquet.write_table(
        table,
        target,
        row_group_size=ROWS_A_GROUP,
        use_dictionary=_texts(table),  # numbers seldom repeat: one takes room and time there
        compression="zstd",
        version="2.6",
    )
    return target.getvalue()


def write_parquet(
    frame: pd.DataFrame, path: str | Path, *, units: Mapping[str, str] | None = None
) -> Path:
    """Write a table as ``parquet_bytes`` has it, whole or not at all."""
    content = parquet_bytes(frame, units=units)
    return write_whole(Path(path), lambda part: part.write_bytes(content))


def read_parquet(path: str | Path) -> pd.DataFrame:
    """Read a table; with a column of geometry it is a GeoDataFrame.

    Raises
    ------
    NotFoundError
        If there is no such file.
    ValidationError
        If it is not a Parquet file, or is cut off.
    """
    from pyarrow import ArrowException, parquet

    path = Path(path)
    if not path.is_file():
        raise no_file(path)
    try:
        table = parquet.ParquetFile(path).read()
    except (ArrowException, OSError) as error:
        raise ValidationError(f"{path}: not a whole Parquet file: {error}") from None
    described = (table.schema.metadata or {}).get(b"geo")
    frame: pd.DataFrame = table.replace_schema_metadata(None).to_pandas()
    return frame if described is None else _with_geometry(frame, json.loads(described))


def parquet_units(path: str | Path) -> dict[str, str]:
    """Units of the columns of a file that have one."""
    from pyarrow import parquet

    fields = parquet.read_schema(path)
    return {
        field.name: field.metadata[UNIT].decode()
        for field in fields
        if field.metadata and UNIT in field.metadata
    }


def _arrow(frame: pd.DataFrame, units: Mapping[str, str]) -> Any:
    """The table for Arrow: one chunk a column, one type for all text, units as metadata."""
    import pyarrow as pa

    odd = [repr(name) for name in frame.columns if not isinstance(name, str)]
    if odd:
        raise ValidationError(f"a Parquet table names columns by text, not {', '.join(odd[:5])}.")
    frame, described = _plain(frame)
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False).combine_chunks()
    except pa.ArrowException as error:
        raise ValidationError(f"not a table for Parquet: {error.args[0]}") from None
    textual = (pa.types.is_string, pa.types.is_null)  # nothing but gaps is as good as text
    fields = [
        pa.field(
            field.name,
            pa.large_string() if any(is_one(field.type) for is_one in textual) else field.type,
            metadata={UNIT: units[field.name].encode()} if units.get(field.name) else None,
        )
        for field in table.schema
    ]
    # The metadata of pandas name its version, which is not content.
    return table.cast(pa.schema(fields, metadata=described))


def _texts(table: Any) -> list[str]:
    """Names of the columns of text."""
    import pyarrow as pa

    return [field.name for field in table.schema if pa.types.is_large_string(field.type)]


def _plain(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[bytes, bytes]]:
    """Geometry as well-known binary, and what GeoParquet says of it."""
    if GEOMETRY not in frame or frame[GEOMETRY].dtype.name != GEOMETRY:
        return frame, {}
    import geopandas  # here: most tables have no geometry

    shapes = geopandas.GeoSeries(frame[GEOMETRY])
    column: dict[str, object] = {"encoding": "WKB", "geometry_types": []}
    if shapes.crs is not None:
        column["crs"] = json.loads(shapes.crs.to_json())
    geo = {"version": "1.0.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
    plain = pd.DataFrame(frame).assign(**{GEOMETRY: shapes.to_wkb()})
    return plain, {b"geo": json.dumps(geo, sort_keys=True).encode()}


def _with_geometry(frame: pd.DataFrame, described: Mapping[str, Any]) -> pd.DataFrame:
    import geopandas  # here: most tables have no geometry

    name = str(described["primary_column"])
    crs = described["columns"][name].get("crs", "OGC:CRS84")
    shapes = geopandas.GeoSeries.from_wkb(frame[name], crs=crs)
    found: pd.DataFrame = geopandas.GeoDataFrame(frame.assign(**{name: shapes}), geometry=name)
    return found
