"""The folders of a store are read by others as they lie there, without us."""

import duckdb
import pandas as pd
import pyarrow.dataset as ds
import pytest

from transitplan.io.parquet import parquet_bytes
from transitplan.store import Store, run_key


@pytest.fixture
def store(tmp_path):
    found = Store(tmp_path)
    for number in range(3):
        table = pd.DataFrame(
            {
                "crossing_id": ["X1", "X15"],
                "name_zh": ["黄河大桥", None],
                "flow_vph": [number, 10.5],
            }
        )
        inputs = {"number": number}
        files = {"flows.parquet": parquet_bytes(table, units={"flow_vph": "veh/h"})}
        found.put(run_key("test", inputs), "test", inputs, files, {"name": f"run {number}"})
    return found


def test_duckdb_reads_a_table_of_all_runs_and_their_records(store):
    unfinished = store.folder / ".part-x"
    unfinished.mkdir()
    (unfinished / "flows.parquet").write_bytes(b"PAR1")
    flows = duckdb.execute(
        "SELECT crossing_id, name_zh, sum(flow_vph) AS flow_vph, count(*) AS runs "
        "FROM read_parquet(?) GROUP BY ALL ORDER BY 1",
        [f"{store.folder}/[0-9a-f]*/flows.parquet"],
    ).fetchall()
    assert flows == [("X1", "黄河大桥", 3.0, 3), ("X15", None, 31.5, 3)]
    names = duckdb.execute(
        "SELECT record.name, files::JSON->'flows.parquet'->>'bytes' FROM read_json(?) ORDER BY 1",
        [f"{store.folder}/[0-9a-f]*/run.json"],
    ).fetchall()
    sizes = store.runs().set_index("name")["bytes"]
    assert names == [(name, str(sizes[name])) for name in sorted(sizes.index)]


def test_pandas_and_arrow_read_them_too(store):
    keys = store.runs()["key"]
    parts = [pd.read_parquet(store.folder / key / "flows.parquet") for key in keys]
    assert pd.concat(parts)["flow_vph"].sum() == 34.5
    whole = ds.dataset([str(path) for path in store.folder.glob("*/flows.parquet")])
    assert whole.count_rows() == 6
    assert whole.schema.field("flow_vph").metadata == {b"unit": b"veh/h"}
