"""The register against closed forms."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from transitplan.appraisal.risk import draw_risks, risk_allowance, risk_table, risks_of

COLUMNS = ["option_id", "risk_id", "probability", "low_cny", "likely_cny", "high_cny"]


def register(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def test_the_expected_cost_is_that_of_triangles():
    risks = pd.read_csv("tests/data/risks.csv", keep_default_na=False)
    case = replace(tp.read_case("networks/two_banks"), risks=risks)
    bridge = 0.3 * (50e6 + 100e6 + 200e6) / 3 + 0.5 * (10e6 + 20e6 + 60e6) / 3
    tunnel = 0.4 * 1300e6 / 3 + 0.2 * 280e6 / 3 + 0.5 * 90e6 / 3
    assert risk_allowance(case, "middle-bridge") == pytest.approx(bridge)
    assert risk_allowance(case, "middle-tunnel") == pytest.approx(tunnel)
    assert risks_of(case, "middle-tunnel")["risk_id"].tolist() == ["ground", "machine", "land"]
    table = risk_table(case).set_index("option_id")
    assert table["risks"].to_dict() == {"middle-bridge": 2, "middle-tunnel": 3}
    assert (table["p80_cny"] > table["expected_cny"]).all()
    assert table.equals(risk_table(case).set_index("option_id"))


def test_a_sure_risk_has_the_quantiles_of_its_triangle():
    drawn = draw_risks(register(("", "a", 1.0, 0.0, 3.0, 4.0)), np.random.default_rng(5), 200_000)
    # F(x) = 1 − (4 − x)² / 4 above the mode, so that P80 = 4 − √0.8; below it x² / 12.
    assert np.quantile(drawn, 0.8) == pytest.approx(4 - np.sqrt(0.8), abs=0.01)
    assert np.quantile(drawn, 0.5) == pytest.approx(np.sqrt(6.0), abs=0.01)
    assert drawn.mean() == pytest.approx(7 / 3, abs=0.01)


def test_independent_risks_happen_as_often_as_they_say():
    rows = register(("", "a", 0.3, 1.0, 1.0, 1.0), ("", "b", 0.5, 10.0, 10.0, 10.0))
    drawn = draw_risks(rows, np.random.default_rng(6), 100_000)
    shares = {total: float((drawn == total).mean()) for total in (0.0, 1.0, 10.0, 11.0)}
    assert shares == pytest.approx({0.0: 0.35, 1.0: 0.15, 10.0: 0.35, 11.0: 0.15}, abs=0.006)


def test_no_register_no_allowance():
    case = tp.read_case("networks/two_banks")
    assert case.risks.empty
    assert risk_allowance(case, "middle-bridge") == 0.0
    assert risk_table(case)["p80_cny"].tolist() == [0.0, 0.0]
