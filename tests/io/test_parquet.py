"""Parquet tables: what is read is what was written, and the same table has the same bytes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pandas.testing as pdt
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from transitplan.errors import NotFoundError, ValidationError
from transitplan.io.parquet import parquet_bytes, parquet_units, read_parquet, write_parquet

CELLS = st.one_of(st.none(), st.text('a 黄é\n\0,"', max_size=4))
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "link_id": np.array([3, 1, 2], dtype="int64"),
            "name_zh": ["黄河大桥", None, "凤凰"],
            "time_s": [1.5, np.inf, np.nan],
            "open": [True, False, True],
            "use": pd.Categorical(["car", "truck", "car"]),
            "at": pd.to_datetime(["2026-01-01", None, "2026-02-01"], utc=True),
        }
    )


def test_a_table_comes_back_with_its_types_and_gaps(tmp_path, table):
    path = write_parquet(table, tmp_path / "a.parquet", units={"time_s": "s"})
    pdt.assert_frame_equal(read_parquet(path), table)
    assert parquet_units(path) == {"time_s": "s"}
    assert [each.name for each in tmp_path.iterdir()] == ["a.parquet"]


def test_pandas_itself_reads_the_same(tmp_path, table):
    path = write_parquet(table, tmp_path / "a.parquet")
    pdt.assert_frame_equal(pd.read_parquet(path), table)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CELLS, NUMBERS), max_size=8))
def test_any_text_and_number_comes_back(tmp_path_factory, rows):
    frame = pd.DataFrame(rows, columns=["text", "number"]).astype({"text": "str", "number": float})
    path = write_parquet(frame, tmp_path_factory.mktemp("any") / "a.parquet")
    pdt.assert_frame_equal(read_parquet(path), frame)


def test_how_a_table_was_put_together_does_not_change_its_bytes(table):
    whole = parquet_bytes(table)
    pieces = pd.concat([table.iloc[:1], table.iloc[1:]]).set_index(pd.Index([7, 8, 9]))
    cut = pd.concat([table, table], ignore_index=True).iloc[3:]
    assert parquet_bytes(pieces) == whole == parquet_bytes(cut)
    assert b"pandas" not in whole  # whose metadata name a version


def test_text_has_one_type_however_pandas_holds_it():
    frames = [
        pd.DataFrame({"a": pd.Series(["x", None], dtype=dtype)})
        for dtype in ("object", "str", pd.StringDtype("python"), pd.StringDtype("pyarrow"))
    ]
    assert len({parquet_bytes(frame) for frame in frames}) == 1


def test_a_changed_cell_changes_the_bytes(table):
    assert parquet_bytes(table) != parquet_bytes(table.assign(link_id=[3, 1, 4]))


def test_geopandas_reads_geometry_with_its_coordinates(tmp_path):
    frame = gpd.GeoDataFrame({"id": [1, 2]}, geometry=[Point(1, 2), None], crs="EPSG:32650")
    path = write_parquet(frame, tmp_path / "a.parquet")
    for found in (gpd.read_parquet(path), read_parquet(path)):
        assert found.crs == frame.crs
        assert found.geometry[0].equals(frame.geometry[0])
        assert found.geometry[1] is None
    assert pq.read_schema(path).names == ["id", "geometry"]


def test_what_is_no_table_is_refused():
    with pytest.raises(ValidationError, match="names columns by text, not 2025"):
        parquet_bytes(pd.DataFrame({2025: [1]}))
    with pytest.raises(ValidationError, match="not a table for Parquet"):
        parquet_bytes(pd.DataFrame({"a": [1, "x"]}, dtype=object))


def test_a_cut_file_and_an_absent_one_are_told(tmp_path, table):
    path = tmp_path / "a.parquet"
    with pytest.raises(NotFoundError, match="no such file"):
        read_parquet(path)
    path.write_bytes(parquet_bytes(table)[:-9])
    with pytest.raises(ValidationError, match=r"a\.parquet: not a whole Parquet file"):
        read_parquet(path)
