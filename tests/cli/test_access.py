"""The verb access: modes and measures by hand, everything wrong at once."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from transitplan.cli.main import app

NETWORK = "networks/two_banks/2025"


def ask(*words):
    return CliRunner().invoke(app, ["access", NETWORK, *words])


def test_walkers_take_the_roads_that_let_them_in():
    """Mill Town to Northgate: the roads that a car takes too, at 4.5 km/h."""
    done = ask("--mode", "walk", "--json")
    km = 1.3 * 1.668 + 9.38 + 1.3 * 2.78
    assert json.loads(done.stdout)["minutes"]["C1"]["C2"] == pytest.approx(km / 4.5 * 60, rel=0.01)


def test_the_measure_of_every_zone_is_written(tmp_path):
    out = tmp_path / "zones.csv"
    done = ask("--mode", "transit", "--minutes", "30", "--equity", "--json", "--out", str(out))
    assert done.exit_code == 0, done.output
    record, table = json.loads(done.stdout), pd.read_csv(out).set_index("zone_id")
    # Old Port rides 25 min to Old Town; from Mill Town every ride is longer than half an hour
    assert record["measure"]["clusters"]["C4"] == table.loc[4, "value"] == 70_000 + 260_000
    assert table.loc[1, "value"] == 20_000
    spread = record["equity"]
    assert spread["theil"] == pytest.approx(
        spread["theil_between_clusters"] + spread["theil_within_clusters"]
    )


def test_supply_that_is_shared_adds_up(tmp_path):
    """All jobs are given out to residents: Σ people × jobs a head = jobs reached."""
    out = tmp_path / "zones.csv"
    ask("--measure", "catchment", "--out", str(out))
    zones = pd.read_csv(f"{NETWORK}/zone.csv").set_index("zone_id")
    share = pd.read_csv(out).set_index("zone_id")["value"]
    assert (share * zones["population"]).sum() == pytest.approx(zones["jobs"].sum())


def test_everything_wrong_is_told_at_once():
    done = ask("--mode", "bus", "--measure", "far", "--of", "sheep", "--minutes", "-1")
    for words in ("--mode 'bus'", "--measure 'far'", "--of 'sheep'", "--minutes '-1'"):
        assert words in str(done.exception)
