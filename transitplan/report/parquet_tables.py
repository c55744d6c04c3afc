"""Tables of a result as Parquet: one file a table, units with the columns, the same bytes again."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from transitplan.io.parquet import parquet_bytes, write_parquet
from transitplan.report.assessment import Assessment
from transitplan.report.catalog import unit_of
from transitplan.report.layer_words import layer_unit
from transitplan.report.layers import layers
from transitplan.report.roads import WGS84
from transitplan.report.studies import NO_STUDIES, Studies
from transitplan.report.tables import frames

TABLES, LAYERS = "tables", "layers"  # folders within that of the report
Unit = Callable[[str, str], str]


def whole_tables(assessment: Assessment, studies: Studies = NO_STUDIES) -> dict[str, pd.DataFrame]:
    """Tables of the workbook, the two whole that it cuts short."""
    areas = gpd.GeoDataFrame(assessment.isochrones, geometry="geometry", crs=WGS84)
    whole = {"flows": assessment.flows, "isochrones": areas}
    return frames(assessment, studies) | whole


def table_bytes(tables: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    """Parquet files of tables by name of the file."""
    return {
        f"{name}.parquet": parquet_bytes(storable(table), units=_units(name, table, unit_of))
        for name, table in tables.items()
    }


def write_assessment(
    assessment: Assessment, folder: Path, studies: Studies = NO_STUDIES
) -> list[Path]:
    """Write ``tables/*.parquet`` and, with shapes as GeoParquet has them, ``layers/*.parquet``."""
    return [
        *write_tables(whole_tables(assessment, studies), folder / TABLES, unit_of),
        *write_tables(layers(assessment), folder / LAYERS, layer_unit),
    ]


def write_tables(
    tables: Mapping[str, pd.DataFrame], folder: Path, unit: Unit = unit_of
) -> list[Path]:
    """Write one file a table into a folder, which is made where it is absent.

    Parameters
    ----------
    unit
        Unit of a column, by name of the table and of the column; empty where it has none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write_parquet(storable(table), folder / f"{name}.parquet", units=_units(name, table, unit))
        for name, table in tables.items()
    ]


def _units(name: str, table: pd.DataFrame, unit: Unit) -> dict[str, str]:
    return {str(column): unit(name, str(column)) for column in table.columns}


def storable(table: pd.DataFrame) -> pd.DataFrame:
    """Write cells of mixed kinds as text, as a page shows them; Parquet has one type a column."""
    mixed = {
        name: table[name].map(_text)
        for name in table.columns
        if table[name].dtype == object and len(set(map(type, table[name].dropna()))) > 1
    }
    return table.assign(**mixed) if mixed else table


def _text(value: Any) -> str | None:
    return None if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124
