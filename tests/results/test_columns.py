"""Changes and GEH by hand."""

import numpy as np
import pandas as pd
import pytest

from transitplan.arrays import geh
from transitplan.results.columns import compared, outer


def test_geh_by_hand():
    # √(2 × 100² / 2100) = √(20000 / 2100) = 3.086; from nothing: √(2 × 50² / 50) = 10
    assert geh([1000.0, 0.0, 0.0], [1100.0, 50.0, 0.0]) == pytest.approx([3.08607, 10.0, 0.0])


def test_geh_is_the_same_both_ways():
    one, two = np.random.default_rng(1).uniform(0, 3000, (2, 50))
    assert geh(one, two) == pytest.approx(geh(two, one))


def test_change_and_relative():
    found = compared("time", "min", [10.0, 0.0, np.inf, np.nan, -4.0], [12.0, 3.0, 5.0, 1.0, -3.0])
    assert found["time_change_min"] == pytest.approx([2.0, 3.0, np.nan, np.nan, 1.0], nan_ok=True)
    assert found["time_relative"] == pytest.approx([0.2, np.nan, np.nan, np.nan, 0.25], nan_ok=True)


def test_rows_of_one_table_only_are_kept():
    one = pd.DataFrame({"id": ["a", "b"], "flow_vph": [1.0, 2.0]})
    two = pd.DataFrame({"id": ["b", "c"], "flow_vph": [5.0, 7.0]})
    found = outer(one, two, ["id"], {"flow": "vph"}, absent=0.0).set_index("id")
    assert found["flow_change_vph"].to_dict() == {"a": -1.0, "b": 3.0, "c": 7.0}
