"""``transitplan calibrate`` as a user runs it."""

import json

import pandas as pd
import pytest

import transitplan as tp
from tests.cli.test_verbs import run

CASE = ("calibrate", "networks/two_banks/2025", "od_matrices/two_banks/2025_am.omx")


def test_a_demand_is_adjusted_and_told(tmp_path):
    counts, out, table = (tmp_path / name for name in ("counts.csv", "new.omx", "met.csv"))
    counts.write_text(
        "count_id,kind,links,classes,volume_vph,confidence,use\n"
        "W,link,17,all,1500,high,fit\nT,link,17,truck,200,low,fit\n"
        "river,screenline,18 20 22,all,7600,medium,holdout\n"
    )
    done = run(*CASE, counts, "--out", out, "--table", table, "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["status"] == "settled"
    met = pd.read_csv(table).set_index("count_id")
    assert abs(met.loc["W", "sigmas_after"]) < abs(1500 - met.loc["W", "before_vph"]) / 75
    assert met.loc["river", "use"] == "holdout"
    new, old = tp.read_demand(out), tp.read_demand(CASE[2])
    assert new.total_vph == pytest.approx(record["trips_after_vph"])
    assert new.classes == old.classes


def test_wrong_files_end_before_the_work(tmp_path):
    counts = tmp_path / "counts.csv"
    counts.write_text("count_id,kind,links,volume_vph,sigma_vph\na,link,999,5,1\n")
    done = run(*CASE, counts, "--out", tmp_path / "new.omx")
    assert done.returncode == 2
    assert "counts.csv, line 2, links: 999 are not in the network" in " ".join(done.stderr.split())
    assert not (tmp_path / "new.omx").exists()
    done = run(*CASE, counts, "--out", tmp_path / "new.csv")
    assert "is written as .omx" in done.stderr
